/* /api/v1/events from outside: a real server and real sockets, rows as the ledger writes them. */
#include "socket-fixture.h"

#include <string.h>

#include "tests/lib/history-rows.h"
#include "transports/api/events-socket.h"

#define CODE "abcd-efgh-jkmn"
#define LIST "roomList everywhere"

static char *
url_of (Site *site)
{
	return g_strdup_printf ("sqlite:%s/curia.db", site->folder);
}

/* A meeting as the store has it; its id. */
static const char *
make_meeting (Site *site, const char *code)
{
	g_autoptr (CuriaMeeting) meeting = curia_meeting_new ();
	g_free (meeting->code);
	meeting->code = g_strdup (code);
	g_assert_true (curia_store_meeting_create (curia_node_store (site->node), meeting, NULL));
	return g_intern_string (meeting->id);
}

/* Adds events [from, to] and wakes, as the ledger does. */
static void
add (Site *site, const char *meeting, int from, int to, const char *data)
{
	g_autofree char *url = url_of (site);
	for (int i = from; i <= to; i++)
		rows_event (url, i, "participant_joined", 1769850000000 + i, meeting, "CA_1", data);
	json_auto_t *wake = json_pack ("{s:i}", "seq", to);
	curia_bus_publish (curia_node_bus (site->node), "events", wake, NULL);
}

static Client *
follow (Site *site, const char *grants, const char *query, int *status)
{
	g_autofree char *token = grants != NULL ? site_token (site, "app", grants) : g_strdup ("");
	g_autofree char *target = g_strdup_printf (EVENTS_PATH "?access_token=%s%s", token, query);
	return client_open_at (site, target, EVENTS_PROTOCOL, "", status);
}

static gint64
take_seq (json_t *message)
{
	gint64 seq = message != NULL ? json_integer_value (json_object_get (message, "seq")) : -1;
	json_decref (message);
	return seq;
}

/* The first message, which says from where. */
static void
expect_ready (Client *client, gint64 seq)
{
	json_auto_t *message = client_read (client, 10000);
	g_assert_nonnull (message);
	g_assert_cmpstr (json_string_value (json_object_get (message, "type")), ==, "ready");
	g_assert_cmpint (json_integer_value (json_object_get (message, "seq")), ==, seq);
}

static void
expect (Client *client, gint64 from, gint64 to)
{
	for (gint64 seq = from; seq <= to; seq++)
		g_assert_cmpint (take_seq (client_read (client, 20000)), ==, seq);
}

static const struct {
	const char *grants, *query;
	int status;
} doors[] = {
	{ LIST, "", 101 },
	{ LIST, "&after=0", 101 },
	{ LIST, "&after=-1", 422 },
	{ LIST, "&after=x", 422 },
	{ LIST, "&after=99999999999999999999999999", 422 },
	{ LIST, "&meeting=x", 422 },
	{ LIST, "&other=1", 422 },
	{ LIST, "&meeting=bbbb-cccc-dddd", 101 },
	{ "roomList", "&meeting=bbbb-cccc-dddd", 403 },
	{ "roomAdmin", "&meeting=ABCDEFGHJKMN", 101 },
	{ "roomJoin", "", 403 },
	{ NULL, "", 401 },
};

static void
test_doors (void)
{
	g_autoptr (Site) site = site_new ("");
	for (guint i = 0; i < G_N_ELEMENTS (doors); i++) {
		int status;
		g_autoptr (Client) client = follow (site, doors[i].grants, doors[i].query, &status);
		g_test_message ("%s %s", doors[i].grants, doors[i].query);
		g_assert_cmpint (status, ==, doors[i].status);
	}
}

/* A path takes only its own sub-protocol, whatever else is offered. */
static void
test_protocols (void)
{
	static const struct {
		const char *path, *protocols;
		int status;
	} offers[] = {
		{ EVENTS_PATH, "curia-events", 101 }, { EVENTS_PATH, "janus-protocol", 400 }, { EVENTS_PATH, "janus-protocol, curia-events", 400 },
		{ EVENTS_PATH, "chat, curia-events", 101 }, { "/janus", "curia-events", 400 }, { "/janus", "curia-events, janus-protocol", 400 },
		{ "/janus", "janus-protocol, curia-events", 101 }, { "/api/v1/calls", "curia-events", 404 },
	};
	g_autoptr (Site) site = site_new ("");
	g_autofree char *token = site_token (site, "app", "roomJoin roomList everywhere");
	for (guint i = 0; i < G_N_ELEMENTS (offers); i++) {
		int status;
		g_autofree char *target = g_strdup_printf ("%s?access_token=%s", offers[i].path, token);
		g_autoptr (Client) client = client_open_at (site, target, offers[i].protocols, "", &status);
		g_test_message ("%s %s", offers[i].path, offers[i].protocols);
		g_assert_cmpint (status, ==, offers[i].status);
	}
	g_autofree char *answer = site_raw (site, "GET " EVENTS_PATH " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", -1);
	g_assert_nonnull (strstr (answer, "sub-protocol curia-events"));
}

