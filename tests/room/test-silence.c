/* When a silent peer is taken for dead: scenes of a peer, second by second. */
#include "config.h"
#include "plugins/room/silence.h"

#define LIMIT_S 3

static void test_scenes (void)
{
	/* One letter a second. d: a sign of life is due; D: due, and one comes; -: none is due; n: none due, but one comes. */
	static const struct {
		const char *name, *scene;
		int dead_at; /* index of the first second at which it is dead; -1: never */
	} rows[] = {
		{ "talks all the time", "DDDDDDDDDD", -1 },
		{ "has nothing to say", "----------", -1 },
		{ "falls silent", "DDDdddddd", 5 },
		{ "never said a word", "dddddd", 3 },
		{ "pauses, but not for long", "DDddDDddDD", -1 },
		{ "is muted in its silence", "DDdd--dd--", -1 },
		{ "is unmuted after a long silence", "D---------ddd", -1 },
		{ "is unmuted and stays silent", "D-----dddd", 9 },
		{ "talks without need", "nnnnnndddd", 9 },
	};
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		gint64 since_us = 0, heard_us = 0;
		int dead_at = -1;
		g_test_message ("%s", rows[i].name);
		for (int second = 0; rows[i].scene[second]; second++) {
			gint64 now_us = (second + 100) * G_TIME_SPAN_SECOND;
			char c = rows[i].scene[second];
			if (c == 'D' || c == 'n')
				heard_us = now_us;
			gboolean dead = silence_check (&since_us, g_ascii_tolower (c) == 'd', heard_us, now_us, LIMIT_S * G_TIME_SPAN_SECOND);
			if (dead && dead_at < 0)
				dead_at = second;
		}
		g_assert_cmpint (dead_at, ==, rows[i].dead_at);
	}
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/silence/scenes", test_scenes);
	return g_test_run ();
}
