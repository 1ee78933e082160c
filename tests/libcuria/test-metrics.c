/* Metrics: what the text says of counters, gauges and histograms, and that labels cannot grow without bound. */
#include "curia-metrics.h"

#include <string.h>
#include "tests/lib/expect-metric.h"

#define N_THREADS 4
#define N_ADDS 20000

static void
expect_not (const char *part)
{
	g_autofree char *text = curia_metrics_text ();

	g_assert_null (strstr (text, part));
}

/* ---- the table ---- */

static gboolean
is_name (const char *name)
{
	return *name != '\0' && strspn (name, G_CSET_a_2_z "_" G_CSET_DIGITS) == strlen (name);
}

static void
test_rows (void)
{
	g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

	for (guint metric = 0; metric < CURIA_N_METRICS; metric++) {
		const CuriaMetricRow *row = curia_metric_row ((CuriaMetric) metric);

		g_test_message ("%u: %s", metric, row->name != NULL ? row->name : "(no row)");
		g_assert_nonnull (row->name);
		g_assert_true (is_name (row->name));
		g_assert_true (g_str_has_prefix (row->name, "curia_") || g_str_has_prefix (row->name, "process_"));
		g_assert_true (g_hash_table_add (names, (gpointer) row->name));
		g_assert_true (g_str_has_suffix (row->help, "."));
		g_assert_cmpint (row->per_unit, >, 0);
		g_assert_cmpint (row->kind == CURIA_COUNTER, ==, g_str_has_suffix (row->name, "_total"));
		g_assert_cmpint (row->kind == CURIA_HISTOGRAM, ==, row->buckets != NULL);
		for (guint i = 1; row->buckets != NULL && row->buckets[i] != 0; i++)
			g_assert_cmpint (row->buckets[i], >, row->buckets[i - 1]);
		for (guint i = 0; i < CURIA_METRIC_MAX_LABELS && row->labels[i].name != NULL; i++)
			g_assert_true (is_name (row->labels[i].name));
	}
}

/* docs/metrics.md has a row for each family, as it is, and no others. */
static char *
page_row (const CuriaMetricRow *row)
{
	g_autoptr (GString) text = g_string_new (NULL);

	g_string_append_printf (text, "| `%s` | %s |", row->name, curia_metric_kind_name (row->kind));
	for (guint i = 0; i < CURIA_METRIC_MAX_LABELS && row->labels[i].name != NULL; i++) {
		g_auto (GStrv) values = g_strsplit (row->labels[i].values != NULL ? row->labels[i].values : "", "|", -1);
		g_autofree char *list = g_strjoinv (", ", values);

		g_string_append_printf (text, "%s `%s`%s%s", i > 0 ? ";" : "", row->labels[i].name, *list != '\0' ? ": " : "", list);
	}
	g_string_append_printf (text, " | %s |\n", row->help);
	return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_page (void)
{
	g_autofree char *path = g_test_build_filename (G_TEST_DIST, "docs", "metrics.md", NULL), *page = NULL;
	g_autoptr (GError) error = NULL;
	const char *names;
	guint rows = 0;

	g_file_get_contents (path, &page, NULL, &error);
	g_assert_no_error (error);
	for (guint metric = 0; metric < CURIA_N_METRICS; metric++) {
		g_autofree char *row = page_row (curia_metric_row ((CuriaMetric) metric));

		if (strstr (page, row) == NULL)
			g_error ("docs/metrics.md lacks\n%s", row);
	}
	names = strstr (page, "\n## Names\n"); /* tables before it are about other things */
	g_assert_nonnull (names);
	for (const char *at = names; (at = strstr (at, "\n| `")) != NULL; at++)
		rows++;
	g_assert_cmpuint (rows, ==, CURIA_N_METRICS);
}

/* ---- the text ---- */

static void
test_untouched (void)
{
	curia_metrics_forget ();
	expect_not ("curia_meetings");
	curia_metrics_touch (CURIA_METRIC_MEETINGS);
	expect_metric ("# HELP curia_meetings Meetings that run on this node.\n# TYPE curia_meetings gauge\ncuria_meetings 0\n");
	curia_metrics_touch (CURIA_METRIC_MEDIA_BYTES);
	expect_metric ("# TYPE curia_media_bytes_total counter\ncuria_media_bytes_total{direction=\"in\"} 0\n"
		"curia_media_bytes_total{direction=\"out\"} 0\n");
	curia_metrics_touch (CURIA_METRIC_API_REQUEST_US); /* any operation: there is nothing to make yet */
	expect_not ("curia_api_request_seconds");
}

static void
test_values (void)
{
	static const struct {
		gint64 value;
		const char *text;
	} rows[] = {
		{ 0, "curia_ledger_lag_seconds 0\n" },
		{ 1, "curia_ledger_lag_seconds 0.000001\n" },
		{ 1500000, "curia_ledger_lag_seconds 1.5\n" },
		{ 60000000, "curia_ledger_lag_seconds 60\n" },
		{ -250000, "curia_ledger_lag_seconds -0.25\n" },
		{ G_MAXINT64, "curia_ledger_lag_seconds 9223372036854.775807\n" },
		{ G_MININT64, "curia_ledger_lag_seconds -9223372036854.775808\n" },
	};

	curia_metrics_forget ();
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		curia_metrics_set (CURIA_METRIC_LEDGER_LAG_US, NULL, NULL, rows[i].value);
		expect_metric (rows[i].text);
	}
}

