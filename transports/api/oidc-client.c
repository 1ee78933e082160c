#include "oidc-client.h"

#include <string.h>

#include "curia-clock.h"
#include "curia-error.h"
#include "curia-fields.h"
#include "curia-log.h"
#include "oidc-fetch.h"

#define KEEP_US (G_TIME_SPAN_HOUR)
#define REST_US (5 * G_TIME_SPAN_SECOND) /* between two tries: after a failure, and for keys that nobody knows */
#define SPENT_MAX 10000
#define WELL_KNOWN "/.well-known/openid-configuration"

struct OidcClient {
	const CuriaOptions *options;
	char *ca_file;
	GMutex lock;            /* held while something is fetched */
	OidcDocument *document; /* LOCK: lock, as all below; NULL: not yet */
	OidcKeys *keys;         /* NULL: not yet */
	gint64 document_us, keys_us; /* when they came */
	gint64 failed_us;       /* when fetching failed last, 0: it did not */
	char *problem;          /* why */
	GMutex spending;        /* leaf */
	GHashTable *spent;      /* LOCK: spending; state -> until when it is remembered, in s */
};

static const char *
option (const OidcClient *self, const char *name)
{
	return curia_options_string (self->options, name);
}

/* ---- life ---- */

static gboolean
check_options (const CuriaOptions *options, GError **error)
{
	const char *name = curia_options_string (options, "oidc.name"), *issuer = curia_options_string (options, "oidc.issuer");
	if (name[strspn (name, G_CSET_a_2_z G_CSET_DIGITS "-")] != '\0')
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "oidc.name must be of a-z 0-9 and -");
	if (!oidc_url_is_fine (issuer, curia_options_bool (options, "oidc.allow_http")) || strchr (issuer, '?') != NULL)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "oidc.issuer must be an https URL");
	if (*curia_options_string (options, "oidc.client_id") == '\0')
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "oidc.client_id must be what the provider calls this server");
	return TRUE;
}

OidcClient *
oidc_client_new (const CuriaOptions *options, GError **error)
{
	if (*curia_options_string (options, "oidc.name") == '\0' || !check_options (options, error))
		return NULL;
	OidcClient *self = g_new0 (OidcClient, 1);
	self->options = options;
	self->ca_file = curia_options_file (options, "oidc.ca_file");
	self->spent = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
	g_mutex_init (&self->lock);
	g_mutex_init (&self->spending);
	return self;
}

void
oidc_client_free (OidcClient *self)
{
	if (self == NULL)
		return;
	oidc_document_free (self->document);
	oidc_keys_free (self->keys);
	g_hash_table_unref (self->spent);
	g_mutex_clear (&self->lock);
	g_mutex_clear (&self->spending);
	g_free (self->ca_file);
	g_free (self->problem);
	g_free (self);
}

const char *
oidc_client_issuer (const OidcClient *self)
{
	return option (self, "oidc.issuer");
}

/* ---- states that were used ---- */

static gboolean
is_over (gpointer state, gpointer until_s, gpointer now_s)
{
	(void) state;
	return *(gint64 *) until_s <= *(gint64 *) now_s;
}

/* A full table refuses: an attacker must not push out what is to be remembered. */
gboolean
oidc_client_spend (OidcClient *self, const OidcState *state, gint64 now_s)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->spending);
	gint64 *until_s = g_memdup2 (&state->expires_s, sizeof state->expires_s);
	g_hash_table_foreach_remove (self->spent, is_over, &now_s);
	if (g_hash_table_size (self->spent) < SPENT_MAX && !g_hash_table_contains (self->spent, state->state))
		return g_hash_table_insert (self->spent, g_strdup (state->state), until_s);
	g_free (until_s);
	return FALSE;
}

/* ---- document and keys ---- */

static json_t *
fetch (OidcClient *self, const char *url, const char *form, const char *authorization, long *status, GError **error)
{
	return oidc_fetch (&(OidcFetch) { .url = url, .form = form, .authorization = authorization,
		.allow_http = curia_options_bool (self->options, "oidc.allow_http"), .ca_file = self->ca_file }, status, error);
}

