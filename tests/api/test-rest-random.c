/* Mutated requests: whatever comes in, a clear answer goes out, and the meeting beside it stays as it is. */
#include <string.h>

#include "rest-fixture.h"

#define ROUNDS 3000

static const char *const paths[] = { "/api/v1/meetings", "/api/v1/meetings/CODE", "/api/v1/meetings/CODE/join",
	"/api/v1/meetings/CODE/end", "/api/v1/openapi.json", "/healthz", "/api/v1/meetings/aaaa-aaaa-aaaa/join" };
static const char *const bodies[] = { "", "{}", "{\"title\":\"Weekly\",\"max_participants\":5,\"video_codec\":\"vp8\"}",
	"{\"name\":\"Ann\",\"identity\":\"ann-phone\"}", "[[[[[[{}]]]]]]", "null", "{\"name\":{\"name\":[1e400]}}",
	"{\"max_participants\":99999999999999999999}", "{\"title\":\"\\ud800\"}", "\xef\xbb\xbf{}" };
static const char *const queries[] = { "", "limit=5", "limit=5&cursor=abc", "cursor=%00%ff", "&&&=&=", "limit=-1&x=%" };
static const char *const types[] = { "application/json", "text/plain", "application/json;charset=utf-16" };
static const char *const hosts[] = { "meet.example.org", "", "a/b", "[::1]:9", "\"<>" };
static const ApiMethod methods[] = { API_GET, API_POST, API_PUT, API_PATCH, API_DELETE };

static const char *
any (GRand *dice, const char *const *list, guint n)
{
	return list[g_rand_int_range (dice, 0, (gint) n)];
}
#define ANY(dice, list) any (dice, list, G_N_ELEMENTS (list))

/* Changes, drops or adds a few bytes; text stays without NUL. */
static char *
mutate (GRand *dice, const char *text)
{
	g_autoptr (GString) out = g_string_new (text);
	for (int i = g_rand_int_range (dice, -2, 4); i > 0; i--) {
		gssize at = g_rand_int_range (dice, 0, (gint) out->len + 1);
		char byte = (char) g_rand_int_range (dice, 1, 256);
		if (g_rand_boolean (dice))
			g_string_insert_c (out, at, byte);
		else if (at < (gssize) out->len && g_rand_boolean (dice))
			out->str[at] = byte;
		else if (at < (gssize) out->len)
			g_string_erase (out, at, g_rand_int_range (dice, 1, (gint) (out->len - at) + 1));
	}
	return g_strdup (out->str);
}

static char *
path_of (GRand *dice, const char *code)
{
	const char *path = ANY (dice, paths);
	g_auto (GStrv) parts = g_strsplit (path, "CODE", 2);
	g_autofree char *whole = parts[1] != NULL ? g_strconcat (parts[0], code, parts[1], NULL) : g_strdup (path);
	return g_rand_int_range (dice, 0, 3) == 0 ? mutate (dice, whole) : g_steal_pointer (&whole);
}

static char *
authorization_of (GRand *dice, char **tokens)
{
	guint pick = (guint) g_rand_int_range (dice, 0, 6);
	if (pick >= g_strv_length (tokens))
		return NULL;
	g_autofree char *header = g_strconcat ("Bearer ", tokens[pick], NULL);
	return g_rand_boolean (dice) ? mutate (dice, header) : g_steal_pointer (&header);
}

static int
one (Fixture *fixture, GRand *dice, const char *code, char **tokens)
{
	g_autofree char *path = path_of (dice, code), *body = mutate (dice, ANY (dice, bodies));
	g_autofree char *query = mutate (dice, ANY (dice, queries)), *type = mutate (dice, ANY (dice, types));
	g_autofree char *host = mutate (dice, ANY (dice, hosts)), *authorization = authorization_of (dice, tokens);
	g_autofree char *key = g_rand_boolean (dice) ? mutate (dice, "5a4b3c2d-0000-0000-0000-000000000000") : NULL;
	ApiRequest request = request_new (fixture, methods[g_rand_int_range (dice, 0, G_N_ELEMENTS (methods))], path);
	request.query = query;
	request.body = body;
	request.body_bytes = strlen (body);
	request.content_type = g_rand_boolean (dice) ? "application/json" : type;
	request.host = host;
	request.authorization = authorization;
	request.idempotency_key = key;
	g_auto (Answer) answer = ask_raw (&request);
	g_autofree char *text = json_dumps (answer.body, JSON_COMPACT);
	g_assert_nonnull (text);
	if (answer.status >= 500)
		g_error ("%s %s -> %s", path, body, text);
	return answer.status;
}

static void
test_random (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("api: { ice_servers = [ \"stun:stun.example.org\" ] }\n");
	guint32 seed = g_test_rand_int ();
	g_autoptr (GRand) dice = g_rand_new_with_seed (seed);
	g_autofree char *safe = make_meeting (fixture, NULL), *host = NULL;
	g_autofree char *code = make_meeting (fixture, &host);
	g_autofree char *target = g_strconcat ("/api/v1/meetings/", safe, NULL);
	g_auto (Answer) before = ask (fixture, API_GET, target, NULL, NULL);
	g_auto (GStrv) tokens = g_new0 (char *, 4);
	guint good = 0, bad = 0;
	tokens[0] = g_strdup (host);
	tokens[1] = token_of ("roomCreate roomList", NULL, "app", NULL);
	tokens[2] = token_of ("roomJoin", code, "ann", "Ann");
	for (guint i = 0; i < ROUNDS; i++)
		*(one (fixture, dice, code, tokens) < 400 ? &good : &bad) += 1;
	g_test_message ("seed %u: %u good, %u refused", seed, good, bad);
	g_assert_cmpuint (good, >, 0);
	g_assert_cmpuint (bad, >, ROUNDS / 4);
	g_auto (Answer) after = ask (fixture, API_GET, target, NULL, NULL);
	g_assert_true (json_equal (before.body, after.body));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/rest/random", test_random);
	return g_test_run ();
}
