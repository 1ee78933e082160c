/* OpenID Connect without a provider: what is believed of its document, its keys and its ID tokens, what a sign-in remembers, where
 * it may end, and whose account somebody gets. */
#include <string.h>
#include <glib/gstdio.h>

#include "rest-fixture.h"
#include "transports/api/oidc-account.h"
#include "transports/api/oidc-check.h"
#include "transports/api/oidc-request.h"

#define NOW G_GINT64_CONSTANT (1800000000)
#define ISSUER "https://id.example.org"

static json_t *
load (const char *text)
{
	json_t *json = json_loads (text, 0, NULL);

	if (json == NULL)
		g_error ("no JSON: %s", text);
	return json;
}

/* ---- where it may end ---- */

static void
test_next (void)
{
	static const struct {
		const char *next;
		gboolean local;
	} rows[] = {
		{ "/", TRUE }, { "/meetings", TRUE }, { "/m/abcd-efgh-jkmn?x=1#y", TRUE }, { "/a?b=https://evil.example/", TRUE }, { "", FALSE },
		{ "meetings", FALSE }, { "//evil.example", FALSE }, { "///evil.example", FALSE }, { "/\\evil.example", FALSE },
		{ "\\\\evil.example", FALSE }, { "/\t/evil.example", FALSE }, { "/\n/evil.example", FALSE }, { "\t//evil.example", FALSE },
		{ " //evil.example", FALSE }, { "/ /evil.example", FALSE }, { "https://evil.example", FALSE }, { "https:evil.example", FALSE },
		{ "javascript:alert(1)", FALSE }, { "data:text/html,x", FALSE }, { "/x\r\nSet-Cookie: a=b", FALSE }, { "/\xe2\x80\xaex", FALSE },
		{ "/x\x7f", FALSE }, { "?next=//x", FALSE },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (OidcState) state = oidc_state_new (rows[i].next, NOW);

		if (oidc_next_is_local (rows[i].next) != rows[i].local)
			g_error ("%s", rows[i].next);
		g_assert_cmpstr (state->next, ==, rows[i].local ? rows[i].next : "/meetings");
	}
	g_autofree char *lengthy = g_strnfill (600, '/');
	lengthy[1] = 'x';
	g_assert_false (oidc_next_is_local (lengthy));
	g_autoptr (OidcState) none = oidc_state_new (NULL, NOW);
	g_assert_cmpstr (none->next, ==, "/meetings");
}

/* ---- what is remembered ---- */

static void
test_state (void)
{
	g_autofree char *folder = g_dir_make_tmp ("curia-oidc-XXXXXX", NULL), *path = g_build_filename (folder, "a", NULL),
		*other_path = g_build_filename (folder, "b", NULL);
	g_autoptr (CuriaSeal) seal = curia_seal_open (path, NULL), other = curia_seal_open (other_path, NULL);
	g_autoptr (OidcState) state = oidc_state_new ("/x", NOW), second = oidc_state_new ("/x", NOW);
	g_autofree char *sealed = oidc_state_lock (state, seal, "google"), *plain = curia_seal_lock (seal, "oidc-state:google", "{}");
	g_autoptr (GError) error = NULL;
	g_autoptr (OidcState) read = oidc_state_unlock (seal, "google", sealed, state->state, NOW + 599, &error);

	g_assert_no_error (error);
	g_assert_cmpstr (read->nonce, ==, state->nonce);
	g_assert_cmpstr (read->verifier, ==, state->verifier);
	g_assert_cmpstr (read->next, ==, "/x");
	g_assert_null (strpbrk (sealed, " ,;\"\\:=")); /* a cookie's value */
	g_assert_cmpstr (state->state, !=, second->state);
	g_assert_cmpstr (state->nonce, !=, state->state);
	const struct {
		const CuriaSeal *seal;
		const char *provider, *sealed, *state;
		gint64 now_s;
	} rows[] = {
		{ seal, "google", sealed, second->state, NOW }, { seal, "google", sealed, "", NOW }, { seal, "google", "", "", NOW },
		{ seal, "google", "", state->state, NOW }, { seal, "other", sealed, state->state, NOW }, { other, "google", sealed, state->state, NOW },
		{ seal, "google", plain, "", NOW }, { seal, "google", sealed, state->state, NOW + 600 },
	};
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GError) why = NULL;
		g_assert_null (oidc_state_unlock (rows[i].seal, rows[i].provider, rows[i].sealed, rows[i].state, rows[i].now_s, &why));
		g_assert_error (why, CURIA_ERROR, CURIA_ERROR_UNAUTHORIZED);
	}
	g_remove (path);
	g_remove (other_path);
	g_rmdir (folder);
}

