/* Every route from outside: a request, the status, the fields that matter. */
#include <string.h>

#include "curia-metrics.h"
#include "rest-fixture.h"

typedef struct {
	const char *name;
	ApiMethod method;
	const char *target;   /* %s: a meeting that exists */
	const char *grants;   /* NULL: no token; "host": the meeting's host token */
	const char *body;
	int status;
	const char *path, *text; /* the answer holds this text there; NULL text: there is something */
} Row;

static const Row rows[] = {
	/* create */
	{ "create-guest", API_POST, "/api/v1/meetings", NULL, "{\"title\":\"Weekly\"}", 201, "title", "Weekly" },
	{ "create-empty", API_POST, "/api/v1/meetings", NULL, NULL, 201, "settings.video_codec", "h264" },
	{ "create-codec", API_POST, "/api/v1/meetings", NULL, "{\"video_codec\":\"vp9\"}", 201, "settings.video_codec", "vp9" },
	{ "create-settings", API_POST, "/api/v1/meetings", NULL, "{\"max_publishers\":9,\"camera_bitrate_bps\":250000,"
		"\"screen_bitrate_bps\":350000,\"simulcast_layers\":1,\"audio_slots\":8}", 201, "settings.audio_slots", NULL },
	{ "create-state", API_POST, "/api/v1/meetings", NULL, "{}", 201, "state", "open" },
	{ "create-host", API_POST, "/api/v1/meetings", NULL, "{}", 201, "host_token", NULL },
	{ "create-grant", API_POST, "/api/v1/meetings", "roomCreate", "{}", 201, "id", NULL },
	{ "create-other-grant", API_POST, "/api/v1/meetings", "roomJoin", "{}", 403, "type", "/docs/errors#forbidden" },
	{ "create-bad-codec", API_POST, "/api/v1/meetings", NULL, "{\"video_codec\":\"mpeg2\"}", 422, "field", "video_codec" },
	{ "create-bad-number", API_POST, "/api/v1/meetings", NULL, "{\"max_participants\":0}", 422, "detail",
		"max_participants must be 1 to 1000, not 0" },
	{ "create-number-here", API_POST, "/api/v1/meetings", NULL, "{\"max_participants\":201}", 422, "detail",
		"max_participants must be 1 to 200 on this server, not 201" },
	{ "create-codec-here", API_POST, "/api/v1/meetings", NULL, "{\"video_codec\":\"av1\"}", 422, "detail",
		"video_codec must be one of h264|vp8|vp9 on this server, not \"av1\"" },
	{ "create-bitrate-here", API_POST, "/api/v1/meetings", NULL, "{\"screen_bitrate_bps\":2500001}", 422, "field",
		"screen_bitrate_bps" },
	{ "create-bad-type", API_POST, "/api/v1/meetings", NULL, "{\"title\":7}", 422, "field", "title" },
	{ "create-unknown", API_POST, "/api/v1/meetings", NULL, "{\"colour\":\"red\"}", 422, "field", "colour" },
	{ "create-array", API_POST, "/api/v1/meetings", NULL, "[1]", 400, "type", "/docs/errors#invalid-json" },
	{ "create-broken", API_POST, "/api/v1/meetings", NULL, "{\"title\":", 400, "type", "/docs/errors#invalid-json" },
	{ "create-twice-a-field", API_POST, "/api/v1/meetings", NULL, "{\"title\":\"a\",\"title\":\"b\"}", 400, "detail", NULL },
	/* list */
	{ "list-guest", API_GET, "/api/v1/meetings", NULL, NULL, 401, "type", "/docs/errors#unauthorized" },
	{ "list-grant", API_GET, "/api/v1/meetings", "roomList", NULL, 200, "meetings.0.url", NULL },
	{ "list-other-grant", API_GET, "/api/v1/meetings", "roomCreate", NULL, 403, "detail", "The token does not grant roomList" },
	{ "list-limit", API_GET, "/api/v1/meetings?limit=1", "roomList", NULL, 200, "next_cursor", NULL },
	{ "list-limit-0", API_GET, "/api/v1/meetings?limit=0", "roomList", NULL, 422, "field", "limit" },
	{ "list-limit-201", API_GET, "/api/v1/meetings?limit=201", "roomList", NULL, 422, "detail",
		"limit must be 1 to 200, not 201" },
	{ "list-limit-text", API_GET, "/api/v1/meetings?limit=many", "roomList", NULL, 422, "field", "limit" },
	{ "list-cursor-empty", API_GET, "/api/v1/meetings?limit=5&cursor=", "roomList", NULL, 200, "meetings", NULL },
	{ "list-cursor-bad", API_GET, "/api/v1/meetings?cursor=nonsense", "roomList", NULL, 422, "field", "cursor" },
	{ "list-unknown", API_GET, "/api/v1/meetings?limt=5", "roomList", NULL, 422, "field", "limt" },
	{ "list-unknown-empty", API_GET, "/api/v1/meetings?limt=", "roomList", NULL, 422, "field", "limt" },
	{ "list-twice", API_GET, "/api/v1/meetings?limit=5&limit=6", "roomList", NULL, 422, "field", "limit" },
	{ "list-bad-escape", API_GET, "/api/v1/meetings?limit=%zz", "roomList", NULL, 422, "field", "query" },
	/* read */
	{ "read", API_GET, "/api/v1/meetings/%s", NULL, NULL, 200, "live.participants", NULL },
	{ "read-unknown", API_GET, "/api/v1/meetings/aaaa-aaaa-aaaa", NULL, NULL, 404, "type", "/docs/errors#no-such-meeting" },
	{ "read-malformed", API_GET, "/api/v1/meetings/x", NULL, NULL, 404, "type", "/docs/errors#no-such-meeting" },
	{ "read-bad-token-is-ignored", API_GET, "/api/v1/meetings/%s", "bad", NULL, 200, "state", "open" },
	/* patch */
	{ "patch-host", API_PATCH, "/api/v1/meetings/%s", "host", "{\"title\":\"New\"}", 200, "title", "New" },
	{ "patch-kept", API_PATCH, "/api/v1/meetings/%s", "host", "{}", 200, "title", "New" },
	{ "patch-null", API_PATCH, "/api/v1/meetings/%s", "host", "{\"title\":null}", 200, "title", "New" },
	{ "patch-any-admin", API_PATCH, "/api/v1/meetings/%s", "roomAdmin", "{\"video_codec\":\"vp9\"}", 200,
		"settings.video_codec", "vp9" },
	{ "patch-guest", API_PATCH, "/api/v1/meetings/%s", NULL, "{}", 401, "type", "/docs/errors#unauthorized" },
	{ "patch-joiner", API_PATCH, "/api/v1/meetings/%s", "roomJoin", "{}", 403, "type", "/docs/errors#forbidden" },
	{ "patch-bad-token", API_PATCH, "/api/v1/meetings/%s", "bad", "{}", 401, "type", "/docs/errors#unauthorized" },
	{ "patch-field", API_PATCH, "/api/v1/meetings/%s", "host", "{\"max_participants\":1001}", 422, "field",
		"max_participants" },
	{ "patch-codec-here", API_PATCH, "/api/v1/meetings/%s", "host", "{\"video_codec\":\"av1\"}", 422, "field", "video_codec" },
	{ "patch-number-here", API_PATCH, "/api/v1/meetings/%s", "host", "{\"camera_bitrate_bps\":1500001}", 422, "detail",
		"camera_bitrate_bps must be 30000 to 1500000 on this server, not 1500001" },
	{ "patch-code", API_PATCH, "/api/v1/meetings/%s", "host", "{\"code\":\"x\"}", 422, "field", "code" },
	{ "patch-other", API_PATCH, "/api/v1/meetings/aaaa-aaaa-aaaa", "host", "{}", 403, "type", "/docs/errors#forbidden" },
	{ "patch-unknown", API_PATCH, "/api/v1/meetings/aaaa-aaaa-aaaa", "roomAdmin", "{}", 404, "type",
		"/docs/errors#no-such-meeting" },
	/* join */
	{ "join", API_POST, "/api/v1/meetings/%s/join", NULL, "{\"name\":\"Ann\"}", 200, "name", "Ann" },
	{ "join-url", API_POST, "/api/v1/meetings/%s/join", NULL, "{\"name\":\"Ann\"}", 200, "url",
		"wss://meet.example.org/janus" },
	{ "join-ice", API_POST, "/api/v1/meetings/%s/join", NULL, "{\"name\":\"Ann\"}", 200, "ice_servers.0.urls.1",
		"stun:other.example.org" },
	{ "join-identity", API_POST, "/api/v1/meetings/%s/join", NULL, "{\"name\":\"Ann\",\"identity\":\"ann-phone\"}", 200,
		"identity", "ann-phone" },
	{ "join-trims", API_POST, "/api/v1/meetings/%s/join", NULL, "{\"name\":\"  Ann B.  \"}", 200, "name", "Ann B." },
	{ "join-no-name", API_POST, "/api/v1/meetings/%s/join", NULL, "{}", 422, "field", "name" },
	{ "join-no-body", API_POST, "/api/v1/meetings/%s/join", NULL, NULL, 422, "type", "/docs/errors#missing-field" },
	{ "join-spaces", API_POST, "/api/v1/meetings/%s/join", NULL, "{\"name\":\"   \"}", 422, "field", "name" },
	{ "join-empty-name", API_POST, "/api/v1/meetings/%s/join", NULL, "{\"name\":\"\"}", 422, "field", "name" },
	{ "join-long-name", API_POST, "/api/v1/meetings/%s/join", NULL,
		"{\"name\":\"1234567890123456789012345678901234567890123456789012345678901\"}", 422, "detail",
		"name must be 1 to 60 characters, not 61" },
	{ "join-control", API_POST, "/api/v1/meetings/%s/join", NULL, "{\"name\":\"a\\u0007b\"}", 422, "field", "name" },
	{ "join-bidi", API_POST, "/api/v1/meetings/%s/join", NULL, "{\"name\":\"a\\u202eb\"}", 422, "field", "name" },
	{ "join-identity-type", API_POST, "/api/v1/meetings/%s/join", NULL, "{\"name\":\"A\",\"identity\":[]}", 422, "field",
		"identity" },
	{ "join-unknown", API_POST, "/api/v1/meetings/aaaa-aaaa-aaaa/join", NULL, "{\"name\":\"A\"}", 404, "type",
		"/docs/errors#no-such-meeting" },
	{ "join-bad-token", API_POST, "/api/v1/meetings/%s/join", "bad", "{\"name\":\"A\"}", 401, "type",
		"/docs/errors#unauthorized" },
	{ "join-useless-token", API_POST, "/api/v1/meetings/%s/join", "roomCreate", "{\"name\":\"A\"}", 403, "type",
		"/docs/errors#forbidden" },
	{ "join-grant", API_POST, "/api/v1/meetings/%s/join", "roomJoin", "{\"name\":\"A\"}", 200, "identity", "app" },
	/* what is not there */
	{ "not-found", API_GET, "/api/v1/nothing", NULL, NULL, 404, "type", "/docs/errors#not-found" },
	{ "not-found-slash", API_GET, "/api/v1/meetings/", NULL, NULL, 404, "type", "/docs/errors#not-found" },
	{ "not-found-deep", API_GET, "/api/v1/meetings/%s/join/x", NULL, NULL, 404, "type", "/docs/errors#not-found" },
	{ "method", API_DELETE, "/api/v1/meetings", NULL, NULL, 405, "type", "/docs/errors#method-not-allowed" },
	{ "method-join", API_GET, "/api/v1/meetings/%s/join", NULL, NULL, 405, "type", "/docs/errors#method-not-allowed" },
	/* the server itself */
	{ "healthz", API_GET, "/healthz", NULL, NULL, 200, "status", "ok" },
	{ "readyz", API_GET, "/readyz", NULL, NULL, 200, "status", "ready" },
	{ "openapi", API_GET, "/api/v1/openapi.json", NULL, NULL, 200, "openapi", "3.1.0" },
	/* end, last: nothing can be done with the meeting after it */
	{ "end-guest", API_POST, "/api/v1/meetings/%s/end", NULL, NULL, 401, "type", "/docs/errors#unauthorized" },
	{ "end-joiner", API_POST, "/api/v1/meetings/%s/end", "roomJoin", NULL, 403, "type", "/docs/errors#forbidden" },
	{ "end-field", API_POST, "/api/v1/meetings/%s/end", "host", "{\"now\":true}", 422, "field", "now" },
	{ "end", API_POST, "/api/v1/meetings/%s/end", "host", NULL, 200, "state", "ended" },
	{ "end-twice", API_POST, "/api/v1/meetings/%s/end", "host", "{}", 200, "state", "ended" },
	{ "end-unknown", API_POST, "/api/v1/meetings/aaaa-aaaa-aaaa/end", "roomAdmin", NULL, 404, "type",
		"/docs/errors#no-such-meeting" },
	{ "join-ended", API_POST, "/api/v1/meetings/%s/join", NULL, "{\"name\":\"A\"}", 410, "type",
		"/docs/errors#meeting-ended" },
	{ "patch-ended", API_PATCH, "/api/v1/meetings/%s", "host", "{}", 410, "type", "/docs/errors#meeting-ended" },
	{ "read-ended", API_GET, "/api/v1/meetings/%s", NULL, NULL, 200, "ended_at", NULL },
};

