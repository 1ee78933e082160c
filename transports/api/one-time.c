#include "one-time.h"

#include <string.h>

#include "accounts.h"
#include "attempts.h"
#include "cookie.h"
#include "curia-clock.h"
#include "curia-id.h"
#include "curia-store-sessions.h"
#include "first-admin.h"
#include "links.h"
#include "session-life.h"
#include "sign-in.h"

#define SECRET_BYTES 32
#define RESET_MS (3 * 24 * 3600 * G_GINT64_CONSTANT (1000))

char *
api_one_time_digest (const char *secret)
{
	return g_compute_checksum_for_string (G_CHECKSUM_SHA256, secret, -1);
}

json_t *
api_one_time_make (ApiCall *call, const CuriaAccount *account, GError **error)
{
	g_autofree char *secret = curia_id_secret (SECRET_BYTES), *digest = api_one_time_digest (secret);
	g_autofree char *base = api_links_base_of (call->request), *url = g_strconcat (base, ONE_TIME_PAGE, secret, NULL);
	CuriaLink link = { digest, CURIA_LINK_RESET, account->id, call->now_ms + RESET_MS };
	g_autofree char *expires = curia_clock_rfc3339 (link.expires_ms);
	if (!curia_store_link_create (curia_node_store (call->request->node), &link, error))
		return NULL;
	return json_pack ("{s:s, s:s}", "url", url, "expires_at", expires);
}

/* ---- with a secret ---- */

typedef struct {
	char *digest, *purpose;
	CuriaAccount *account; /* NULL: the first administrator's, who has none yet */
} Found;

static void
found_clear (Found *self)
{
	g_free (self->digest);
	g_free (self->purpose);
	curia_account_free (self->account);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Found, found_clear)

static gboolean
find (ApiCall *call, Found *found, GError **error)
{
	found->digest = api_one_time_digest (curia_json_string (call->body, "secret", ""));
	return api_cookie_check_page (call->request, FALSE, error)
		&& curia_store_link_lookup (curia_node_store (call->request->node), found->digest, call->now_ms, &found->purpose,
			&found->account, error);
}

gboolean
api_one_time_look (ApiCall *call, GError **error)
{
	g_auto (Found) found = { 0 };
	if (!find (call, &found, error))
		return FALSE;
	call->response->body = json_pack ("{s:s, s:s}", "purpose", found.purpose, "email", found.account != NULL ? found.account->email : "");
	return TRUE;
}

static char *
hash_of (ApiCall *call, const CuriaAccount *account, GError **error)
{
	const char *password = curia_json_string (call->body, "password", "");
	if (!api_accounts_check_password (account, password, "password", error))
		return NULL;
	return curia_password_hash (curia_node_passwords (call->request->node), password, error);
}

static CuriaAccount *
use_reset (ApiCall *call, Found *found, GError **error)
{
	g_autofree char *hash = hash_of (call, found->account, error);
	CuriaAccount *account = hash != NULL ? curia_store_link_use_reset (curia_node_store (call->request->node), found->digest,
						       call->now_ms, hash, error)
					     : NULL;
	api_session_forget ();
	return account;
}

static CuriaAccount *
use_first (ApiCall *call, Found *found, GError **error)
{
	g_autoptr (CuriaAccount) account = curia_account_new ();
	const char *name = curia_json_string (call->body, "name", NULL);
	if (curia_json_string (call->body, "email", NULL) == NULL || name == NULL) {
		curia_throw (error, CURIA_ERROR_MISSING_FIELD, "%s is required: the link makes an account", name == NULL ? "name" : "email");
		return NULL;
	}
	g_free (account->email);
	account->email = api_accounts_email (call, error);
	if (account->email == NULL)
		return NULL;
	g_free (account->name);
	g_free (account->role);
	account->name = g_strdup (name);
	account->role = g_strdup ("admin");
	g_free (account->password);
	account->password = hash_of (call, account, error);
	if (account->password == NULL
		|| !curia_store_link_use_first (curia_node_store (call->request->node), found->digest, call->now_ms, account, error))
		return NULL;
	first_admin_forget (call->request->node);
	return g_steal_pointer (&account);
}

gboolean
api_one_time_use (ApiCall *call, GError **error)
{
	g_auto (Found) found = { 0 };
	if (!find (call, &found, error))
		return FALSE;
	g_autoptr (CuriaAccount) account = found.account != NULL ? use_reset (call, &found, error) : use_first (call, &found, error);
	return account != NULL && api_sign_in (call, account, error);
}
