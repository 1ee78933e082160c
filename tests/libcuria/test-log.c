/* What reaches the log, and in which shape. */
#include "curia-log.h"

#include <string.h>

static GString *lines;

static void
collect (CuriaLogLevel level, const char *line)
{
	g_string_append_printf (lines, "%d %s\n", (int) level, line);
}

static void
test_lines (void)
{
	static const struct {
		const char *text, *line;
	} rows[] = {
		{ "plain", "2 test: plain\n" },
		{ "two\nlines\r", "2 test: two\\u000alines\\u000d\n" },
		{ "\x1b[31mred", "2 test: \\u001b[31mred\n" },
		{ "J\xc3\xb6rg \xe2\x80\xaegnp.exe", "2 test: J\xc3\xb6rg \\u202egnp.exe\n" },
		{ "bad \xff byte", "2 test: bad \xef\xbf\xbd byte\n" },
		{ "", "2 test: \n" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_string_truncate (lines, 0);
		curia_log_info ("test", "%s", rows[i].text);
		g_assert_cmpstr (lines->str, ==, rows[i].line);
	}
}

static void
test_levels (void)
{
	static const struct {
		CuriaLogLevel level;
		const char *lines;
	} rows[] = {
		{ CURIA_LOG_ERROR, "0 t: e\n" },
		{ CURIA_LOG_WARNING, "0 t: e\n1 t: w\n" },
		{ CURIA_LOG_INFO, "0 t: e\n1 t: w\n2 t: i\n" },
		{ CURIA_LOG_DEBUG, "0 t: e\n1 t: w\n2 t: i\n3 t: d\n" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_string_truncate (lines, 0);
		curia_log_set_level (rows[i].level);
		curia_log_error ("t", "e");
		curia_log_warning ("t", "w");
		curia_log_info ("t", "i");
		curia_log_debug ("t", "d");
		g_assert_cmpstr (lines->str, ==, rows[i].lines);
	}
	curia_log_set_level (CURIA_LOG_INFO);
}

static void
test_bounded (void)
{
	g_autofree char *text = g_strnfill (100000, 'x');

	g_string_truncate (lines, 0);
	curia_log_info ("test", "%s", text);
	g_assert_cmpuint (lines->len, <, 2100);
}

int
main (int argc, char **argv)
{
	int failed;

	g_test_init (&argc, &argv, NULL);
	lines = g_string_new (NULL);
	curia_log_set_sink (collect);
	g_test_add_func ("/log/lines", test_lines);
	g_test_add_func ("/log/levels", test_levels);
	g_test_add_func ("/log/bounded", test_bounded);
	failed = g_test_run ();
	curia_log_set_sink (NULL);
	g_string_free (lines, TRUE);
	return failed;
}
