/* The /janus WebSocket from outside: a real server and real sockets, a fake core. */
#include "socket-fixture.h"

#include <string.h>

#define SESSION "\"session_id\":%" G_GINT64_FORMAT
#define HANDLE "\"handle_id\":%" G_GINT64_FORMAT
#define JOIN "roomJoin"

static Client *join (Site *site, const char *identity)
{
	g_autofree char *token = site_token (site, identity, JOIN);
	Client *client = client_open (site, token, "", NULL);

	g_assert_nonnull (client);
	return client;
}

static void wait_for (gint *counter, gint value)
{
	for (int i = 0; i < 1000 && g_atomic_int_get (counter) < value; i++)
		g_usleep (10000);
	g_assert_cmpint (g_atomic_int_get (counter), >=, value);
}

static void assert_kind (json_t *answer, const char *expected)
{
	g_autofree char *kind = take_kind (answer);

	g_assert_cmpstr (kind, ==, expected);
}

/* ---- who may come in ---- */

static const struct {
	const char *identity, *grants; /* NULL: no token */
	const char *headers;
	int status;
} doors[] = {
	{ "ann", JOIN, "", 101 },
	{ "ann", JOIN, "Origin: http://localhost\r\n", 101 },
	{ "ann", JOIN, "Origin: https://friend.example.org\r\n", 101 },
	{ "ann", JOIN, "Origin: https://evil.example.org\r\n", 403 },
	{ "ann", JOIN, "Origin: null\r\n", 403 },
	{ "ann", JOIN, "Sec-WebSocket-Protocol: chat, janus-protocol\r\n", 101 },
	{ "ann", JOIN, "Sec-WebSocket-Protocol: chat\r\n", 400 },
	{ "ann", "", "", 403 },
	{ NULL, NULL, "", 401 },
	{ NULL, NULL, "Authorization: Bearer nonsense\r\n", 401 },
};

static void test_doors (void)
{
	g_autoptr (Site) site = site_new ("allowed_origins = [ \"https://friend.example.org\" ]");

	for (guint i = 0; i < G_N_ELEMENTS (doors); i++) {
		g_autofree char *token = doors[i].identity ? site_token (site, doors[i].identity, doors[i].grants) : NULL;
		int status;
		g_autoptr (Client) client = client_open (site, token, doors[i].headers, &status);

		g_assert_cmpint (status, ==, doors[i].status);
	}
	g_autofree char *token = site_token (site, "ann", JOIN);
	g_autofree char *bearer = g_strdup_printf ("Authorization: Bearer %s\r\n", token);
	g_autoptr (Client) client = client_open (site, NULL, bearer, NULL);
	g_assert_nonnull (client);
}

/* ---- what is said ---- */

static void test_verbs (void)
{
	g_autoptr (Site) site = site_new ("");
	g_autoptr (Client) client = join (site, "ann");
	gint64 handle = client_enter (client), s = client->session;

	assert_kind (client_ask (client, "\"janus\":\"ping\""), "pong");
	assert_kind (client_ask (client, "\"janus\":\"info\""), "server_info");
	assert_kind (client_ask (client, "\"janus\":\"keepalive\"," SESSION, s), "ack");
	assert_kind (client_ask (client, "\"janus\":\"trickle\"," SESSION "," HANDLE ",\"candidate\":{\"completed\":true}", s, handle), "ack");
	assert_kind (client_ask (client, "\"janus\":\"hangup\"," SESSION "," HANDLE, s, handle), "success");
	assert_kind (client_ask (client, "\"janus\":\"claim\"," SESSION, s), "success");
	g_assert_cmpint (take_code (client_ask (client, "\"janus\":\"message\"," SESSION "," HANDLE ",\"body\":{}", s, handle + 99)), ==, 459);
	g_assert_cmpint (take_code (client_ask (client, "\"janus\":\"nonsense\"")), ==, 453);
	assert_kind (client_ask (client, "\"janus\":\"detach\"," SESSION "," HANDLE, s, handle), "success");
	g_assert_cmpint (take_code (client_ask (client, "\"janus\":\"detach\"," SESSION "," HANDLE, s, handle)), ==, 459);
	assert_kind (client_ask (client, "\"janus\":\"destroy\"," SESSION, s), "success");
	g_assert_cmpint (take_code (client_ask (client, "\"janus\":\"keepalive\"," SESSION, s)), ==, 458);
	client_send (client, "not json");
	g_assert_cmpint (take_code (client_read (client, 5000)), ==, 454);
}