static const char settings[] = "api: { ice_servers = [ \"stun:stun.example.org\", \"stun:other.example.org\" ] }\n"
	"room: { video_codecs = [ \"h264\", \"vp8\", \"vp9\" ] }\n";

static char *token_for (const char *grants, const char *host)
{
	if (grants == NULL)
		return NULL;
	if (strcmp (grants, "host") == 0)
		return g_strdup (host);
	return strcmp (grants, "bad") == 0 ? g_strdup ("eyJ.bad.token") : token_of (grants, NULL, "app", NULL);
}

static void test_rows (void)
{
	g_autoptr (Fixture) fixture = fixture_new (settings);
	g_autofree char *host = NULL;
	g_autofree char *code = make_meeting (fixture, &host);
	g_autofree char *second = make_meeting (fixture, NULL);
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		const Row *row = &rows[i];
		g_autofree char *token = token_for (row->grants, host);
		g_auto (GStrv) parts = g_strsplit (row->target, "%s", 2);
		g_autofree char *target = strstr (row->target, "%s") ? g_strconcat (parts[0], code, parts[1], NULL)
			: g_strdup (row->target);
		g_auto (GStrv) path = g_strsplit (target, "?", 2);
		g_auto (Answer) answer = ask (fixture, row->method, target, token, row->body);
		g_autofree char *shown = json_dumps (answer.body, JSON_COMPACT);
		g_test_message ("%s: %d %s", row->name, answer.status, shown);
		g_assert_cmpint (answer.status, ==, row->status);
		g_assert_nonnull (value_at (&answer, row->path));
		if (row->text != NULL)
			g_assert_cmpstr (text_at (&answer, row->path), ==, row->text);
		check_schema (row->method, path[0], &answer);
	}
	g_assert_cmpint (g_atomic_int_get (&fixture->ended), <=, 2);
}

