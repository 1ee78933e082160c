/* Webhooks from outside: who may, what is refused, lists of deliveries, replay. */
#include <string.h>

#include "curia-store-webhooks.h"
#include "rest-fixture.h"

#define HOOK "\"url\":\"https://example.org/hook\""

static const struct {
	const char *name;
	ApiMethod method;
	const char *target, *grants, *body; /* %s: a webhook that exists; grants "host": a meeting's host */
	int status;
	const char *path, *text;
} rows[] = {
	{ "create", API_POST, "/api/v1/webhooks", "roomAdmin", "{" HOOK "}", 201, "url", "https://example.org/hook" },
	{ "create-key", API_POST, "/api/v1/webhooks", "roomAdmin", "{" HOOK "}", 201, "key", FIXTURE_KEY },
	{ "create-all", API_POST, "/api/v1/webhooks", "roomAdmin", "{" HOOK ",\"events\":[\"room_started\",\"track_published\"],"
		"\"key\":\"" FIXTURE_KEY "\",\"enabled\":false,\"meeting\":\"MT_1\"}", 201, "events.1", "track_published" },
	{ "create-guest", API_POST, "/api/v1/webhooks", NULL, "{" HOOK "}", 401, "type", "/docs/errors#unauthorized" },
	{ "create-host", API_POST, "/api/v1/webhooks", "host", "{" HOOK "}", 403, "type", "/docs/errors#forbidden" },
	{ "create-other", API_POST, "/api/v1/webhooks", "roomCreate roomList roomJoin", "{" HOOK "}", 403, "detail",
		"The token does not grant roomAdmin for all meetings (without room)" },
	{ "create-nothing", API_POST, "/api/v1/webhooks", "roomAdmin", "{}", 422, "field", "url" },
	{ "create-http", API_POST, "/api/v1/webhooks", "roomAdmin", "{\"url\":\"http://example.org/\"}", 422, "detail",
		"url must begin with https:// (webhooks.allow_http is off)" },
	{ "create-loopback", API_POST, "/api/v1/webhooks", "roomAdmin", "{\"url\":\"https://127.1/\"}", 422, "field", "url" },
	{ "create-metadata", API_POST, "/api/v1/webhooks", "roomAdmin", "{\"url\":\"https://169.254.169.254/\"}", 422, "field", "url" },
	{ "create-credentials", API_POST, "/api/v1/webhooks", "roomAdmin", "{\"url\":\"https://a:b@example.org/\"}", 422, "detail",
		"url must have no user name or password" },
	{ "create-file", API_POST, "/api/v1/webhooks", "roomAdmin", "{\"url\":\"file:///etc/passwd\"}", 422, "field", "url" },
	{ "create-event", API_POST, "/api/v1/webhooks", "roomAdmin", "{" HOOK ",\"events\":[\"quality\"]}", 422, "field", "events[0]" },
	{ "create-unknown-key", API_POST, "/api/v1/webhooks", "roomAdmin", "{" HOOK ",\"key\":\"x\"}", 422, "field", "key" },
	{ "create-unknown-meeting", API_POST, "/api/v1/webhooks", "roomAdmin", "{" HOOK ",\"meeting\":\"aaaa-aaaa-aaaa\"}", 404, "type",
		"/docs/errors#no-such-meeting" },
	{ "create-bad-meeting", API_POST, "/api/v1/webhooks", "roomAdmin", "{" HOOK ",\"meeting\":\"x'--\"}", 422, "field", "meeting" },
	{ "create-field", API_POST, "/api/v1/webhooks", "roomAdmin", "{" HOOK ",\"secret\":\"x\"}", 422, "field", "secret" },
	{ "list", API_GET, "/api/v1/webhooks", "roomAdmin", NULL, 200, "webhooks.0.id", NULL },
	{ "list-host", API_GET, "/api/v1/webhooks", "host", NULL, 403, "type", "/docs/errors#forbidden" },
	{ "read", API_GET, "/api/v1/webhooks/%s", "roomAdmin", NULL, 200, "url", "https://example.org/hook" },
	{ "read-host", API_GET, "/api/v1/webhooks/%s", "host", NULL, 403, "type", "/docs/errors#forbidden" },
	{ "read-unknown", API_GET, "/api/v1/webhooks/WH_x", "roomAdmin", NULL, 404, "type", "/docs/errors#not-found" },
	{ "patch", API_PATCH, "/api/v1/webhooks/%s", "roomAdmin", "{\"url\":\"https://example.com/\"}", 200, "url", "https://example.com/" },
	{ "patch-kept", API_PATCH, "/api/v1/webhooks/%s", "roomAdmin", "{\"events\":[\"room_finished\"]}", 200, "url",
		"https://example.com/" },
	{ "patch-url", API_PATCH, "/api/v1/webhooks/%s", "roomAdmin", "{\"url\":\"https://[::1]/\"}", 422, "field", "url" },
	{ "patch-guest", API_PATCH, "/api/v1/webhooks/%s", NULL, "{}", 401, "type", "/docs/errors#unauthorized" },
	{ "patch-unknown", API_PATCH, "/api/v1/webhooks/WH_x", "roomAdmin", "{}", 404, "type", "/docs/errors#not-found" },
	{ "deliveries", API_GET, "/api/v1/webhooks/%s/deliveries", "roomAdmin", NULL, 200, "deliveries", NULL },
	{ "deliveries-state", API_GET, "/api/v1/webhooks/%s/deliveries?state=lost", "roomAdmin", NULL, 422, "field", "state" },
	{ "deliveries-limit", API_GET, "/api/v1/webhooks/%s/deliveries?limit=0", "roomAdmin", NULL, 422, "field", "limit" },
	{ "deliveries-cursor", API_GET, "/api/v1/webhooks/%s/deliveries?cursor=x", "roomAdmin", NULL, 422, "field", "cursor" },
	{ "deliveries-host", API_GET, "/api/v1/webhooks/%s/deliveries", "host", NULL, 403, "type", "/docs/errors#forbidden" },
	{ "deliveries-unknown", API_GET, "/api/v1/webhooks/WH_x/deliveries", "roomAdmin", NULL, 404, "type", "/docs/errors#not-found" },
	{ "replay", API_POST, "/api/v1/webhooks/%s/replay", "roomAdmin", "{}", 200, "replayed", NULL },
	{ "replay-unknown", API_POST, "/api/v1/webhooks/%s/replay", "roomAdmin", "{\"delivery\":\"' OR 1=1 --\"}", 404, "type",
		"/docs/errors#not-found" },
	{ "replay-host", API_POST, "/api/v1/webhooks/%s/replay", "host", "{}", 403, "type", "/docs/errors#forbidden" },
	{ "delete-host", API_DELETE, "/api/v1/webhooks/%s", "host", NULL, 403, "type", "/docs/errors#forbidden" },
	{ "delete", API_DELETE, "/api/v1/webhooks/%s", "roomAdmin", NULL, 200, "id", NULL },
	{ "delete-twice", API_DELETE, "/api/v1/webhooks/%s", "roomAdmin", NULL, 404, "type", "/docs/errors#not-found" },
};

