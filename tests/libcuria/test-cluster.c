/* Which node holds which meeting: alone, and several over a real Redis that is restarted, hung and lied to. */
#include "curia-cluster-private.h"

#include <string.h>
#include <gio/gio.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-fields.h"
#include "curia-log.h"
#include "tests/lib/servers.h"

#define WAIT_US (30 * G_USEC_PER_SEC)
#define A_URL "https://a.example.org"
#define LONG_NAME "12345678901234567890123456789012345678901234567890123456789012345" /* 65 */
#define B_URL "https://b.example.org:8443"

static guint redis_port;

/* ---- the choice of a node ---- */

static void
test_compare (void)
{
	static const struct {
		const char *what;
		CuriaClusterNode better, worse;
	} rows[] = {
		{ "processor", { .name = "z", .cpu_pct = 10, .meetings = 9 }, { .name = "a", .cpu_pct = 60 } },
		{ "connections", { .name = "z", .connections = 100 }, { .name = "a", .connections = 700 } },
		{ "the fuller of both counts", { .name = "z", .connections = 300, .cpu_pct = 20 }, { .name = "a", .cpu_pct = 65 } },
		{ "a small difference does not", { .name = "z", .cpu_pct = 3, .meetings = 1 }, { .name = "a", .cpu_pct = 1, .meetings = 2 } },
		{ "meetings on their way", { .name = "z", .meetings = 2 }, { .name = "a", .meetings = 1, .placed = 2 } },
		{ "people", { .name = "z", .participants = 3 }, { .name = "a", .participants = 4 } },
		{ "at last the name", { .name = "a" }, { .name = "b" } },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_test_message ("%s", rows[i].what);
		g_assert_cmpint (cluster_compare (&rows[i].better, &rows[i].worse), <, 0);
		g_assert_cmpint (cluster_compare (&rows[i].worse, &rows[i].better), >, 0);
		g_assert_cmpint (cluster_compare (&rows[i].worse, &rows[i].worse), ==, 0);
	}
}

static void
test_read (void)
{
	static const char *const bad[] = { "[]", "{}", "{\"name\":\"a\"}", "{\"name\":7,\"url\":\"\"}", "{\"name\":\"\",\"url\":\"\"}",
		"{\"name\":\"a\",\"url\":\"\",\"cpu_pct\":\"x\"}", "{\"name\":\"a\",\"url\":\"\",\"meetings\":-5}", "{\"name\":\"a\\nb\",\"url\":\"\"}",
		"{\"name\":\"a\\u202eb\",\"url\":\"\"}", "{\"name\":\"a\\u200bb\",\"url\":\"\"}", "{\"name\":\"" LONG_NAME "\",\"url\":\"\"}",
		"{\"name\":\"a\",\"url\":\"http://a\"}", "{\"name\":\"a\",\"url\":\"javascript://a\"}", "{\"name\":\"a\",\"url\":\"https://a/b\"}",
		"{\"name\":\"a\",\"url\":\"https://u@a\"}", "{\"name\":\"a\",\"url\":\"https://\"}", "{\"name\":\"a\",\"url\":\"https://a b\"}",
		"{\"name\":\"a\",\"url\":\"https://a\\r\\nX: y\"}" };
	json_auto_t *good = json_loads ("{\"name\":\"a\",\"url\":\"https://a\",\"meetings\":3,\"new\":true}", 0, NULL);
	CuriaClusterNode *node = cluster_node_from_json (good);

	g_assert_cmpstr (node->name, ==, "a");
	g_assert_cmpint (node->meetings, ==, 3);
	curia_cluster_node_free (node);
	for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
		json_auto_t *object = json_loads (bad[i], 0, NULL);

		g_test_message ("%s", bad[i]);
		g_assert_null (cluster_node_from_json (object));
	}
}

/* ---- nodes of the tests ---- */

typedef struct {
	CuriaBus *bus;
	CuriaCluster *cluster;
	gint n_lost;
} Node;

static void
on_cluster (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	(void) topic, (void) request;
	g_assert_nonnull (curia_json_string (message, "lost", NULL));
	g_atomic_int_inc (&((Node *) data)->n_lost);
}

