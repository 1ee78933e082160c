/* Who is in which slot and what flows there: wishes, speakers, renegotiation, through the built module against a fake core. */
#include "config.h"

#include "tests/room/people.h"

static void test_wishes (void)
{
	static const struct {
		const char *body, *field;
	} bad[] = {
		{ "{\"request\":\"view\",\"slots\":[{\"mid\":\"0\"}]}", "slots[0].mid" }, /* audio */
		{ "{\"request\":\"view\",\"slots\":[{\"mid\":\"3\",\"want\":\"all\"}]}", "slots[0].want" },
		{ "{\"request\":\"view\",\"slots\":[{\"mid\":\"3\",\"want\":{\"participant\":\"x\",\"source\":\"camera\"}}]}", "slots[0].want" },
		{ "{\"request\":\"view\",\"slots\":[{\"mid\":\"3\",\"want\":{\"participant\":\"p1\",\"source\":\"microphone\"}}]}", "slots[0].want" },
		{ "{\"request\":\"view\",\"slots\":[{\"mid\":\"3\",\"height\":-1}]}", "slots[0].height" },
		{ "{\"request\":\"view\",\"slots\":[{\"mid\":\"3\",\"want\":\"none\"},{\"mid\":\"77\"}]}", "slots[1].mid" },
		{ "{\"request\":\"view\",\"pinned\":[\"p1\",7]}", "pinned[1]" },
		{ "{\"request\":\"pause\",\"paused\":true,\"mids\":[\"0\"]}", "mids[0]" },
		{ "{\"request\":\"pause\"}", "paused" },
	};
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	g_auto (Person) ann = person_full (code, "Ann");
	g_auto (Person) bob = person_full (code, "Bob");
	g_auto (Person) cid = person_full (code, "Cid");
	for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
		g_autoptr (Json) answer = fake_request (ann.view, json_loads (bad[i].body, 0, NULL), NULL, NULL);
		g_test_message ("%s", bad[i].body);
		g_assert_cmpstr (text (answer, "field"), ==, bad[i].field);
	}
	assert_slot (&ann, "3", bob.id, "camera", NULL); /* nothing changed */
	assert_slot (&ann, "4", cid.id, "camera", NULL);
	fake_drop_events (ann.view);

	g_autoptr (Json) viewing = fake_request (ann.view, json_pack ("{s:s s:[{s:s s:{s:s s:s} s:i} {s:s s:s}]}", "request", "view", "slots",
		"mid", "3", "want", "participant", cid.id, "source", "camera", "height", 720, "mid", "4", "want", "none"), NULL, NULL);
	assert_room (viewing, "viewing");
	g_autoptr (Json) slots = fake_wait_event (ann.view, "slots", FAKE_WAIT_MS);
	g_assert_cmpuint (json_array_size (at (slots, "slots")), ==, 2);
	assert_slot (&ann, "3", cid.id, "camera", NULL);
	assert_slot (&ann, "4", NULL, NULL, NULL);

	mute (&cid, "camera", TRUE);
	g_autoptr (Json) muted = fake_wait_event (ann.view, "slots", FAKE_WAIT_MS);
	g_assert_cmpint (number (muted, "rev"), ==, number (slots, "rev") + 1);
	g_assert_cmpstr (text (muted, "slots.0.paused"), ==, "muted");
	mute (&cid, "camera", FALSE);

	/* A shared screen comes before faces in an automatic slot. */
	g_autoptr (Json) automatic = fake_request (ann.view, json_pack ("{s:s s:[{s:s s:s}]}", "request", "view", "slots", "mid", "4", "want", "auto"), NULL, NULL);
	assert_room (automatic, "viewing");
	assert_slot (&ann, "4", bob.id, "camera", NULL);
	mute (&bob, "screen_share", FALSE);
	assert_slot (&ann, "4", bob.id, "screen_share", NULL);

	send_video (&cid, TRUE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 1);
	g_autoptr (Json) paused = fake_request (ann.view, json_pack ("{s:s s:b}", "request", "pause", "paused", 1), NULL, NULL);
	assert_room (paused, "paused");
	assert_slot (&ann, "3", cid.id, "camera", NULL); /* a request later, so the stage has been set */
	send_video (&cid, TRUE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 1);
	g_autoptr (Json) resumed = fake_request (ann.view, json_pack ("{s:s s:b}", "request", "pause", "paused", 0), NULL, NULL);
	assert_room (resumed, "paused");
	assert_slot (&ann, "3", cid.id, "camera", NULL);
	send_video (&cid, TRUE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 2);

	person_leave (&cid);
	person_leave (&ann);
	person_leave (&bob);
}