static char *
make_webhook (Fixture *fixture, const char *body)
{
	g_autofree char *token = token_of ("roomAdmin", NULL, "app", NULL);
	g_auto (Answer) answer = ask (fixture, API_POST, "/api/v1/webhooks", token, body);

	g_assert_cmpint (answer.status, ==, 201);
	g_assert_true (g_str_has_suffix (answer.location, text_at (&answer, "id")));
	return g_strdup (text_at (&answer, "id"));
}

static void
test_rows (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *host = NULL, *code = make_meeting (fixture, &host), *id = make_webhook (fixture, "{" HOOK "}");

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_auto (GStrv) parts = g_strsplit (rows[i].target, "%s", 2);
		g_autofree char *target = g_strjoinv (id, parts), *token = NULL;

		token = rows[i].grants == NULL ? NULL : strcmp (rows[i].grants, "host") == 0 ? g_strdup (host)
			: token_of (rows[i].grants, NULL, "app", NULL);
		g_test_message ("%s", rows[i].name);
		g_auto (Answer) answer = ask (fixture, rows[i].method, target, token, rows[i].body);
		g_assert_cmpint (answer.status, ==, rows[i].status);
		g_assert_nonnull (value_at (&answer, rows[i].path));
		if (rows[i].text != NULL)
			g_assert_cmpstr (text_at (&answer, rows[i].path), ==, rows[i].text);
	}
}

/* The answers' fields are those of their schemas; a meeting is named by its code. */
static void
test_deliveries (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("webhooks: { max = 1 }\n");
	g_autofree char *code = make_meeting (fixture, NULL), *token = token_of ("roomAdmin", NULL, "app", NULL);
	g_autofree char *body = g_strdup_printf ("{" HOOK ",\"meeting\":\"%s\"}", code), *id = make_webhook (fixture, body), *target = NULL;
	CuriaStore *store = curia_node_store (fixture->node);
	g_autoptr (CuriaMeeting) meeting = curia_store_meeting_lookup (store, code, NULL);
	json_auto_t *data = json_object ();
	LedgerEvent event = { .id = "EV_1", .type = "call_started", .node = "", .meeting = meeting->id, .code = code, .call = "CA_1",
		.data = "{}", .body = data, .time_ms = 1000 };

	g_assert_true (curia_store_webhooks_enqueue (store, &event, 1, 1000, NULL));
	target = g_strdup_printf ("/api/v1/webhooks/%s/deliveries?state=waiting", id);
	g_auto (Answer) list = ask (fixture, API_GET, target, token, NULL);
	g_assert_cmpint (list.status, ==, 200);
	g_assert_cmpstr (text_at (&list, "deliveries.0.event"), ==, "EV_1");
	g_assert_cmpstr (text_at (&list, "deliveries.0.type"), ==, "room_started");
	g_assert_cmpstr (text_at (&list, "deliveries.0.next_try_at"), ==, "1970-01-01T00:00:01.000Z");
	g_assert_true (json_is_null (value_at (&list, "next_cursor")));
	for (const ApiSchema *const *schema = api_schemas; *schema != NULL; schema++) {
		g_autoptr (GError) error = NULL;

		if (strcmp ((*schema)->name, "DeliveryList") == 0)
			curia_fields_check (list.body, (*schema)->fields, TRUE, &error);
		g_assert_no_error (error);
	}
	g_auto (Answer) second = ask (fixture, API_POST, "/api/v1/webhooks", token, "{" HOOK "}");
	g_assert_cmpint (second.status, ==, 429);
}

static void
test_allowed (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("webhooks: { allow_http = true, allow_private = true }\n");
	g_autofree char *id = make_webhook (fixture, "{\"url\":\"http://127.0.0.1:1/\"}");

	g_assert_true (g_str_has_prefix (id, "WH_"));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/webhooks/rows", test_rows);
	g_test_add_func ("/webhooks/deliveries", test_deliveries);
	g_test_add_func ("/webhooks/allowed", test_allowed);
	return g_test_run ();
}
