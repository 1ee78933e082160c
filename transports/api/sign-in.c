#include "sign-in.h"

#include <string.h>

#include "accounts.h"
#include "attempts.h"
#include "cookie.h"
#include "curia-clock.h"
#include "curia-id.h"
#include "curia-log.h"
#include "curia-refresh-token.h"
#include "curia-store-sessions.h"
#include "session-life.h"

#define COOKIE "curia_refresh"
#define COOKIE_PATH "/api/v1/sessions"
#define AGENT_MAX_CHARACTERS 200
#define DAY_S (24 * 60 * 60)

/* ---- the cookie ---- */

static gint64
lifetime_s (const ApiCall *call)
{
	return curia_options_int (curia_node_options (call->request->node), "accounts.session_days") * DAY_S;
}

static void
give_cookie (ApiCall *call, const CuriaRefreshToken *token)
{
	g_autofree char *text = curia_refresh_token_to_text (token, curia_node_account_key (call->request->node));
	api_cookie_set (call->request, call->response, &(ApiCookie) { COOKIE, text, COOKIE_PATH, lifetime_s (call), FALSE });
}

static void
take_cookie (ApiCall *call)
{
	api_cookie_set (call->request, call->response, &(ApiCookie) { COOKIE, "", COOKIE_PATH, 0, FALSE });
}

static CuriaRefreshToken *
token_sent (const ApiCall *call)
{
	g_autofree char *text = api_cookie_read (call->request->cookie, COOKIE);
	return curia_refresh_token_parse (curia_node_account_key (call->request->node), text);
}

/* What the browser says of itself, fit for a list. Caller frees. */
static char *
agent_of (const ApiCall *call)
{
	g_autofree char *valid = g_utf8_make_valid (call->request->user_agent != NULL ? call->request->user_agent : "", -1);
	return g_utf8_substring (valid, 0, MIN (g_utf8_strlen (valid, -1), AGENT_MAX_CHARACTERS));
}

/* ---- signing in ---- */

/* The browser forgets its old session's cookie with the new one, so nobody could end that any more. */
static void
end_previous (ApiCall *call)
{
	CuriaStore *store = curia_node_store (call->request->node);
	g_autoptr (CuriaRefreshToken) token = token_sent (call);
	g_autoptr (CuriaAccount) account = token != NULL ? curia_store_session_account (store, token->session, call->now_ms, NULL) : NULL;
	guint n;
	if (account != NULL && curia_store_session_end (store, account->id, token->session, &n, NULL))
		api_session_forget ();
}

static char *
begin_session (ApiCall *call, const CuriaAccount *account, GError **error)
{
	g_autofree char *id = curia_id_new ("SE_"), *agent = agent_of (call);
	g_autoptr (CuriaRefreshToken) token = curia_refresh_token_new (id);
	g_autofree char *digest = curia_refresh_token_digest (token->secret);
	CuriaSession session = { id, account->id, digest, token->generation, call->now_ms, call->now_ms,
		call->now_ms + lifetime_s (call) * 1000, (char *) call->request->peer, agent };
	if (!curia_store_session_create (curia_node_store (call->request->node), &session, error))
		return NULL;
	end_previous (call);
	give_cookie (call, token);
	return g_steal_pointer (&id);
}

/* The answer that both signing in and refreshing give. */
static gboolean
answer (ApiCall *call, const CuriaAccount *account, const char *session, GError **error)
{
	CuriaAccountToken token = { account->id, (char *) session, account->role, 0, 0 };
	g_autofree char *jwt = curia_account_token_mint (curia_node_account_key (call->request->node), &token, call->now_ms / 1000);
	json_t *who = api_accounts_to_json (call, account, FALSE, error);
	if (who == NULL)
		return FALSE;
	call->response->body = json_pack ("{s:o, s:s, s:i}", "account", who, "access_token", jwt, "expires_in", CURIA_ACCOUNT_TOKEN_TTL_S);
	return TRUE;
}

gboolean
api_sign_in (ApiCall *call, const CuriaAccount *account, GError **error)
{
	g_autofree char *session = begin_session (call, account, error);
	return session != NULL && answer (call, account, session, error);
}

gboolean
api_sign_in_cookie (ApiCall *call, const CuriaAccount *account, GError **error)
{
	g_autofree char *session = begin_session (call, account, error);
	return session != NULL;
}

/* The account of an address, NULL also when there is none; FALSE when the store fails. */
static gboolean
find_account (ApiCall *call, const char *email, CuriaAccount **account, GError **error)
{
	g_autoptr (GError) cause = NULL;
	*account = curia_store_account_lookup_email (curia_node_store (call->request->node), email, &cause);
	if (*account != NULL || g_error_matches (cause, CURIA_ERROR, CURIA_ERROR_NOT_FOUND))
		return TRUE;
	g_propagate_error (error, g_steal_pointer (&cause));
	return FALSE;
}

/* The same work, whether there is such an account or not; who is disabled is told no more than who guesses. */
static gboolean
check_credentials (ApiCall *call, const CuriaAccount *account, gboolean *right, GError **error)
{
	const char *password = curia_json_string (call->body, "password", "");
	if (!curia_password_verify (curia_node_passwords (call->request->node), account != NULL ? account->password : NULL, password,
			right, error))
		return FALSE;
	*right = *right && strcmp (account->state, "active") == 0;
	return *right || curia_throw (error, CURIA_ERROR_WRONG_CREDENTIALS, "E-mail address or password is wrong");
}

