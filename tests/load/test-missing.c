/* test-missing.c: what a receiver asks for again, against a naive list on random loss. */
#include "config.h"

#include <string.h>

#include "tools/load/missing.h"

static void test_order (void)
{
	Missing m = { 0 };
	guint passed;
	guint16 seqs[MISSING_MAX];
	gboolean given_up;
	g_assert_cmpint (missing_take (&m, 65534, &passed), ==, MISSING_IN_ORDER);
	g_assert_cmpint (missing_take (&m, 2, &passed), ==, MISSING_IN_ORDER);
	g_assert_cmpuint (passed, ==, 3);
	g_assert_cmpuint (missing_highest (&m), ==, 65536 + 2);
	g_assert_cmpuint (missing_due (&m, 1000, seqs, MISSING_MAX, &given_up), ==, 3);
	g_assert_cmpuint (seqs[0], ==, 65535);
	g_assert_cmpuint (seqs[2], ==, 1);
	g_assert_cmpint (missing_take (&m, 0, &passed), ==, MISSING_RECOVERED);
	g_assert_cmpint (missing_take (&m, 0, &passed), ==, MISSING_LATE);
	g_assert_cmpint (missing_take (&m, 2, &passed), ==, MISSING_LATE);
	g_assert_cmpuint (missing_due (&m, 1000 + MISSING_REPEAT_US - 1, seqs, MISSING_MAX, &given_up), ==, 0);
	g_assert_cmpuint (missing_due (&m, 1000 + MISSING_REPEAT_US, seqs, MISSING_MAX, &given_up), ==, 2);
	g_assert_false (given_up);
}

static void test_giving_up (void)
{
	Missing m = { 0 };
	guint passed, asked = 0;
	guint16 seqs[4];
	gboolean given_up = FALSE;
	missing_take (&m, 1, &passed);
	missing_take (&m, 3, &passed);
	for (gint64 now_us = 1; !given_up; now_us += MISSING_REPEAT_US)
		asked += missing_due (&m, now_us, seqs, G_N_ELEMENTS (seqs), &given_up);
	g_assert_cmpuint (asked, ==, MISSING_MAX_ASKED);
	g_assert_cmpuint (m.n, ==, 0);
}

static void test_jumps (void)
{
	Missing m = { 0 };
	guint passed;
	missing_take (&m, 100, &passed);
	missing_take (&m, 100 + 2000, &passed);
	g_assert_cmpuint (passed, ==, 1999);
	g_assert_cmpuint (m.n, ==, MISSING_MAX);
	g_assert_cmpint (missing_take (&m, 20000, &passed), ==, MISSING_IN_ORDER);
	g_assert_cmpuint (passed, ==, 0);
	g_assert_cmpuint (m.n, ==, 0);
}

/* A tenth is lost, a tenth of those comes late; a plain table knows what is missing. */
static void test_random (void)
{
	static gboolean there[65536];
	Missing m = { 0 };
	guint passed, missing = 0;
	memset (there, 0, sizeof there);
	for (guint n = 0; n < 200000; n++) {
		guint16 seq = n;
		there[seq] = n == 0 || g_random_int_range (0, 10) != 0;
		if (!there[seq])
			continue;
		g_assert_cmpint (missing_take (&m, seq, &passed), ==, MISSING_IN_ORDER);
		missing += passed;
		guint16 late = seq - g_random_int_range (1, 20);
		if (n > 20 && !there[late]) {
			g_assert_cmpint (missing_take (&m, late, &passed), ==, MISSING_RECOVERED);
			there[late] = TRUE;
			missing--;
		}
	}
	guint holes = 0;
	for (guint16 seq = m.newest; seq != (guint16) (m.newest - 500); seq--)
		holes += !there[seq];
	guint listed = 0;
	for (guint i = 0; i < m.n; i++) {
		g_assert_false (there[m.list[i].seq]);
		listed += (guint16) (m.newest - m.list[i].seq) < 500;
	}
	g_assert_cmpuint (listed, ==, MIN (holes, MISSING_MAX));
	g_assert_cmpuint (missing, >=, m.n);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/load/missing/order", test_order);
	g_test_add_func ("/load/missing/giving-up", test_giving_up);
	g_test_add_func ("/load/missing/jumps", test_jumps);
	g_test_add_func ("/load/missing/random", test_random);
	return g_test_run ();
}
