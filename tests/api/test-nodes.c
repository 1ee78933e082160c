/* The list of nodes, and where a join sends people: alone, and with another node over a real Redis. */
#include "transports/api/nodes.h"

#include "curia-clock.h"
#include "rest-fixture.h"
#include "tests/lib/servers.h"

#define B_SOCKET "wss://b.example.org:8443/janus"

static guint port;

static json_t *nodes_in (const Answer *answer, guint n)
{
	g_assert_cmpint (answer->status, ==, 200);
	json_t *nodes = json_object_get (answer->body, "nodes");
	g_assert_cmpuint (json_array_size (nodes), ==, n);
	return nodes;
}

static void test_alone (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("general: { node_name = \"a\" }\n");
	g_autofree char *list = token_of ("roomList", NULL, "ops", NULL), *join = token_of ("roomJoin", NULL, "ann", NULL);
	g_auto (Answer) answer = ask (fixture, API_GET, "/api/v1/nodes", list, NULL);
	json_t *own = json_array_get (nodes_in (&answer, 1), 0);
	g_assert_cmpstr (json_string_value (json_object_get (own, "name")), ==, "a");
	g_assert_true (json_is_true (json_object_get (own, "own")));
	g_assert_null (json_object_get (own, "url"));
	g_assert_true (json_is_true (json_object_get (answer.body, "connected")));
	g_auto (Answer) guest = ask (fixture, API_GET, "/api/v1/nodes", NULL, NULL);
	g_assert_cmpint (guest.status, ==, 401);
	g_auto (Answer) other = ask (fixture, API_GET, "/api/v1/nodes", join, NULL);
	g_assert_cmpint (other.status, ==, 403);
}

static char *settings_of_a (void)
{
	return g_strdup_printf ("general: { node_name = \"a\" }\nbus: { url = \"redis://127.0.0.1:%u\" }\n"
		"cluster: { url = \"https://a.example.org/\" }\n", port);
}

static Answer join (Fixture *fixture, const char *code)
{
	g_autofree char *target = g_strdup_printf ("/api/v1/meetings/%s/join", code);
	return ask (fixture, API_POST, target, NULL, "{\"name\":\"Ann\"}");
}

static void await_nodes (CuriaCluster *cluster, guint n)
{
	gint64 end_us = curia_clock_us () + 30 * G_USEC_PER_SEC;
	for (guint seen = 0; seen != n; g_usleep (10000)) {
		g_autoptr (GPtrArray) nodes = curia_cluster_nodes (cluster);
		seen = nodes->len;
		g_assert_cmpint (curia_clock_us (), <, end_us);
	}
}

static void test_two (void)
{
	g_autofree char *settings = settings_of_a (), *url = g_strdup_printf ("redis://127.0.0.1:%u", port);
	CuriaRedisSettings redis = { .url = url };
	CuriaBus *bus = curia_bus_new ();
	CuriaCluster *b = curia_cluster_new (&(CuriaClusterSettings) { "b", "https://b.example.org:8443", bus, &redis }, NULL);
	g_autoptr (Fixture) fixture = fixture_new (settings);
	g_autofree char *code = make_meeting (fixture, NULL), *here = make_meeting (fixture, NULL), *list = token_of ("roomList", NULL, "ops", NULL);
	await_nodes (curia_node_cluster (fixture->node), 2);
	await_nodes (b, 2);
	g_assert_true (curia_cluster_claim (b, code, NULL));
	curia_cluster_hold (b, code);
	g_auto (Answer) there = join (fixture, code);
	g_assert_cmpstr (text_at (&there, "url"), ==, B_SOCKET);
	g_assert_true (curia_cluster_claim (curia_node_cluster (fixture->node), here, NULL));
	curia_cluster_hold (curia_node_cluster (fixture->node), here);
	g_auto (Answer) own = join (fixture, here);
	g_assert_cmpstr (text_at (&own, "url"), ==, "wss://a.example.org/janus"); /* not as Host says: another node may have been asked */
	g_auto (Answer) nodes = ask (fixture, API_GET, "/api/v1/nodes", list, NULL);
	nodes_in (&nodes, 2);
	servers_redis_stop ();
	while (curia_bus_is_connected (curia_node_bus (fixture->node)))
		g_usleep (5000);
	g_auto (Answer) away = join (fixture, code);
	g_assert_cmpint (away.status, ==, 503);
	g_auto (Answer) stays = join (fixture, here);
	g_assert_cmpint (stays.status, ==, 200);
	g_auto (Answer) last_known = ask (fixture, API_GET, "/api/v1/nodes", list, NULL);
	nodes_in (&last_known, 2);
	g_assert_true (json_is_false (json_object_get (last_known.body, "connected")));
	curia_cluster_free (b);
	curia_bus_free (bus);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	port = servers_redis_start (NULL);
	g_test_add_func ("/nodes/alone", test_alone);
	g_test_add_func ("/nodes/two", test_two);
	return g_test_run ();
}