static void
test_message (void)
{
	g_autoptr (Site) site = site_new ("");
	add (site, "MT_1", 1, 1, "{\"code\":\"" CODE "\",\"identity\":\"ann\"}");
	g_autoptr (Client) client = follow (site, LIST, "&after=0", NULL);
	expect_ready (client, 0);
	json_auto_t *message = client_read (client, 10000);
	json_auto_t *wanted = json_pack ("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:s}}", "seq", 1, "id", "EV_1", "type", "participant_joined",
		"time", "2026-01-31T09:00:00.001Z", "meeting", "MT_1", "code", CODE, "call", "CA_1", "data", "identity", "ann");
	g_assert_true (json_equal (message, wanted));
}

static void
test_live_and_resume (void)
{
	g_autoptr (Site) site = site_new ("");
	add (site, "MT_1", 1, 450, "{}"); /* more than one look takes */
	g_autoptr (Client) all = follow (site, LIST, "&after=0", NULL);
	g_autoptr (Client) fresh = follow (site, LIST, "", NULL);
	expect_ready (all, 0);
	expect_ready (fresh, 450);
	expect (all, 1, 450);
	add (site, "MT_1", 451, 460, "{}");
	expect (all, 451, 460);
	expect (fresh, 451, 460);
	g_autoptr (Client) back = follow (site, LIST, "&after=448", NULL);
	expect_ready (back, 448);
	expect (back, 449, 460);
	for (int i = 461; i < 500; i++)
		add (site, "MT_1", i, i, "{}");
	expect (back, 461, 499);
	g_assert_null (client_read (back, 200));
}

static void
test_one_meeting (void)
{
	g_autoptr (Site) site = site_new ("");
	const char *own = make_meeting (site, CODE);
	add (site, own, 1, 3, "{}");
	add (site, "MT_other", 4, 6, "{}");
	add (site, own, 7, 8, "{}");
	g_autoptr (Client) host = follow (site, "roomAdmin", "&after=0", NULL);
	g_autoptr (Client) asked = follow (site, LIST, "&after=2&meeting=" CODE, NULL);
	g_autoptr (Client) unknown = follow (site, LIST, "&meeting=bbbb-cccc-dddd", NULL);
	expect_ready (host, 0);
	expect (host, 1, 3);
	expect (host, 7, 8);
	expect_ready (asked, 2);
	expect (asked, 3, 3);
	expect (asked, 7, 8);
	g_assert_cmpint (client_wait_close (unknown, 10000), ==, EVENTS_CLOSE_NO_MEETING);
}

static void
test_gone (void)
{
	g_autoptr (Site) site = site_new ("");
	g_autofree char *url = url_of (site);
	add (site, "MT_1", 1, 9, "{}");
	rows_run (url, "DELETE FROM events WHERE seq < 5");
	static const struct {
		const char *query;
		int code;
	} queries[] = { { "&after=3", EVENTS_CLOSE_GONE }, { "&after=10", EVENTS_CLOSE_GONE }, { "&after=4", 0 }, { "&after=0", 0 }, { "&after=9", 0 } };
	for (guint i = 0; i < G_N_ELEMENTS (queries); i++) {
		g_autoptr (Client) client = follow (site, LIST, queries[i].query, NULL);
		g_test_message ("%s", queries[i].query);
		if (queries[i].code)
			g_assert_cmpint (client_wait_close (client, 10000), ==, queries[i].code);
		else
			json_decref (client_read (client, 10000));
		g_assert_cmpint (client->close_code, ==, queries[i].code);
	}
}

static void
test_says_something (void)
{
	g_autoptr (Site) site = site_new ("");
	g_autoptr (Client) client = follow (site, LIST, "", NULL);
	client_send (client, "hello");
	g_assert_cmpint (client_wait_close (client, 10000), ==, 1003);
}