static void test_limits_of_a_session (void)
{
	g_autoptr (Site) site = site_new ("");
	g_autoptr (Client) client = join (site, "ann");
	int handles = 1;

	client_enter (client);
	while (take_code (client_ask (client, "\"janus\":\"attach\"," SESSION ",\"plugin\":\"janus.plugin.curia.room\"", client->session)) == 0)
		handles++;
	g_assert_cmpint (handles, ==, 16);
	for (int i = 0; i < 3; i++)
		assert_kind (client_ask (client, "\"janus\":\"create\""), "success");
	g_assert_cmpint (take_code (client_ask (client, "\"janus\":\"create\"")), ==, 472);
}

static void test_ids_are_bound (void)
{
	g_autoptr (Site) site = site_new ("");
	g_autoptr (Client) ann = join (site, "ann");
	g_autoptr (Client) bob = join (site, "bob");
	gint64 handle = client_enter (ann);

	g_assert_cmpint (take_code (client_ask (bob, "\"janus\":\"message\"," SESSION "," HANDLE ",\"body\":{}", ann->session, handle)), ==, 458);
	g_assert_cmpint (take_code (client_ask (bob, "\"janus\":\"destroy\"," SESSION, ann->session)), ==, 458);
	g_assert_cmpint (take_code (client_ask (bob, "\"janus\":\"claim\"," SESSION, ann->session)), ==, 458);
	assert_kind (client_ask (ann, "\"janus\":\"keepalive\"," SESSION, ann->session), "ack");
}

/* One after the other, in the order they were sent, whatever the core's pool makes of them. */
static void test_order (void)
{
	g_autoptr (Site) site = site_new ("messages_per_s = 10000");
	g_autoptr (Client) client = join (site, "ann");
	gint64 handle = client_enter (client);

	for (int i = 1; i <= 60; i++) {
		g_autofree char *text = g_strdup_printf ("{\"janus\":\"message\"," SESSION "," HANDLE ",\"transaction\":\"o%d\",\"body\":{\"n\":%d,"
			"\"sleep_ms\":%d}}", client->session, handle, i, i, i % 3);

		client_send (client, text);
	}
	for (int i = 1; i <= 60; i++) {
		json_t *ack = client_read (client, 5000);
		g_autofree char *expected = g_strdup_printf ("o%d", i);

		g_assert_cmpstr (json_string_value (json_object_get (ack, "transaction")), ==, expected);
		json_decref (ack);
	}
	g_assert_cmpint (g_atomic_int_get (&fake_counters.overlaps), ==, 0);
	g_assert_cmpint (g_atomic_int_get (&fake_counters.disorder), ==, 0);
	g_assert_cmpuint (client->last_seq, ==, 62);
}

/* ---- sockets that go and come back ---- */

static gint64 claim (Client *client, gint64 session, gint64 last_seq)
{
	return take_code (client_ask (client, "\"janus\":\"claim\"," SESSION ",\"last_seq\":%" G_GINT64_FORMAT, session, last_seq));
}

