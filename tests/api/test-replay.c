/* What a session said, and what is said again: a script of steps, and a naive model beside it. */
#include "transports/api/replay.h"

#include <string.h>

#define JSON "{\"a\":1}"

static void
append (Replay *replay, int n)
{
	while (n-- > 0)
		replay_append (replay, JSON, strlen (JSON));
}

/* Writes all that waits; returns "first-last" of it, or "". */
static char *
write_all (Replay *replay)
{
	guint64 first = 0, last = 0;

	for (Frame *frame; (frame = replay_next (replay));) {
		g_assert_true (last == 0 || frame->seq == last + 1);
		first = first ? first : frame->seq;
		last = frame->seq;
	}
	return first ? g_strdup_printf ("%d-%d", (int) first, (int) last) : g_strdup ("");
}

static void
assert_writes (Replay *replay, const char *expected)
{
	g_autofree char *written = write_all (replay);

	g_assert_cmpstr (written, ==, expected);
	g_assert_false (replay_has_next (replay));
}

static void
test_frame (void)
{
	g_autofree Frame *plain = frame_new (JSON, strlen (JSON), 0);
	g_autofree Frame *numbered = frame_new (JSON, strlen (JSON), 18);

	g_assert_cmpmem (plain->text, plain->bytes, JSON, strlen (JSON));
	g_assert_cmpmem (numbered->text, numbered->bytes, "{\"a\":1,\"seq\":18}", 16);
}

static void
test_story (void)
{
	g_autoptr (Replay) replay = replay_new ();

	append (replay, 3);
	assert_writes (replay, "1-3");
	replay_confirm (replay, 2);
	append (replay, 2);
	/* the socket goes; a client that does not count gets what was not confirmed */
	replay_rewind_all (replay);
	assert_writes (replay, "3-5");
	/* one that counts says where it is; the last confirmation still can be taken back */
	g_assert_true (replay_rewind (replay, 1));
	assert_writes (replay, "2-5");
	replay_confirm (replay, 4);
	g_assert_false (replay_rewind (replay, 1));
	g_assert_true (replay_rewind (replay, 5));
	assert_writes (replay, "");
	g_assert_false (replay_rewind (replay, 6));
	append (replay, 1);
	assert_writes (replay, "6-6");
	g_assert_cmpuint (replay_last (replay), ==, 6);
}

static void
test_confirm_unsent (void)
{
	g_autoptr (Replay) replay = replay_new ();

	append (replay, 3);
	replay_confirm (replay, 3);
	assert_writes (replay, "1-3");
	g_assert_cmpuint (replay_sent (replay), ==, 3);
}

/* A new socket has seen nothing until it was written: a ping on it must not cover more. */
static void
test_sent_follows_socket (void)
{
	g_autoptr (Replay) replay = replay_new ();

	append (replay, 5);
	assert_writes (replay, "1-5");
	g_assert_true (replay_rewind (replay, 2));
	g_assert_cmpuint (replay_sent (replay), ==, 2);
	g_assert_cmpuint (replay_next (replay)->seq, ==, 3);
	g_assert_cmpuint (replay_sent (replay), ==, 3);
}

static void
test_bytes (void)
{
	g_autoptr (Replay) replay = replay_new ();
	g_autofree char *written = NULL;

	append (replay, 4);
	g_assert_cmpuint (replay_bytes (replay), ==, 4 * (strlen (JSON) + strlen (",\"seq\":1")));
	written = write_all (replay);
	replay_confirm (replay, 3);
	g_assert_cmpuint (replay_bytes (replay), ==, strlen (JSON) + strlen (",\"seq\":1"));
	replay_confirm (replay, 4);
	g_assert_cmpuint (replay_bytes (replay), ==, 0);
}

/* Whatever happens: a client that counts ends up with every number once and in order. */
static void
test_random (void)
{
	for (int round = 0; round < 300; round++) {
		g_autoptr (Replay) replay = replay_new ();
		guint64 client = 0, lost = 0;

		for (int step = 0; step < 200; step++) {
			Frame *frame;

			switch (g_test_rand_int_range (0, 4)) {
			case 0: append (replay, 1); break;
			case 1:
				frame = replay_next (replay);
				if (frame && lost == 0) {
					g_assert_cmpuint (frame->seq, ==, client + 1);
					client = frame->seq;
				}
				break;
			case 2: replay_confirm (replay, client); break;
			default:
				lost = (guint64) g_test_rand_int_range (0, 2);
				if (lost == 0)
					g_assert_true (replay_rewind (replay, client));
			}
		}
		g_assert_true (replay_rewind (replay, client));
		for (Frame *frame; (frame = replay_next (replay));)
			g_assert_cmpuint (frame->seq, ==, ++client);
		g_assert_cmpuint (client, ==, replay_last (replay));
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/replay/frame", test_frame);
	g_test_add_func ("/replay/story", test_story);
	g_test_add_func ("/replay/confirm-unsent", test_confirm_unsent);
	g_test_add_func ("/replay/sent-follows-socket", test_sent_follows_socket);
	g_test_add_func ("/replay/bytes", test_bytes);
	g_test_add_func ("/replay/random", test_random);
	return g_test_run ();
}