static void test_matches (void)
{
	static const struct {
		const char *path, *given, *parameters; /* NULL: not the row's */
	} matches[] = {
		{ "/a", "/a", "{}" },
		{ "/a", "/a/", NULL },
		{ "/a", "/ab", NULL },
		{ "/a/{id}", "/a/b", "{\"id\":\"b\"}" },
		{ "/a/{id}", "/a/", NULL },
		{ "/a/{id}", "/a", NULL },
		{ "/a/{id}", "/a/b/c", NULL },
		{ "/a/{id}", "/a/\xff", NULL },
		{ "/a/{id}/b/{code}", "/a/1/b/2", "{\"id\":\"1\",\"code\":\"2\"}" },
		{ "/a/{id}/b", "/a/1/c", NULL },
		{ "/a/{identity}", "/a/b", "{\"identity\":\"b\"}" },
		{ "/a/{identity}", "/a/b/c", "{\"identity\":\"b/c\"}" },
		{ "/a/{identity}", "/a/", NULL },
		{ "/a/{identity}/mute", "/a/b/mute", "{\"identity\":\"b\"}" },
		{ "/a/{identity}/mute", "/a/b/c//d/mute", "{\"identity\":\"b/c//d\"}" },
		{ "/a/{identity}/mute", "/a/mute", NULL },
		{ "/a/{identity}/mute", "/a/b/c", NULL },
		{ "/a/{code}/b/{identity}/c", "/a/1/b/x/y/c", "{\"code\":\"1\",\"identity\":\"x/y\"}" },
	};
	for (guint i = 0; i < G_N_ELEMENTS (matches); i++) {
		const ApiRoute route = { .path = matches[i].path };
		json_auto_t *parameters = NULL;
		gboolean matched = api_route_matches (&route, matches[i].given, &parameters);
		g_test_message ("%s %s", matches[i].path, matches[i].given);
		g_assert_cmpint (matched, ==, matches[i].parameters != NULL);
		g_assert_cmpint (matched, ==, parameters != NULL);
		if (!matched)
			continue;
		json_auto_t *wanted = json_loads (matches[i].parameters, 0, NULL);
		g_assert_true (json_equal (parameters, wanted));
	}
}