static void
test_slow_reader (void)
{
	g_autofree char *text = g_strnfill (8000, 'x'), *data = g_strdup_printf ("{\"text\":\"%s\"}", text);
	g_autoptr (Site) site = site_new ("");
	g_autofree char *url = url_of (site);
	g_autofree char *many = g_strdup_printf ("BEGIN; INSERT INTO sequences VALUES ('events', 3000);"
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
		" INSERT INTO events SELECT i, 'EV_' || i, 'x', 1, 'n', 'MT_1', i, '', '%s' FROM n; COMMIT", data);
	events_patience_us = 500000;
	rows_run (url, many);
	g_autoptr (Client) slow = follow (site, LIST, "&after=0", NULL);
	g_autoptr (Client) quick = follow (site, LIST, "&after=0", NULL);
	expect_ready (quick, 0);
	expect (quick, 1, 3000); /* nobody waits for the slow one */
	g_usleep (4 * G_USEC_PER_SEC);
	gint64 last = 0, seq;
	expect_ready (slow, 0);
	while ((seq = take_seq (client_read (slow, 5000))) > 0) {
		g_assert_cmpint (seq, ==, last + 1);
		last = seq;
	}
	g_assert_cmpint (last, <, 3000);
	g_assert_cmpint (slow->close_code, >=, 1006);
	g_assert_cmpint (slow->close_code, <=, 1008);
	g_autofree char *after = g_strdup_printf ("&after=%" G_GINT64_FORMAT, last);
	g_autoptr (Client) again = follow (site, LIST, after, NULL);
	expect_ready (again, last);
	expect (again, last + 1, 3000);
	events_patience_us = 20 * G_USEC_PER_SEC;
}

static void
test_pings (void)
{
	g_autoptr (Site) site = site_new ("ping_ms = 1000\n silence_ms = 2000");
	g_autoptr (Client) lively = follow (site, LIST, "", NULL);
	g_autoptr (Client) deaf = follow (site, LIST, "", NULL);
	deaf->no_pong = TRUE;
	expect_ready (lively, 0);
	expect_ready (deaf, 0);
	for (int i = 0; i < 40 && deaf->close_code == 0; i++) {
		json_decref (client_read (deaf, 100));
		json_decref (client_read (lively, 10));
	}
	g_assert_cmpint (deaf->close_code, ==, 1006);
	g_assert_cmpint (lively->close_code, ==, 0);
}

static void
test_token_ends (void)
{
	g_autoptr (Site) site = site_new ("");
	g_autoptr (CuriaClaims) claims = curia_claims_new ();
	claims->identity = g_strdup ("app");
	claims->room_list = TRUE;
	g_autofree char *token = curia_token_mint (curia_node_keys (site->node), claims, g_get_real_time () / G_USEC_PER_SEC, 3, NULL);
	g_autofree char *target = g_strdup_printf (EVENTS_PATH "?access_token=%s", token);
	g_autoptr (Client) client = client_open_at (site, target, EVENTS_PROTOCOL, "", NULL);
	g_assert_nonnull (client);
	g_assert_cmpint (client_wait_close (client, 15000), ==, EVENTS_CLOSE_EXPIRED);
}

static void
test_too_many (void)
{
	g_autoptr (Site) site = site_new ("requests_per_s = 10000");
	g_autoptr (GPtrArray) clients = g_ptr_array_new_with_free_func ((GDestroyNotify) client_close);
	int status;
	for (int i = 0; i < EVENTS_MAX_SOCKETS; i++)
		g_ptr_array_add (clients, follow (site, LIST, "", NULL));
	g_autoptr (Client) refused = follow (site, LIST, "", &status);
	g_assert_cmpint (status, ==, 503);
	g_assert_null (refused);
	g_ptr_array_set_size (clients, 50);
	g_autoptr (Client) next = NULL;
	for (int i = 0; i < 50 && next == NULL; i++, g_usleep (20000))
		next = follow (site, LIST, "", &status);
	g_assert_nonnull (next);
}

/* What the server answers to who wants a WebSocket at the path and gets none. Caller frees. */
static char *
refusal (Site *site, const char *target)
{
	g_autofree char *request = g_strdup_printf ("GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: " EVENTS_PROTOCOL "\r\n\r\n",
		target);
	return site_raw (site, request, -1);
}