static void
test_labels (void)
{
	curia_metrics_forget ();
	curia_metrics_set (CURIA_METRIC_TRACKS, "camera", "vp8", 3);
	curia_metrics_add (CURIA_METRIC_TRACKS, "camera", "vp8", 2);
	curia_metrics_add (CURIA_METRIC_TRACKS, "camera", "vp", 1); /* the beginning of a value is none */
	curia_metrics_add (CURIA_METRIC_TRACKS, "hat", NULL, 1);
	expect_metric ("curia_tracks{source=\"camera\",codec=\"vp8\"} 5\ncuria_tracks{source=\"camera\",codec=\"other\"} 1\n"
		"curia_tracks{source=\"other\",codec=\"other\"} 1\n");
	curia_metrics_clear (CURIA_METRIC_TRACKS);
	expect_metric ("curia_tracks{source=\"camera\",codec=\"vp8\"} 0\n");
	curia_metrics_add (CURIA_METRIC_BUILD_INFO, "a \"b\" \\c\nd", NULL, 1);
	expect_metric ("curia_build_info{version=\"a \\\"b\\\" \\\\c\\nd\"} 1\n");
}

static void
test_bounded (void)
{
	CuriaSeries *other = NULL;

	curia_metrics_forget ();
	for (guint i = 0; i < CURIA_METRIC_MAX_SERIES + 50; i++) {
		g_autofree char *error = g_strdup_printf ("error-%u", i);

		other = curia_metrics_series (CURIA_METRIC_JOIN_FAILURES, error, NULL);
		curia_series_add (other, 1);
	}
	g_assert_cmpint (curia_series_value (other), ==, 50);
	expect_metric ("curia_join_failures_total{error=\"error-255\"} 1\ncuria_join_failures_total{error=\"other\"} 50\n");
}

