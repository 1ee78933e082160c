/* Past calls and live participants over REST, with the store on either database. */
#include "rest-fixture.h"

#include <string.h>

#include "tests/lib/history-rows.h"
#include "tests/lib/servers.h"
#include "transports/api/csv.h"
#include "transports/api/history.h"

#define CODE "abcd-efgh-jkmn"
#define OTHER "bbbb-cccc-dddd"
#define START G_GINT64_CONSTANT (1769850000000) /* 2026-01-31T09:00:00Z */
#define MINUTE 60000

static char *
store_of (const char *kind)
{
	if (strcmp (kind, "sqlite") == 0)
		return NULL;
	g_free (servers_postgres_start ());
	return servers_postgres_database ("api");
}

/* Ann is there from the 1st to the 31st minute and from the 40th on, Bob from the 5th to the 35th. */
static void
fill (const char *url)
{
	rows_call (url, "CA_1", "MT_1", CODE, "Weekly, with Ann", START, START + 60 * MINUTE, 2);
	rows_call (url, "CA_2", "MT_2", OTHER, "Other", START + 100 * MINUTE, START + 110 * MINUTE, 0);
	rows_call (url, "CA_3", "MT_1", CODE, "Weekly, with Ann", START + 200 * MINUTE, 0, 0);
	rows_participation (url, "PA_1", "CA_1", "ann", "Ann", START + MINUTE, START + 31 * MINUTE, 640, 61000);
	rows_participation (url, "PA_2", "CA_1", "bob", "=HYPERLINK(\"http://evil\",\"Bob\")", START + 5 * MINUTE, START + 35 * MINUTE, 1500, 0);
	rows_participation (url, "PA_3", "CA_1", "ann", "Ann \"the\" one, again", START + 40 * MINUTE, START + 60 * MINUTE, -1, 500);
	for (int i = 0; i < 60; i++)
		rows_sample (url, "PA_1", "CA_1", START + MINUTE + i * 10000, (gint64[]) { 25000, 1000000 + i, i == 7 ? 50000 : 0, -1, 2000000, -1, -1,
			3000000, 0, 0, 0, 100 });
	rows_event (url, 1, "join_failed", START + 7 * MINUTE, "MT_1", "CA_1", "{\"code\":\"" CODE "\",\"identity\":\"eve\",\"error\":\"meeting-full\","
		"\"detail\":\"The meeting has all of its 2 participants\"}");
}

/* ---- every route, by rows ---- */

typedef struct {
	const char *name;
	const char *target;
	const char *grants, *room; /* of the token; NULL: none is sent, or one for all meetings */
	int status;
	const char *path, *text; /* of the answer */
} Row;