static gboolean
fail_locked (OidcClient *self, const char *what, GError *cause, GError **error)
{
	g_autoptr (GError) reason = cause;
	self->failed_us = curia_clock_us ();
	g_free (self->problem);
	self->problem = g_strdup_printf ("%s: %s", what, reason->message);
	curia_log_warning ("oidc", "%s", self->problem);
	return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "%s", self->problem);
}

/* Nobody waits again for a provider that was found away just now. */
static gboolean
may_try_locked (OidcClient *self, GError **error)
{
	if (self->failed_us == 0 || curia_clock_us () - self->failed_us >= REST_US)
		return TRUE;
	return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "%s", self->problem);
}

static gboolean
have_document_locked (OidcClient *self, GError **error)
{
	if (self->document != NULL && curia_clock_us () - self->document_us < KEEP_US)
		return TRUE;
	if (!may_try_locked (self, error))
		return FALSE;
	const char *issuer = oidc_client_issuer (self);
	g_autofree char *base = g_str_has_suffix (issuer, "/") ? g_strndup (issuer, strlen (issuer) - 1) : g_strdup (issuer),
		*url = g_strconcat (base, WELL_KNOWN, NULL);
	GError *cause = NULL;
	json_auto_t *json = fetch (self, url, NULL, NULL, NULL, &cause);
	OidcDocument *document = json == NULL ? NULL :
		oidc_document_parse (json, issuer, curia_options_bool (self->options, "oidc.allow_http"), &cause);
	if (document == NULL)
		return fail_locked (self, "the provider's document", cause, error);
	oidc_document_free (self->document);
	self->document = document;
	self->document_us = curia_clock_us ();
	self->failed_us = 0;
	return TRUE;
}

static gboolean
fetch_keys_locked (OidcClient *self, GError **error)
{
	if (!may_try_locked (self, error))
		return FALSE;
	GError *cause = NULL;
	json_auto_t *json = fetch (self, self->document->jwks_uri, NULL, NULL, NULL, &cause);
	OidcKeys *keys = json != NULL ? oidc_keys_parse (json, &cause) : NULL;
	if (keys == NULL)
		return fail_locked (self, "the provider's keys", cause, error);
	oidc_keys_free (self->keys);
	self->keys = keys;
	self->keys_us = curia_clock_us ();
	return TRUE;
}

/* The provider may have new keys when a token names one that is not known: it is asked again, but not for every such token. */
static CuriaJwsKey *
find_key_locked (OidcClient *self, const CuriaJws *jws, GError **error)
{
	gint64 age_us = self->keys != NULL ? curia_clock_us () - self->keys_us : G_MAXINT64;
	if (age_us >= KEEP_US && !fetch_keys_locked (self, error))
		return NULL;
	CuriaJwsKey *key = oidc_keys_lookup (self->keys, jws->kid, jws->algorithm);
	if (key != NULL || age_us < REST_US || age_us >= KEEP_US)
		return key;
	return fetch_keys_locked (self, error) ? oidc_keys_lookup (self->keys, jws->kid, jws->algorithm) : NULL;
}

static CuriaJwsKey *
find_key (OidcClient *self, const CuriaJws *jws, GError **error)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
	CuriaJwsKey *key = find_key_locked (self, jws, error);
	if (key == NULL && (error == NULL || *error == NULL))
		curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "the ID token is signed by a key that the provider does not have");
	return key;
}

/* A copy of what is needed, for nobody may hold the lock while a code is traded. */
typedef struct {
	char *authorization_endpoint, *token_endpoint, *userinfo_endpoint;
	gboolean secret_in_body;
} Endpoints;

static void
endpoints_clear (Endpoints *self)
{
	g_free (self->authorization_endpoint);
	g_free (self->token_endpoint);
	g_free (self->userinfo_endpoint);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Endpoints, endpoints_clear)