/* A hash of former limits is made anew while the password is at hand; that it fails matters to nobody. */
static void
renew_hash (ApiCall *call, const CuriaAccount *account)
{
	CuriaNode *node = call->request->node;
	if (curia_password_is_current (account->password))
		return;
	g_autofree char *hash = curia_password_hash (curia_node_passwords (node), curia_json_string (call->body, "password", ""), NULL);
	if (hash != NULL)
		curia_store_account_rehash (curia_node_store (node), account->id, account->password, hash, NULL);
}

gboolean
api_sessions_create (ApiCall *call, GError **error)
{
	g_autoptr (CuriaAccount) account = NULL;
	Attempt attempt;
	gboolean right = FALSE, known;
	g_autofree char *email = api_accounts_email (call, error);
	if (email == NULL || !api_cookie_check_page (call->request, FALSE, error) || !api_attempt_begin (call, email, &attempt, error))
		return FALSE;
	g_autoptr (GError) cause = NULL;
	known = find_account (call, email, &account, &cause) && check_credentials (call, account, &right, &cause);
	gboolean wrong = g_error_matches (cause, CURIA_ERROR, CURIA_ERROR_WRONG_CREDENTIALS);
	api_attempt_end (&attempt, right ? THROTTLE_PASSED : wrong ? THROTTLE_FAILED : THROTTLE_NEITHER);
	if (!known) {
		g_propagate_error (error, g_steal_pointer (&cause));
		return FALSE;
	}
	renew_hash (call, account);
	return api_sign_in (call, account, error);
}

/* ---- refreshing ---- */

static CuriaAccount *
refresh (ApiCall *call, const CuriaRefreshToken *token, GError **error)
{
	g_autofree char *digest = curia_refresh_token_digest (token->secret), *agent = agent_of (call);
	CuriaRefresh ask = { token->session, digest, token->generation, call->now_ms, call->now_ms + lifetime_s (call) * 1000,
		call->request->peer, agent };
	gboolean reused;
	CuriaAccount *account = curia_store_session_refresh (curia_node_store (call->request->node), &ask, &reused, error);
	if (reused) {
		api_session_forget ();
		curia_log_warning ("accounts", "a refresh token was used twice, from %s the second time: session %s ended",
			call->request->peer, token->session);
	}
	return account;
}

/* A cookie that is good for nothing is taken away; one that the store could not look at stays. */
gboolean
api_sessions_refresh (ApiCall *call, GError **error)
{
	if (!api_cookie_check_page (call->request, TRUE, error))
		return FALSE;
	g_autoptr (CuriaRefreshToken) token = token_sent (call);
	g_autoptr (GError) cause = NULL;
	if (token == NULL)
		curia_throw (&cause, CURIA_ERROR_SESSION_ENDED, "There is no session: sign in");
	g_autoptr (CuriaAccount) account = token != NULL ? refresh (call, token, &cause) : NULL;
	if (account == NULL) {
		if (g_error_matches (cause, CURIA_ERROR, CURIA_ERROR_SESSION_ENDED) && call->request->cookie != NULL)
			take_cookie (call);
		g_propagate_error (error, g_steal_pointer (&cause));
		return FALSE;
	}
	token->generation++;
	give_cookie (call, token);
	return answer (call, account, token->session, error);
}

/* ---- which there are, and their end ---- */

static json_t *
session_to_json (const CuriaSession *session, const char *current)
{
	g_autofree char *created = curia_clock_rfc3339 (session->created_ms), *used = curia_clock_rfc3339 (session->used_ms);
	return json_pack ("{s:s, s:s, s:s, s:s, s:s, s:b}", "id", session->id, "created_at", created, "used_at", used, "address",
		session->address, "agent", session->agent, "current", strcmp (session->id, current) == 0);
}

gboolean
api_sessions_list (ApiCall *call, GError **error)
{
	const CuriaAccountToken *who = call->caller.account;
	g_autoptr (GPtrArray) sessions = curia_store_session_list (curia_node_store (call->request->node), who->account, call->now_ms, error);
	if (sessions == NULL)
		return FALSE;
	json_t *list = json_array ();
	for (guint i = 0; i < sessions->len; i++)
		json_array_append_new (list, session_to_json (sessions->pdata[i], who->session));
	call->response->body = json_pack ("{s:o}", "sessions", list);
	return TRUE;
}

/* `id` NULL: all of the account. */
static gboolean
end_sessions (ApiCall *call, const char *id, guint *n, GError **error)
{
	if (!curia_store_session_end (curia_node_store (call->request->node), call->caller.account->account, id, n, error))
		return FALSE;
	api_session_forget ();
	call->response->body = json_pack ("{s:i}", "ended", (int) *n);
	return TRUE;
}

gboolean
api_sessions_end (ApiCall *call, GError **error)
{
	guint n;
	if (!end_sessions (call, api_call_parameter (call, "id"), &n, error))
		return FALSE;
	return n > 0 || curia_throw (error, CURIA_ERROR_NOT_FOUND, "You have no such session");
}

gboolean
api_sessions_end_current (ApiCall *call, GError **error)
{
	guint n;
	take_cookie (call);
	return end_sessions (call, call->caller.account->session, &n, error);
}

gboolean
api_sessions_end_all (ApiCall *call, GError **error)
{
	guint n;
	take_cookie (call);
	return end_sessions (call, NULL, &n, error);
}