static void
test_requests (void)
{
	OidcState state = { .state = (char *) "S", .nonce = (char *) "N", .verifier = (char *) "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" };
	/* RFC 7636, appendix B */
	g_autofree char *challenge = oidc_challenge (state.verifier),
		*url = oidc_authorization_url ("https://a.example/auth?x=1", "me&you", "https://b.example/cb", &state),
		*with = oidc_token_body ("c d", "me", "s&t", "https://b.example/cb", "V"), *without = oidc_token_body ("c", "me", NULL, "r", "V"),
		*public = oidc_token_body ("c", "me", "", "r", "V"), *basic = oidc_basic ("a:b", "c%d");

	g_assert_cmpstr (challenge, ==, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
	g_assert_cmpstr (url, ==, "https://a.example/auth?x=1&response_type=code&client_id=me%26you&redirect_uri=https%3A%2F%2Fb.example%2Fcb"
		"&scope=openid%20email%20profile&state=S&nonce=N&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
		"&code_challenge_method=S256");
	g_assert_cmpstr (with, ==, "grant_type=authorization_code&code=c%20d&redirect_uri=https%3A%2F%2Fb.example%2Fcb&code_verifier=V"
		"&client_id=me&client_secret=s%26t");
	g_assert_cmpstr (without, ==, "grant_type=authorization_code&code=c&redirect_uri=r&code_verifier=V");
	g_assert_cmpstr (public, ==, "grant_type=authorization_code&code=c&redirect_uri=r&code_verifier=V&client_id=me");
	g_assert_cmpstr (basic, ==, "Basic YSUzQWI6YyUyNWQ=");
}

/* ---- the document ---- */

#define URLS "\"authorization_endpoint\":\"https://id.example.org/a\",\"token_endpoint\":\"https://id.example.org/t\"," \
	"\"jwks_uri\":\"https://id.example.org/k\""

static void
test_document (void)
{
	static const struct {
		const char *text;
		gboolean fine;
	} rows[] = {
		{ "{\"issuer\":\"" ISSUER "\"," URLS "}", TRUE },
		{ "{\"issuer\":\"" ISSUER "\"," URLS ",\"response_types_supported\":[\"code\"],\"id_token_signing_alg_values_supported\":[\"ES256\"],"
			"\"code_challenge_methods_supported\":[\"S256\",\"plain\"]}", TRUE },
		{ "{\"issuer\":\"https://evil.example\"," URLS "}", FALSE },
		{ "{\"issuer\":\"" ISSUER "/\"," URLS "}", FALSE },
		{ "{" URLS "}", FALSE },
		{ "{\"issuer\":\"" ISSUER "\",\"authorization_endpoint\":\"https://id.example.org/a\"}", FALSE },
		{ "{\"issuer\":\"" ISSUER "\"," URLS ",\"userinfo_endpoint\":\"http://id.example.org/u\"}", FALSE },
		{ "{\"issuer\":\"" ISSUER "\"," URLS ",\"userinfo_endpoint\":\"file:///etc/passwd\"}", FALSE },
		{ "{\"issuer\":\"" ISSUER "\"," URLS ",\"response_types_supported\":[\"id_token\"]}", FALSE },
		{ "{\"issuer\":\"" ISSUER "\"," URLS ",\"id_token_signing_alg_values_supported\":[\"none\",\"HS256\"]}", FALSE },
		{ "{\"issuer\":\"" ISSUER "\"," URLS ",\"code_challenge_methods_supported\":[\"plain\"]}", FALSE },
		{ "[]", FALSE },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		json_auto_t *json = load (rows[i].text);
		g_autoptr (GError) error = NULL;
		g_autoptr (OidcDocument) document = oidc_document_parse (json, ISSUER, FALSE, &error);

		if ((document != NULL) != rows[i].fine)
			g_error ("%s: %s", rows[i].text, error != NULL ? error->message : "accepted");
	}
	g_assert_true (oidc_url_is_fine ("http://10.0.0.1:3000/", TRUE));
	g_assert_false (oidc_url_is_fine ("http://10.0.0.1:3000/", FALSE));
	g_assert_false (oidc_url_is_fine ("https://a:b@id.example.org/", FALSE));
	g_assert_false (oidc_url_is_fine ("https:///x", FALSE));
}

static void
test_keys (void)
{
	static const char x[] = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"; /* RFC 7515, A.3 */
	static const char y[] = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
	json_auto_t *json = json_pack ("{s:[{s:s,s:s,s:s,s:s,s:s},{s:s,s:s},{s:s,s:s,s:s,s:s,s:s},i]}", "keys", "kty", "EC", "crv", "P-256",
		"x", x, "y", y, "kid", "a", "kty", "oct", "k", "AAAA", "kty", "EC", "crv", "P-256", "x", x, "y", y, "kid", "b", 7);
	json_auto_t *one = json_pack ("{s:[{s:s,s:s,s:s,s:s}]}", "keys", "kty", "EC", "crv", "P-256", "x", x, "y", y), *none = load ("{}");
	g_autoptr (OidcKeys) keys = oidc_keys_parse (json, NULL), single = oidc_keys_parse (one, NULL);
	g_autoptr (CuriaJwsKey) a = oidc_keys_lookup (keys, "a", CURIA_JWS_ES256), only = oidc_keys_lookup (single, NULL, CURIA_JWS_ES256);

	g_assert_nonnull (a);
	g_assert_nonnull (only);
	g_assert_null (oidc_keys_lookup (keys, "c", CURIA_JWS_ES256));
	g_assert_null (oidc_keys_lookup (keys, NULL, CURIA_JWS_ES256)); /* which of the two? */
	g_assert_null (oidc_keys_lookup (keys, "a", CURIA_JWS_RS256));
	g_assert_null (oidc_keys_lookup (keys, "a", CURIA_JWS_HS256));
	g_assert_null (oidc_keys_lookup (single, "a", CURIA_JWS_ES256));
	g_assert_null (oidc_keys_parse (none, NULL));
}

/* ---- ID tokens ---- */

#define BASE "\"iss\":\"" ISSUER "\",\"sub\":\"u1\",\"nonce\":\"N\""
#define TIMES "\"exp\":1800000600,\"iat\":1800000000"

static void
test_token (void)
{
	static const struct {
		const char *text, *message; /* NULL: fine */
	} rows[] = {
		{ "{" BASE "," TIMES ",\"aud\":\"me\"}", NULL },
		{ "{" BASE "," TIMES ",\"aud\":[\"me\"]}", NULL },
		{ "{" BASE "," TIMES ",\"aud\":[\"me\",\"you\"],\"azp\":\"me\"}", NULL },
		{ "{" BASE ",\"exp\":1799999941,\"iat\":1799999900,\"aud\":\"me\"}", NULL },
		{ "{" BASE "," TIMES ",\"aud\":[\"me\",\"you\"]}", "the ID token is for somebody else" },
		{ "{" BASE "," TIMES ",\"aud\":\"me\",\"azp\":\"you\"}", "the ID token is for somebody else" },
		{ "{" BASE "," TIMES ",\"aud\":\"you\"}", "the ID token is for somebody else" },
		{ "{" BASE "," TIMES ",\"aud\":[]}", "the ID token is for somebody else" },
		{ "{" BASE "," TIMES ",\"aud\":{\"me\":1}}", "the ID token is for somebody else" },
		{ "{" BASE "," TIMES ",\"aud\":\"me2\"}", "the ID token is for somebody else" },
		{ "{" BASE ",\"exp\":1799999940,\"iat\":1799999900,\"aud\":\"me\"}", "the ID token has expired" },
		{ "{" BASE ",\"exp\":1800000600,\"iat\":1799999399,\"aud\":\"me\"}", "the ID token is old" },
		{ "{" BASE ",\"exp\":1800000600,\"iat\":1800000061,\"aud\":\"me\"}", "the ID token is not valid yet" },
		{ "{" BASE "," TIMES ",\"nbf\":1800000061,\"aud\":\"me\"}", "the ID token is not valid yet" },
		{ "{\"iss\":\"https://evil.example\",\"sub\":\"u1\",\"nonce\":\"N\"," TIMES ",\"aud\":\"me\"}", "the ID token is of another issuer" },
		{ "{\"iss\":\"" ISSUER "\",\"sub\":\"u1\",\"nonce\":\"M\"," TIMES ",\"aud\":\"me\"}", "the ID token is not of this sign-in (nonce)" },
		{ "{\"iss\":\"" ISSUER "\",\"sub\":\"u1\",\"nonce\":\"\"," TIMES ",\"aud\":\"me\"}", "the ID token is not of this sign-in (nonce)" },
		{ "{\"iss\":\"" ISSUER "\",\"sub\":\"u1\"," TIMES ",\"aud\":\"me\"}", "the ID token's nonce is required" },
		{ "{\"iss\":\"" ISSUER "\",\"nonce\":\"N\"," TIMES ",\"aud\":\"me\"}", "the ID token's sub is required" },
		{ "{" BASE ",\"iat\":1800000000,\"aud\":\"me\"}", "the ID token's exp is required" },
		{ "{" BASE ",\"exp\":1800000600,\"aud\":\"me\"}", "the ID token's iat is required" },
		{ "{" BASE ",\"exp\":\"1800000600\",\"iat\":1800000000,\"aud\":\"me\"}", "exp" },
	};
	OidcExpected expected = { ISSUER, "me", "N", NOW };

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		json_auto_t *json = load (rows[i].text);
		g_autoptr (GError) error = NULL;
		gboolean fine = oidc_token_check (json, &expected, &error);

		if (fine != (rows[i].message == NULL) || (!fine && strstr (error->message, rows[i].message) == NULL))
			g_error ("%s: %s", rows[i].text, fine ? "accepted" : error->message);
		g_assert_true (fine || g_error_matches (error, CURIA_ERROR, CURIA_ERROR_UNAUTHORIZED));
	}
}