static Node *
node_new (const char *name, const char *url, gboolean redis)
{
	g_autofree char *where = g_strdup_printf ("redis://127.0.0.1:%u", redis_port);
	CuriaRedisSettings settings = { .url = where, .prefix = "test" };
	Node *node = g_new0 (Node, 1);
	g_autoptr (GError) error = NULL;

	node->bus = curia_bus_new ();
	curia_bus_subscribe (node->bus, "local.cluster", on_cluster, node);
	node->cluster = curia_cluster_new (&(CuriaClusterSettings) { name, url, node->bus, redis ? &settings : NULL }, &error);
	g_assert_no_error (error);
	return node;
}

static void
node_free (Node *node)
{
	curia_cluster_free (node->cluster);
	curia_bus_free (node->bus);
	g_free (node);
}

static guint
count_nodes (Node *node)
{
	g_autoptr (GPtrArray) nodes = curia_cluster_nodes (node->cluster);

	return nodes->len;
}

static void
await_nodes (Node *node, guint n)
{
	gint64 end_us = curia_clock_us () + WAIT_US;

	while (count_nodes (node) != n && curia_clock_us () < end_us)
		g_usleep (10000);
	g_assert_cmpuint (count_nodes (node), ==, n);
}

/* What Redis says to one line. Caller frees. */
static char *
redis_says (const char *command)
{
	g_autoptr (GSocketClient) client = g_socket_client_new ();
	g_autoptr (GSocketConnection) connection = g_socket_client_connect_to_host (client, "127.0.0.1", (guint16) redis_port, NULL, NULL);
	char answer[4096] = "";

	g_assert_nonnull (connection);
	g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), command, strlen (command),
		NULL, NULL, NULL));
	g_assert_cmpint (g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), answer, sizeof answer - 1, NULL, NULL), >, 0);
	return g_strdup (answer);
}

static void
await_redis (const char *command, const char *wanted)
{
	gint64 end_us = curia_clock_us () + WAIT_US;

	for (;;) {
		g_autofree char *answer = redis_says (command);

		if (strstr (answer, wanted) != NULL)
			return;
		if (curia_clock_us () > end_us)
			g_error ("%s: %s, not %s", command, answer, wanted);
		g_usleep (10000);
	}
}

static void
expect_claim (Node *node, const char *code, CuriaErrorCode code_of_error, const char *end)
{
	g_autoptr (GError) error = NULL;

	g_assert_false (curia_cluster_claim (node->cluster, code, &error));
	g_assert_error (error, CURIA_ERROR, (int) code_of_error);
	if (end != NULL)
		g_assert_true (g_str_has_suffix (error->message, end));
}

static void
take (Node *node, const char *code)
{
	g_autoptr (GError) error = NULL;

	curia_cluster_claim (node->cluster, code, &error);
	g_assert_no_error (error);
	curia_cluster_hold (node->cluster, code);
}

static void
expect_place (Node *node, const char *code, const char *wanted)
{
	g_autoptr (GError) error = NULL;
	g_autofree char *url = NULL;

	curia_cluster_place (node->cluster, code, &url, &error);
	g_assert_no_error (error);
	g_assert_cmpstr (url, ==, wanted);
}

static void
expect_presence (Node *node, const char *code, const char *wanted)
{
	g_autoptr (GError) error = NULL;
	json_auto_t *presence = curia_cluster_presence (node->cluster, code, &error);
	g_autofree char *text = NULL;

	g_assert_no_error (error);
	text = json_dumps (presence, JSON_COMPACT | JSON_SORT_KEYS);
	g_assert_cmpstr (text, ==, wanted);
}

/* ---- alone ---- */

static void
test_alone (void)
{
	Node *node = node_new ("only", "", FALSE);
	g_autoptr (GPtrArray) nodes = NULL;
	CuriaClusterNode *own;

	take (node, "m1");
	take (node, "m1"); /* its room is opened again and again */
	take (node, "m2");
	curia_cluster_enter (node->cluster, "m1", "ann");
	curia_cluster_enter (node->cluster, "m1", "ann");
	curia_cluster_enter (node->cluster, "m1", "bob");
	curia_cluster_leave (node->cluster, "m1", "bob");
	curia_cluster_leave (node->cluster, "m1", "bob");
	curia_cluster_enter (node->cluster, "nowhere", "cid");
	curia_cluster_set_connections (node->cluster, 7);
	expect_place (node, "m3", NULL);
	expect_presence (node, "m1", "{\"ann\":\"only\"}");
	expect_presence (node, "m3", "{}");
	nodes = curia_cluster_nodes (node->cluster);
	g_assert_cmpuint (nodes->len, ==, 1);
	own = g_ptr_array_index (nodes, 0);
	g_assert_cmpint (own->meetings, ==, 2);
	g_assert_cmpint (own->participants, ==, 1);
	g_assert_cmpint (own->connections, ==, 7);
	g_assert_true (own->own);
	curia_cluster_release (node->cluster, "m1");
	curia_cluster_release (node->cluster, "nowhere");
	expect_presence (node, "m1", "{}");
	node_free (node);
}