static void test_return (void)
{
	g_autoptr (Site) site = site_new ("");
	Client *first = join (site, "ann");
	gint64 handle = client_enter (first), s = first->session;
	guint64 seen = first->last_seq;
	g_autofree char *slow = g_strdup_printf ("{\"janus\":\"message\"," SESSION "," HANDLE ",\"transaction\":\"slow\",\"body\":{\"n\":1,"
		"\"sleep_ms\":300,\"event\":5}}", s, handle);

	client_send (first, slow);
	wait_for (&fake_counters.messages, 1);
	client_close (first);
	wait_for (&fake_counters.dropped, 1);
	g_autoptr (Client) second = join (site, "ann");
	g_assert_cmpint (claim (second, s, (gint64) seen), ==, 0);
	/* the answer and the events of what was asked before, in order; asking again does nothing */
	client_send (second, slow);
	for (guint64 i = 1; i <= 6; i++) {
		json_t *message = client_read (second, 5000);

		g_assert_nonnull (message);
		g_assert_cmpuint ((guint64) json_integer_value (json_object_get (message, "seq")), ==, seen + i);
		json_decref (message);
	}
	wait_for (&fake_counters.back, 1);
	json_decref (client_ask (second, "\"janus\":\"keepalive\"," SESSION, s));
	g_assert_cmpint (g_atomic_int_get (&fake_counters.messages), ==, 3); /* that one, and two about the connection */
	g_assert_cmpint (g_atomic_int_get (&fake_counters.destroyed), ==, 0);
}

/* A claim while the old socket still seems to live, as after a change of network. */
static void test_take_over (void)
{
	g_autoptr (Site) site = site_new ("");
	g_autoptr (Client) first = join (site, "ann");
	gint64 handle = client_enter (first);
	g_autoptr (Client) second = join (site, "ann");

	g_assert_cmpint (claim (second, first->session, 2), ==, 0);
	g_assert_cmpint (client_wait_close (first, 5000), ==, 1000);
	assert_kind (client_ask (second, "\"janus\":\"message\"," SESSION "," HANDLE ",\"body\":{\"n\":1}", first->session, handle), "ack");
	g_assert_cmpint (claim (second, first->session, 1000), ==, 458);
	g_assert_cmpint (take_code (client_ask (second, "\"janus\":\"claim\"," SESSION ",\"last_seq\":\"x\"", first->session)), ==, 467);
}

static void test_nobody_returns (void)
{
	g_autoptr (Site) site = site_new ("reconnect_grace_ms = 300");
	Client *first = join (site, "ann");
	gint64 s;

	client_enter (first);
	s = first->session;
	client_close (first);
	wait_for (&fake_counters.destroyed, 1);
	g_autoptr (Client) second = join (site, "ann");
	g_assert_cmpint (claim (second, s, 2), ==, 458);
	for (int i = 0; i < 300 && g_atomic_int_get (&fake_counters.sessions); i++)
		g_usleep (10000);
	g_assert_cmpint (g_atomic_int_get (&fake_counters.sessions), ==, 0);
}

/* A tab that is closed says so: its seat is kept for a reload, not for the whole grace time. */
static void test_page_left (void)
{
	g_autoptr (Site) site = site_new ("reconnect_grace_ms = 30000");
	g_autoptr (Client) client = join (site, "ann");
	gint64 began = g_get_monotonic_time ();

	client_enter (client);
	client_send_frame (client, 8, "\x03\xe9", 2);
	wait_for (&fake_counters.dropped, 1);
	wait_for (&fake_counters.destroyed, 1);
	g_assert_cmpint (g_get_monotonic_time () - began, >, 2900 * 1000);
}

