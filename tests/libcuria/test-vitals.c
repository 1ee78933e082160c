/* What the kernel says of a process, and what a node makes of it at /metrics. */
#include "curia-process.h"

#include <string.h>

#include "curia-metrics.h"
#include "curia-node.h"
#include "tests/lib/expect-metric.h"

static void
test_stat (void)
{
	static const struct {
		const char *stat;
		gboolean ok;
		gint64 cpu_us, start_us, resident_bytes, virtual_bytes, threads;
	} rows[] = {
		{ "7 (janus) S 1 2 3 4 5 6 7 8 9 10 150 50 13 14 15 16 21 18 4500 700000000 2000 25 26", TRUE, 2000000, 45000000, 8192000,
		  700000000, 21 },
		{ "7 (a) b) (c) R 1 2 3 4 5 6 7 8 9 10 1 0 13 14 15 16 1 18 0 0 1 25 26", TRUE, 10000, 0, 4096, 0, 1 },
		{ "7 (janus) S 1 2 3", FALSE },
		{ "7 (janus", FALSE },
		{ ")", FALSE },
		{ "", FALSE },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		ProcessFigures figures = { 0 };

		g_test_message ("%s", rows[i].stat);
		g_assert_cmpint (process_parse_stat (rows[i].stat, 100, 4096, &figures), ==, rows[i].ok);
		g_assert_cmpint (figures.cpu_us, ==, rows[i].cpu_us);
		g_assert_cmpint (figures.start_us, ==, rows[i].start_us);
		g_assert_cmpint (figures.resident_bytes, ==, rows[i].resident_bytes);
		g_assert_cmpint (figures.virtual_bytes, ==, rows[i].virtual_bytes);
		g_assert_cmpint (figures.threads, ==, rows[i].threads);
	}
}

static void
test_this_process (void)
{
	ProcessFigures figures = { 0 };

	g_assert_true (process_look (&figures));
	g_assert_cmpint (figures.threads, >=, 1);
	g_assert_cmpint (figures.cpus, >=, 1);
	g_assert_cmpint (figures.open_fds, >=, 3);
	g_assert_cmpint (figures.max_fds, >=, figures.open_fds);
	g_assert_cmpint (figures.resident_bytes, >, 100000);
	g_assert_cmpint (figures.virtual_bytes, >, figures.resident_bytes);
	g_assert_cmpint (figures.start_us, >, g_get_real_time () - G_TIME_SPAN_HOUR);
	g_assert_cmpint (figures.start_us, <, g_get_real_time () + G_TIME_SPAN_MINUTE);
}

/* ---- a node ---- */

static char *
folder_with_options (void)
{
	g_autoptr (GError) error = NULL;
	char *folder = g_dir_make_tmp ("curia-vitals-XXXXXX", &error);
	g_autofree char *file = g_build_filename (folder, "curia.jcfg", NULL);

	g_assert_no_error (error);
	g_file_set_contents (file,
		"store: { url = \":memory:\" };\ntoken: { keys = [\"devkey:a-secret-for-tests-of-more-than-32-bytes\"] };\n", -1, &error);
	g_assert_no_error (error);
	return folder;
}

static void
on_reply (json_t *reply, const GError *error, gpointer data)
{
	(void) reply;
	g_assert_nonnull (error);
	g_atomic_int_set ((gint *) data, 1);
}

static void
test_node (void)
{
	g_autofree char *folder = folder_with_options (), *text = NULL;
	g_autoptr (GError) error = NULL;
	CuriaNode *node = curia_node_ref (folder, &error);
	gint replied = 0;

	g_assert_no_error (error);
	json_auto_t *message = json_object ();
	curia_bus_request (curia_node_bus (node), "nobody.listens", message, 1000, on_reply, &replied);
	while (!g_atomic_int_get (&replied))
		g_usleep (1000);
	expect_metric ("curia_store_up 1\n");
	expect_metric ("curia_bus_up 1\n");
	expect_metric ("curia_cluster_nodes 1\n");
	expect_metric ("curia_bus_messages_total{kind=\"request\"} 1\n");
	expect_metric ("curia_bus_request_failures_total{error=\"not-found\"} 1\n");
	expect_metric ("curia_store_writes_total{result=\"failed\"} 0\n");
	expect_metric ("\ncuria_build_info{version=\"");
	expect_metric ("\nprocess_cpu_seconds_total ");
	curia_node_unref (node);
	curia_metrics_forget ();
	text = curia_metrics_text (); /* its collectors are gone with it */
	g_assert_null (strstr (text, "process_"));
}

int
main (int argc, char **argv)
{
	int result;

	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/vitals/stat", test_stat);
	g_test_add_func ("/vitals/this-process", test_this_process);
	g_test_add_func ("/vitals/node", test_node);
	result = g_test_run ();
	curia_metrics_forget ();
	return result;
}
