/* Times as text. */
#include "curia-clock.h"

static void
test_rfc3339 (void)
{
	static const struct {
		gint64 wall_ms;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1, "1970-01-01T00:00:00.001Z" },
		{ 1769851800123, "2026-01-31T09:30:00.123Z" },
		{ 951782400000, "2000-02-29T00:00:00.000Z" },
		{ 253402300799999, "9999-12-31T23:59:59.999Z" },
		{ G_MAXINT64, "9999-12-31T23:59:59.999Z" },
		{ -1, "1970-01-01T00:00:00.000Z" },
		{ G_MININT64, "1970-01-01T00:00:00.000Z" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *text = curia_clock_rfc3339 (rows[i].wall_ms);

		g_assert_cmpstr (text, ==, rows[i].text);
	}
}

static void
test_forward (void)
{
	gint64 before_us = curia_clock_us ();

	g_assert_cmpint (curia_clock_us (), >=, before_us);
	g_assert_cmpint (curia_clock_wall_ms (), >, 1700000000000);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/clock/rfc3339", test_rfc3339);
	g_test_add_func ("/clock/forward", test_forward);
	return g_test_run ();
}
