/* /metrics: who may read it, what it is made of. */
#include "rest-fixture.h"

#include <string.h>

#include "curia-metrics.h"
#include "tests/lib/expect-metric.h"
#include "transports/api/metrics.h"

#define TOKEN "a-token-of-16-or-more"

static const struct {
	const char *options, *authorization;
	gboolean local;
	int status;
} rows[] = {
	{ "", NULL, TRUE, 200 },
	{ "", NULL, FALSE, 403 },
	{ "", "Bearer " TOKEN, FALSE, 403 }, /* there is none to be right */
	{ "", "Bearer ", FALSE, 403 },
	{ "metrics = \"all\";", NULL, FALSE, 200 },
	{ "metrics = \"off\";", NULL, TRUE, 404 },
	{ "metrics = \"off\"; metrics_token = \"" TOKEN "\";", "Bearer " TOKEN, TRUE, 404 },
	{ "metrics_token = \"" TOKEN "\";", NULL, TRUE, 200 },
	{ "metrics_token = \"" TOKEN "\";", NULL, FALSE, 401 },
	{ "metrics_token = \"" TOKEN "\";", "Bearer " TOKEN, FALSE, 200 },
	{ "metrics_token = \"" TOKEN "\";", "bearer " TOKEN, FALSE, 200 },
	{ "metrics_token = \"" TOKEN "\";", "Bearer " TOKEN "x", FALSE, 401 },
	{ "metrics_token = \"" TOKEN "\";", "Bearer a-token-of-16-or-morf", FALSE, 401 },
	{ "metrics_token = \"" TOKEN "\";", "Bearer ", FALSE, 401 },
	{ "metrics_token = \"" TOKEN "\";", "Basic " TOKEN, FALSE, 401 },
};

static void
test_readers (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *options = g_strdup_printf ("api: { %s };", rows[i].options);
		g_autoptr (Fixture) fixture = fixture_new (options);
		ApiRequest request = request_new (fixture, API_GET, "/metrics");

		g_test_message ("%u: %s, %s", i, rows[i].options, rows[i].local ? "local" : "remote");
		curia_metrics_set (CURIA_METRIC_MEETINGS, NULL, NULL, 7);
		request.authorization = rows[i].authorization;
		request.local = rows[i].local;
		g_auto (Answer) answer = ask_raw (&request);
		g_assert_cmpint (answer.status, ==, rows[i].status);
		g_assert_cmpint (answer.text != NULL, ==, rows[i].status == 200);
		if (answer.text == NULL)
			continue;
		g_assert_cmpstr (answer.type, ==, "text/plain; version=0.0.4; charset=utf-8");
		g_assert_null (answer.body);
		g_assert_nonnull (strstr (answer.text, "\ncuria_meetings 7\n"));
	}
}

static void
test_counts (void)
{
	static const struct {
		int status;
		const char *class;
	} classes[] = { { 101, "1xx" }, { 200, "2xx" }, { 304, "3xx" }, { 429, "4xx" }, { 503, "5xx" }, { 0, "1xx" }, { 700, "5xx" } };

	for (guint i = 0; i < G_N_ELEMENTS (classes); i++) {
		g_autofree char *line = g_strdup_printf ("curia_api_request_seconds_sum{route=\"joinMeeting\",status=\"%s\"} 0.25\n",
			classes[i].class);

		curia_metrics_forget ();
		api_metrics_count ("joinMeeting", classes[i].status, 250000);
		expect_metric (line);
	}
	api_metrics_count (NULL, 404, 1);
	expect_metric ("curia_api_request_seconds_count{route=\"none\",status=\"4xx\"} 1\n");
}

static void
test_refused (void)
{
	curia_metrics_forget ();
	api_metrics_start ();
	for (guint reason = 0; reason < API_REFUSED_N; reason++) {
		g_autofree char *line = g_strdup_printf ("curia_api_refused_total{reason=\"%s\"} 1\n", api_refused_name ((ApiRefused) reason));

		api_metrics_refused ((ApiRefused) reason);
		expect_metric (line);
	}
	g_autofree char *text = curia_metrics_text ();
	g_assert_null (strstr (text, "curia_api_refused_total{reason=\"other\"}"));
}

int
main (int argc, char **argv)
{
	int result;

	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/metrics-page/readers", test_readers);
	g_test_add_func ("/metrics-page/counts", test_counts);
	g_test_add_func ("/metrics-page/refused", test_refused);
	result = g_test_run ();
	curia_metrics_forget ();
	return result;
}
