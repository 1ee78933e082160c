/* Packets that wait for others to the same viewer: none is lost, none overtakes, none waits for long. */
#include "config.h"

#include "tests/room/people.h"

#define ROUNDS 200

static void test_order (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 5);
	g_auto (Person) ann = person_full (code, "Ann");
	g_auto (Person) bob = person_full (code, "Bob");
	g_auto (Person) cid = person_full (code, "Cid");
	assert_slot (&ann, "4", cid.id, "camera", NULL);
	send_video (&bob, TRUE);
	for (guint i = 0; i < ROUNDS; i++) {
		send_video (&bob, FALSE);
		send_audio (&cid, 30);
		next_seq--; /* each sends its own numbers without a hole */
		if (i % 20 == 0)
			g_usleep (7000);
	}
	fake_until (fake_relayed (ann.view, 3) == ROUNDS + 1);
	fake_until (fake_relayed (ann.view, 1) == ROUNDS);
	for (guint i = 1; i < ROUNDS; i++) {
		g_assert_cmpint ((guint16) (fake_packet (ann.view, 3, i).seq - fake_packet (ann.view, 3, i - 1).seq), ==, 1);
		g_assert_cmpint ((guint16) (fake_packet (ann.view, 1, i).seq - fake_packet (ann.view, 1, i - 1).seq), ==, 1);
	}
	person_leave (&ann);
	person_leave (&bob);
	person_leave (&cid);
}

/* A viewer that goes while packets for it are held. */
static void test_gone (void)
{
	g_autofree char *code = fake_make_meeting ("vp8", 5);
	for (guint i = 0; i < 30; i++) {
		g_auto (Person) ann = person_full (code, "Ann");
		g_auto (Person) bob = person_full (code, "Bob");
		send_video (&bob, TRUE);
		send_audio (&bob, 30);
		fake_detach (i % 2 ? ann.view : bob.publish);
		fake_detach (i % 2 ? bob.publish : ann.view);
		fake_detach (ann.publish);
		fake_detach (bob.view);
	}
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	fake_start ("room: { batch_ms = 5 }\n");
	g_test_add_func ("/batch/order", test_order);
	g_test_add_func ("/batch/gone", test_gone);
	int result = g_test_run ();
	fake_stop ();
	return result;
}
