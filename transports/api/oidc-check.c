#include "oidc-check.h"

#include <string.h>

#include "curia-error.h"
#include "curia-fields.h"
#include "curia-id.h"

#define URL_MAX 2048
#define KEYS_MAX 50
#define NAME_MAX_CHARS 60
#define LEEWAY_S 60
#define AGE_MAX_S 600 /* since an ID token was issued: it was asked for just now */
#define PATH_PARTS_MAX 8

static gpointer
refuse (GError **error, CuriaErrorCode code, const char *reason)
{
	curia_throw (error, code, "%s", reason);
	return NULL;
}

/* ---- the document ---- */

gboolean
oidc_url_is_fine (const char *url, gboolean allow_http)
{
	g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
	if (uri == NULL || strlen (url) > URL_MAX || g_uri_get_fragment (uri) != NULL || g_uri_get_userinfo (uri) != NULL ||
		g_uri_get_host (uri) == NULL || g_uri_get_host (uri)[0] == '\0')
		return FALSE;
	return strcmp (g_uri_get_scheme (uri), "https") == 0 || (allow_http && strcmp (g_uri_get_scheme (uri), "http") == 0);
}

static const CuriaField text_item[] = { { .name = "", .type = CURIA_FIELD_STRING, .max = 256 }, { 0 } };

static const CuriaField document_fields[] = {
	{ .name = "issuer", .type = CURIA_FIELD_STRING, .required = TRUE, .max = URL_MAX },
	{ .name = "authorization_endpoint", .type = CURIA_FIELD_STRING, .required = TRUE, .max = URL_MAX },
	{ .name = "token_endpoint", .type = CURIA_FIELD_STRING, .required = TRUE, .max = URL_MAX },
	{ .name = "jwks_uri", .type = CURIA_FIELD_STRING, .required = TRUE, .max = URL_MAX },
	{ .name = "userinfo_endpoint", .type = CURIA_FIELD_STRING, .max = URL_MAX },
	{ .name = "response_types_supported", .type = CURIA_FIELD_ARRAY, .items = text_item },
	{ .name = "id_token_signing_alg_values_supported", .type = CURIA_FIELD_ARRAY, .items = text_item },
	{ .name = "code_challenge_methods_supported", .type = CURIA_FIELD_ARRAY, .items = text_item },
	{ .name = "token_endpoint_auth_methods_supported", .type = CURIA_FIELD_ARRAY, .items = text_item },
	{ 0 },
};

static gboolean
lists (json_t *json, const char *name, const char *word)
{
	json_t *list = json_object_get (json, name), *item;
	size_t i;
	json_array_foreach (list, i, item)
		if (g_strcmp0 (json_string_value (item), word) == 0)
			return TRUE;
	return FALSE;
}

static gboolean
lists_or_is_silent (json_t *json, const char *name, const char *word)
{
	return !json_is_array (json_object_get (json, name)) || lists (json, name, word);
}

static gboolean
urls_are_fine (json_t *json, gboolean allow_http)
{
	static const char *const names[] = { "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint" };
	for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
		const char *url = curia_json_string (json, names[i], NULL);
		if (url != NULL && !oidc_url_is_fine (url, allow_http))
			return FALSE;
	}
	return TRUE;
}

OidcDocument *
oidc_document_parse (json_t *json, const char *issuer, gboolean allow_http, GError **error)
{
	static const char algorithms[] = "id_token_signing_alg_values_supported";
	g_autoptr (GError) why = NULL;
	if (!curia_fields_check (json, document_fields, FALSE, &why))
		return refuse (error, CURIA_ERROR_UNAVAILABLE, why->message);
	/* letter by letter: who answers for another issuer could sign for it */
	if (strcmp (curia_json_string (json, "issuer", ""), issuer) != 0)
		return refuse (error, CURIA_ERROR_UNAVAILABLE, "the document is another issuer's than oidc.issuer");
	if (!urls_are_fine (json, allow_http))
		return refuse (error, CURIA_ERROR_UNAVAILABLE, "the document's addresses must be https");
	if (!lists_or_is_silent (json, "response_types_supported", "code"))
		return refuse (error, CURIA_ERROR_UNAVAILABLE, "the provider does not do response_type code");
	if (!lists_or_is_silent (json, algorithms, "RS256") && !lists (json, algorithms, "ES256"))
		return refuse (error, CURIA_ERROR_UNAVAILABLE, "the provider signs neither by RS256 nor by ES256");
	if (!lists_or_is_silent (json, "code_challenge_methods_supported", "S256"))
		return refuse (error, CURIA_ERROR_UNAVAILABLE, "the provider does not do PKCE with S256");
	OidcDocument *self = g_new0 (OidcDocument, 1);
	self->authorization_endpoint = g_strdup (curia_json_string (json, "authorization_endpoint", NULL));
	self->token_endpoint = g_strdup (curia_json_string (json, "token_endpoint", NULL));
	self->jwks_uri = g_strdup (curia_json_string (json, "jwks_uri", NULL));
	self->userinfo_endpoint = g_strdup (curia_json_string (json, "userinfo_endpoint", NULL));
	self->secret_in_body = !lists_or_is_silent (json, "token_endpoint_auth_methods_supported", "client_secret_basic") &&
		lists (json, "token_endpoint_auth_methods_supported", "client_secret_post");
	return self;
}

