#include "accounts.h"

#include <string.h>

#include "attempts.h"
#include "cookie.h"
#include "curia-clock.h"
#include "one-time.h"
#include "session-life.h"
#include "sign-in.h"

#define LIST_DEFAULT 50

static CuriaStore *
store_of (const ApiCall *call)
{
	return curia_node_store (call->request->node);
}

/* ---- as JSON ---- */

static json_t *
providers_of (ApiCall *call, const CuriaAccount *account, GError **error)
{
	g_auto (GStrv) issuers = curia_store_identity_issuers (store_of (call), account->id, error);
	if (issuers == NULL)
		return NULL;
	json_t *providers = json_array ();
	for (char **issuer = issuers; *issuer != NULL; issuer++)
		json_array_append_new (providers, json_string (*issuer));
	return providers;
}

static json_t *
time_to_json (gint64 time_ms)
{
	g_autofree char *text = time_ms != 0 ? curia_clock_rfc3339 (time_ms) : NULL;
	return text != NULL ? json_string (text) : json_null ();
}

json_t *
api_accounts_to_json (ApiCall *call, const CuriaAccount *account, gboolean administrator, GError **error)
{
	json_t *providers = providers_of (call, account, error), *preferences = json_loads (account->preferences, 0, NULL);
	if (providers == NULL) {
		json_decref (preferences);
		return NULL;
	}
	json_t *json = json_pack ("{s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "id", account->id, "email", account->email,
		"email_verified", account->email_verified, "name", account->name, "role", account->role, "avatar", account->avatar,
		"language", account->language, "preferences", preferences != NULL ? preferences : json_object (), "created_at",
		time_to_json (account->created_ms), "providers", providers);
	if (!administrator)
		return json;
	json_object_set_new (json, "state", json_string (account->state));
	json_object_set_new (json, "has_password", json_boolean (account->password[0] != '\0'));
	json_object_set_new (json, "signed_in_at", time_to_json (account->signed_in_ms));
	return json;
}

static gboolean
answer (ApiCall *call, const CuriaAccount *account, gboolean administrator, GError **error)
{
	call->response->body = account != NULL ? api_accounts_to_json (call, account, administrator, error) : NULL;
	return call->response->body != NULL;
}

/* ---- what comes in ---- */

char *
api_accounts_email (ApiCall *call, GError **error)
{
	char *email = curia_account_email (curia_json_string (call->body, "email", NULL));
	if (email == NULL)
		curia_throw (error, CURIA_ERROR_INVALID_FIELD, "email must be an e-mail address, like ann@example.org");
	return email;
}

gboolean
api_accounts_check_password (const CuriaAccount *account, const char *password, const char *field, GError **error)
{
	if (g_ascii_strcasecmp (password, account->email) != 0 && g_ascii_strcasecmp (password, account->name) != 0)
		return TRUE;
	return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "%s must not be the e-mail address or the name", field);
}

static void
set (char **text, json_t *body, const char *name)
{
	const char *given = curia_json_string (body, name, NULL);
	if (given == NULL)
		return;
	g_free (*text);
	*text = g_strdup (given);
}

/* No page can be made to load anything from elsewhere by it, and nothing but a picture is in it. */
static gboolean
check_avatar (const char *avatar, GError **error)
{
	static const struct {
		const char *prefix, *begins;
		gsize bytes;
	} kinds[] = { { "data:image/png;base64,", "\x89PNG\r\n\x1a\n", 8 }, { "data:image/jpeg;base64,", "\xff\xd8\xff", 3 } };
	if (avatar == NULL || avatar[0] == '\0')
		return TRUE;
	for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
		const char *data = avatar + strlen (kinds[i].prefix);
		if (!g_str_has_prefix (avatar, kinds[i].prefix) || data[strspn (data, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "+/=")] != '\0')
			continue;
		gsize n;
		g_autofree guchar *bytes = g_base64_decode (data, &n);
		if (n > kinds[i].bytes && memcmp (bytes, kinds[i].begins, kinds[i].bytes) == 0)
			return TRUE;
	}
	return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "avatar must be a data: URL of a PNG or JPEG in base64, or empty");
}