static void test_media_type (void)
{
	static const struct {
		const char *type;
		int status;
	} types[] = {
		{ "application/json", 201 }, { "application/json; charset=utf-8", 201 }, { "Application/JSON", 201 },
		{ "application/merge-patch+json", 201 }, { "text/plain", 415 }, { "application/jsonp", 415 }, { "", 415 },
		{ "application/x-www-form-urlencoded", 415 }, { NULL, 415 },
	};
	g_autoptr (Fixture) fixture = fixture_new ("");
	for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
		ApiRequest request = request_new (fixture, API_POST, "/api/v1/meetings");
		request.body = "{}";
		request.body_bytes = 2;
		request.content_type = types[i].type;
		g_auto (Answer) answer = ask_raw (&request);
		g_assert_cmpint (answer.status, ==, types[i].status);
	}
}

/* Settings are kept, absent ones follow the server's options, and a PATCH changes only what it names. */
static void test_settings (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("room: { audio_slots = 2; max_publishers = 40 }\n");
	g_auto (Answer) made = ask (fixture, API_POST, "/api/v1/meetings", NULL,
		"{\"camera_bitrate_bps\":250000,\"simulcast_layers\":1,\"max_participants\":30}");
	const char *host = text_at (&made, "host_token");
	g_autofree char *target = g_strconcat ("/api/v1/meetings/", text_at (&made, "code"), NULL);
	g_auto (Answer) patched = ask (fixture, API_PATCH, target, host, "{\"audio_slots\":5}");
	g_auto (Answer) read = ask (fixture, API_GET, target, NULL, NULL);
	static const struct {
		const char *name;
		int made, read;
	} wanted[] = {
		{ "camera_bitrate_bps", 250000, 250000 }, { "screen_bitrate_bps", 2500000, 2500000 }, { "simulcast_layers", 1, 1 },
		{ "audio_slots", 2, 5 }, { "max_publishers", 40, 40 }, { "max_participants", 30, 30 },
	};
	g_assert_cmpint (patched.status, ==, 200);
	for (guint i = 0; i < G_N_ELEMENTS (wanted); i++) {
		g_assert_cmpint (curia_json_int (value_at (&made, "settings"), wanted[i].name, 0), ==, wanted[i].made);
		g_assert_cmpint (curia_json_int (value_at (&read, "settings"), wanted[i].name, 0), ==, wanted[i].read);
	}
}

