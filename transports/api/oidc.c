#include "oidc.h"

#include <string.h>

#include "cookie.h"
#include "curia-log.h"
#include "links.h"
#include "oidc-account.h"
#include "oidc-client.h"
#include "schema.h"
#include "sign-in.h"

#define COOKIE "curia_sign_in"
#define COOKIE_PATH "/api/v1/providers"
#define SIGN_IN_PAGE "/sign-in"

/* ---- what requests and answers carry ---- */

const CuriaField api_oidc_start_query[] = {
	STRING ("next", FALSE, 0, 512, "The path of this server where it ends, such as /meetings; another address counts as that."),
	{ 0 },
};

static const CuriaField provider_fields[] = {
	STRING ("name", TRUE, 0, 0, "Its name in addresses."),
	STRING ("title", TRUE, 0, 0, "What people read."),
	STRING ("url", TRUE, 0, 0, "Where a browser begins to sign in; takes the parameter next."),
	{ 0 },
};

static const CuriaField providers_fields[] = {
	BOOL ("accounts", TRUE, "Whether there are accounts."),
	BOOL ("sign_up", TRUE, "Whether anybody may make one with a password."),
	ARRAY ("providers", provider_fields, "Where else one can sign in."),
	{ 0 },
};

const ApiSchema api_providers_schema = { "ProviderList", "The ways to sign in.", providers_fields };

/* ---- the one provider ---- */

static OidcClient *client;
static const CuriaOptions *client_options;
static GMutex client_lock;

gboolean
api_oidc_check_options (const CuriaOptions *options, GError **error)
{
	GError *why = NULL;
	oidc_client_free (oidc_client_new (options, &why));
	if (why == NULL)
		return TRUE;
	g_propagate_error (error, why);
	return FALSE;
}

void
api_oidc_forget (void)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&client_lock);
	g_clear_pointer (&client, oidc_client_free);
	client_options = NULL;
}

/* It lives until the transport ends, after all workers. */
static OidcClient *
provider_of (ApiCall *call)
{
	const CuriaOptions *options = curia_node_options (call->request->node);
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&client_lock);
	if (client_options != options) {
		g_clear_pointer (&client, oidc_client_free);
		client = oidc_client_new (options, NULL);
		client_options = options;
	}
	return client;
}

static const char *
option (const ApiCall *call, const char *name)
{
	return curia_options_string (curia_node_options (call->request->node), name);
}

static OidcClient *
find_provider (ApiCall *call, GError **error)
{
	OidcClient *found = provider_of (call);
	if (found != NULL && strcmp (option (call, "oidc.name"), api_call_parameter (call, "name")) == 0)
		return found;
	curia_throw (error, CURIA_ERROR_NOT_FOUND, "There is no such provider");
	return NULL;
}

gboolean
api_oidc_list (ApiCall *call, GError **error)
{
	const char *name = option (call, "oidc.name"), *title = option (call, "oidc.title");
	json_t *list = json_array ();
	(void) error;
	if (provider_of (call) != NULL) {
		g_autofree char *url = g_strdup_printf (COOKIE_PATH "/%s/start", name);
		json_array_append_new (list, json_pack ("{s:s, s:s, s:s}", "name", name, "title", *title != '\0' ? title : name, "url", url));
	}
	call->response->body = json_pack ("{s:b, s:b, s:o}", "accounts", TRUE, "sign_up",
		curia_options_bool (curia_node_options (call->request->node), "accounts.sign_up"), "providers", list);
	return TRUE;
}

/* ---- pieces ---- */

static char *
redirect_uri_of (const ApiCall *call)
{
	g_autofree char *base = api_links_base_of (call->request);
	return g_strdup_printf ("%s" COOKIE_PATH "/%s/callback", base, api_call_parameter (call, "name"));
}

static void
set_cookie (ApiCall *call, const char *value, gint64 max_age_s)
{
	/* lax: the provider's page leads back here */
	api_cookie_set (call->request, call->response, &(ApiCookie) { .name = COOKIE, .value = value, .path = COOKIE_PATH,
		.max_age_s = max_age_s, .lax = TRUE });
}

static const CuriaSeal *
seal_of (ApiCall *call, GError **error)
{
	g_autoptr (GError) cause = NULL;
	const CuriaSeal *seal = curia_node_seal (call->request->node, &cause);
	if (seal == NULL)
		curia_throw (error, CURIA_ERROR_UNAVAILABLE, "%s", cause->message);
	return seal;
}