static void
test_histogram (void)
{
	CuriaSeries *series;

	curia_metrics_forget ();
	series = curia_metrics_series (CURIA_METRIC_LOSS_PPM, "down", NULL);
	curia_series_observe (series, 0);
	curia_series_observe (series, 1000); /* a bound belongs to its bucket */
	curia_series_observe (series, 1001);
	curia_series_observe (series, 1000000);
	g_assert_cmpint (curia_series_value (series), ==, 4);
	expect_metric ("# TYPE curia_loss_ratio histogram\n"
		"curia_loss_ratio_bucket{direction=\"down\",le=\"0.001\"} 2\n"
		"curia_loss_ratio_bucket{direction=\"down\",le=\"0.005\"} 3\n"
		"curia_loss_ratio_bucket{direction=\"down\",le=\"0.01\"} 3\n"
		"curia_loss_ratio_bucket{direction=\"down\",le=\"0.02\"} 3\n"
		"curia_loss_ratio_bucket{direction=\"down\",le=\"0.05\"} 3\n"
		"curia_loss_ratio_bucket{direction=\"down\",le=\"0.1\"} 3\n"
		"curia_loss_ratio_bucket{direction=\"down\",le=\"0.2\"} 3\n"
		"curia_loss_ratio_bucket{direction=\"down\",le=\"0.5\"} 3\n"
		"curia_loss_ratio_bucket{direction=\"down\",le=\"+Inf\"} 4\n"
		"curia_loss_ratio_sum{direction=\"down\"} 1.002001\n"
		"curia_loss_ratio_count{direction=\"down\"} 4\n");
	curia_metrics_observe (CURIA_METRIC_JOIN_US, NULL, NULL, 250000);
	expect_metric ("curia_join_seconds_bucket{le=\"0.2\"} 0\ncuria_join_seconds_bucket{le=\"0.3\"} 1\n");
	expect_metric ("curia_join_seconds_sum 0.25\ncuria_join_seconds_count 1\n");
}

/* ---- threads and collectors ---- */

static gpointer
add_many (gpointer data)
{
	(void) data;
	for (guint i = 0; i < N_ADDS; i++) {
		curia_metrics_add (CURIA_METRIC_BUS_MESSAGES, i % 2 ? "request" : "publication", NULL, 1);
		curia_metrics_observe (CURIA_METRIC_STORE_WRITE_US, NULL, NULL, i);
	}
	return NULL;
}

static void
test_threads (void)
{
	GThread *threads[N_THREADS];

	curia_metrics_forget ();
	for (guint i = 0; i < N_THREADS; i++)
		threads[i] = g_thread_new ("adds", add_many, NULL);
	for (guint i = 0; i < 20; i++)
		g_free (curia_metrics_text ());
	for (guint i = 0; i < N_THREADS; i++)
		g_thread_join (threads[i]);
	g_assert_cmpint (curia_series_value (curia_metrics_series (CURIA_METRIC_BUS_MESSAGES, "request", NULL)), ==,
		N_THREADS * N_ADDS / 2);
	g_assert_cmpint (curia_series_value (curia_metrics_series (CURIA_METRIC_BUS_MESSAGES, "publication", NULL)), ==,
		N_THREADS * N_ADDS / 2);
	g_assert_cmpint (curia_series_value (curia_metrics_series (CURIA_METRIC_STORE_WRITE_US, NULL, NULL)), ==, N_THREADS * N_ADDS);
}

static void
count_call (gpointer data)
{
	guint *n = data;

	curia_metrics_set (CURIA_METRIC_MEETINGS, NULL, NULL, ++*n);
}

static void
test_collectors (void)
{
	guint first = 0, second = 40, id1, id2;

	curia_metrics_forget ();
	id1 = curia_metrics_add_collector (count_call, &first);
	id2 = curia_metrics_add_collector (count_call, &second);
	g_assert_cmpuint (id1, >, 0);
	g_assert_cmpuint (id2, !=, id1);
	expect_metric ("curia_meetings 41\n"); /* in the order in which they came */
	curia_metrics_remove_collector (id2);
	curia_metrics_remove_collector (id2);
	expect_metric ("curia_meetings 2\n");
	curia_metrics_remove_collector (id1);
	expect_metric ("curia_meetings 2\n");
	g_assert_cmpuint (first, ==, 2);
	g_assert_cmpuint (second, ==, 41);
}

int
main (int argc, char **argv)
{
	int result;

	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/metrics/rows", test_rows);
	g_test_add_func ("/metrics/page", test_page);
	g_test_add_func ("/metrics/untouched", test_untouched);
	g_test_add_func ("/metrics/values", test_values);
	g_test_add_func ("/metrics/labels", test_labels);
	g_test_add_func ("/metrics/bounded", test_bounded);
	g_test_add_func ("/metrics/histogram", test_histogram);
	g_test_add_func ("/metrics/threads", test_threads);
	g_test_add_func ("/metrics/collectors", test_collectors);
	result = g_test_run ();
	curia_metrics_forget ();
	return result;
}
