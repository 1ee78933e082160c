#include "join.h"

#include <string.h>

#include "curia-id.h"
#include "curia-store-removals.h"
#include "knock.h"
#include "links.h"
#include "live.h"
#include "meetings.h"
#include "turn.h"

#define NAME_MAX_CHARACTERS 60
#define SEAT_BYTES 18
#define HASH_CHARACTERS 32 /* hexadecimal: 128 bits */

typedef struct {
	char *name, *seat, *identity;
	gboolean guest; /* neither an account nor an application vouches for it */
} Seat;

static void seat_clear (Seat *self)
{
	g_free (self->name);
	g_free (self->seat);
	g_free (self->identity);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Seat, seat_clear)

static gboolean is_set (const char *text)
{
	return text != NULL && text[0] != '\0';
}

char *api_join_identity (const CuriaClaims *claims, const char *host_identity, const char *code, const char *seat)
{
	gboolean own = claims != NULL && is_set (claims->identity);
	gboolean host = own && strcmp (claims->identity, host_identity) == 0;
	if (own && !host)
		return g_strdup (claims->identity);
	g_autofree char *input = g_strconcat (code, "\n", seat, NULL);
	g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, input, -1);
	return g_strdup_printf ("%s:%.*s", host ? "host" : "guest", HASH_CHARACTERS, hash);
}

/* An account may be called otherwise in a meeting: what the form says counts. The name of a token is its application's word, and
 * counts before that. */
static gboolean choose_name (ApiCall *call, char **name, GError **error)
{
	gboolean given = call->claims != NULL && is_set (call->claims->name);
	const char *text = given ? call->claims->name : curia_json_string (call->body, "name", NULL);
	if (text == NULL)
		return curia_throw (error, CURIA_ERROR_MISSING_FIELD, "name is required: 1 to %d characters", NAME_MAX_CHARACTERS);
	g_autofree char *whole = g_strstrip (g_utf8_make_valid (text, -1));
	if (whole[0] == '\0')
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "name must be 1 to %d characters, not only spaces",
			NAME_MAX_CHARACTERS);
	glong length = MIN (g_utf8_strlen (whole, -1), NAME_MAX_CHARACTERS);
	*name = g_utf8_substring (whole, 0, length);
	return TRUE;
}

static gboolean choose_seat (ApiCall *call, const CuriaMeeting *meeting, Seat *seat, GError **error)
{
	if (!choose_name (call, &seat->name, error))
		return FALSE;
	g_autofree char *host = api_meetings_host_identity (meeting);
	const char *secret = curia_json_string (call->body, "identity", NULL);
	seat->seat = secret != NULL ? g_strdup (secret) : curia_id_secret (SEAT_BYTES);
	seat->identity = api_join_identity (call->claims, host, meeting->code, seat->seat);
	seat->guest = call->claims == NULL || call->claims->guest;
	return TRUE;
}

/* Who could not get in is in the books too, and the room keeps those. A lost word of it matters to nobody. */
static void tell_refused (ApiCall *call, const CuriaMeeting *meeting, const Seat *seat, const GError *error)
{
	g_autofree char *topic = api_live_topic (meeting->code);
	json_auto_t *message = json_pack ("{s:s, s:s, s:s, s:s}", "command", "refused", "identity", seat->identity,
		"error", curia_error_row (error)->slug, "detail", error->message);
	curia_bus_publish (curia_node_bus (call->request->node), topic, message, NULL);
}

/* ---- may it come in ---- */

/* What an application's token, or a seat's, was made for it keeps: no new one comes of a token that a removal made void. Who has no
 * token, or a new one any time, has to be kept out by the ban. */
static gint64 issued_s (const ApiCall *call, const Seat *seat)
{
	gboolean own = call->caller.account == NULL && call->claims != NULL && g_strcmp0 (call->claims->identity, seat->identity) == 0;
	return own ? call->claims->issued_s : G_MAXINT64;
}

/* Applications and whoever has a role in the meeting need no password, nor who had a seat and comes back with its token. */
static gboolean needs_password (const ApiCall *call, const CuriaMeeting *meeting, const Seat *seat)
{
	if (meeting->password[0] == '\0')
		return FALSE;
	if (call->caller.account != NULL)
		return !call->caller.member && call->caller.role < CURIA_ROLE_MODERATOR;
	return seat->guest;
}

static gboolean check_password (ApiCall *call, const CuriaMeeting *meeting, GError **error)
{
	const char *given = curia_json_string (call->body, "password", NULL);
	if (given == NULL)
		return curia_throw (error, CURIA_ERROR_PASSWORD_NEEDED, "The meeting %s has a password: password is required", meeting->code);
	return api_knock (call, meeting, given, error);
}

static gboolean is_welcome (ApiCall *call, const CuriaMeeting *meeting, const Seat *seat, GError **error)
{
	if (seat->guest && !meeting->rules.guests)
		return curia_throw (error, CURIA_ERROR_GUESTS_NOT_ALLOWED,
			"Only people with an account, or whom an application sends, can join the meeting %s", meeting->code);
	if (!curia_store_removal_check (curia_node_store (call->request->node), meeting->id, seat->identity, issued_s (call, seat), error))
		return FALSE;
	return !needs_password (call, meeting, seat) || check_password (call, meeting, error);
}