static const Row rows[] = {
	{ "calls", "/api/v1/calls", "roomList", NULL, 200, "calls.2.id", "CA_1" },
	{ "calls-as-admin-of-all", "/api/v1/calls", "roomAdmin", NULL, 200, "calls.0.id", "CA_3" },
	{ "calls-without-token", "/api/v1/calls", NULL, NULL, 401, "title", NULL },
	{ "calls-as-participant", "/api/v1/calls", "roomJoin", CODE, 403, "title", NULL },
	{ "calls-of-the-host", "/api/v1/calls", "roomAdmin", CODE, 200, "calls.1.id", "CA_1" },
	{ "calls-of-one", "/api/v1/calls?meeting=BBBBCCCCDDDD", "roomList", NULL, 200, "calls.0.id", "CA_2" },
	{ "calls-of-another", "/api/v1/calls?meeting=" OTHER, "roomAdmin", CODE, 403, "title", NULL },
	{ "calls-of-another-list", "/api/v1/calls?meeting=" OTHER, "roomList", CODE, 403, "title", NULL },
	{ "calls-of-a-room-that-is-no-code", "/api/v1/calls", "roomList", "room1", 403, "title", NULL },
	{ "calls-bad-code", "/api/v1/calls?meeting=x", "roomList", NULL, 422, "field", "meeting" },
	{ "calls-search", "/api/v1/calls?search=OTHER", "roomList", NULL, 200, "calls.0.title", "Other" },
	{ "calls-search-of-the-host", "/api/v1/calls?search=ann", "roomAdmin", CODE, 200, "calls.1.title", "Weekly, with Ann" },
	{ "calls-bad-limit", "/api/v1/calls?limit=0", "roomList", NULL, 422, "field", "limit" },
	{ "calls-bad-cursor", "/api/v1/calls?cursor=zzz", "roomList", NULL, 422, "field", "cursor" },
	{ "calls-injection", "/api/v1/calls?search=%27%3B%20DROP%20TABLE%20calls%3B--", "roomList", NULL, 200, "calls", NULL },
	{ "call", "/api/v1/calls/CA_1", "roomList", NULL, 200, "end_reason", "empty" },
	{ "call-host", "/api/v1/calls/CA_1", "roomAdmin", CODE, 200, "failures.0.identity", "eve" },
	{ "call-of-another", "/api/v1/calls/CA_2", "roomAdmin", CODE, 403, "title", NULL },
	{ "call-unknown", "/api/v1/calls/CA_9", "roomList", NULL, 404, "title", NULL },
	{ "call-injection", "/api/v1/calls/CA_1' OR '1'='1", "roomList", NULL, 404, "title", NULL },
	{ "attendance", "/api/v1/calls/CA_1/attendance", "roomAdmin", CODE, 200, "people.0.name", "Ann \"the\" one, again" },
	{ "attendance-of-another", "/api/v1/calls/CA_2/attendance", "roomAdmin", CODE, 403, "title", NULL },
	{ "attendance-bad-format", "/api/v1/calls/CA_1/attendance?format=xls", "roomAdmin", CODE, 422, "field", "format" },
	{ "attendance-live", "/api/v1/calls/CA_3/attendance", "roomAdmin", CODE, 200, "call.id", "CA_3" },
	{ "quality", "/api/v1/calls/CA_1/quality", "roomAdmin", CODE, 200, "series.0.participation", "PA_1" },
	{ "quality-one", "/api/v1/calls/CA_1/quality?participation=PA_3", "roomAdmin", CODE, 200, "series.0.participation", "PA_3" },
	{ "quality-person", "/api/v1/calls/CA_1/quality?identity=ann", "roomAdmin", CODE, 200, "series.1.participation", "PA_3" },
	{ "quality-page", "/api/v1/calls/CA_1/quality?limit=1", "roomAdmin", CODE, 200, "next_cursor", "PA_1" },
	{ "quality-page-2", "/api/v1/calls/CA_1/quality?limit=1&cursor=PA_1", "roomAdmin", CODE, 200, "series.0.participation", "PA_2" },
	{ "quality-bad-cursor", "/api/v1/calls/CA_1/quality?cursor=PA_8", "roomAdmin", CODE, 422, "field", "cursor" },
	{ "quality-of-another", "/api/v1/calls/CA_2/quality", "roomAdmin", CODE, 403, "title", NULL },
	{ "quality-bad-points", "/api/v1/calls/CA_1/quality?points=501", "roomAdmin", CODE, 422, "field", "points" },
};

static void
test_rows (gconstpointer kind)
{
	g_autofree char *url = store_of (kind);
	g_autoptr (Fixture) fixture = fixture_new_on (url, "");
	fill (fixture->store_url);
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		const Row *row = &rows[i];
		g_autofree char *token = row->grants != NULL ? token_of (row->grants, row->room, "app", NULL) : NULL;
		g_auto (GStrv) path = g_strsplit (row->target, "?", 2);
		g_auto (Answer) answer = ask (fixture, API_GET, row->target, token, NULL);
		g_autofree char *shown = json_dumps (answer.body, JSON_COMPACT);
		g_test_message ("%s: %d %.300s", row->name, answer.status, shown);
		g_assert_cmpint (answer.status, ==, row->status);
		g_assert_nonnull (value_at (&answer, row->path));
		if (row->text != NULL)
			g_assert_cmpstr (text_at (&answer, row->path), ==, row->text);
		check_schema (API_GET, path[0], &answer);
	}
}

static gint64
number_at (const Answer *answer, const char *path)
{
	g_assert_true (json_is_integer (value_at (answer, path)));
	return json_integer_value (value_at (answer, path));
}