static void test_silence (void)
{
	g_autoptr (Site) site = site_new ("ping_ms = 500\n silence_ms = 1000\n reconnect_grace_ms = 1500");
	g_autoptr (Client) lively = join (site, "bob");
	g_autoptr (Client) silent = join (site, "ann");
	gint64 began;

	client_enter (lively);
	client_enter (silent);
	silent->no_pong = TRUE;
	began = g_get_monotonic_time ();
	/* the one that answers pings stays */
	while (!g_atomic_int_get (&fake_counters.dropped))
		json_decref (client_read (lively, 50));
	g_assert_cmpint (g_get_monotonic_time () - began, >=, 900 * 1000);
	while (!g_atomic_int_get (&fake_counters.destroyed))
		json_decref (client_read (lively, 50));
	g_assert_cmpint (g_get_monotonic_time () - began, <, 3000 * 1000);
	assert_kind (client_ask (lively, "\"janus\":\"keepalive\"," SESSION, lively->session), "ack");
	g_assert_cmpint (g_atomic_int_get (&fake_counters.destroyed), ==, 1);
}

/* ---- too much ---- */

static void test_caps (void)
{
	g_autoptr (Site) site = site_new ("max_message_bytes = 20000\n messages_per_s = 10");
	g_autoptr (Client) big = join (site, "ann");
	g_autoptr (Client) fast = join (site, "bob");
	g_autoptr (Client) binary = join (site, "eve");
	g_autofree char *text = g_strnfill (20001, ' ');

	client_send (big, text);
	g_assert_cmpint (client_wait_close (big, 5000), ==, 1009);
	for (int i = 0; i < 30; i++)
		client_send (fast, "{}");
	g_assert_cmpint (client_wait_close (fast, 5000), ==, 1008);
	client_send_frame (binary, 2, "x", 1);
	g_assert_cmpint (client_wait_close (binary, 5000), ==, 1003);
}

/* Somebody who asks for much and reads nothing: the server lets go of it, and of its session. */
static void test_slow_reader (void)
{
	g_autoptr (Site) site = site_new ("output_queue_bytes = 100000\n reconnect_grace_ms = 300");
	g_autoptr (Client) client = join (site, "ann");
	gint64 handle = client_enter (client);

	for (int i = 0; i < 20; i++) {
		g_autofree char *text = g_strdup_printf ("{\"janus\":\"message\"," SESSION "," HANDLE ",\"transaction\":\"s%d\",\"body\":{"
			"\"event\":20,\"bytes\":60000}}", client->session, handle, i);

		client_send (client, text);
	}
	wait_for (&fake_counters.destroyed, 1);
}

/* The same without a session: what was refused piles up, too. */
static void test_slow_reader_of_refusals (void)
{
	g_autoptr (Site) site = site_new ("output_queue_bytes = 65536\n messages_per_s = 100000");
	g_autoptr (Client) client = join (site, "ann");

	for (int i = 0; i < 60000; i++)
		client_send (client, "{\"janus\":\"attach\",\"transaction\":\"t\",\"session_id\":1,\"plugin\":\"p\"}");
	g_assert_cmpint (client_wait_close (client, 5000), !=, 0);
}

