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

/* A track, tenth of a second by tenth. Lower case: its owner's signalling has dropped. D: packets are due, and one comes;
 * C: due in vain; N: none is due; U: not up; a figure: the same for so many seconds. */
static void test_quiet (void)
{
	static const struct {
		const char *name, *scene, *quiet; /* one letter for each of the scene's: q or - */
	} rows[] = {
		{ "talks", "DDD", "---" },
		{ "has not come up yet", "UUDD", "qq--" },
		{ "comes up and says nothing", "UC1C1D", "q---q-" },
		{ "falls silent", "D1C1C1D", "-----q-" },
		{ "vanishes", "DDccccccDD", "------qq--" },
		{ "stays without signalling", "dddddddd", "--------" },
		{ "is not asked for more once it was silent", "DC2N1N9N9D", "--qqqq----" },
		{ "is not asked at all", "DN9N9N9C", "--------" },
		{ "a screen at rest whose owner is gone and back", "DN9nN", "---q-" },
	};
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		gint64 since_us = 0, now_us = 100 * G_TIME_SPAN_SECOND;
		QuietSigns signs = { 0 };
		g_autoptr (GString) told = g_string_new (NULL);
		for (const char *c = rows[i].scene; *c; c++) {
			now_us += g_ascii_isdigit (*c) ? (*c - '0') * G_TIME_SPAN_SECOND : G_TIME_SPAN_SECOND / 10;
			char state = g_ascii_isdigit (*c) ? c[-1] : *c, kind = g_ascii_toupper (state);
			signs.up = kind != 'U';
			signs.dropped = g_ascii_islower (state) && signs.up;
			signs.due_us = kind == 'N' ? 0 : signs.due ? signs.due_us : now_us;
			signs.due = kind != 'N';
			if (kind == 'D')
				signs.heard_us = signs.peer_heard_us = now_us;
			g_string_append_c (told, quiet_check (&since_us, &signs, now_us) ? 'q' : '-');
		}
		g_test_message ("%s", rows[i].name);
		g_assert_cmpstr (told->str, ==, rows[i].quiet);
	}
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/silence/scenes", test_scenes);
	g_test_add_func ("/silence/quiet", test_quiet);
	return g_test_run ();
}
