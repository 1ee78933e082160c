/* test-options.c: the command line: values with units, defaults, and errors that name option and range. */
#include "config.h"

#include "tools/load/options.h"

static gboolean read_line (LoadOptions *options, const char *line, GError **error)
{
	g_auto (GStrv) words = g_strsplit (line, " ", -1);
	return load_options_read (options, *line ? (int) g_strv_length (words) : 0, words, error);
}

static void test_values (void)
{
	LoadOptions o;
	g_assert_true (read_line (&o, "", NULL));
	g_assert_cmpint (o.participants, ==, 20);
	g_assert_cmpfloat (o.duration_s, ==, 15);
	g_assert_cmpfloat (o.bandwidth_bps, ==, 20e6);
	g_assert_cmpstr (o.url, ==, "https://localhost:8443");
	load_options_clear (&o);
	g_assert_true (read_line (&o, "--participants=7 --duration 2m --video-bitrate 1.5M --layout 4x4 --insecure --url https://a.b/ --loss 2.5", NULL));
	g_assert_cmpint (o.participants, ==, 7);
	g_assert_cmpfloat (o.duration_s, ==, 120);
	g_assert_cmpfloat (o.video_bitrate_bps, ==, 1500000);
	g_assert_cmpfloat (o.loss_pct, ==, 2.5);
	g_assert_cmpint (o.tiles, ==, 16);
	g_assert_true (o.insecure);
	g_assert_cmpstr (o.url, ==, "https://a.b");
	load_options_clear (&o);
}

static void test_errors (void)
{
	static const struct { const char *line, *message; } rows[] = {
		{ "--participants", "--participants needs a value: N" },
		{ "--participants 0", "--participants must be 1 to 5000, not 0" },
		{ "--participants 2.5", "--participants must be 1 to 5000, not 2.5" },
		{ "--participants 3k", "--participants must be 1 to 5000, not 3k" },
		{ "--duration 3x", "--duration must be 1 to 86400, not 3x" },
		{ "--layout 9x9", "--layout must be speaker, 2x2, 3x3, 4x4 or 5x5, not 9x9" },
		{ "--insecure=yes", "--insecure takes no value" },
		{ "--nonsense", "unknown option --nonsense" },
		{ "nonsense", "unexpected argument nonsense" },
		{ "--api-key a", "--api-key needs --api-secret or CURIA_API_SECRET" },
		{ "--url ftp://x", "--url must begin with http:// or https://, not ftp://x" },
		{ "--videoroom http://x", "--videoroom must begin with ws:// or wss://, not http://x" },
	};
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		LoadOptions o;
		g_autoptr (GError) error = NULL;
		g_test_message ("%s", rows[i].line);
		g_assert_false (read_line (&o, rows[i].line, &error));
		g_assert_cmpstr (error->message, ==, rows[i].message);
		load_options_clear (&o);
	}
}

int main (int argc, char **argv)
{
	g_unsetenv ("CURIA_API_SECRET");
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/load/options/values", test_values);
	g_test_add_func ("/load/options/errors", test_errors);
	return g_test_run ();
}
