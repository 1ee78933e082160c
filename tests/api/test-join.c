/* Seats: whose they are, what their tokens hold, when there is none. */
#include "transports/api/join.h"

#include <string.h>

#include "curia-clock.h"
#include "rest-fixture.h"

static CuriaClaims *claims_in (Fixture *fixture, const Answer *answer)
{
	g_autoptr (GError) error = NULL;
	CuriaClaims *claims = curia_token_verify (curia_node_keys (fixture->node), text_at (answer, "token"),
		curia_clock_wall_ms () / 1000, &error);
	g_assert_no_error (error);
	return claims;
}

static Answer join (Fixture *fixture, const char *code, const char *token, const char *body)
{
	g_autofree char *target = g_strdup_printf ("/api/v1/meetings/%s/join", code);
	return ask (fixture, API_POST, target, token, body);
}

static void test_identity (void)
{
	g_autoptr (CuriaClaims) claims = curia_claims_new ();
	g_autofree char *a = api_join_identity (NULL, "host:MT_1", "code-1", "secret");
	g_autofree char *same = api_join_identity (claims, "host:MT_1", "code-1", "secret");
	g_autofree char *other = api_join_identity (NULL, "host:MT_1", "code-1", "secret2");
	g_autofree char *elsewhere = api_join_identity (NULL, "host:MT_1", "code-2", "secret");
	g_assert_true (g_str_has_prefix (a, "guest:"));
	g_assert_null (strstr (a, "secret"));
	g_assert_cmpstr (a, ==, same);
	g_assert_cmpstr (a, !=, other);
	g_assert_cmpstr (a, !=, elsewhere);
	claims->identity = g_strdup ("ann");
	g_autofree char *own = api_join_identity (claims, "host:MT_1", "code-1", "secret");
	g_assert_cmpstr (own, ==, "ann");
	g_free (claims->identity);
	claims->identity = g_strdup ("host:MT_1");
	g_autofree char *host = api_join_identity (claims, "host:MT_1", "code-1", "secret");
	g_assert_true (g_str_has_prefix (host, "host:"));
	g_assert_cmpstr (host, !=, "host:MT_1");
	g_assert_cmpstr (host + 5, ==, a + 6);
}

/* A viewer's token lets it watch, and nothing more. */
static void test_viewer (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *code = make_meeting (fixture, NULL);
	g_auto (Answer) viewer = join (fixture, code, NULL, "{\"name\":\"Ann\",\"role\":\"viewer\"}");
	g_autoptr (CuriaClaims) claims = claims_in (fixture, &viewer);
	g_assert_true (claims->room_join && claims->can_subscribe);
	g_assert_false (claims->can_publish);
	g_auto (Answer) usual = join (fixture, code, NULL, "{\"name\":\"Ann\",\"role\":\"participant\"}");
	g_autoptr (CuriaClaims) publishes = claims_in (fixture, &usual);
	g_assert_true (publishes->can_publish);
	g_auto (Answer) unknown = join (fixture, code, NULL, "{\"name\":\"Ann\",\"role\":\"host\"}");
	g_assert_cmpint (unknown.status, ==, 422);
	g_assert_cmpstr (text_at (&unknown, "detail"), ==, "role must be one of participant|viewer, not \"host\"");
	/* A viewer's token does not become more by joining with it. */
	g_auto (Answer) again = ask (fixture, API_POST, "/api/v1/meetings/x/join", text_at (&viewer, "token"), "{}");
	g_assert_cmpint (again.status, ==, 404);
	g_auto (Answer) renewed = join (fixture, code, text_at (&viewer, "token"), "{\"role\":\"participant\"}");
	g_autoptr (CuriaClaims) kept = claims_in (fixture, &renewed);
	g_assert_false (kept->can_publish);
}

static void test_guest (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *code = make_meeting (fixture, NULL);
	g_auto (Answer) first = join (fixture, code, NULL, "{\"name\":\"Ann\"}");
	g_autoptr (CuriaClaims) claims = claims_in (fixture, &first);
	gint64 now_s = curia_clock_wall_ms () / 1000;
	g_assert_cmpstr (claims->room, ==, code);
	g_assert_cmpstr (claims->name, ==, "Ann");
	g_assert_cmpstr (claims->key_id, ==, FIXTURE_KEY);
	g_assert_true (claims->room_join && claims->can_publish && claims->can_subscribe);
	g_assert_false (claims->room_admin || claims->room_create || claims->room_list || claims->hidden);
	g_assert_true (ABS (claims->expires_s - now_s - 3600) <= 5);
	/* What the answer calls identity is the client's secret: sent again, it is the same seat. */
	g_autofree char *body = g_strdup_printf ("{\"name\":\"Ann\",\"identity\":\"%s\"}", text_at (&first, "identity"));
	g_auto (Answer) again = join (fixture, code, NULL, body);
	g_autoptr (CuriaClaims) same = claims_in (fixture, &again);
	g_assert_cmpstr (same->identity, ==, claims->identity);
	/* Who has read the identity cannot take the seat with it. */
	g_autofree char *theft = g_strdup_printf ("{\"name\":\"Eve\",\"identity\":\"%s\"}", claims->identity);
	g_auto (Answer) stolen = join (fixture, code, NULL, theft);
	g_autoptr (CuriaClaims) thief = claims_in (fixture, &stolen);
	g_assert_cmpstr (thief->identity, !=, claims->identity);
	/* And without one everybody is somebody else. */
	g_auto (Answer) other = join (fixture, code, NULL, "{\"name\":\"Ann\"}");
	g_autoptr (CuriaClaims) others = claims_in (fixture, &other);
	g_assert_cmpstr (others->identity, !=, claims->identity);
}

