/* test-keyframe.c: when a keyframe is asked for; a row is a story in which `expect` answers `in` word by word. */
#include <string.h>

#include "plugins/room/keyframe.h"

/* Words: a<ms> somebody asks (expect send, scheduled, pending); t<ms> the timer looks (expect send or -);
 * k<ms> a keyframe comes, r<ms> the publisher resumes, c<ms> nobody looks any more (expect the next due time or never). */
static const struct {
	const char *name, *in, *expect;
} rows[] = {
	{ "first-at-once", "a1", "send" },
	{ "nobody-asks", "t1 t1000 t100000", "- - -" },
	{ "many-ask", "a1000 a1001 a1300 t1499 t1500", "send pending pending - send" },
	{ "answered", "a1000 k1100 t1500 t9000", "send never - -" },
	{ "too-soon", "a1000 k1100 a1200 t1499 t1500 k1600 t9000", "send never scheduled - send never -" },
	{ "later", "a1000 k1100 a1500", "send never send" },
	{ "back-off", "a1000 t1500 t2499 t2500 t4499 t4500 t8499 t8500 t12499 t12500",
		"send send - send - send - send - send" },
	{ "asking-does-not-break-back-off", "a1000 t1500 a1600 t1601 a2400 t2400 t2500",
		"send send pending - pending - send" },
	{ "scheduled-backs-off-from-its-sending", "a1000 k1100 a1200 t1500 t1999 t2000 t2999 t3000",
		"send never scheduled send - send - send" },
	{ "answer-resets", "a1000 t1500 t2500 k2600 a3000 t3499 t3500", "send send send never send - send" },
	{ "late-timer-sends-once", "a1000 t9000 t9001", "send send -" },
	{ "resume", "a1000 t1500 t2500 t4500 r5200 t5200 t5699 t5700", "send send send send 5200 send - send" },
	{ "resume-too-soon", "a1000 t1500 r1600 t1999 t2000", "send send 2000 - send" },
	{ "resume-while-nobody-waits", "r1000 t1000 a1001 k1002 r1003 t9000", "never - send never never -" },
	{ "cancel", "a1000 c1001 t9000 a9001", "send never - send" },
	{ "cancel-keeps-the-interval", "a1000 c1001 a1002 t1499 t1500", "send never scheduled - send" },
};

static void
next_due (const KeyframeRequests *k, char *answer, gsize bytes)
{
	if (keyframe_next_us (k) == G_MAXINT64)
		g_strlcpy (answer, "never", bytes);
	else
		g_snprintf (answer, bytes, "%d", (int) (keyframe_next_us (k) / 1000));
}

static void
act (KeyframeRequests *k, char word, gint64 now_us, char *answer, gsize bytes)
{
	static const char *const verdicts[] = { "send", "scheduled", "pending" };
	switch (word) {
	case 'a':
		g_strlcpy (answer, verdicts[keyframe_ask (k, now_us)], bytes);
		return;
	case 't':
		g_strlcpy (answer, keyframe_due (k, now_us) ? "send" : "-", bytes);
		return;
	case 'k':
		keyframe_arrived (k);
		break;
	case 'r':
		keyframe_resume (k, now_us);
		break;
	case 'c':
		keyframe_cancel (k);
		break;
	}
	next_due (k, answer, bytes);
}

static void
test_rows (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		KeyframeRequests k;
		keyframe_init (&k, 500000);
		g_auto (GStrv) words = g_strsplit (rows[i].in, " ", -1);
		g_autoptr (GString) answers = g_string_new (NULL);
		for (guint w = 0; words[w] != NULL; w++) {
			char answer[32];
			act (&k, words[w][0], g_ascii_strtoll (words[w] + 1, NULL, 10) * 1000, answer, sizeof answer);
			g_string_append_printf (answers, "%s%s", w > 0 ? " " : "", answer);
		}
		g_test_message ("%s", rows[i].name);
		g_assert_cmpstr (answers->str, ==, rows[i].expect);
	}
}

/* Whatever happens: never two requests within the interval, and whoever waits is served within the longest back-off. */
static void
test_random (void)
{
	for (guint round = 0; round < 200; round++) {
		KeyframeRequests k;
		keyframe_init (&k, 500000);
		gint64 now_us = 1000000, sent_us = 0, waiting_us = 0;
		for (guint i = 0; i < 500; i++) {
			now_us += g_test_rand_int_range (0, 100001);
			gboolean sent = keyframe_due (&k, now_us);
			int dice = g_test_rand_int_range (0, round % 2 ? 10 : 100);
			if (dice < 3) {
				waiting_us = waiting_us ? waiting_us : now_us;
				sent |= keyframe_ask (&k, now_us) == KEYFRAME_SEND;
			} else if (dice == 3) {
				waiting_us = 0;
				keyframe_arrived (&k);
			} else if (dice == 4) {
				keyframe_resume (&k, now_us);
			}
			if (sent) {
				g_assert_true (sent_us == 0 || now_us - sent_us >= 500000);
				sent_us = now_us;
			}
			if (waiting_us != 0)
				g_assert_cmpint (now_us - MAX (sent_us, waiting_us), <=, 4100000);
		}
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/keyframe/rows", test_rows);
	g_test_add_func ("/keyframe/random", test_random);
	return g_test_run ();
}
