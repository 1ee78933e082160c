/* API keys from outside: who may, what is refused, what their tokens are good for, and until when. */
#include "config.h"

#include <string.h>

#include "rest-fixture.h"

static char *
admin_token (void)
{
	return token_of ("roomAdmin roomCreate roomList", NULL, "app", NULL);
}

/* A key of these scopes (JSON); its id, and secret when asked. Caller frees. */
static char *
make_key (Fixture *fixture, const char *scopes, char **secret)
{
	g_autofree char *token = admin_token (), *body = g_strdup_printf ("{\"name\":\"shop\",\"scopes\":%s}", scopes);
	g_auto (Answer) answer = ask (fixture, API_POST, "/api/v1/keys", token, body);

	g_assert_cmpint (answer.status, ==, 201);
	check_schema (API_POST, "/api/v1/keys", &answer);
	g_assert_cmpuint (strlen (text_at (&answer, "secret")), ==, 43);
	if (secret != NULL)
		*secret = g_strdup (text_at (&answer, "secret"));
	return g_strdup (text_at (&answer, "id"));
}

/* As an application mints it. */
static char *
mint (const char *id, const char *secret, gboolean all)
{
	g_autoptr (CuriaKeyring) keys = curia_keyring_new ();
	g_autoptr (CuriaClaims) claims = curia_claims_new ();

	claims->room_list = TRUE;
	claims->room_admin = claims->room_create = all;
	g_assert_true (curia_keyring_add (keys, id, secret, NULL));
	return curia_token_mint (keys, claims, g_get_real_time () / G_USEC_PER_SEC, 600, NULL);
}

static int
status_of (Fixture *fixture, ApiMethod method, const char *path, const char *token, const char *body)
{
	g_auto (Answer) answer = ask (fixture, method, path, token, body);

	return answer.status;
}

static void
test_rows (void)
{
	static const struct {
		const char *name;
		ApiMethod method;
		const char *target, *grants, *body; /* %s: a key that exists; grants "host": a meeting's host */
		int status;
		const char *path, *text;
	} rows[] = {
		{ "guest", API_POST, "/api/v1/keys", NULL, "{\"name\":\"a\"}", 401, "type", "/docs/errors#unauthorized" },
		{ "host", API_POST, "/api/v1/keys", "host", "{\"name\":\"a\"}", 403, "type", "/docs/errors#forbidden" },
		{ "list-host", API_GET, "/api/v1/keys", "host", NULL, 403, "type", "/docs/errors#forbidden" },
		{ "list-guest", API_GET, "/api/v1/keys", NULL, NULL, 401, "type", "/docs/errors#unauthorized" },
		{ "rotate-host", API_POST, "/api/v1/keys/%s/rotate", "host", "{}", 403, "type", "/docs/errors#forbidden" },
		{ "revoke-host", API_DELETE, "/api/v1/keys/%s", "host", NULL, 403, "type", "/docs/errors#forbidden" },
		{ "no-name", API_POST, "/api/v1/keys", "roomAdmin", "{}", 422, "field", "name" },
		{ "scope", API_POST, "/api/v1/keys", "roomAdmin", "{\"name\":\"a\",\"scopes\":[\"root\"]}", 422, "field", "scopes[0]" },
		{ "algorithm", API_POST, "/api/v1/keys", "roomAdmin", "{\"name\":\"a\",\"algorithm\":\"none\"}", 422, "field", "algorithm" },
		{ "own-secret", API_POST, "/api/v1/keys", "roomAdmin", "{\"name\":\"a\",\"secret\":\"x\"}", 422, "field", "secret" },
		{ "own-id", API_POST, "/api/v1/keys", "roomAdmin", "{\"name\":\"a\",\"id\":\"" FIXTURE_KEY "\"}", 422, "field", "id" },
		{ "public-missing", API_POST, "/api/v1/keys", "roomAdmin", "{\"name\":\"a\",\"algorithm\":\"RS256\"}", 422, "field",
			"public_key" },
		{ "public-none", API_POST, "/api/v1/keys", "roomAdmin", "{\"name\":\"a\",\"algorithm\":\"ES256\",\"public_key\":\"x\"}", 422,
			"field", "public_key" },
		{ "public-hs", API_POST, "/api/v1/keys", "roomAdmin", "{\"name\":\"a\",\"public_key\":\"x\"}", 422, "field", "public_key" },
		{ "read", API_GET, "/api/v1/keys/%s", "roomAdmin", NULL, 200, "name", "shop" },
		{ "read-unknown", API_GET, "/api/v1/keys/AKx", "roomAdmin", NULL, 404, "type", "/docs/errors#not-found" },
		{ "rotate-configured", API_POST, "/api/v1/keys/" FIXTURE_KEY "/rotate", "roomAdmin", "{}", 404, "type",
			"/docs/errors#not-found" },
		{ "revoke-configured", API_DELETE, "/api/v1/keys/" FIXTURE_KEY, "roomAdmin", NULL, 404, "type", "/docs/errors#not-found" },
		{ "rotate-overlap", API_POST, "/api/v1/keys/%s/rotate", "roomAdmin", "{\"overlap_s\":-1}", 422, "field", "overlap_s" },
	};
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *host = NULL, *code = make_meeting (fixture, &host), *id = make_key (fixture, "[]", NULL);

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *target = strstr (rows[i].target, "%s") != NULL ? g_strdup_printf (rows[i].target, id) : g_strdup (rows[i].target);
		g_autofree char *token = g_strcmp0 (rows[i].grants, "host") == 0 ? g_strdup (host)
			: rows[i].grants != NULL ? token_of (rows[i].grants, NULL, "app", NULL) : NULL;
		g_auto (Answer) answer = ask (fixture, rows[i].method, target, token, rows[i].body);

		g_test_message ("%s", rows[i].name);
		g_assert_cmpint (answer.status, ==, rows[i].status);
		g_assert_cmpstr (text_at (&answer, rows[i].path), ==, rows[i].text);
	}
}