static gboolean
check_language (const char *language, GError **error)
{
	if (language == NULL || language[strspn (language, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-")] == '\0')
		return TRUE;
	return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "language must be a tag such as de or pt-BR");
}

/* ---- a new one ---- */

/* The hash comes first: it takes the same time whether the address is taken or not. */
static CuriaAccount *
make (ApiCall *call, const char *email, GError **error)
{
	g_autoptr (CuriaAccount) account = curia_account_new ();
	const char *password = curia_json_string (call->body, "password", "");
	g_free (account->email);
	account->email = g_strdup (email);
	set (&account->name, call->body, "name");
	if (!api_accounts_check_password (account, password, "password", error))
		return NULL;
	g_free (account->password);
	account->password = curia_password_hash (curia_node_passwords (call->request->node), password, error);
	if (account->password == NULL || !curia_store_account_create (store_of (call), account, error))
		return NULL;
	return g_steal_pointer (&account);
}

gboolean
api_accounts_create (ApiCall *call, GError **error)
{
	if (!curia_options_bool (curia_node_options (call->request->node), "accounts.sign_up"))
		return curia_throw (error, CURIA_ERROR_FORBIDDEN, "Accounts are made by this server's administrators (accounts.sign_up)");
	g_autofree char *email = api_accounts_email (call, error);
	if (email == NULL || !api_cookie_check_page (call->request, FALSE, error) || !api_attempt_count (call, "sign-up", error))
		return FALSE;
	g_autoptr (CuriaAccount) account = make (call, email, error);
	return account != NULL && api_sign_in (call, account, error);
}

/* ---- one's own ---- */

static CuriaAccount *
own (ApiCall *call, GError **error)
{
	return curia_store_account_lookup (store_of (call), call->caller.account->account, error);
}

gboolean
api_accounts_me (ApiCall *call, GError **error)
{
	g_autoptr (CuriaAccount) account = own (call, error);
	return answer (call, account, FALSE, error);
}

gboolean
api_accounts_update_me (ApiCall *call, GError **error)
{
	json_t *preferences = json_object_get (call->body, "preferences");
	if (!check_avatar (curia_json_string (call->body, "avatar", NULL), error)
		|| !check_language (curia_json_string (call->body, "language", NULL), error))
		return FALSE;
	g_autoptr (CuriaAccount) account = own (call, error);
	if (account == NULL)
		return FALSE;
	set (&account->name, call->body, "name");
	set (&account->avatar, call->body, "avatar");
	set (&account->language, call->body, "language");
	if (json_is_object (preferences)) {
		g_free (account->preferences);
		account->preferences = json_dumps (preferences, JSON_COMPACT);
	}
	return curia_store_account_update (store_of (call), account, error) && answer (call, account, FALSE, error);
}

/* Whoever has an access token for a moment must not have the account for good, so the old one is asked for, and guesses count. */
static gboolean
check_old (ApiCall *call, const CuriaAccount *account, GError **error)
{
	Attempt attempt;
	gboolean right;
	if (account->password[0] == '\0')
		return curia_throw (error, CURIA_ERROR_FORBIDDEN, "This account has no password: an administrator can make a link to set one");
	if (!api_attempt_begin (call, account->email, &attempt, error))
		return FALSE;
	gboolean known = curia_password_verify (curia_node_passwords (call->request->node), account->password,
		curia_json_string (call->body, "old", ""), &right, error);
	api_attempt_end (&attempt, !known ? THROTTLE_NEITHER : right ? THROTTLE_PASSED : THROTTLE_FAILED);
	return known && (right || curia_throw (error, CURIA_ERROR_WRONG_CREDENTIALS, "This is not the password so far"));
}

gboolean
api_accounts_password (ApiCall *call, GError **error)
{
	g_autoptr (CuriaAccount) account = own (call, error);
	const char *fresh = curia_json_string (call->body, "new", "");
	if (account == NULL || !api_accounts_check_password (account, fresh, "new", error) || !check_old (call, account, error))
		return FALSE;
	g_autofree char *hash = curia_password_hash (curia_node_passwords (call->request->node), fresh, error);
	if (hash == NULL
		|| !curia_store_account_set_password (store_of (call), account->id, hash, call->caller.account->session, error))
		return FALSE;
	api_session_forget ();
	return answer (call, account, FALSE, error);
}

/* ---- for administrators ---- */

gboolean
api_accounts_check_admin (ApiCall *call, GError **error)
{
	return strcmp (call->caller.account->role, "admin") == 0
		|| curia_throw (error, CURIA_ERROR_FORBIDDEN, "This is for administrators");
}

static CuriaAccount *
named (ApiCall *call, GError **error)
{
	return api_accounts_check_admin (call, error) ? curia_store_account_lookup (store_of (call), api_call_parameter (call, "id"), error)
						      : NULL;
}

gboolean
api_accounts_list (ApiCall *call, GError **error)
{
	g_autofree char *next = NULL;
	int limit = (int) curia_json_int (call->query, "limit", LIST_DEFAULT);
	if (!api_accounts_check_admin (call, error))
		return FALSE;
	g_autoptr (GPtrArray) page = curia_store_account_list (store_of (call), curia_json_string (call->query, "q", NULL), limit,
		curia_json_string (call->query, "cursor", NULL), &next, error);
	json_auto_t *accounts = json_array ();
	for (guint i = 0; page != NULL && i < page->len; i++) {
		json_t *account = api_accounts_to_json (call, page->pdata[i], TRUE, error);
		if (account == NULL)
			return FALSE;
		json_array_append_new (accounts, account);
	}
	if (page != NULL)
		call->response->body = json_pack ("{s:O, s:s?}", "accounts", accounts, "next_cursor", next);
	return page != NULL;
}

gboolean
api_accounts_read (ApiCall *call, GError **error)
{
	g_autoptr (CuriaAccount) account = named (call, error);
	return answer (call, account, TRUE, error);
}

gboolean
api_accounts_update (ApiCall *call, GError **error)
{
	g_autoptr (CuriaAccount) account = named (call, error);
	if (account == NULL)
		return FALSE;
	set (&account->name, call->body, "name");
	set (&account->role, call->body, "role");
	set (&account->state, call->body, "state");
	if (!curia_store_account_set_role (store_of (call), account->id, account->role, account->state, error)
		|| !curia_store_account_update (store_of (call), account, error))
		return FALSE;
	api_session_forget ();
	return answer (call, account, TRUE, error);
}

gboolean
api_accounts_delete (ApiCall *call, GError **error)
{
	g_autoptr (CuriaAccount) account = named (call, error);
	if (!answer (call, account, TRUE, error) || !curia_store_account_delete (store_of (call), account->id, error))
		return FALSE;
	api_session_forget ();
	return TRUE;
}

gboolean
api_accounts_reset (ApiCall *call, GError **error)
{
	g_autoptr (CuriaAccount) account = named (call, error);
	call->response->body = account != NULL ? api_one_time_make (call, account, error) : NULL;
	return call->response->body != NULL;
}

gboolean
api_accounts_invite (ApiCall *call, GError **error)
{
	g_autofree char *email = api_accounts_check_admin (call, error) ? api_accounts_email (call, error) : NULL;
	g_autoptr (CuriaAccount) account = curia_account_new ();
	if (email == NULL)
		return FALSE;
	g_free (account->email);
	account->email = g_steal_pointer (&email);
	set (&account->name, call->body, "name");
	set (&account->role, call->body, "role");
	if (!curia_store_account_create (store_of (call), account, error))
		return FALSE;
	call->response->body = api_one_time_make (call, account, error);
	json_t *json = call->response->body != NULL ? api_accounts_to_json (call, account, TRUE, error) : NULL;
	return json != NULL && json_object_set_new (call->response->body, "account", json) == 0;
}