void
oidc_document_free (OidcDocument *self)
{
	if (self == NULL)
		return;
	g_free (self->authorization_endpoint);
	g_free (self->token_endpoint);
	g_free (self->jwks_uri);
	g_free (self->userinfo_endpoint);
	g_free (self);
}

/* ---- keys ---- */

typedef struct {
	char *kid; /* or NULL */
	CuriaJwsKey *jws;
} Key;

struct OidcKeys {
	GArray *keys; /* of Key */
};

static void
key_clear (gpointer data)
{
	Key *key = data;
	g_free (key->kid);
	curia_jws_key_unref (key->jws);
}

OidcKeys *
oidc_keys_parse (json_t *json, GError **error)
{
	json_t *list = json_object_get (json, "keys"), *jwk;
	size_t i;
	if (!json_is_array (list))
		return refuse (error, CURIA_ERROR_UNAVAILABLE, "the provider's jwks_uri gives no set of keys");
	OidcKeys *self = g_new (OidcKeys, 1);
	self->keys = g_array_new (FALSE, FALSE, sizeof (Key));
	g_array_set_clear_func (self->keys, key_clear);
	json_array_foreach (list, i, jwk) {
		CuriaJwsKey *jws = self->keys->len < KEYS_MAX ? curia_jws_key_new_jwk (jwk, NULL) : NULL;
		Key key = { jws != NULL ? g_strdup (curia_json_string (jwk, "kid", NULL)) : NULL, jws };
		if (jws != NULL)
			g_array_append_val (self->keys, key);
	}
	return self;
}

void
oidc_keys_free (OidcKeys *self)
{
	if (self == NULL)
		return;
	g_array_unref (self->keys);
	g_free (self);
}

CuriaJwsKey *
oidc_keys_lookup (const OidcKeys *self, const char *kid, CuriaJwsAlgorithm algorithm)
{
	CuriaJwsKey *found = NULL;
	guint n = 0;
	for (guint i = 0; i < self->keys->len; i++) {
		const Key *key = &g_array_index (self->keys, Key, i);
		if (curia_jws_key_algorithm (key->jws) != algorithm || (kid != NULL && g_strcmp0 (key->kid, kid) != 0))
			continue;
		found = key->jws;
		n++;
	}
	return n == 1 ? curia_jws_key_ref (found) : NULL;
}

/* ---- ID tokens ---- */

static const CuriaField token_fields[] = {
	{ .name = "iss", .type = CURIA_FIELD_STRING, .required = TRUE, .max = URL_MAX },
	{ .name = "sub", .type = CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 255 },
	{ .name = "aud", .type = CURIA_FIELD_ANY, .required = TRUE },
	{ .name = "azp", .type = CURIA_FIELD_STRING, .max = 1024 },
	{ .name = "exp", .type = CURIA_FIELD_INT, .required = TRUE, .min = 0, .max = G_GINT64_CONSTANT (253402300799) },
	{ .name = "iat", .type = CURIA_FIELD_INT, .required = TRUE, .min = 0, .max = G_GINT64_CONSTANT (253402300799) },
	{ .name = "nbf", .type = CURIA_FIELD_INT, .min = 0, .max = G_GINT64_CONSTANT (253402300799) },
	{ .name = "nonce", .type = CURIA_FIELD_STRING, .required = TRUE, .max = 256 },
	{ 0 },
};