/* The room has the last word; this spares a client the way there. Who has a seat already may always come back. */
static gboolean has_room (ApiCall *call, const CuriaMeeting *meeting, const Seat *seat, GError **error)
{
	CuriaNode *node = call->request->node;
	ApiLive live = api_live_ask (curia_node_bus (node), meeting->code, seat->identity);
	int most = MIN (meeting->max_participants,
		(int) curia_options_int (curia_node_options (node), "room.max_participants"));
	return live.participants < most || live.present
		|| curia_throw (error, CURIA_ERROR_MEETING_FULL, "The meeting %s has all of its %d participants", meeting->code, most);
}

/* Of what was refused the books hear, but for the first question for a password, which everybody gets, and for what was not
 * looked at at all. */
static gboolean is_news (const ApiCall *call, const GError *cause)
{
	if (g_error_matches (cause, CURIA_ERROR, CURIA_ERROR_PASSWORD_NEEDED))
		return json_object_get (call->body, "password") != NULL;
	return !g_error_matches (cause, CURIA_ERROR, CURIA_ERROR_TOO_MANY)
		&& !g_error_matches (cause, CURIA_ERROR, CURIA_ERROR_OVERLOADED)
		&& !g_error_matches (cause, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
}

static gboolean check (ApiCall *call, const CuriaMeeting *meeting, const Seat *seat, GError **error)
{
	g_autoptr (GError) cause = NULL;
	if (is_welcome (call, meeting, seat, &cause) && has_room (call, meeting, seat, &cause))
		return TRUE;
	if (is_news (call, cause))
		tell_refused (call, meeting, seat, cause);
	g_propagate_error (error, g_steal_pointer (&cause));
	return FALSE;
}

/* ---- the seat ---- */

/* What a token of the server's own says; an application's claims stay as they are. */
static void choose_role (const ApiCall *call, const Seat *seat, CuriaClaims *claims)
{
	gboolean watches = strcmp (curia_json_string (call->body, "role", "participant"), "viewer") == 0;
	gboolean ours = call->claims == NULL || call->caller.account != NULL;
	if (watches)
		claims->can_publish = FALSE;
	claims->guest = seat->guest;
	if (!ours || (claims->role != NULL && curia_claims_role (claims) > CURIA_ROLE_PARTICIPANT))
		return;
	CuriaRole role = claims->can_publish ? CURIA_ROLE_PARTICIPANT : CURIA_ROLE_VIEWER;
	g_free (claims->role);
	claims->role = g_strdup (curia_role_name (role));
}

static CuriaClaims *claims_for (ApiCall *call, const CuriaMeeting *meeting, const Seat *seat)
{
	CuriaClaims *claims = call->claims != NULL ? curia_claims_copy (call->claims) : curia_claims_new ();
	g_free (claims->identity);
	g_free (claims->name);
	g_free (claims->room);
	claims->identity = g_strdup (seat->identity);
	claims->name = g_strdup (seat->name);
	claims->room = g_strdup (meeting->code);
	claims->room_join = TRUE;
	claims->room_create = claims->room_list = FALSE; /* a browser needs no more than its meeting */
	choose_role (call, seat, claims);
	return claims;
}

/* A token that makes more than a participant passes nothing on beyond its own end; else it could be renewed for ever. */
static char *mint (ApiCall *call, const CuriaClaims *claims, GError **error)
{
	CuriaNode *node = call->request->node;
	gint64 ttl_s = curia_options_int (curia_node_options (node), "token.join_ttl_s");
	if (call->claims != NULL && call->caller.account == NULL && api_caller_role_of (claims) > CURIA_ROLE_PARTICIPANT)
		ttl_s = CLAMP (call->claims->expires_s - call->now_ms / 1000, 1, ttl_s);
	return curia_token_mint (curia_node_keys (node), claims, call->now_ms / 1000, ttl_s, error);
}

/* Where the meeting is: this node under the name it was asked by, unless it has one of its own, or another one. */
static char *socket_of (ApiCall *call, const CuriaMeeting *meeting, GError **error)
{
	CuriaNode *node = call->request->node;
	const char *own = curia_options_string (curia_node_options (node), "cluster.url");
	g_autofree char *other = NULL;
	if (!curia_cluster_place (curia_node_cluster (node), meeting->code, &other, error))
		return NULL;
	g_autofree char *base = other == NULL && *own == '\0' ? api_links_base_of (call->request)
		: api_links_base (other != NULL ? other : own, NULL, TRUE, 0);
	return api_links_socket (base);
}

static void answer (ApiCall *call, const CuriaMeeting *meeting, const Seat *seat, const CuriaClaims *claims, const char *token,
	const char *socket)
{
	gboolean derived = call->claims == NULL || g_strcmp0 (call->claims->identity, seat->identity) != 0;
	call->response->body = json_pack ("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "token", token, "url", socket,
		"identity", derived ? seat->seat : seat->identity, "name", seat->name, "role", curia_role_name (curia_claims_role (claims)),
		"ice_servers", api_turn_ice_servers (curia_node_options (call->request->node), seat->identity, call->now_ms / 1000),
		"meeting", api_meetings_to_json (meeting, call->request));
}

gboolean api_join (ApiCall *call, GError **error)
{
	g_autoptr (CuriaMeeting) meeting = api_meetings_open (call, error);
	g_auto (Seat) seat = { 0 };
	if (meeting == NULL || !choose_seat (call, meeting, &seat, error) || !check (call, meeting, &seat, error))
		return FALSE;
	g_autoptr (CuriaClaims) claims = claims_for (call, meeting, &seat);
	g_autofree char *token = mint (call, claims, error);
	g_autofree char *socket = token != NULL ? socket_of (call, meeting, error) : NULL;
	if (socket == NULL)
		return FALSE;
	answer (call, meeting, &seat, claims, token, socket);
	return TRUE;
}