static void test_host (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *host = NULL;
	g_autofree char *code = make_meeting (fixture, &host);
	g_auto (Answer) one = join (fixture, code, host, "{\"name\":\"Ann\",\"identity\":\"tab-1\"}");
	g_auto (Answer) two = join (fixture, code, host, "{\"name\":\"Ann\",\"identity\":\"tab-2\"}");
	g_autoptr (CuriaClaims) a = claims_in (fixture, &one);
	g_autoptr (CuriaClaims) b = claims_in (fixture, &two);
	g_assert_true (a->room_admin && a->room_join && b->room_admin);
	g_assert_cmpstr (a->identity, !=, b->identity);
	g_assert_cmpstr (text_at (&one, "identity"), ==, "tab-1");
	/* The token of a host's seat is good for changing the meeting too, and for the same seat again. */
	g_auto (Answer) again = join (fixture, code, text_at (&one, "token"), "{\"name\":\"X\",\"identity\":\"tab-9\"}");
	g_autoptr (CuriaClaims) c = claims_in (fixture, &again);
	g_assert_cmpstr (c->identity, ==, a->identity);
	g_assert_cmpstr (text_at (&again, "identity"), ==, a->identity);
	g_assert_cmpstr (c->name, ==, "Ann");
}

static void test_application_token (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *code = make_meeting (fixture, NULL);
	g_autofree char *token = token_of ("roomJoin roomCreate roomList hidden", code, "user-7", "Dr. Ann");
	g_auto (Answer) answer = join (fixture, code, token, "{\"name\":\"Somebody else\",\"identity\":\"x\"}");
	g_autoptr (CuriaClaims) claims = claims_in (fixture, &answer);
	g_assert_cmpstr (claims->identity, ==, "user-7");
	g_assert_cmpstr (text_at (&answer, "identity"), ==, "user-7");
	g_assert_cmpstr (claims->name, ==, "Dr. Ann");
	g_assert_true (claims->hidden);
	g_assert_false (claims->room_create || claims->room_list || claims->room_admin);
	g_auto (Answer) bodiless = join (fixture, code, token, NULL);
	g_assert_cmpint (bodiless.status, ==, 200);
	g_autofree char *elsewhere = token_of ("roomJoin", "aaaa-aaaa-aaaa", "user-7", "Ann");
	g_auto (Answer) refused = join (fixture, code, elsewhere, NULL);
	g_assert_cmpint (refused.status, ==, 403);
	g_autofree char *long_name = g_strnfill (200, 'x');
	g_autofree char *wordy = token_of ("roomJoin", code, "user-8", long_name);
	g_auto (Answer) shortened = join (fixture, code, wordy, NULL);
	g_assert_cmpint (strlen (text_at (&shortened, "name")), ==, 60);
}

static void test_full (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_auto (Answer) made = ask (fixture, API_POST, "/api/v1/meetings", NULL, "{\"max_participants\":2}");
	const char *code = text_at (&made, "code"), *body = "{\"name\":\"Ann\",\"identity\":\"ann\"}";
	g_atomic_int_set (&fixture->participants, 1);
	g_auto (Answer) fits = join (fixture, code, NULL, body);
	g_assert_cmpint (fits.status, ==, 200);
	g_atomic_int_set (&fixture->participants, 2);
	g_auto (Answer) full = join (fixture, code, NULL, body);
	g_assert_cmpint (full.status, ==, 409);
	g_assert_cmpstr (text_at (&full, "type"), ==, "/docs/errors#meeting-full");
	/* Who sits inside already may come back. */
	g_autoptr (CuriaClaims) claims = claims_in (fixture, &fits);
	fixture->present = g_strdup (claims->identity);
	g_auto (Answer) back = join (fixture, code, NULL, body);
	g_assert_cmpint (back.status, ==, 200);
	/* A room that does not answer keeps nobody out: it decides itself when they come. */
	g_clear_pointer (&fixture->present, g_free);
	g_atomic_int_set (&fixture->silent, 1);
	g_auto (Answer) unknown = join (fixture, code, NULL, body);
	g_assert_cmpint (unknown.status, ==, 200);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/join/identity", test_identity);
	g_test_add_func ("/join/viewer", test_viewer);
	g_test_add_func ("/join/guest", test_guest);
	g_test_add_func ("/join/host", test_host);
	g_test_add_func ("/join/application-token", test_application_token);
	g_test_add_func ("/join/full", test_full);
	return g_test_run ();
}