static void
test_numbers (gconstpointer kind)
{
	g_autofree char *url = store_of (kind);
	g_autoptr (Fixture) fixture = fixture_new_on (url, "");
	g_autofree char *token = token_of ("roomAdmin", CODE, "app", NULL);
	fill (fixture->store_url);
	g_auto (Answer) call = ask (fixture, API_GET, "/api/v1/calls/CA_1", token, NULL);
	g_assert_cmpint (number_at (&call, "duration_ms"), ==, 60 * MINUTE);
	g_assert_cmpint (number_at (&call, "totals.people"), ==, 2);
	g_assert_cmpint (number_at (&call, "totals.participations"), ==, 3);
	g_assert_cmpint (number_at (&call, "totals.peak"), ==, 2);
	g_assert_cmpint (number_at (&call, "totals.person_ms"), ==, 80 * MINUTE);
	g_assert_cmpint (number_at (&call, "totals.join_median_ms"), ==, 640);
	g_assert_cmpint (number_at (&call, "totals.join_p95_ms"), ==, 1500);
	g_assert_cmpint (number_at (&call, "join_failures"), ==, 2);
	g_assert_cmpstr (text_at (&call, "started_at"), ==, "2026-01-31T09:00:00.000Z");
	g_auto (Answer) attendance = ask (fixture, API_GET, "/api/v1/calls/CA_1/attendance", token, NULL);
	g_assert_cmpint (number_at (&attendance, "people.0.present_ms"), ==, 50 * MINUTE);
	g_assert_cmpint (number_at (&attendance, "people.0.spoke_ms"), ==, 61500);
	g_assert_cmpint (number_at (&attendance, "people.0.participations.1.present_ms"), ==, 20 * MINUTE);
	g_assert_true (json_is_null (value_at (&attendance, "people.0.participations.1.join_ms")));
	g_auto (Answer) quality = ask (fixture, API_GET, "/api/v1/calls/CA_1/quality?participation=PA_1&points=60", token, NULL);
	g_assert_cmpuint (json_array_size (value_at (&quality, "series.0.samples")), ==, 60);
	g_assert_cmpint (number_at (&quality, "series.0.samples.7.down_loss_ppm"), ==, 50000);
	g_assert_true (json_is_null (value_at (&quality, "series.0.samples.7.down_jitter_us")));
	g_auto (Answer) fewer = ask (fixture, API_GET, "/api/v1/calls/CA_1/quality?participation=PA_1&points=10", token, NULL);
	g_assert_cmpuint (json_array_size (value_at (&fewer, "series.0.samples")), <=, 10);
	g_auto (Answer) live = ask (fixture, API_GET, "/api/v1/calls/CA_3", token, NULL);
	g_assert_true (json_is_null (value_at (&live, "ended_at")));
	g_assert_true (json_is_null (value_at (&live, "end_reason")));
}

/* Page by page the list is what it is at once. */
static void
test_paging (gconstpointer kind)
{
	g_autofree char *url = store_of (kind), *cursor = g_strdup ("");
	g_autoptr (Fixture) fixture = fixture_new_on (url, "");
	g_autofree char *token = token_of ("roomList", NULL, "app", NULL);
	fill (fixture->store_url);
	g_autoptr (GString) ids = g_string_new (NULL);
	while (cursor != NULL) {
		g_autofree char *target = g_strdup_printf ("/api/v1/calls?limit=2&cursor=%s", cursor);
		g_auto (Answer) answer = ask (fixture, API_GET, target, token, NULL);
		size_t i;
		json_t *call;
		json_array_foreach (value_at (&answer, "calls"), i, call)
			g_string_append_printf (ids, "%s ", curia_json_string (call, "id", "?"));
		g_free (cursor);
		cursor = g_strdup (text_at (&answer, "next_cursor"));
	}
	g_assert_cmpstr (ids->str, ==, "CA_3 CA_2 CA_1 ");
}

/* ---- CSV ---- */