static void test_location_and_allow (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_auto (Answer) created = ask (fixture, API_POST, "/api/v1/meetings", NULL, "{}");
	g_autofree char *location = g_strconcat ("/api/v1/meetings/", text_at (&created, "code"), NULL);
	g_assert_cmpstr (created.location, ==, location);
	g_auto (Answer) read = ask (fixture, API_GET, created.location, NULL, NULL);
	g_assert_cmpint (read.status, ==, 200);
	g_auto (Answer) refused = ask (fixture, API_DELETE, created.location, NULL, NULL);
	g_assert_cmpstr (refused.allow, ==, "GET, HEAD, PATCH");
}

static void test_code_forms (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *code = make_meeting (fixture, NULL);
	g_autofree char *upper = g_ascii_strup (code, -1);
	g_auto (GStrv) pieces = g_strsplit (upper, "-", -1);
	g_autofree char *target = g_strdup_printf ("/api/v1/meetings/%s%s%s", pieces[0], pieces[1], pieces[2]);
	g_auto (Answer) answer = ask (fixture, API_GET, target, NULL, NULL);
	g_assert_cmpint (answer.status, ==, 200);
	g_assert_cmpstr (text_at (&answer, "code"), ==, code);
}

static void test_paging (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *token = token_of ("roomList", NULL, "app", NULL);
	g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
	g_autofree char *target = g_strdup ("/api/v1/meetings?limit=3");
	int pages = 0;
	for (int i = 0; i < 7; i++)
		g_free (make_meeting (fixture, NULL));
	while (target != NULL) {
		g_auto (Answer) answer = ask (fixture, API_GET, target, token, NULL);
		g_assert_cmpint (answer.status, ==, 200);
		json_t *meetings = value_at (&answer, "meetings");
		for (gsize i = 0; i < json_array_size (meetings); i++)
			g_assert_true (g_hash_table_add (seen,
				g_strdup (curia_json_string (json_array_get (meetings, i), "code", NULL))));
		const char *next = text_at (&answer, "next_cursor");
		g_autofree char *escaped = next != NULL ? g_uri_escape_string (next, NULL, FALSE) : NULL;
		g_free (target);
		target = escaped != NULL ? g_strconcat ("/api/v1/meetings?limit=3&cursor=", escaped, NULL) : NULL;
		pages++;
	}
	g_assert_cmpint (pages, ==, 3);
	g_assert_cmpint (g_hash_table_size (seen), ==, 7);
}

