/* What the ledger tells at /metrics: each of its counters by its own word, and what waits. */
#include "curia-metrics.h"

#include <string.h>

#include "events/ledger/stats.h"
#include "tests/ledger/fake-core.h"

static void test_words (void)
{
	static const char *const words[] = {
#define X(name) #name,
		LEDGER_COUNTERS (X)
#undef X
	};
	g_auto (GStrv) values = g_strsplit (curia_metric_row (CURIA_METRIC_LEDGER_EVENTS)->labels[0].values, "|", -1);

	for (guint i = 0; i < LEDGER_N_STATS; i++)
		if (i != STAT_failed_writes) /* a metric of its own */
			g_assert_true (g_strv_contains ((const char *const *) values, words[i]));
	g_assert_cmpuint (g_strv_length (values), ==, LEDGER_N_STATS - 1);
}

/* Within a second: what is written counts a moment before the spool is done with it. */
static void expect (const char *line)
{
	g_autofree char *text = curia_metrics_text ();

	for (guint i = 0; i < 100 && strstr (text, line) == NULL; i++) {
		g_usleep (10000);
		g_free (text);
		text = curia_metrics_text ();
	}
	if (strstr (text, line) == NULL)
		g_error ("no %s in\n%s", line, text);
}

static void test_module (void)
{
	g_autofree char *folder = fake_folder_new (), *url = g_strdup_printf ("sqlite:%s/test.db", folder), *text = NULL;

	fake_start (folder, url, "here", "ledger: { spool_max_bytes = 500000000L; };");
	fake_offer_raw (json_pack ("{s:i}", "type", 64));
	fake_wait_stat ("malformed", 1, 5 * G_USEC_PER_SEC);
	fake_wait_stat ("written", 1, 5 * G_USEC_PER_SEC); /* node_started */
	expect ("curia_ledger_events_total{result=\"offered\"} 1\n");
	expect ("curia_ledger_events_total{result=\"malformed\"} 1\n");
	expect ("curia_ledger_events_total{result=\"written\"} 1\n");
	expect ("curia_ledger_intake_seconds_count 1\n");
	expect ("curia_ledger_up 1\n");
	expect ("curia_ledger_skipped_total 0\n");
	expect ("curia_ledger_bad_segments_total 0\n");
	expect ("curia_ledger_queue 0\n");
	expect ("curia_ledger_spool_limit_bytes 500000000\n");
	expect ("curia_ledger_lag_seconds 0\n");
	fake_stop ();
	curia_metrics_forget ();
	text = curia_metrics_text (); /* the collector went with the module */
	g_assert_null (strstr (text, "curia_ledger_queue"));
	fake_folder_remove (folder);
}

/* Its spool is a file: it says so, also when nothing else is there to ask. */
static void test_not_started (void)
{
	g_autofree char *folder = fake_folder_new (), *url = g_strdup_printf ("sqlite:%s/test.db", folder),
		*file = g_build_filename (folder, "file", NULL),
		*options = g_strdup_printf ("ledger: { spool_folder = \"%s\"; };", file);

	g_assert_true (g_file_set_contents (file, "", 0, NULL));
	g_assert_false (fake_try_start (folder, url, "here", options));
	expect ("curia_ledger_up 0\n");
	fake_start (folder, url, "here", "");
	expect ("curia_ledger_up 1\n");
	fake_stop ();
	curia_metrics_forget ();
	fake_folder_remove (folder);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/ledger-metrics/words", test_words);
	g_test_add_func ("/ledger-metrics/module", test_module);
	g_test_add_func ("/ledger-metrics/not-started", test_not_started);
	return g_test_run ();
}