static void
test_urls (void)
{
	static const char *const bad[] = { "a.example.org", "wss://a", "https://", "http://a", "https://a/b", "https://a?x", "https://u@a", "https://a:x" };
	CuriaBus *bus = curia_bus_new ();

	for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
		g_autoptr (GError) error = NULL;

		g_assert_null (curia_cluster_new (&(CuriaClusterSettings) { "a", bad[i], bus, NULL }, &error));
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
		g_assert_true (g_str_has_prefix (error->message, "cluster.url must be https://host[:port], not \""));
	}
	curia_bus_free (bus);
}

static void
test_names (void)
{
	static const char *const bad[] = { "", "a\nb", "a\xe2\x80\xae", "a\xe2\x80\xa8""b", "a\xff", LONG_NAME };

	for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
		g_assert_false (cluster_is_name (bad[i]));
	g_assert_true (cluster_is_name (LONG_NAME + 1));
	g_assert_true (cluster_is_name ("Z\xc3\xbcrich 1"));
}

/* ---- two and three nodes ---- */

static void
test_two (void)
{
	Node *a = node_new ("a", A_URL "/", TRUE), *b = node_new ("b", B_URL, TRUE);

	await_nodes (a, 2);
	await_nodes (b, 2);
	take (a, "m1");
	expect_claim (b, "m1", CURIA_ERROR_WRONG_NODE, ": wss://a.example.org/janus");
	expect_place (a, "m1", NULL);
	expect_place (b, "m1", A_URL);
	take (b, "m2");
	expect_claim (a, "m2", CURIA_ERROR_WRONG_NODE, ": wss://b.example.org:8443/janus");
	curia_cluster_enter (a->cluster, "m1", "ann");
	curia_cluster_enter (a->cluster, "m1", "bob");
	curia_cluster_leave (a->cluster, "m1", "ann");
	await_redis ("HLEN test:present:m1\r\n", ":1\r\n");
	expect_presence (b, "m1", "{\"bob\":\"a\"}");
	curia_cluster_release (a->cluster, "m1");
	await_redis ("EXISTS test:meeting:m1 test:present:m1\r\n", ":0\r\n");
	take (b, "m1"); /* where it is opened next */
	expect_place (a, "m1", B_URL);
	node_free (b);
	await_redis ("EXISTS test:meeting:m1 test:meeting:m2 test:node:b\r\n", ":0\r\n"); /* it said goodbye */
	await_nodes (a, 1);
	expect_place (a, "m1", NULL);
	node_free (a);
}

/* Many new meetings at once, through any node: each has one place, and none gets all. */
static void
test_placing (void)
{
	enum { N = 60 };
	Node *nodes[3] = { node_new ("a", A_URL, TRUE), node_new ("b", B_URL, TRUE), node_new ("c", "", TRUE) };
	guint to[3] = { 0 };

	for (guint i = 0; i < 3; i++)
		await_nodes (nodes[i], 3);
	for (guint i = 0; i < N; i++) {
		g_autofree char *code = g_strdup_printf ("placed-%u", i), *first = NULL, *second = NULL;

		g_assert_true (curia_cluster_place (nodes[0]->cluster, code, &first, NULL));
		g_assert_true (curia_cluster_place (nodes[1]->cluster, code, &second, NULL));
		g_assert_cmpstr (first != NULL ? first : A_URL, ==, second != NULL ? second : B_URL);
		to[first == NULL ? 0 : g_str_equal (first, B_URL) ? 1 : 2]++;
	}
	g_test_message ("%u to a, %u to b, %u elsewhere", to[0], to[1], to[2]);
	g_assert_cmpuint (to[0], >=, N / 4);
	g_assert_cmpuint (to[1], >=, N / 4);
	g_assert_cmpuint (to[2], ==, 0); /* nobody can be sent to a node without a url */
	g_assert_true (curia_cluster_has_origin (nodes[0]->cluster, "https://B.example.org:8443"));
	g_assert_true (curia_cluster_has_origin (nodes[0]->cluster, A_URL));
	g_assert_false (curia_cluster_has_origin (nodes[0]->cluster, "https://b.example.org"));
	g_assert_false (curia_cluster_has_origin (nodes[0]->cluster, "https://b.example.org:84430"));
	g_assert_false (curia_cluster_has_origin (nodes[0]->cluster, ""));
	for (guint i = 0; i < 3; i++)
		node_free (nodes[i]);
}