static void test_live (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *code = make_meeting (fixture, NULL);
	g_autofree char *target = g_strconcat ("/api/v1/meetings/", code, NULL);
	g_atomic_int_set (&fixture->participants, 3);
	g_auto (Answer) three = ask (fixture, API_GET, target, NULL, NULL);
	g_assert_cmpint (json_integer_value (value_at (&three, "live.participants")), ==, 3);
	g_atomic_int_set (&fixture->silent, 1);
	g_auto (Answer) unknown = ask (fixture, API_GET, target, NULL, NULL);
	g_assert_true (json_is_null (value_at (&unknown, "live.participants")));
	fixture_close_room (fixture);
	g_auto (Answer) none = ask (fixture, API_GET, target, NULL, NULL);
	g_assert_true (json_is_integer (value_at (&none, "live.participants")));
	g_assert_cmpint (json_integer_value (value_at (&none, "live.participants")), ==, 0);
}

static void test_ready (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_atomic_int_set (&fixture->silent, 1);
	g_auto (Answer) silent = ask (fixture, API_GET, "/readyz", NULL, NULL);
	g_assert_cmpint (silent.status, ==, 503);
	fixture_close_room (fixture);
	g_auto (Answer) away = ask (fixture, API_GET, "/readyz", NULL, NULL);
	g_assert_cmpint (away.status, ==, 503);
	g_assert_cmpstr (text_at (&away, "detail"), ==, "The room module is not running");
	g_assert_cmpint (away.retry_after_s, >, 0);
	g_auto (Answer) alive = ask (fixture, API_GET, "/healthz", NULL, NULL);
	g_assert_cmpint (alive.status, ==, 200);
}

/* A ledger that is not loaded is no fault, one that could not start is. */
static void test_ready_ledger (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	curia_metrics_set (CURIA_METRIC_LEDGER_UP, NULL, NULL, 0);
	g_auto (Answer) down = ask (fixture, API_GET, "/readyz", NULL, NULL);
	g_assert_cmpint (down.status, ==, 503);
	g_assert_cmpstr (text_at (&down, "detail"), ==, "The ledger could not start; Janus' log says why");
	curia_metrics_set (CURIA_METRIC_LEDGER_UP, NULL, NULL, 1);
	g_auto (Answer) up = ask (fixture, API_GET, "/readyz", NULL, NULL);
	g_assert_cmpint (up.status, ==, 200);
}