static void
test_person (void)
{
	static const char *const admins[] = { "boss", "root", NULL };
	static const struct {
		const char *text, *claim;
		gboolean verified, admin;
	} rows[] = {
		{ "{\"sub\":\"1\",\"email\":\"a@b.org\",\"email_verified\":true,\"groups\":[\"x\",\"boss\"]}", "groups", TRUE, TRUE },
		{ "{\"sub\":\"1\",\"email\":\"a@b.org\",\"email_verified\":\"true\",\"groups\":\"boss\"}", "groups", FALSE, TRUE },
		{ "{\"sub\":\"1\",\"email\":\"a@b.org\",\"email_verified\":1,\"groups\":[\"bosses\"]}", "groups", FALSE, FALSE },
		{ "{\"sub\":\"1\",\"email\":\"a@b.org\",\"groups\":{\"boss\":true}}", "groups", FALSE, FALSE },
		{ "{\"sub\":\"1\",\"realm_access\":{\"roles\":[\"root\"]}}", "realm_access.roles", FALSE, TRUE },
		{ "{\"sub\":\"1\",\"https://x.org/roles\":[\"root\"]}", "https://x.org/roles", FALSE, TRUE },
		{ "{\"sub\":\"1\",\"\":\"root\",\"groups\":\"root\"}", "", FALSE, FALSE },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		json_auto_t *json = load (rows[i].text);
		g_autoptr (OidcPerson) person = oidc_person_new (json, rows[i].claim, admins);

		g_assert_cmpint (person->email_verified, ==, rows[i].verified);
		g_assert_cmpint (person->admin, ==, rows[i].admin);
	}
	json_auto_t *wild = load ("{\"sub\":\"1\",\"name\":\"\\u202eeve\"}");
	g_autoptr (OidcPerson) eve = oidc_person_new (wild, "", admins);
	g_assert_cmpstr (eve->name, ==, "");
}