/* Once told, a secret is nowhere: not in answers, not in the store's file. */
static void
test_secret_once (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *secret = NULL, *id = make_key (fixture, "[]", &secret), *token = admin_token (),
					*target = g_strconcat ("/api/v1/keys/", id, NULL), *database = NULL;
	g_auto (Answer) list = ask (fixture, API_GET, "/api/v1/keys", token, NULL), one = ask (fixture, API_GET, target, token, NULL);
	g_autofree char *text = json_dumps (list.body, 0), *text_of_one = json_dumps (one.body, 0);
	gsize n = 0;

	check_schema (API_GET, "/api/v1/keys", &list);
	g_assert_nonnull (strstr (text, id));
	g_assert_null (strstr (text, secret));
	g_assert_null (strstr (text, "secret"));
	g_assert_null (strstr (text_of_one, "secret"));
	g_autofree char *path = g_build_filename (fixture->folder, "curia.db-wal", NULL);
	if (g_file_get_contents (path, &database, &n, NULL))
		g_assert_null (memmem (database, n, secret, strlen (secret)));
}

static void
test_use (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *secret = NULL, *id = make_key (fixture, "[\"roomList\"]", &secret), *admin = admin_token (),
					*target = g_strconcat ("/api/v1/keys/", id, NULL), *token = mint (id, secret, TRUE);

	g_assert_cmpint (status_of (fixture, API_GET, "/api/v1/meetings", token, NULL), ==, 200);
	/* beyond its scopes, whatever its tokens say */
	g_assert_cmpint (status_of (fixture, API_POST, "/api/v1/meetings", token, "{}"), ==, 403);
	g_assert_cmpint (status_of (fixture, API_GET, "/api/v1/keys", token, NULL), ==, 403);
	g_assert_cmpint (status_of (fixture, API_DELETE, target, admin, NULL), ==, 200);
	g_assert_cmpint (status_of (fixture, API_GET, "/api/v1/meetings", token, NULL), ==, 401);
	g_assert_cmpint (status_of (fixture, API_DELETE, target, admin, NULL), ==, 200);
	g_autofree char *rotate = g_strconcat (target, "/rotate", NULL);
	g_assert_cmpint (status_of (fixture, API_POST, rotate, admin, "{}"), ==, 404);
}

/* A key that may administer, but not everything, makes none that may. */
static void
test_no_more_than_own (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *secret = NULL, *id = make_key (fixture, "[\"roomAdmin\",\"roomList\"]", &secret), *all = make_key (fixture, "[]", NULL),
					*token = mint (id, secret, TRUE), *rotate = g_strdup_printf ("/api/v1/keys/%s/rotate", all);

	g_assert_cmpint (status_of (fixture, API_POST, "/api/v1/keys", token, "{\"name\":\"a\"}"), ==, 403);
	g_assert_cmpint (status_of (fixture, API_POST, "/api/v1/keys", token, "{\"name\":\"a\",\"scopes\":[\"roomJoin\"]}"), ==, 403);
	g_assert_cmpint (status_of (fixture, API_POST, "/api/v1/keys", token, "{\"name\":\"a\",\"scopes\":[\"roomList\"]}"), ==, 201);
	g_assert_cmpint (status_of (fixture, API_POST, rotate, token, "{}"), ==, 403);
}

static void
test_rotation (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *secret = NULL, *id = make_key (fixture, "[]", &secret), *admin = admin_token (),
					*old = mint (id, secret, FALSE), *rotate = g_strdup_printf ("/api/v1/keys/%s/rotate", id);
	g_auto (Answer) answer = ask (fixture, API_POST, rotate, admin, "{\"overlap_s\":3600}");
	g_autofree char *new_token = mint (text_at (&answer, "id"), text_at (&answer, "secret"), FALSE);

	g_assert_cmpint (answer.status, ==, 201);
	g_assert_cmpstr (text_at (&answer, "name"), ==, "shop");
	g_assert_cmpstr (text_at (&answer, "secret"), !=, secret);
	g_assert_cmpint (status_of (fixture, API_GET, "/api/v1/meetings", old, NULL), ==, 200);
	g_assert_cmpint (status_of (fixture, API_GET, "/api/v1/meetings", new_token, NULL), ==, 200);
	/* without overlap the old one ends now */
	g_autofree char *again = g_strdup_printf ("/api/v1/keys/%s/rotate", text_at (&answer, "id"));
	g_assert_cmpint (status_of (fixture, API_POST, again, admin, "{\"overlap_s\":0}"), ==, 201);
	g_assert_cmpint (status_of (fixture, API_GET, "/api/v1/meetings", new_token, NULL), ==, 401);
	g_assert_cmpint (status_of (fixture, API_GET, "/api/v1/meetings", old, NULL), ==, 200);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/keys/rows", test_rows);
	g_test_add_func ("/keys/secret-once", test_secret_once);
	g_test_add_func ("/keys/use", test_use);
	g_test_add_func ("/keys/no-more-than-own", test_no_more_than_own);
	g_test_add_func ("/keys/rotation", test_rotation);
	return g_test_run ();
}