static void test_end_tells_the_room (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *host = NULL;
	g_autofree char *code = make_meeting (fixture, &host);
	g_autofree char *target = g_strdup_printf ("/api/v1/meetings/%s/end", code);
	g_auto (Answer) first = ask (fixture, API_POST, target, host, NULL);
	g_auto (Answer) second = ask (fixture, API_POST, target, host, NULL);
	g_assert_cmpint (first.status, ==, 200);
	g_assert_cmpstr (text_at (&first, "ended_at"), ==, text_at (&second, "ended_at"));
	for (int i = 0; i < 500 && g_atomic_int_get (&fixture->ended) < 2; i++)
		g_usleep (10000);
	g_assert_cmpint (g_atomic_int_get (&fixture->ended), ==, 2);
}

static void test_guests_off (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("api: { guests_create = false, guests_join = false }\n");
	g_autofree char *code = make_meeting (fixture, NULL);
	g_autofree char *target = g_strdup_printf ("/api/v1/meetings/%s/join", code);
	g_autofree char *token = token_of ("roomJoin", code, "ann", NULL);
	g_auto (Answer) create = ask (fixture, API_POST, "/api/v1/meetings", NULL, "{}");
	g_assert_cmpint (create.status, ==, 401);
	g_auto (Answer) guest = ask (fixture, API_POST, target, NULL, "{\"name\":\"Ann\"}");
	g_assert_cmpint (guest.status, ==, 401);
	g_auto (Answer) known = ask (fixture, API_POST, target, token, "{\"name\":\"Ann\"}");
	g_assert_cmpint (known.status, ==, 200);
}

static void test_public_url (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("api: { public_url = \"https://curia.example.edu/\" }\n");
	g_auto (Answer) created = ask (fixture, API_POST, "/api/v1/meetings", NULL, "{}");
	g_autofree char *url = g_strconcat ("https://curia.example.edu/m/", text_at (&created, "code"), NULL);
	g_assert_cmpstr (text_at (&created, "url"), ==, url);
}

static void test_owns (void)
{
	static const char *const ours[] = { "/api/v1/meetings", "/api/", "/api", "/api/v2/x", "/healthz", "/readyz", "/metrics" };
	static const char *const others[] = { "/", "/m/abcd", "/apidocs", "/janus", "/healthz2", "/metrics/x", "/js/curia.js", "" };
	for (guint i = 0; i < G_N_ELEMENTS (ours); i++)
		g_assert_true (api_routes_owns (ours[i]));
	for (guint i = 0; i < G_N_ELEMENTS (others); i++)
		g_assert_false (api_routes_owns (others[i]));
	g_assert_cmpint (api_routes_pool (API_GET, "/healthz", "", 0), ==, API_POOL_PROMPT);
	g_assert_cmpint (api_routes_pool (API_GET, "/m/abcd", "", 0), ==, API_POOL_PROMPT);
	g_assert_cmpint (api_routes_pool (API_GET, "/api/v1/meetings", "", 0), ==, API_POOL_GENERAL);
	g_assert_cmpint (api_routes_pool (API_POST, "/api/v1/meetings/x/join", "{\"name\":\"A\"}", 12), ==, API_POOL_GENERAL);
	g_assert_cmpint (api_routes_pool (API_POST, "/api/v1/meetings/x/join", "{\"password\":\"A\"}", 16), ==, API_POOL_HASHING);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/routes/rows", test_rows);
	g_test_add_func ("/routes/matches", test_matches);
	g_test_add_func ("/routes/media-type", test_media_type);
	g_test_add_func ("/routes/settings", test_settings);
	g_test_add_func ("/routes/location-and-allow", test_location_and_allow);
	g_test_add_func ("/routes/code-forms", test_code_forms);
	g_test_add_func ("/routes/paging", test_paging);
	g_test_add_func ("/routes/live", test_live);
	g_test_add_func ("/routes/ready", test_ready);
	g_test_add_func ("/routes/ready-ledger", test_ready_ledger);
	g_test_add_func ("/routes/end-tells-the-room", test_end_tells_the_room);
	g_test_add_func ("/routes/guests-off", test_guests_off);
	g_test_add_func ("/routes/public-url", test_public_url);
	g_test_add_func ("/routes/owns", test_owns);
	return g_test_run ();
}