/* An address is verified where it stands, not by what another answer says. */
static void
test_merge (void)
{
	json_auto_t *token = load ("{\"sub\":\"1\",\"email\":\"victim@b.org\"}"),
		*info = load ("{\"sub\":\"1\",\"email\":\"me@b.org\",\"email_verified\":true}");
	json_auto_t *bare = load ("{\"sub\":\"1\",\"email_verified\":true}"), *address = load ("{\"sub\":\"1\",\"email\":\"a@b.org\"}");
	json_auto_t *other = load ("{\"sub\":\"2\",\"email\":\"a@b.org\",\"email_verified\":true}"), *list = load ("[]");

	g_assert_true (oidc_claims_merge (token, info));
	g_assert_cmpstr (json_string_value (json_object_get (token, "email")), ==, "victim@b.org");
	g_assert_null (json_object_get (token, "email_verified"));
	g_assert_true (oidc_claims_merge (bare, address));
	g_assert_null (json_object_get (bare, "email_verified"));
	g_assert_false (oidc_claims_merge (bare, other));
	g_assert_false (oidc_claims_merge (bare, list));
}

/* ---- whose account ---- */

static CuriaAccount *
account_of (CuriaStore *store, const char *subject, const char *email, gboolean verified, gboolean admin, gboolean sets_role,
	GError **error)
{
	OidcPerson person = { (char *) subject, (char *) email, verified, (char *) "Ann", admin };

	return oidc_account_of (store, &person, &(OidcAccountRules) { ISSUER, sets_role, NOW * 1000 }, error);
}