static void test_too_many_sockets (void)
{
	g_autoptr (Site) site = site_new ("max_connections = 3");
	g_autoptr (Client) a = join (site, "a");
	g_autoptr (Client) b = join (site, "b");
	g_autoptr (Client) c = join (site, "c");
	g_autofree char *token = site_token (site, "d", JOIN);
	int status = 0;

	g_assert_null (client_open (site, token, "", &status));
	g_assert_cmpint (status, ==, 503);
	g_autofree char *told = site_raw (site, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", -1);
	g_assert_true (g_str_has_prefix (told, "HTTP/1.1 503"));
	g_assert_nonnull (strstr (told, "The server has all of the 3 connections that api.max_connections allows"));
	g_assert_nonnull (strstr (told, "retry-after: "));
	g_assert_nonnull (strstr (told, "connection: close"));
	assert_kind (client_ask (a, "\"janus\":\"ping\""), "pong");
}

/* One address has too many WebSockets: it is told so, others are not. */
static void test_too_many_of_an_address (void)
{
	g_autoptr (Site) site = site_new ("max_connections_per_address = 2");
	g_autofree char *token = site_token (site, "ann", JOIN);
	static const char from[] = "X-Forwarded-For: 192.0.2.7\r\n";
	int status = 0;
	g_autoptr (Client) a = client_open (site, token, from, NULL);
	g_autoptr (Client) b = client_open (site, token, from, NULL);

	g_assert_true (a && b);
	g_assert_null (client_open (site, token, from, &status));
	g_assert_cmpint (status, ==, 429);
	g_autoptr (Client) other = client_open (site, token, "X-Forwarded-For: 192.0.2.8\r\n", &status);
	g_assert_cmpint (status, ==, 101);
}

/* ---- what all of them together may keep ---- */

static gint64 enter_and_vanish (Site *site, const char *identity, const char *headers, int n)
{
	g_autofree char *token = site_token (site, identity, JOIN);
	Client *client = client_open (site, token, headers, NULL);
	gint64 session;

	client_enter (client);
	session = client->session;
	client_close (client);
	wait_for (&fake_counters.dropped, n);
	return session;
}

static int claim_as (Site *site, const char *identity, gint64 session)
{
	g_autoptr (Client) client = join (site, identity);

	return (int) claim (client, session, 2);
}

static void test_too_many_dropped (void)
{
	g_autoptr (Site) site = site_new ("reconnect_grace_ms = 30000\n max_dropped_per_address = 2\n max_dropped = 4");
	static const char one[] = "X-Forwarded-For: 192.0.2.1\r\n", two[] = "X-Forwarded-For: 192.0.2.2\r\n";
	gint64 a = enter_and_vanish (site, "a", one, 1), b = enter_and_vanish (site, "b", one, 2), c = enter_and_vanish (site, "c", two, 3);

	g_assert_cmpint (g_atomic_int_get (&fake_counters.destroyed), ==, 0);
	gint64 d = enter_and_vanish (site, "d", one, 4); /* the third of one: the oldest of that address goes */
	wait_for (&fake_counters.destroyed, 1);
	g_assert_cmpint (claim_as (site, "a", a), ==, 458);
	g_assert_cmpint (claim_as (site, "b", b), ==, 0); /* and drops again at once, as the newest */
	wait_for (&fake_counters.dropped, 5);
	enter_and_vanish (site, "e", two, 6);
	g_assert_cmpint (g_atomic_int_get (&fake_counters.destroyed), ==, 1);
	enter_and_vanish (site, "f", "", 7); /* the fifth of all: the oldest of all goes */
	wait_for (&fake_counters.destroyed, 2);
	g_assert_cmpint (claim_as (site, "c", c), ==, 458);
	g_assert_cmpint (claim_as (site, "d", d), ==, 0);
}

static void ask_for_much (Client *client, gint64 handle, int messages)
{
	for (int i = 0; i < messages; i++) {
		g_autofree char *text = g_strdup_printf ("{\"janus\":\"message\"," SESSION "," HANDLE ",\"transaction\":\"m%d\",\"body\":{"
			"\"event\":1,\"bytes\":60000}}", client->session, handle, i);

		client_send (client, text);
	}
}

/* None is over its own limit, all together are: the one with most goes, the others notice nothing. */
static void test_total_output (void)
{
	g_autoptr (Site) site = site_new ("output_queue_bytes = 1000000\n output_total_bytes = 1048576\n silence_ms = 60000\n ping_ms = 50000");
	g_autoptr (Client) more = join (site, "ann");
	g_autoptr (Client) less = join (site, "bob");
	gint64 more_handle = client_enter (more), less_handle = client_enter (less);

	ask_for_much (more, more_handle, 13);
	ask_for_much (less, less_handle, 8);
	wait_for (&fake_counters.destroyed, 1);
	g_assert_cmpint (client_wait_close (more, 5000), ==, 1008);
	assert_kind (client_ask (less, "\"janus\":\"keepalive\"," SESSION, less->session), "ack");
	g_assert_cmpint (g_atomic_int_get (&fake_counters.destroyed), ==, 1);
}

/* ---- the end ---- */

static void test_shutdown (void)
{
	Site *site = site_new ("");
	g_autoptr (Client) with = join (site, "ann");
	g_autoptr (Client) without = join (site, "bob");
	Client *dropped = join (site, "eve");
	gint64 handle = client_enter (with);

	client_enter (dropped);
	client_close (dropped);
	wait_for (&fake_counters.dropped, 1);
	for (int i = 0; i < 40; i++) {
		g_autofree char *text = g_strdup_printf ("{\"janus\":\"message\"," SESSION "," HANDLE ",\"transaction\":\"e%d\",\"body\":{"
			"\"event\":50,\"bytes\":100}}", with->session, handle, i);

		client_send (with, text);
	}
	wait_for (&fake_counters.messages, 3);
	site_free (site);
	g_assert_cmpint (g_atomic_int_get (&fake_counters.gone), ==, 2);
	g_assert_cmpint (client_wait_close (without, 5000), ==, 1001);
	g_assert_cmpint (client_wait_close (with, 5000), ==, 1001);
}

/* Frames of nonsense; whoever behaves beside them notices nothing. */
static void test_nonsense (void)
{
	g_autoptr (Site) site = site_new ("messages_per_s = 100000\n requests_per_s = 100000");
	g_autoptr (Client) good = join (site, "ann");
	gint64 handle = client_enter (good);

	for (int i = 0; i < 60; i++) {
		g_autoptr (Client) bad = join (site, "eve");

		for (int j = 0; j < 30; j++) {
			g_autofree char *text = g_strdup_printf ("{\"janus\":\"%s\",\"transaction\":\"t\"," SESSION "," HANDLE ",\"body\":{},\"plugin\":5}",
				(const char *[]) { "message", "attach", "claim", "destroy", "trickle", "create" }[j % 6], good->session, handle);
			gsize length = strlen (text);

			for (int k = g_test_rand_int_range (0, 4); k > 0; k--)
				text[g_test_rand_int_range (0, (gint32) length)] = (char) g_test_rand_int_range (1, 256);
			client_send_frame (bad, (guint8) (j % 9 ? 1 : g_test_rand_int_range (0, 16)), text, length);
		}
		if (i % 2)
			json_decref (client_read (bad, 20));
	}
	assert_kind (client_ask (good, "\"janus\":\"message\"," SESSION "," HANDLE ",\"body\":{\"n\":1}", good->session, handle), "ack");
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/janus-socket/doors", test_doors);
	g_test_add_func ("/janus-socket/verbs", test_verbs);
	g_test_add_func ("/janus-socket/limits-of-a-session", test_limits_of_a_session);
	g_test_add_func ("/janus-socket/ids-are-bound", test_ids_are_bound);
	g_test_add_func ("/janus-socket/order", test_order);
	g_test_add_func ("/janus-socket/return", test_return);
	g_test_add_func ("/janus-socket/take-over", test_take_over);
	g_test_add_func ("/janus-socket/nobody-returns", test_nobody_returns);
	g_test_add_func ("/janus-socket/page-left", test_page_left);
	g_test_add_func ("/janus-socket/silence", test_silence);
	g_test_add_func ("/janus-socket/caps", test_caps);
	g_test_add_func ("/janus-socket/slow-reader", test_slow_reader);
	g_test_add_func ("/janus-socket/slow-reader-of-refusals", test_slow_reader_of_refusals);
	g_test_add_func ("/janus-socket/too-many-sockets", test_too_many_sockets);
	g_test_add_func ("/janus-socket/too-many-of-an-address", test_too_many_of_an_address);
	g_test_add_func ("/janus-socket/too-many-dropped", test_too_many_dropped);
	g_test_add_func ("/janus-socket/total-output", test_total_output);
	g_test_add_func ("/janus-socket/shutdown", test_shutdown);
	g_test_add_func ("/janus-socket/nonsense", test_nonsense);
	return g_test_run ();
}
