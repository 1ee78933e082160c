#include "auth.h"

#include <string.h>

#include "curia-id.h"

static gboolean
holds_create (const CuriaClaims *claims)
{
	return claims->room_create;
}

static gboolean
holds_list (const CuriaClaims *claims)
{
	return claims->room_list;
}

static gboolean
holds_join (const CuriaClaims *claims)
{
	return claims->room_join || claims->room_admin;
}

static gboolean
holds_history (const CuriaClaims *claims)
{
	return claims->room_list || claims->room_admin;
}

/* A host has roomAdmin too, of one meeting. */
static gboolean
holds_server (const CuriaClaims *claims)
{
	return claims->room_admin && (claims->room == NULL || claims->room[0] == '\0');
}

/* That it is an access token, not that of a seat, is found out elsewhere. */
static gboolean
holds_account (const CuriaClaims *claims)
{
	return claims->account != NULL;
}

static const struct {
	const char *grant, *guest_option;
	gboolean (*holds) (const CuriaClaims *claims);
} needs[] = {
	[API_NEED_NOTHING] = { NULL, NULL, NULL },
	[API_NEED_CREATE] = { "roomCreate", "api.guests_create", holds_create },
	[API_NEED_LIST] = { "roomList", NULL, holds_list },
	[API_NEED_ACTION] = { "roomAdmin, or roomJoin with a role that may do it", NULL, holds_join },
	[API_NEED_JOIN] = { "roomJoin", "api.guests_join", holds_join },
	[API_NEED_HISTORY] = { "roomList or roomAdmin", NULL, holds_history },
	[API_NEED_SERVER] = { "roomAdmin for all meetings (without room)", NULL, holds_server },
	[API_NEED_ACCOUNT] = { "a signed-in account", NULL, holds_account },
};

const char *
api_need_grant (ApiNeed need)
{
	return needs[need].grant;
}

const char *
api_need_guest_option (ApiNeed need)
{
	return needs[need].guest_option;
}

gboolean
api_auth_covers (const CuriaClaims *claims, const char *code)
{
	if (code == NULL || claims->room == NULL || claims->room[0] == '\0')
		return TRUE;
	g_autofree char *room = NULL;
	return curia_id_code_parse (claims->room, &room) && strcmp (room, code) == 0;
}

gboolean
api_auth_scope (const CuriaClaims *claims, const char *asked, char **code, GError **error)
{
	gboolean bound = claims->room != NULL && claims->room[0] != '\0';
	*code = NULL;
	if (asked == NULL && !bound)
		return TRUE;
	if (asked == NULL && !curia_id_code_parse (claims->room, code))
		return curia_throw (error, CURIA_ERROR_FORBIDDEN, "The token's room is no meeting's code");
	if (asked != NULL && !curia_id_code_parse (asked, code))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "meeting must be a code of 12 letters, like abcd-efgh-jkmn");
	if (api_auth_covers (claims, *code))
		return TRUE;
	curia_throw (error, CURIA_ERROR_FORBIDDEN, "The token is for another meeting than %s", *code);
	g_clear_pointer (code, g_free);
	return FALSE;
}

gboolean
api_auth_decide (ApiNeed need, const CuriaClaims *claims, const char *code, gboolean guests, GError **error)
{
	if (need == API_NEED_NOTHING || (claims == NULL && guests))
		return TRUE;
	const char *grant = needs[need].grant;
	if (claims == NULL)
		return curia_throw (error, CURIA_ERROR_UNAUTHORIZED,
			"This needs the header Authorization: Bearer <token>, with a token that grants %s", grant);
	if (!needs[need].holds (claims))
		return curia_throw (error, CURIA_ERROR_FORBIDDEN, "The token does not grant %s", grant);
	if (!api_auth_covers (claims, code))
		return curia_throw (error, CURIA_ERROR_FORBIDDEN, "The token is for another meeting than %s", code);
	return TRUE;
}

/* The scheme's case does not matter (RFC 9110, 11.1). */
const char *
api_auth_bearer (const char *authorization)
{
	if (authorization == NULL || g_ascii_strncasecmp (authorization, "Bearer ", 7) != 0)
		return NULL;
	const char *token = authorization + 7;
	while (*token == ' ')
		token++;
	return *token != '\0' ? token : NULL;
}