/* A browser is on its way: it is led to a page that tells in words. */
static gboolean
lead_back (ApiCall *call, const char *word, GError *cause)
{
	g_autoptr (GError) error = cause;
	curia_log_warning ("oidc", "sign-in from %s failed (%s): %s", call->request->peer != NULL ? call->request->peer : "?", word,
		error != NULL ? error->message : "the provider said so");
	call->response->location = g_strdup_printf (SIGN_IN_PAGE "?error=%s", word);
	return TRUE;
}

/* ---- there ---- */

gboolean
api_oidc_start (ApiCall *call, GError **error)
{
	OidcClient *provider = find_provider (call, error);
	if (provider == NULL)
		return FALSE;
	GError *cause = NULL;
	const CuriaSeal *seal = seal_of (call, &cause);
	if (seal == NULL)
		return lead_back (call, "failed", cause);
	g_autoptr (OidcState) state = oidc_state_new (curia_json_string (call->query, "next", NULL), call->now_ms / 1000);
	g_autofree char *redirect_uri = redirect_uri_of (call), *url = oidc_client_url (provider, redirect_uri, state, &cause);
	if (url == NULL)
		return lead_back (call, "unavailable", cause);
	g_autofree char *sealed = oidc_state_lock (state, seal, api_call_parameter (call, "name"));
	set_cookie (call, sealed, OIDC_STATE_TTL_S);
	call->response->location = g_steal_pointer (&url);
	return TRUE;
}

/* ---- and back ---- */

/* The sign-in that this browser began. */
static OidcState *
take_state (ApiCall *call, const char *state, GError **error)
{
	g_autofree char *cookie = api_cookie_read (call->request->cookie, COOKIE);
	const CuriaSeal *seal = seal_of (call, error);
	if (seal == NULL)
		return NULL;
	return oidc_state_unlock (seal, api_call_parameter (call, "name"), cookie != NULL ? cookie : "", state,
		call->now_ms / 1000, error);
}

static gboolean
finish (ApiCall *call, OidcClient *provider, const char *code, const OidcState *state, const char **word, GError **error)
{
	g_autofree char *redirect_uri = redirect_uri_of (call);
	OidcAccountRules rules = { oidc_client_issuer (provider), *option (call, "oidc.role_claim") != '\0', call->now_ms };
	g_autoptr (OidcPerson) person = oidc_client_finish (provider, code, redirect_uri, state, call->now_ms / 1000, error);
	*word = "failed";
	if (person == NULL)
		return FALSE;
	*word = "unverified";
	g_autoptr (CuriaAccount) account = oidc_account_of (curia_node_store (call->request->node), person, &rules, error);
	if (account == NULL)
		return FALSE;
	*word = "disabled";
	return api_sign_in_cookie (call, account, error);
}

static const char *
parameter (GHashTable *parameters, const char *name)
{
	const char *value = parameters != NULL ? g_hash_table_lookup (parameters, name) : NULL;
	return value != NULL ? value : "";
}

/* Providers add parameters of their own: what is not ours is not looked at. */
gboolean
api_oidc_callback (ApiCall *call, GError **error)
{
	OidcClient *provider = find_provider (call, error);
	if (provider == NULL)
		return FALSE;
	g_autoptr (GHashTable) parameters = g_uri_parse_params (call->request->query, -1, "&", G_URI_PARAMS_WWW_FORM, NULL);
	const char *code = parameter (parameters, "code"), *issuer = parameter (parameters, "iss"), *word;
	GError *cause = NULL;
	set_cookie (call, "", 0);
	g_autoptr (OidcState) state = take_state (call, parameter (parameters, "state"), &cause);
	if (state == NULL)
		return lead_back (call, "expired", cause);
	if (strcmp (parameter (parameters, "error"), "access_denied") == 0)
		return lead_back (call, "denied", NULL);
	/* RFC 9207: an answer of another provider, with a code that is not for ours */
	if (*code == '\0' || (*issuer != '\0' && strcmp (issuer, oidc_client_issuer (provider)) != 0))
		return lead_back (call, "failed", NULL);
	/* once; only what goes to the provider is remembered, else anybody could fill that memory */
	if (!oidc_client_spend (provider, state, call->now_ms / 1000)) {
		curia_throw (&cause, CURIA_ERROR_UNAUTHORIZED, "This sign-in was finished already");
		return lead_back (call, "expired", cause);
	}
	if (!finish (call, provider, code, state, &word, &cause))
		return lead_back (call, word, cause);
	call->response->location = g_strdup (state->next);
	return TRUE;
}