/* With more people than are forwarded to everybody, audio slots follow who speaks. */
static void test_speakers (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 9);
	Person people[6];
	char name[2] = "A";
	for (guint i = 0; i < G_N_ELEMENTS (people); i++, name[0]++)
		people[i] = person_full (code, name);
	for (guint i = 1; i < 4; i++)
		speak (&people[i], 200);
	fake_drop_events (people[0].publish);
	speak (&people[5], 400);
	g_autoptr (Json) holder = NULL;
	gboolean heard = FALSE;
	for (int mid = 0; mid < 3; mid++) {
		char text_mid[2] = { '0' + mid, 0 };
		heard |= g_strcmp0 (text (slot_of (&people[0], text_mid, &holder), "participant"), people[5].id) == 0;
	}
	g_assert_true (heard);
	gboolean told = FALSE;
	for (int i = 0; i < 20 && !told; i++) {
		g_autoptr (Json) event = fake_wait_event (people[0].publish, "speakers", 500);
		g_assert_nonnull (event);
		json_t *id;
		gsize j;
		json_array_foreach (at (event, "speaking"), j, id)
			told |= g_strcmp0 (json_string_value (id), people[5].id) == 0;
	}
	g_assert_true (told);
	for (int mid = 0; mid < 3; mid++) { /* nobody hears themselves */
		char text_mid[2] = { '0' + mid, 0 };
		g_assert_cmpstr (text (slot_of (&people[5], text_mid, &holder), "participant"), !=, people[5].id);
	}
	for (guint i = 0; i < G_N_ELEMENTS (people); i++) {
		fake_detach (people[i].view);
		fake_detach (people[i].publish);
		person_clear (&people[i]);
	}
}

static void test_renegotiation (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 9), *offer = fake_offer ("ar ar ar vr vr vr"), *answer = NULL;
	g_auto (Person) ann = person_full (code, "Ann");
	g_auto (Person) bob = person_full (code, "Bob");
	assert_slot (&ann, "3", bob.id, "camera", NULL);
	send_video (&bob, TRUE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 1);
	/* More slots: what flows goes on, without a new keyframe. */
	g_autoptr (Json) more = fake_request (ann.view, json_pack ("{s:s}", "request", "subscribe"), offer, &answer);
	g_assert_cmpuint (json_array_size (at (more, "slots")), ==, 6);
	assert_slot (&ann, "3", bob.id, "camera", NULL);
	send_video (&bob, FALSE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 2);
	g_assert_cmpint ((guint16) (fake_packet (ann.view, 3, 1).seq - fake_packet (ann.view, 3, 0).seq), ==, 1);
	/* An ICE restart of the publisher leaves its tracks alone. */
	person_publish (&bob);
	send_video (&bob, FALSE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 3);
	/* A new PeerConnection: nothing flows before it is up, then from a keyframe on. */
	fake_down (ann.view);
	g_autoptr (Json) anew = fake_request (ann.view, json_pack ("{s:s}", "request", "subscribe"), offer, NULL);
	assert_room (anew, "subscribed");
	send_video (&bob, TRUE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 3);
	fake_up (ann.view);
	assert_slot (&ann, "3", bob.id, "camera", NULL);
	send_video (&bob, FALSE);
	send_video (&bob, TRUE);
	g_assert_cmpuint (fake_relayed (ann.view, 3), ==, 4);
	/* An answer that the core refuses closes the PeerConnection. */
	guint closed = fake_closed (ann.view);
	fake_fail_next_jsep (465);
	g_autofree char *lost = fake_send (ann.view, json_pack ("{s:s}", "request", "subscribe"), offer);
	fake_until (fake_closed (ann.view) == closed + 1);
	person_leave (&ann);
	person_leave (&bob);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	fake_start ("");
	g_test_add_func ("/viewing/wishes", test_wishes);
	g_test_add_func ("/viewing/speakers", test_speakers);
	g_test_add_func ("/viewing/renegotiation", test_renegotiation);
	int result = g_test_run ();
	fake_stop ();
	return result;
}