static gboolean
find_endpoints (OidcClient *self, Endpoints *endpoints, GError **error)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
	if (!have_document_locked (self, error))
		return FALSE;
	*endpoints = (Endpoints) { g_strdup (self->document->authorization_endpoint), g_strdup (self->document->token_endpoint),
		g_strdup (self->document->userinfo_endpoint), self->document->secret_in_body };
	return TRUE;
}

/* ---- one sign-in ---- */

char *
oidc_client_url (OidcClient *self, const char *redirect_uri, const OidcState *state, GError **error)
{
	g_auto (Endpoints) endpoints = { 0 };
	if (!find_endpoints (self, &endpoints, error))
		return NULL;
	return oidc_authorization_url (endpoints.authorization_endpoint, option (self, "oidc.client_id"), redirect_uri, state);
}

static json_t *
trade (OidcClient *self, const Endpoints *endpoints, const char *code, const char *redirect_uri, const OidcState *state, GError **error)
{
	const char *id = option (self, "oidc.client_id"), *secret = option (self, "oidc.client_secret");
	gboolean in_body = endpoints->secret_in_body || *secret == '\0';
	g_autofree char *form = oidc_token_body (code, id, in_body ? secret : NULL, redirect_uri, state->verifier),
		*basic = in_body ? NULL : oidc_basic (id, secret);
	long status;
	g_autoptr (GError) cause = NULL;
	json_t *answer = fetch (self, endpoints->token_endpoint, form, basic, &status, &cause);
	if (answer == NULL)
		curia_throw (error, status == 400 ? CURIA_ERROR_UNAUTHORIZED : CURIA_ERROR_UNAVAILABLE, "the provider's token endpoint: %s",
			cause->message);
	return answer;
}

static json_t *
believe (OidcClient *self, const char *id_token, const OidcState *state, gint64 now_s, GError **error)
{
	g_autoptr (CuriaJws) jws = curia_jws_parse (id_token, OIDC_TOKEN_MAX_BYTES, error);
	g_autoptr (CuriaJwsKey) key = jws != NULL ? find_key (self, jws, error) : NULL;
	OidcExpected expected = { oidc_client_issuer (self), option (self, "oidc.client_id"), state->nonce, now_s };
	if (key == NULL || !curia_jws_verify (jws, key, error) || !oidc_token_check (jws->payload, &expected, error))
		return NULL;
	return json_incref (jws->payload);
}

/* Providers may keep the address and the name for who asks again, with the access token. */
static void
ask_more (OidcClient *self, const char *url, const char *access_token, json_t *payload)
{
	if (url == NULL || access_token == NULL
		|| access_token[strspn (access_token, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-._~+/=")] != '\0')
		return;
	g_autofree char *bearer = g_strconcat ("Bearer ", access_token, NULL);
	json_auto_t *userinfo = fetch (self, url, NULL, bearer, NULL, NULL);
	if (userinfo != NULL)
		oidc_claims_merge (payload, userinfo);
}

OidcPerson *
oidc_client_finish (OidcClient *self, const char *code, const char *redirect_uri, const OidcState *state, gint64 now_s, GError **error)
{
	g_auto (Endpoints) endpoints = { 0 };
	if (!find_endpoints (self, &endpoints, error))
		return NULL;
	json_auto_t *tokens = trade (self, &endpoints, code, redirect_uri, state, error);
	if (tokens == NULL)
		return NULL;
	json_auto_t *payload = believe (self, curia_json_string (tokens, "id_token", ""), state, now_s, error);
	if (payload == NULL)
		return NULL;
	if (json_object_get (payload, "email") == NULL || *option (self, "oidc.role_claim") != '\0')
		ask_more (self, endpoints.userinfo_endpoint, curia_json_string (tokens, "access_token", NULL), payload);
	return oidc_person_new (payload, option (self, "oidc.role_claim"), curia_options_list (self->options, "oidc.admin_values"));
}