#define HEAD "name,identity,role,joined_at,left_at,present_s,spoke_s,reconnects,join_ms,"
#define ANN "\"Ann \"\"the\"\" one, again\",ann,participant,2026-01-31T09:01:00.000Z,2026-01-31T10:00:00.000Z,3000,62,2,640,2\r\n"
#define BOB "\"'=HYPERLINK(\"\"http://evil\"\",\"\"Bob\"\")\",bob,participant,2026-01-31T09:05:00.000Z,2026-01-31T09:35:00.000Z,1800,0,1,1500,1\r\n"

static void
test_csv (gconstpointer kind)
{
	g_autofree char *url = store_of (kind);
	g_autoptr (Fixture) fixture = fixture_new_on (url, "");
	g_autofree char *token = token_of ("roomAdmin", CODE, "app", NULL), *authorization = g_strconcat ("Bearer ", token, NULL);
	fill (fixture->store_url);
	g_auto (Answer) people = ask (fixture, API_GET, "/api/v1/calls/CA_1/attendance?format=csv", token, NULL);
	g_assert_cmpstr (people.text, ==, HEAD "stays\r\n" ANN BOB);
	g_assert_cmpstr (people.type, ==, "text/csv; charset=utf-8; header=present");
	g_assert_cmpstr (people.file, ==, "attendance-" CODE "-2026-01-31.csv");
	g_auto (Answer) stays = ask (fixture, API_GET, "/api/v1/calls/CA_1/attendance?format=csv&rows=participations", token, NULL);
	g_auto (GStrv) lines = g_strsplit (stays.text, "\r\n", -1);
	g_assert_cmpuint (g_strv_length (lines), ==, 5);
	g_assert_cmpstr (lines[1], ==, "Ann,ann,participant,2026-01-31T09:01:00.000Z,2026-01-31T09:31:00.000Z,1800,61,1,640,left,PA_1");
	ApiRequest request = request_new (fixture, API_GET, "/api/v1/calls/CA_1/attendance");
	request.authorization = authorization;
	request.accept = "text/csv";
	g_auto (Answer) accepted = ask_raw (&request);
	g_assert_cmpstr (accepted.text, ==, people.text);
	request.query = "format=json";
	g_auto (Answer) json = ask_raw (&request);
	g_assert_null (json.text);
	g_auto (Answer) refused = ask (fixture, API_GET, "/api/v1/calls/CA_2/attendance?format=csv", token, NULL);
	g_assert_cmpint (refused.status, ==, 403);
	g_assert_null (refused.file);
}

static void
test_csv_cells (void)
{
	static const struct {
		const char *text, *cell;
	} cells[] = {
		{ "Ann", "Ann" }, { "", "\"\"" }, { "a,b", "\"a,b\"" }, { "a\"b", "\"a\"\"b\"" }, { "a\nb", "\"a\nb\"" }, { "a;b", "\"a;b\"" },
		{ "=1", "\"'=1\"" }, { "+1", "\"'+1\"" }, { "-1", "\"'-1\"" }, { "@a", "\"'@a\"" }, { "\t=1", "\"'\t'=1\"" }, { "\r=1", "\"'\r'=1\"" },
		{ "|a", "\"'|a\"" }, { "\xef\xbc\x9d""1", "\"'\xef\xbc\x9d""1\"" }, { " =1", "\" =1\"" }, { "1=1", "1=1" }, { "Zo\xc3\xab", "Zo\xc3\xab" },
		{ "=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\"" },
		{ "a;=1", "\"a;'=1\"" }, { "a;b;+1;c", "\"a;b;'+1;c\"" }, { ";;@a", "\";;'@a\"" }, { "a\t-1", "\"a\t'-1\"" }, { "a\r\n=1", "\"a\r'\n'=1\"" },
		{ "a;\xe2\x80\x8b=1", "\"a;'\xe2\x80\x8b=1\"" }, { "a,=1", "\"a,=1\"" },
		/* zero-width space, byte order mark, soft hyphen, right-to-left mark, a combining mark, two of them */
		{ "\xe2\x80\x8b=1", "\"'\xe2\x80\x8b=1\"" }, { "\xef\xbb\xbf+1", "\"'\xef\xbb\xbf+1\"" }, { "\xc2\xad-1", "\"'\xc2\xad-1\"" },
		{ "\xe2\x80\x8f@a", "\"'\xe2\x80\x8f@a\"" }, { "\xcd\x8f=1", "\"'\xcd\x8f=1\"" },
		{ "\xe2\x80\x8d\xe2\x81\xa0\xef\xbc\x9d""1", "\"'\xe2\x80\x8d\xe2\x81\xa0\xef\xbc\x9d""1\"" },
		{ "\xe2\x80\x8f""Ann", "\xe2\x80\x8f""Ann" }, { "\xe2\x80\x8b", "\xe2\x80\x8b" }, { "\xe2\x80", "\xe2\x80" },
	};
	for (guint i = 0; i < G_N_ELEMENTS (cells); i++) {
		g_autoptr (GString) row = g_string_new (NULL);
		csv_text (row, cells[i].text);
		g_assert_cmpstr (row->str, ==, cells[i].cell);
	}
	g_autoptr (GString) row = g_string_new ("head\r\n");
	csv_int (row, -5);
	csv_time (row, 0);
	csv_text (row, "x");
	csv_end (row);
	g_assert_cmpstr (row->str, ==, "head\r\n-5,\"\",x\r\n");
}

