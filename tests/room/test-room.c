/* A room as a whole, through the built module against a fake core: overload, what admins are told, a storm. */
#include "config.h"

#include "tests/room/people.h"

static void test_overload (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	g_auto (Person) ann = person_join (code, "Ann");
	g_autoptr (GPtrArray) transactions = g_ptr_array_new_with_free_func (g_free);
	guint refused = 0;
	fake_set_push_delay_us (20000);
	for (int i = 0; i < 60; i++)
		g_ptr_array_add (transactions, fake_send (ann.publish, json_pack ("{s:s}", "request", "sync"), NULL));
	fake_set_push_delay_us (0);
	for (guint i = 0; i < transactions->len; i++) { /* every one is answered, one way or the other */
		g_autoptr (Json) answer = fake_wait_answer (ann.publish, transactions->pdata[i], NULL);
		refused += g_strcmp0 (text (answer, "room"), "error") == 0;
	}
	g_assert_cmpuint (refused, >=, 10);
	g_assert_cmpuint (refused, <, 60);
	fake_detach (ann.publish);
}

static void test_admin (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	g_auto (Person) ann = person_full (code, "Ann");
	g_auto (Person) bob = person_full (code, "Bob");
	assert_slot (&ann, "3", bob.id, "camera", NULL);
	send_video (&bob, TRUE);
	g_autoptr (Json) ask = json_pack ("{s:s s:s}", "request", "room", "code", code), list = json_pack ("{s:s}", "request", "list"),
		bad = json_pack ("{s:s s:s}", "request", "room", "code", "nope");
	g_autoptr (Json) room = fake_plugin ()->handle_admin_message (ask), rooms = fake_plugin ()->handle_admin_message (list),
		none = fake_plugin ()->handle_admin_message (bad);
	g_assert_cmpint (number (room, "participants.1.tracks.1.packets"), ==, 1);
	g_assert_cmpint (number (room, "participants.0.viewing.slots.3.slot.verdicts.sent"), ==, 1);
	g_assert_cmpuint (json_array_size (at (rooms, "rooms")), ==, 1);
	assert_error (none, CURIA_ERROR_NO_SUCH_MEETING, NULL);
	g_autoptr (Json) handle = fake_plugin ()->query_session ((janus_plugin_session *) ann.view);
	g_assert_cmpuint (json_array_size (at (handle, "slots")), ==, 5);
	person_leave (&ann);
	person_leave (&bob);
}

/* ---- a storm: threads that join, publish, view and vanish at any step while media flows ---- */

static char *storm_code;

static gpointer storm_thread (gpointer data)
{
	g_autoptr (GRand) random = g_rand_new_with_seed (GPOINTER_TO_UINT (data));
	for (int round = 0; round < 30; round++) {
		char name[16];
		g_snprintf (name, sizeof name, "s%d", g_rand_int_range (random, 0, 6));
		FakeHandle *publish = fake_attach (), *view = fake_attach ();
		g_autoptr (Json) joined = join (publish, storm_code, name, name);
		g_autofree char *offer = fake_offer ("as vs"), *slots = fake_offer ("ar ar ar vr vr");
		if (g_rand_int_range (random, 0, 5) && text (joined, "you.ticket")) {
			g_free (fake_send (publish, json_pack ("{s:s s:[{s:s s:s}{s:s s:s}]}", "request", "publish", "tracks", "mid", "0",
				"source", "microphone", "mid", "1", "source", "camera"), offer));
			g_free (fake_send (view, json_pack ("{s:s s:s}", "request", "subscribe", "ticket", text (joined, "you.ticket")), slots));
			fake_up (publish);
			fake_up (view);
		}
		for (int i = g_rand_int_range (random, 0, 60); i > 0; i--) {
			fake_rtp (publish, 1, TRUE, 96, i, i * 3000, TRUE, i % 10 ? VP8_DELTA : VP8_KEYFRAME, VP8_BYTES, -1);
			fake_rtp (publish, 0, FALSE, 111, i, i * 960, FALSE, (const guint8 *) "opus", 4, 30);
			if (i % 8 == 0)
				g_usleep (1000);
		}
		if (g_rand_boolean (random))
			g_free (fake_send (publish, json_pack ("{s:s}", "request", "leave"), NULL));
		if (g_rand_boolean (random))
			fake_down (view);
		fake_detach (g_rand_boolean (random) ? publish : view);
		if (!g_atomic_int_get (&((janus_plugin_session *) publish)->stopped))
			fake_detach (publish);
		else
			fake_detach (view);
	}
	return NULL;
}

static void test_storm (void)
{
	storm_code = fake_make_meeting ("vp8", 9);
	GThread *threads[4];
	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		threads[i] = g_thread_new ("storm", storm_thread, GUINT_TO_POINTER (i + 1));
	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		g_thread_join (threads[i]);
	g_autofree char *topic = g_strconcat ("meeting.", storm_code, NULL);
	g_autoptr (Json) ask = json_pack ("{s:s}", "request", "list");
	for (int i = 0; i < 500; i++) {
		g_autoptr (Json) rooms = fake_plugin ()->handle_admin_message (ask);
		if (json_array_size (at (rooms, "rooms")) == 0)
			break;
		g_usleep (10000);
	}
	g_autoptr (Json) rooms = fake_plugin ()->handle_admin_message (ask);
	g_assert_cmpuint (json_array_size (at (rooms, "rooms")), ==, 0);
	g_clear_pointer (&storm_code, g_free);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	fake_start ("");
	g_test_add_func ("/room/overload", test_overload);
	g_test_add_func ("/room/admin", test_admin);
	g_test_add_func ("/room/storm", test_storm);
	int result = g_test_run ();
	fake_stop ();
	return result;
}
