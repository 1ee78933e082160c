#include "caller.h"

#include <string.h>

#include "curia-id.h"
#include "curia-store-accounts.h"
#include "curia-store-members.h"
#include "curia-store-removals.h"
#include "session-life.h"

void
api_caller_clear (ApiCaller *self)
{
	g_clear_pointer (&self->claims, curia_claims_free);
	g_clear_pointer (&self->account, curia_account_token_free);
	g_clear_pointer (&self->meeting, curia_meeting_free);
}

/* ---- accounts ---- */

static gboolean
verify_account (const ApiRequest *request, const char *token, gint64 now_s, ApiCaller *caller, GError **error)
{
	caller->account = curia_account_token_verify (curia_node_account_key (request->node), token, now_s, error);
	return caller->account != NULL && api_session_check (request->node, caller->account, now_s * 1000, error);
}

static gboolean
is_admin (const ApiCaller *caller)
{
	return strcmp (caller->account->role, "admin") == 0;
}

/* What an account is in the caller's meeting: the most that anything makes it. */
static gboolean
find_role (const ApiRequest *request, ApiCaller *caller, const char *id, gboolean admin, GError **error)
{
	int role = curia_store_member_role (curia_node_store (request->node), caller->meeting->id, id, error);
	if (role < -1)
		return FALSE;
	gboolean owner = strcmp (caller->meeting->owner, id) == 0;
	caller->member = owner || role >= 0;
	caller->role = role >= 0 ? (CuriaRole) role : CURIA_ROLE_PARTICIPANT;
	if (admin)
		caller->role = MAX (caller->role, CURIA_ROLE_HOST);
	if (owner)
		caller->role = CURIA_ROLE_OWNER;
	return TRUE;
}

/* As a token of an application would grant it: in the meeting concerned, or, where none is, over all. */
static CuriaClaims *
claims_of_account (const ApiCaller *caller)
{
	CuriaClaims *claims = curia_claims_new ();
	gboolean all = caller->meeting != NULL ? caller->role >= CURIA_ROLE_HOST : is_admin (caller);
	claims->identity = g_strdup (caller->account->account);
	claims->account = g_strdup (caller->account->account);
	claims->issued_s = caller->account->issued_s;
	claims->expires_s = caller->account->expires_s;
	claims->room_join = claims->room_create = TRUE;
	claims->room_admin = claims->room_list = all;
	if (caller->meeting == NULL)
		return claims;
	claims->room = g_strdup (caller->meeting->code);
	claims->role = g_strdup (curia_role_name (caller->role));
	claims->can_publish = caller->role > CURIA_ROLE_VIEWER;
	return claims;
}

/* ---- tokens ---- */

CuriaRole
api_caller_role_of (const CuriaClaims *claims)
{
	CuriaRole role = curia_claims_role (claims);
	return claims->room_admin ? MAX (role, CURIA_ROLE_HOST) : role;
}

static gboolean
find_meeting (const ApiRequest *request, const char *code, ApiCaller *caller, GError **error)
{
	if (caller->meeting == NULL)
		caller->meeting = curia_store_meeting_lookup (curia_node_store (request->node), code, error);
	return caller->meeting != NULL;
}

static void
lower_to (CuriaClaims *claims, CuriaRole most)
{
	if (api_caller_role_of (claims) <= most)
		return;
	claims->room_admin = most >= CURIA_ROLE_HOST;
	g_free (claims->role);
	claims->role = g_strdup (curia_role_name (most));
}

/* A seat's token says what its account was in the meeting when it was made: if that is less by now, it is less. */
static gboolean
check_seat (const ApiRequest *request, const char *code, ApiCaller *caller, GError **error)
{
	g_autoptr (CuriaAccount) account = NULL;
	g_autoptr (GError) cause = NULL;
	if (caller->claims->account == NULL || code == NULL)
		return TRUE;
	account = curia_store_account_lookup (curia_node_store (request->node), caller->claims->account, &cause);
	if (account == NULL && !g_error_matches (cause, CURIA_ERROR, CURIA_ERROR_NOT_FOUND)) {
		g_propagate_error (error, g_steal_pointer (&cause));
		return FALSE;
	}
	if (account == NULL || strcmp (account->state, "active") != 0)
		return curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "The account of this token is no more, or is switched off");
	if (!find_meeting (request, code, caller, error)
		|| !find_role (request, caller, account->id, curia_account_is_admin (account), error))
		return FALSE;
	lower_to (caller->claims, caller->role);
	return TRUE;
}

static gboolean
verify (const ApiRequest *request, const char *code, gint64 now_s, ApiCaller *caller, GError **error)
{
	const char *token = api_auth_bearer (request->authorization);
	if (request->authorization == NULL)
		return TRUE;
	if (token == NULL)
		return curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "Authorization must be of the form Bearer <token>");
	if (!curia_account_token_is (token)) {
		caller->claims = curia_token_verify (curia_node_keys (request->node), token, now_s, error);
		return caller->claims != NULL && check_seat (request, code, caller, error);
	}
	if (!verify_account (request, token, now_s, caller, error))
		return FALSE;
	if (code != NULL
		&& (!find_meeting (request, code, caller, error)
			|| !find_role (request, caller, caller->account->account, is_admin (caller), error)))
		return FALSE;
	caller->claims = claims_of_account (caller);
	return TRUE;
}

/* ---- deciding ---- */

/* Whoever was removed from a meeting does nothing there with the token of then, over REST either. Tokens for all meetings are no
 * participant's. */
static gboolean
check_removed (const ApiRequest *request, const ApiCaller *caller, GError **error)
{
	const CuriaClaims *claims = caller->claims;
	gboolean bound = claims->room != NULL && claims->room[0] != '\0';
	return !bound || claims->identity == NULL
		|| curia_store_removal_check (curia_node_store (request->node), caller->meeting->id, claims->identity, claims->issued_s, error);
}

static gboolean
check_action (const ApiRequest *request, CuriaAction action, const char *code, ApiCaller *caller, GError **error)
{
	if (!find_meeting (request, code, caller, error))
		return FALSE;
	if (caller->account == NULL)
		caller->role = api_caller_role_of (caller->claims);
	return curia_rules_check (&caller->meeting->rules, caller->role, action, error) && check_removed (request, caller, error);
}

static gboolean
check_account (const ApiCaller *caller, GError **error)
{
	return caller->account != NULL
		|| curia_throw (error, CURIA_ERROR_FORBIDDEN, "This is for people who are signed in; the token is an application's or a seat's");
}

gboolean
api_caller_check (const ApiRequest *request, ApiNeed need, CuriaAction action, const char *code, gint64 now_s, ApiCaller *caller,
	GError **error)
{
	*caller = (ApiCaller) { 0 };
	if (need == API_NEED_NOTHING)
		return TRUE;
	if (!verify (request, code, now_s, caller, error))
		return FALSE;
	const char *option = api_need_guest_option (need);
	gboolean guests = option != NULL && curia_options_bool (curia_node_options (request->node), option);
	if (!api_auth_decide (need, caller->claims, code, guests, error))
		return FALSE;
	if (need == API_NEED_ACTION)
		return check_action (request, action, code, caller, error);
	return need != API_NEED_ACCOUNT || check_account (caller, error);
}