static void
test_accept (void)
{
	g_assert_true (api_history_wants_csv ("text/csv"));
	g_assert_true (api_history_wants_csv ("Text/CSV; q=0.9, */*;q=0.1"));
	g_assert_false (api_history_wants_csv ("application/json, text/csv"));
	g_assert_false (api_history_wants_csv ("*/*"));
	g_assert_false (api_history_wants_csv (NULL));
}

/* ---- live participants ---- */

typedef struct {
	Fixture *fixture;
	char *last;      /* the command as it came */
	CuriaErrorCode error; /* what it answers; CURIA_N_ERRORS: a reply */
} Room;

static void
on_room (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	Room *self = data;
	g_autoptr (GError) error = NULL;
	(void) topic;
	g_free (self->last);
	self->last = json_dumps (message, JSON_COMPACT | JSON_SORT_KEYS);
	if (self->error != CURIA_N_ERRORS)
		curia_throw (&error, self->error, "no");
	json_auto_t *reply = json_pack ("{s:s, s:I, s:i, s:[{s:s, s:s, s:s, s:s, s:s, s:I, s:[{s:s, s:s, s:s, s:s, s:b}]}]}", "call", "CA_1",
		"started_ms", (json_int_t) START, "viewers", 3, "participants", "participant", "p1", "participation", "PA_1", "identity", "a/b",
		"name", "Ann", "role", "host", "joined_ms", (json_int_t) START + 1, "tracks", "track", "TR_1", "source", "camera", "kind", "video",
		"codec", "vp8", "muted", FALSE);
	curia_bus_answer (request, error != NULL ? NULL : reply, error);
}

/* What a JSON text must have, among other things; NULL: it must not be there at all. */
static void
assert_has (const char *text, const char *expected)
{
	g_assert_cmpint (text != NULL, ==, expected != NULL);
	if (expected == NULL)
		return;
	json_auto_t *object = json_loads (text, 0, NULL), *wanted = json_loads (expected, 0, NULL);
	const char *name;
	json_t *value;
	json_object_foreach (wanted, name, value)
		g_assert_true (json_equal (json_object_get (object, name), value));
}

#define REMOVES(who) "{\"command\":\"moderate\",\"action\":\"remove\",\"ban\":false,\"by_role\":\"host\",\"identity\":\"" who "\"}"