/* ---- Redis goes, and comes back empty ---- */

static void
test_restart (void)
{
	Node *a = node_new ("a", A_URL, TRUE), *b = node_new ("b", B_URL, TRUE);

	await_nodes (a, 2);
	await_nodes (b, 2);
	take (a, "m1");
	curia_cluster_enter (a->cluster, "m1", "ann");
	servers_redis_stop ();
	g_usleep (200 * 1000);
	take (a, "m1"); /* what runs goes on, who comes may come */
	expect_claim (b, "m1", CURIA_ERROR_UNAVAILABLE, NULL);
	expect_claim (a, "m2", CURIA_ERROR_UNAVAILABLE, NULL);
	curia_cluster_enter (a->cluster, "m1", "bob");
	curia_cluster_leave (a->cluster, "m1", "ann");
	servers_redis_restart ();
	await_redis ("EXISTS test:epoch\r\n", ":1\r\n"); /* whoever is the first to be back */
	while (!curia_cluster_claim (b->cluster, "m2", NULL))
		g_usleep (50 * 1000);
	/* b waited for those that come later: a's meeting is a's */
	expect_claim (b, "m1", CURIA_ERROR_WRONG_NODE, "wss://a.example.org/janus");
	expect_presence (b, "m1", "{\"bob\":\"a\"}");
	await_nodes (b, 2);
	g_assert_cmpint (a->n_lost, ==, 0);
	node_free (a);
	node_free (b);
}

/* Nobody gets a meeting that another node may still have: b is back first and wants it at once. */
static void
test_settling (void)
{
	Node *a = node_new ("a", A_URL, TRUE), *b;
	gint64 start_us;

	await_redis ("EXISTS test:node:a\r\n", ":1\r\n");
	take (a, "m1");
	await_redis ("GET test:meeting:m1\r\n", "a");
	servers_redis_restart (); /* a is back within its back-off */
	start_us = curia_clock_us ();
	b = node_new ("b", B_URL, TRUE);
	while (curia_clock_us () - start_us < WAIT_US) {
		g_autoptr (GError) error = NULL;

		g_assert_false (curia_cluster_claim (b->cluster, "m1", &error));
		if (g_error_matches (error, CURIA_ERROR, CURIA_ERROR_WRONG_NODE))
			break;
		g_usleep (5000);
	}
	expect_claim (b, "m1", CURIA_ERROR_WRONG_NODE, "wss://a.example.org/janus");
	node_free (b);
	node_free (a);
}

/* Two had it, however that came: who has no lease hears of it. */
static void
test_lost (void)
{
	Node *a = node_new ("a", A_URL, TRUE);
	gint64 end_us = curia_clock_us () + WAIT_US;

	await_redis ("EXISTS test:node:a\r\n", ":1\r\n");
	take (a, "m1");
	await_redis ("SET test:meeting:m1 other PX 60000\r\n", "+OK");
	while (g_atomic_int_get (&a->n_lost) == 0 && curia_clock_us () < end_us)
		g_usleep (10000);
	g_assert_cmpint (g_atomic_int_get (&a->n_lost), >=, 1);
	await_redis ("GET test:meeting:m1\r\n", "other");
	curia_cluster_release (a->cluster, "m1");
	node_free (a);
	await_redis ("GET test:meeting:m1\r\n", "other"); /* which is not ours to give up */
	await_redis ("DEL test:meeting:m1\r\n", ":1");
}