/* A target with the token of a host of one meeting. Caller frees. */
static char *
host_target (Site *site, const char *room)
{
	g_autoptr (CuriaClaims) claims = curia_claims_new ();
	claims->identity = g_strdup ("host");
	claims->room = g_strdup (room);
	claims->room_admin = TRUE;
	g_autofree char *token = curia_token_mint (curia_node_keys (site->node), claims, g_get_real_time () / G_USEC_PER_SEC, 600, NULL);
	return g_strconcat (EVENTS_PATH "?access_token=", token, NULL);
}

static void
expect_refusal (Site *site, const char *target, const char *status, const char *words)
{
	g_autofree char *answer = refusal (site, target);
	g_test_message ("%s", answer);
	g_assert_true (strncmp (strchr (answer, ' ') + 1, status, 3) == 0);
	g_assert_nonnull (strstr (answer, words));
	g_assert_nonnull (strstr (answer, "\"" EVENTS_PATH "\""));
	g_assert_null (strstr (answer, "\"/janus\""));
}

/* Whoever made a meeting has a token of a host: those leave room for tokens of applications, and for each other. */
static void
test_shares (void)
{
	g_autoptr (Site) site = site_new ("requests_per_s = 10000");
	g_autoptr (GPtrArray) clients = g_ptr_array_new_with_free_func ((GDestroyNotify) client_close);
	for (int i = 0; i < EVENTS_MAX_ROOM_SOCKETS; i++) {
		g_autofree char *room = g_strdup_printf ("abcd-efgh-%cjkm", "bcdfghjkmnpqrstvwxyz"[i / EVENTS_MAX_PER_ROOM]);
		g_autofree char *target = host_target (site, room);
		if (i % EVENTS_MAX_PER_ROOM == 0)
			make_meeting (site, room);
		Client *client = client_open_at (site, target, EVENTS_PROTOCOL, "", NULL);
		g_assert_nonnull (client);
		g_ptr_array_add (clients, client);
		if (i + 1 == EVENTS_MAX_PER_ROOM)
			expect_refusal (site, target, "429", "all of the 4 sockets for events that one meeting's");
	}
	g_autofree char *late = host_target (site, CODE);
	expect_refusal (site, late, "503", "all of the 50 sockets for events that tokens with a room");
	for (int i = EVENTS_MAX_ROOM_SOCKETS; i < EVENTS_MAX_SOCKETS; i++) {
		Client *client = follow (site, LIST, i % 2 ? "" : "&meeting=abcd-efgh-bjkm", NULL);
		g_assert_nonnull (client);
		g_ptr_array_add (clients, client);
	}
	g_autofree char *token = site_token (site, "app", LIST), *target = g_strconcat (EVENTS_PATH "?access_token=", token, NULL);
	expect_refusal (site, target, "503", "all of the 100 sockets for events");
	g_ptr_array_remove_range (clients, 0, 1);
	g_autoptr (Client) next = NULL;
	for (int i = 0; i < 50 && next == NULL; i++, g_usleep (20000))
		next = client_open_at (site, late, EVENTS_PROTOCOL, "", NULL);
	g_assert_nonnull (next);
}

static void
test_refusals (void)
{
	g_autoptr (Site) site = site_new ("");
	expect_refusal (site, EVENTS_PATH, "401", "A token is needed");
	expect_refusal (site, EVENTS_PATH "?access_token=x.y.z", "401", "unauthorized");
}

static void
test_shutdown (void)
{
	Site *site = site_new ("");
	g_autoptr (Client) client = follow (site, LIST, "", NULL);
	expect_ready (client, 0);
	add (site, "MT_1", 1, 3, "{}");
	site_free (site);
	g_assert_cmpint (client_wait_close (client, 5000), ==, 1001);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/events-socket/doors", test_doors);
	g_test_add_func ("/events-socket/protocols", test_protocols);
	g_test_add_func ("/events-socket/message", test_message);
	g_test_add_func ("/events-socket/live-and-resume", test_live_and_resume);
	g_test_add_func ("/events-socket/one-meeting", test_one_meeting);
	g_test_add_func ("/events-socket/gone", test_gone);
	g_test_add_func ("/events-socket/says-something", test_says_something);
	g_test_add_func ("/events-socket/slow-reader", test_slow_reader);
	g_test_add_func ("/events-socket/pings", test_pings);
	g_test_add_func ("/events-socket/token-ends", test_token_ends);
	g_test_add_func ("/events-socket/too-many", test_too_many);
	g_test_add_func ("/events-socket/shares", test_shares);
	g_test_add_func ("/events-socket/refusals", test_refusals);
	g_test_add_func ("/events-socket/shutdown", test_shutdown);
	return g_test_run ();
}