static void
test_participants (void)
{
	static const struct {
		ApiMethod method;
		const char *below, *body;
		CuriaErrorCode error;
		const char *room; /* of the token: "own", "other" */
		int status;
		const char *command, *path, *text;
	} cases[] = {
		{ API_GET, "", NULL, CURIA_N_ERRORS, "own", 200, "{\"command\":\"participants\"}", "participants.0.tracks.0.source", "camera" },
		{ API_GET, "", NULL, CURIA_N_ERRORS, "other", 403, NULL, "title", NULL },
		{ API_GET, "", NULL, CURIA_ERROR_TIMEOUT, "own", 504, "{\"command\":\"participants\"}", "title", NULL },
		{ API_DELETE, "/ann", NULL, CURIA_N_ERRORS, "own", 200, REMOVES ("ann"), "identity", "ann" },
		{ API_DELETE, "/a/b", NULL, CURIA_N_ERRORS, "own", 200, REMOVES ("a/b"), "identity", "a/b" },
		{ API_DELETE, "/ann", NULL, CURIA_ERROR_NO_SUCH_SOURCE, "own", 404, REMOVES ("ann"), "type",
			"/docs/errors#no-such-source" },
		{ API_DELETE, "/ann", NULL, CURIA_N_ERRORS, "other", 403, NULL, "title", NULL },
		{ API_POST, "/a/b/mute", "{\"source\":\"camera\"}", CURIA_N_ERRORS, "own", 200,
			"{\"command\":\"moderate\",\"action\":\"mute\",\"identity\":\"a/b\",\"source\":\"camera\"}", "identity", "a/b" },
		{ API_POST, "/ann/mute", "{\"source\":\"hat\"}", CURIA_N_ERRORS, "own", 422, NULL, "field", "source" },
		{ API_POST, "/ann/mute", "{}", CURIA_N_ERRORS, "own", 422, NULL, "field", "source" },
	};
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *host = NULL, *other = NULL;
	g_autofree char *code = make_meeting (fixture, &host), *second = make_meeting (fixture, &other);
	Room room = { .fixture = fixture };
	fixture_close_room (fixture);
	guint id = curia_bus_subscribe (curia_node_bus (fixture->node), "meeting.*", on_room, &room);
	for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
		g_autofree char *path = g_strdup_printf ("/api/v1/meetings/%s/participants%s", code, cases[i].below);
		g_clear_pointer (&room.last, g_free);
		room.error = cases[i].error;
		g_auto (Answer) answer = ask (fixture, cases[i].method, path, strcmp (cases[i].room, "own") == 0 ? host : other, cases[i].body);
		g_test_message ("%u: %d", i, answer.status);
		g_assert_cmpint (answer.status, ==, cases[i].status);
		assert_has (room.last, cases[i].command);
		g_assert_nonnull (value_at (&answer, cases[i].path));
		if (cases[i].text != NULL)
			g_assert_cmpstr (text_at (&answer, cases[i].path), ==, cases[i].text);
		check_schema (cases[i].method, path, &answer);
	}
	curia_bus_unsubscribe (curia_node_bus (fixture->node), id);
	g_free (room.last);

	/* nobody is there */
	g_autofree char *list = g_strdup_printf ("/api/v1/meetings/%s/participants", code);
	g_autofree char *ann = g_strconcat (list, "/ann", NULL), *admin = token_of ("roomAdmin", NULL, "app", NULL);
	g_auto (Answer) empty = ask (fixture, API_GET, list, host, NULL);
	g_assert_cmpint (empty.status, ==, 200);
	g_assert_cmpuint (json_array_size (value_at (&empty, "participants")), ==, 0);
	g_assert_true (json_is_null (value_at (&empty, "call")));
	check_schema (API_GET, list, &empty);
	g_auto (Answer) nobody = ask (fixture, API_DELETE, ann, host, NULL);
	g_assert_cmpint (nobody.status, ==, 404);
	g_auto (Answer) unknown = ask (fixture, API_GET, "/api/v1/meetings/aaaa-aaaa-aaaa/participants", admin, NULL);
	g_assert_cmpstr (text_at (&unknown, "type"), ==, "/docs/errors#no-such-meeting");
}

#define ADD_BOTH(name, function) \
	g_test_add_data_func ("/history/sqlite/" name, "sqlite", function); \
	g_test_add_data_func ("/history/postgres/" name, "postgres", function)

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	ADD_BOTH ("rows", test_rows);
	ADD_BOTH ("numbers", test_numbers);
	ADD_BOTH ("paging", test_paging);
	ADD_BOTH ("csv", test_csv);
	g_test_add_func ("/history/csv-cells", test_csv_cells);
	g_test_add_func ("/history/accept", test_accept);
	g_test_add_func ("/history/participants", test_participants);
	return g_test_run ();
}