/* For us alone, or also for others when it says that we asked for it. */
static gboolean
is_for (json_t *payload, const char *client_id)
{
	json_t *aud = json_object_get (payload, "aud");
	const char *azp = curia_json_string (payload, "azp", NULL);
	if (azp != NULL && strcmp (azp, client_id) != 0)
		return FALSE;
	if (json_is_string (aud))
		return strcmp (json_string_value (aud), client_id) == 0;
	return lists (payload, "aud", client_id) && (json_array_size (aud) == 1 || azp != NULL);
}

static const char *
fault_of (json_t *payload, const OidcExpected *expected)
{
	gint64 issued_s = curia_json_int (payload, "iat", 0);
	if (strcmp (curia_json_string (payload, "iss", ""), expected->issuer) != 0)
		return "the ID token is of another issuer";
	if (!is_for (payload, expected->client_id))
		return "the ID token is for somebody else";
	if (expected->now_s >= curia_json_int (payload, "exp", 0) + LEEWAY_S)
		return "the ID token has expired";
	if (issued_s > expected->now_s + LEEWAY_S || curia_json_int (payload, "nbf", 0) > expected->now_s + LEEWAY_S)
		return "the ID token is not valid yet";
	if (issued_s < expected->now_s - AGE_MAX_S)
		return "the ID token is old";
	if (!curia_id_secret_equal (curia_json_string (payload, "nonce", ""), expected->nonce))
		return "the ID token is not of this sign-in (nonce)";
	return NULL;
}

gboolean
oidc_token_check (json_t *payload, const OidcExpected *expected, GError **error)
{
	g_autoptr (GError) why = NULL;
	if (!curia_fields_check (payload, token_fields, FALSE, &why))
		return curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "the ID token's %s", why->message);
	const char *fault = fault_of (payload, expected);
	return fault == NULL || curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "%s", fault);
}

/* ---- who it is ---- */

gboolean
oidc_claims_merge (json_t *payload, json_t *userinfo)
{
	const char *subject = curia_json_string (userinfo, "sub", NULL);
	if (!json_is_object (userinfo) || g_strcmp0 (subject, curia_json_string (payload, "sub", NULL)) != 0)
		return FALSE;
	/* an address and whether it is verified belong together */
	if (json_object_get (payload, "email") == NULL)
		json_object_del (payload, "email_verified");
	else
		json_object_del (userinfo, "email_verified");
	return json_object_update_missing (payload, userinfo) == 0;
}

static gboolean
is_among (json_t *value, const char *const *words)
{
	json_t *item;
	size_t i;
	if (json_is_string (value))
		return g_strv_contains (words, json_string_value (value));
	json_array_foreach (value, i, item)
		if (json_is_string (item) && g_strv_contains (words, json_string_value (item)))
			return TRUE;
	return FALSE;
}

static gboolean
says_admin (json_t *payload, const char *path, const char *const *values)
{
	g_auto (GStrv) parts = g_strsplit (path, ".", PATH_PARTS_MAX);
	json_t *whole = json_object_get (payload, path); /* names may have dots: "https://example.org/roles" */
	if (*path == '\0')
		return FALSE;
	if (whole != NULL)
		return is_among (whole, values);
	for (char **part = parts; *part != NULL; part++)
		payload = json_object_get (payload, *part);
	return is_among (payload, values);
}

/* What people see of them: one line, not too long. */
static char *
name_of (json_t *payload)
{
	static const CuriaField fields[] = { { .name = "name", .type = CURIA_FIELD_STRING, .max = NAME_MAX_CHARS }, { 0 } };
	const char *name = json_string_value (json_object_get (payload, "name"));
	json_auto_t *one = json_pack ("{s:s?}", "name", name);
	return name != NULL && curia_fields_check (one, fields, FALSE, NULL) ? g_strstrip (g_strdup (name)) : g_strdup ("");
}

OidcPerson *
oidc_person_new (json_t *payload, const char *role_claim, const char *const *admin_values)
{
	OidcPerson *self = g_new0 (OidcPerson, 1);
	self->subject = g_strdup (curia_json_string (payload, "sub", ""));
	self->email = g_strdup (json_string_value (json_object_get (payload, "email")));
	self->email_verified = json_is_true (json_object_get (payload, "email_verified"));
	self->name = name_of (payload);
	self->admin = says_admin (payload, role_claim, admin_values);
	return self;
}

void
oidc_person_free (OidcPerson *self)
{
	if (self == NULL)
		return;
	g_free (self->subject);
	g_free (self->email);
	g_free (self->name);
	g_free (self);
}