static void
test_account (void)
{
	g_autoptr (GError) error = NULL, unverified = NULL, none = NULL;
	g_autoptr (CuriaStore) store = curia_store_open (":memory:", &error);
	g_autoptr (CuriaAccount) made = curia_account_new ();

	/* somebody made an account with an address that they may not have */
	g_free (made->email);
	made->email = g_strdup ("ann@b.org");
	g_free (made->password);
	made->password = g_strdup ("hash");
	g_assert_true (curia_store_account_create (store, made, &error));
	g_assert_null (account_of (store, "u1", "Ann@B.org", FALSE, FALSE, FALSE, &unverified));
	g_assert_error (unverified, CURIA_ERROR, CURIA_ERROR_FORBIDDEN);
	g_assert_null (account_of (store, "u1", NULL, TRUE, FALSE, FALSE, &none));
	g_assert_error (none, CURIA_ERROR, CURIA_ERROR_FORBIDDEN);
	g_assert_null (account_of (store, "u1", "no address", TRUE, FALSE, FALSE, NULL));

	/* who has it gets the account, and the password of whoever made it is worth nothing */
	g_autoptr (CuriaAccount) linked = account_of (store, "u1", "Ann@B.org", TRUE, FALSE, FALSE, &error);
	g_assert_no_error (error);
	g_assert_cmpstr (linked->id, ==, made->id);
	g_autoptr (CuriaAccount) read = curia_store_account_lookup (store, made->id, &error);
	g_assert_cmpstr (read->password, ==, "");
	g_assert_true (read->email_verified);

	/* from then on by subject, whatever the address is by now */
	g_autoptr (CuriaAccount) again = account_of (store, "u1", "other@b.org", FALSE, FALSE, FALSE, &error);
	g_assert_cmpstr (again->id, ==, made->id);
	/* another subject with a new address: a new account; with the same one: the same account */
	g_autoptr (CuriaAccount) second = account_of (store, "u2", "bob@b.org", TRUE, TRUE, FALSE, &error),
		twin = account_of (store, "u3", "ann@b.org", TRUE, FALSE, FALSE, &error);
	g_assert_cmpstr (second->id, !=, made->id);
	g_assert_cmpstr (second->role, ==, "user"); /* the provider is not asked about roles */
	g_assert_cmpstr (twin->id, ==, made->id);

	/* roles come and go with the claim, but not the last administrator */
	g_autoptr (CuriaAccount) boss = account_of (store, "u2", "bob@b.org", TRUE, TRUE, TRUE, &error);
	g_assert_cmpstr (boss->role, ==, "admin");
	g_autoptr (CuriaAccount) last = account_of (store, "u2", "bob@b.org", TRUE, FALSE, TRUE, &error);
	g_assert_cmpstr (last->role, ==, "admin");
	g_autoptr (CuriaAccount) ann = account_of (store, "u1", NULL, FALSE, TRUE, TRUE, &error),
		bob = account_of (store, "u2", NULL, FALSE, FALSE, TRUE, &error);
	g_assert_cmpstr (ann->role, ==, "admin");
	g_assert_cmpstr (bob->role, ==, "user");
	g_assert_no_error (error);
}

/* ---- routes without a provider ---- */

static void
test_routes (void)
{
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_auto (Answer) list = ask (fixture, API_GET, "/api/v1/providers", NULL, NULL),
		start = ask (fixture, API_GET, "/api/v1/providers/x/start", NULL, NULL),
		back = ask (fixture, API_GET, "/api/v1/providers/x/callback?code=1&state=2", NULL, NULL);

	g_assert_cmpint (list.status, ==, 200);
	check_schema (API_GET, "/api/v1/providers", &list);
	g_assert_cmpuint (json_array_size (value_at (&list, "providers")), ==, 0);
	g_assert_cmpint (start.status, ==, 404);
	g_assert_cmpint (back.status, ==, 404);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/oidc/next", test_next);
	g_test_add_func ("/oidc/state", test_state);
	g_test_add_func ("/oidc/requests", test_requests);
	g_test_add_func ("/oidc/document", test_document);
	g_test_add_func ("/oidc/keys", test_keys);
	g_test_add_func ("/oidc/token", test_token);
	g_test_add_func ("/oidc/person", test_person);
	g_test_add_func ("/oidc/merge", test_merge);
	g_test_add_func ("/oidc/account", test_account);
	g_test_add_func ("/oidc/routes", test_routes);
	return g_test_run ();
}
