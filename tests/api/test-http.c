/* The HTTP door from outside: raw requests, raw answers. */
#include "socket-fixture.h"

#include <string.h>

typedef struct {
	const char *name, *request;
	const char *expect; /* in the answer; NULL: the connection is just closed */
	const char *absent;
} Row;

#define H " HTTP/1.1\r\nHost: localhost\r\n"

static const Row rows[] = {
	{ "page", "GET /" H "\r\n", "HTTP/1.1 200 OK", NULL },
	{ "page-body", "GET /" H "\r\n", "\r\n\r\n<html>", NULL },
	{ "head", "HEAD /" H "\r\n", "content-length: 6", "<html>" },
	{ "type", "GET /index.html" H "\r\n", "content-type: text/html; charset=utf-8", NULL },
	{ "csp", "GET /" H "\r\n", "content-security-policy: default-src 'self'", "unsafe-inline" },
	{ "nosniff-on-errors", "GET /nothing" H "\r\n", "x-content-type-options: nosniff", NULL },
	{ "no-hsts-on-plain", "GET /" H "\r\n", "200", "strict-transport" },
	{ "absent", "GET /nothing" H "\r\n", "HTTP/1.1 404", NULL },
	{ "problem", "GET /nothing" H "\r\n", "content-type: application/problem+json", NULL },
	{ "traversal", "GET /../../etc/passwd" H "\r\n", "404", "root:" },
	{ "traversal-escaped", "GET /%2e%2e/%2e%2e/etc/passwd" H "\r\n", "404", "root:" },
	{ "hidden", "GET /.git/config" H "\r\n", "404", NULL },
	{ "settings-are-in-the-same-folder-here", "GET /curia.jcfg/x" H "\r\n", "404", "secret" },
	{ "post-on-a-file", "POST /index.html" H "Content-Length: 0\r\n\r\n", "HTTP/1.1 405", NULL },
	{ "health", "GET /healthz" H "\r\n", "{\"status\":\"ok\"}", NULL },
	{ "metrics", "GET /metrics" H "\r\n", "content-type: text/plain; version=0.0.4; charset=utf-8\r\n", NULL },
	{ "metrics-of-connections", "GET /metrics" H "\r\n", "\ncuria_connections{kind=\"http\"} ", NULL },
	{ "no-store", "GET /healthz" H "\r\n", "cache-control: no-store", NULL },
	{ "post", "POST /api/v1/meetings" H "Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"title\":\"x\"}", "HTTP/1.1 201", NULL },
	{ "post-without-length", "POST /api/v1/meetings" H "\r\n", "HTTP/1.1 201", NULL },
	{ "without-length-closes", "POST /api/v1/meetings" H "\r\n", "connection: close", NULL },
	{ "too-large", "POST /api/v1/meetings" H "Content-Length: 70000\r\n\r\n", "HTTP/1.1 413", NULL },
	{ "far-too-large", "POST /api/v1/meetings" H "Content-Length: 99999999999\r\n\r\n", "HTTP/1.1 413", NULL },
	{ "length-nonsense", "POST /api/v1/meetings" H "Content-Length: -5\r\n\r\n", "HTTP/1.1 400", NULL },
	{ "length-nonsense-2", "POST /api/v1/meetings" H "Content-Length: 5x\r\n\r\nhello", "HTTP/1.1 400", NULL },
	{ "chunked", "POST /api/v1/meetings" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 400", NULL },
	{ "options", "OPTIONS /api/v1/meetings" H "\r\n", "allow: GET, HEAD, POST", "access-control" },
	{ "cors", "OPTIONS /api/v1/meetings" H "Origin: https://friend.example.org\r\n\r\n",
	  "access-control-allow-origin: https://friend.example.org", NULL },
	{ "cors-answer", "GET /healthz" H "Origin: https://friend.example.org\r\n\r\n",
	  "access-control-allow-origin: https://friend.example.org", NULL },
	/* cookies are for our own pages: no credentials, and the header without which none is looked at is not allowed */
	{ "cors-no-credentials", "OPTIONS /api/v1/sessions" H "Origin: https://friend.example.org\r\n\r\n",
	  "access-control-allow-headers: authorization, content-type, idempotency-key\r\n", "credentials" },
	{ "cors-no-mark", "OPTIONS /api/v1/sessions/refresh" H "Origin: https://friend.example.org\r\n\r\n", "204", "x-curia" },
	{ "cors-answer-without-credentials", "GET /healthz" H "Origin: https://friend.example.org\r\n\r\n", "vary: Origin", "credentials" },
	{ "cors-not-a-part-of-it", "OPTIONS /api/v1/meetings" H "Origin: https://friend.example.org.evil.org\r\n\r\n", "204", "access-control" },
	{ "cors-not-null", "OPTIONS /api/v1/meetings" H "Origin: null\r\n\r\n", "204", "access-control" },
	{ "cors-others", "GET /healthz" H "Origin: https://evil.example.org\r\n\r\n", "200", "access-control" },
	{ "janus-by-get", "GET /janus" H "\r\n", "HTTP/1.1 400", NULL },
	{ "websocket-elsewhere", "GET /healthz" H "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "404", "101" },
	{ "h2c", "GET /" H "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", "400", "101 Switching" },
	{ "two-in-a-row", "GET /healthz" H "\r\nGET /nothing" H "\r\n", "HTTP/1.1 404", NULL },
	{ "errors-page", "GET /docs/errors" H "\r\n", "<h2 id=\"invalid-field\">", NULL },
	{ "errors-page-type", "GET /docs/errors" H "\r\n", "content-type: text/html; charset=utf-8", NULL },
	{ "errors-page-head", "HEAD /docs/errors" H "\r\n", "200 OK", "<h2" },
	{ "made-up-method", "BREW /healthz" H "\r\n", "403 Forbidden", NULL }, /* libwebsockets' own words: we are not asked */
	{ "connect", "CONNECT localhost:1 HTTP/1.1\r\n\r\n", NULL, NULL },
	{ "not-http", "\x16\x03\x01\x02\x03", NULL, NULL },
	{ "http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", NULL, NULL },
};

static void test_row (gconstpointer data)
{
	const Row *row = data;
	g_autoptr (Site) site = site_new ("allowed_origins = [ \"https://friend.example.org\" ]");
	g_autofree char *answer = site_raw (site, row->request, -1);

	if (row->expect == NULL)
		g_assert_false (g_str_has_prefix (answer, "HTTP/1.1 2"));
	else if (strstr (answer, row->expect) == NULL)
		g_error ("%s: \"%s\" is not in \"%s\"", row->name, row->expect, answer);
	g_assert_true (row->absent == NULL || strstr (answer, row->absent) == NULL);
}

static void test_rate (void)
{
	g_autoptr (Site) site = site_new ("requests_per_s = 2");
	g_autofree char *last = NULL;

	for (int i = 0; i < 12; i++) {
		g_free (last);
		last = site_raw (site, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", -1);
	}
	g_assert_true (g_str_has_prefix (last, "HTTP/1.1 429"));
	g_assert_nonnull (strstr (last, "retry-after: "));
	/* somebody else behind the same proxy is not the one who asked too much */
	g_autofree char *other = site_raw (site, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.7\r\nConnection: close\r\n\r\n", -1);
	g_assert_true (g_str_has_prefix (other, "HTTP/1.1 200"));
}

/* A body that comes in drops is not waited for, however regular they are; nor is such a head. */
static void test_drops (void)
{
	static const char head[] = "POST /api/v1/meetings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n";
	g_autoptr (Site) site = site_new ("request_ms = 1000");
	gint64 began = g_get_monotonic_time ();
	g_autofree char *body = site_drip (site, head, strlen (head), 100);
	gint64 body_ms = (g_get_monotonic_time () - began) / 1000;

	g_assert_true (g_str_has_prefix (body, "HTTP/1.1 408"));
	g_assert_nonnull (strstr (body, "/docs/errors#late"));
	g_assert_cmpint (body_ms, >=, 900);
	g_assert_cmpint (body_ms, <, 3000);
	began = g_get_monotonic_time ();
	g_autofree char *nothing = site_drip (site, "GET / HTTP/1.1\r\nX-Slow: ", 24, 100);
	g_assert_cmpint ((g_get_monotonic_time () - began) / 1000, <, 6000);
}

static void test_port_taken (void)
{
	g_autoptr (Site) site = site_new ("");
	g_autoptr (GError) error = NULL;
	g_autofree char *port = g_strdup_printf ("port %d", site->port);

	g_assert_null (server_new (site->node, &fake_core, &error));
	g_assert_nonnull (strstr (error->message, port));
}

static void test_nonsense (void)
{
	g_autoptr (Site) site = site_new ("requests_per_s = 100000");
	g_autofree char *answer = NULL;

	for (int i = 0; i < 300; i++) {
		const Row *row = &rows[g_test_rand_int_range (0, G_N_ELEMENTS (rows))];
		g_autofree char *text = g_strdup (row->request);
		gint32 length = (gint32) strlen (text);

		for (int k = g_test_rand_int_range (1, 6); k > 0; k--)
			text[g_test_rand_int_range (0, length)] = (char) g_test_rand_int_range (0, 256);
		site_raw_and_go (site, text, (gsize) length);
	}
	answer = site_raw (site, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", -1);
	g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 200"));
}

/* Requests that do not wait for the answer to the one before: whatever becomes of them, the server goes on. */
static void test_impatient (void)
{
	static const char get[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
	static const char post[] = "POST /api/v1/meetings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
		"Content-Length: 2\r\n\r\n{}";
	const char *const pairs[][2] = { { get, get }, { get, post }, { post, get }, { post, post } };
	g_autoptr (Site) site = site_new ("");

	for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
		g_autofree char *text = g_strconcat (pairs[i][0], pairs[i][1], NULL);
		g_autofree char *answers = site_raw (site, text, -1);
		g_autofree char *after = site_raw (site, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", -1);

		g_assert_true (g_str_has_prefix (answers, "HTTP/1.1 20"));
		g_assert_true (g_str_has_prefix (after, "HTTP/1.1 200"));
	}
}

/* ---- a store that hangs ---- */

static void wait_for_gate (gpointer data)
{
	GMutex *gate = data;

	g_mutex_lock (gate);
	g_mutex_unlock (gate);
}

static void never_discarded (gpointer data)
{
	(void) data;
	g_assert_not_reached ();
}

static const char *const prompt[] = { "/", "/nothing", "/docs/errors", "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json" };

/* All workers wait, and one more request for each: what needs none of them is answered. */
static void test_workers_wait (void)
{
	static const char post[] = "POST /api/v1/meetings" H "Content-Length: 0\r\n\r\n";
	g_autoptr (Site) site = site_new ("");
	guint n = site->server->settings->workers;
	GMutex gate;

	g_mutex_init (&gate);
	g_mutex_lock (&gate);
	for (guint i = 0; i < n; i++)
		g_assert_true (workers_push (site->server->pools[API_POOL_GENERAL], wait_for_gate, &gate, never_discarded));
	for (guint i = 0; i < n; i++)
		site_raw_and_go (site, post, strlen (post));
	while (workers_waiting (site->server->pools[API_POOL_GENERAL]) < n)
		g_usleep (1000);
	for (guint i = 0; i < G_N_ELEMENTS (prompt); i++) {
		g_autofree char *request = g_strdup_printf ("GET %s" H "Connection: close\r\n\r\n", prompt[i]);
		gint64 began_us = g_get_monotonic_time ();
		g_autofree char *answer = site_raw (site, request, -1);

		g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 "));
		g_assert_cmpint (g_get_monotonic_time () - began_us, <, 3 * G_USEC_PER_SEC);
	}
	g_assert_cmpuint (workers_waiting (site->server->pools[API_POOL_GENERAL]), >=, n);
	g_mutex_unlock (&gate);
	while (workers_waiting (site->server->pools[API_POOL_GENERAL]) > 0)
		g_usleep (1000);
	g_clear_pointer (&site->server, server_free); /* then nobody is at the gate any more */
	g_mutex_clear (&gate);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *path = g_strconcat ("/http/", rows[i].name, NULL);

		g_test_add_data_func (path, &rows[i], test_row);
	}
	g_test_add_func ("/http/rate", test_rate);
	g_test_add_func ("/http/drops", test_drops);
	g_test_add_func ("/http/port-taken", test_port_taken);
	g_test_add_func ("/http/nonsense", test_nonsense);
	g_test_add_func ("/http/impatient", test_impatient);
	g_test_add_func ("/http/workers-wait", test_workers_wait);
	return g_test_run ();
}