/* A node that died without a word: its meetings are free after ten seconds, and nobody is sent there. */
static void
test_dead (void)
{
	Node *a = node_new ("a", A_URL, TRUE);

	await_redis ("EXISTS test:node:a\r\n", ":1\r\n");
	await_redis ("SET test:meeting:m1 ghost PX 1500\r\n", "+OK");
	expect_claim (a, "m1", CURIA_ERROR_UNAVAILABLE, NULL);
	await_redis ("EXISTS test:meeting:m1\r\n", ":0\r\n");
	take (a, "m1");
	await_redis ("SET test:node:junk {{{\r\n", "+OK");
	await_redis ("SADD test:nodes junk dead\r\n", ":2");
	await_redis ("SISMEMBER test:nodes dead\r\n", ":0"); /* not heard: forgotten */
	await_redis ("SISMEMBER test:nodes junk\r\n", ":1");
	g_assert_cmpuint (count_nodes (a), ==, 1);
	await_redis ("DEL test:node:junk\r\n", ":1");
	node_free (a);
}

static gint n_told;
static char told[400]; /* the last of those lines */

static void
on_line (CuriaLogLevel level, const char *line)
{
	(void) level;
	if (strstr (line, "heartbeats in Redis") == NULL)
		return;
	g_strlcpy (told, line, sizeof told);
	g_atomic_int_inc (&n_told);
}

/* Others that are not what a node may be: nobody is sent there, and the log says so once. */
static void
test_liars (void)
{
	Node *a;

	curia_log_set_sink (on_line);
	await_redis ("SET test:node:liar '{\"name\":\"liar\",\"url\":\"http://evil.example.org\"}'\r\n", "+OK");
	await_redis ("SET test:node:mask '{\"name\":\"b\",\"url\":\"https://evil.example.org\"}'\r\n", "+OK");
	await_redis ("SADD test:nodes liar mask\r\n", ":2");
	a = node_new ("a", A_URL, TRUE);
	for (gint64 end_us = curia_clock_us () + WAIT_US; g_atomic_int_get (&n_told) == 0 && curia_clock_us () < end_us;)
		g_usleep (10000);
	g_usleep (2 * CLUSTER_BEAT_MS * 1000);
	g_assert_cmpuint (count_nodes (a), ==, 1);
	g_assert_false (curia_cluster_has_origin (a->cluster, "http://evil.example.org"));
	g_assert_false (curia_cluster_has_origin (a->cluster, "https://evil.example.org"));
	node_free (a);
	curia_log_set_sink (NULL);
	g_assert_cmpint (g_atomic_int_get (&n_told), ==, 1);
	g_assert_nonnull (strstr (told, "2 heartbeats in Redis"));
	await_redis ("DEL test:node:liar test:node:mask\r\n", ":2");
}

/* Something else is where the lease should be: whoever asks hears nothing of Redis' scripts. */
static void
test_wrong_type (void)
{
	Node *a = node_new ("a", A_URL, TRUE);
	static const char *const keys[] = { "LPUSH test:meeting:m1 x\r\n", "SET test:meeting:m1 \"a\\nb\"\r\n" };

	await_redis ("EXISTS test:node:a\r\n", ":1\r\n");
	for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
		g_autoptr (GError) error = NULL;
		g_autofree char *said = redis_says (keys[i]);

		g_assert_false (curia_cluster_claim (a->cluster, "m1", &error));
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
		g_test_message ("%s%s", said, error->message);
		g_assert_cmpstr (error->message, ==, i == 0 ? "where the meeting is cannot be told now: Redis does not answer as it should"
			: "where the meeting is cannot be told now: Redis gives no answer");
		await_redis ("DEL test:meeting:m1\r\n", ":1");
	}
	node_free (a);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	redis_port = servers_redis_start (NULL);
	g_test_add_func ("/cluster/compare", test_compare);
	g_test_add_func ("/cluster/read", test_read);
	g_test_add_func ("/cluster/alone", test_alone);
	g_test_add_func ("/cluster/urls", test_urls);
	g_test_add_func ("/cluster/names", test_names);
	g_test_add_func ("/cluster/two", test_two);
	g_test_add_func ("/cluster/placing", test_placing);
	g_test_add_func ("/cluster/restart", test_restart);
	g_test_add_func ("/cluster/settling", test_settling);
	g_test_add_func ("/cluster/lost", test_lost);
	g_test_add_func ("/cluster/dead", test_dead);
	g_test_add_func ("/cluster/liars", test_liars);
	g_test_add_func ("/cluster/wrong-type", test_wrong_type);
	return g_test_run ();
}
