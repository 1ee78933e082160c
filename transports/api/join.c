#include "join.h"

#include <string.h>

#include "curia-id.h"
#include "links.h"
#include "live.h"
#include "meetings.h"

#define NAME_MAX_CHARACTERS 60
#define SEAT_BYTES 18
#define HASH_CHARACTERS 32 /* hexadecimal: 128 bits */

typedef struct {
	char *name, *seat, *identity;
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

/* The application's word in the token counts before what the browser says. */
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

/* The room has the last word; this spares a client the way there. Who has a seat already may always come back. */
static gboolean has_room (ApiCall *call, const CuriaMeeting *meeting, const Seat *seat, GError **error)
{
	CuriaNode *node = call->request->node;
	ApiLive live = api_live_ask (curia_node_bus (node), meeting->code, seat->identity);
	int most = MIN (meeting->max_participants,
		(int) curia_options_int (curia_node_options (node), "room.max_participants"));
	if (live.participants < most || live.present)
		return TRUE;
	g_autoptr (GError) full = NULL;
	curia_throw (&full, CURIA_ERROR_MEETING_FULL, "The meeting %s has all of its %d participants", meeting->code, most);
	tell_refused (call, meeting, seat, full);
	g_propagate_error (error, g_steal_pointer (&full));
	return FALSE;
}

static char *mint (ApiCall *call, const CuriaMeeting *meeting, const Seat *seat, GError **error)
{
	g_autoptr (CuriaClaims) claims = call->claims != NULL ? curia_claims_copy (call->claims) : curia_claims_new ();
	g_free (claims->identity);
	g_free (claims->name);
	g_free (claims->room);
	claims->identity = g_strdup (seat->identity);
	claims->name = g_strdup (seat->name);
	claims->room = g_strdup (meeting->code);
	claims->room_join = TRUE;
	if (strcmp (curia_json_string (call->body, "role", "participant"), "viewer") == 0)
		claims->can_publish = FALSE;
	claims->room_create = claims->room_list = FALSE; /* a browser needs no more than its meeting */
	gint64 ttl_s = curia_options_int (curia_node_options (call->request->node), "token.join_ttl_s");
	return curia_token_mint (curia_node_keys (call->request->node), claims, call->now_ms / 1000, ttl_s, error);
}

static json_t *ice_servers (const CuriaOptions *options)
{
	const char *const *urls = curia_options_list (options, "api.ice_servers");
	json_t *servers = json_array ();
	if (urls == NULL || urls[0] == NULL)
		return servers;
	json_t *list = json_array ();
	for (; *urls != NULL; urls++)
		json_array_append_new (list, json_string (*urls));
	json_array_append_new (servers, json_pack ("{s:o}", "urls", list));
	return servers;
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

static void answer (ApiCall *call, const CuriaMeeting *meeting, const Seat *seat, const char *token, const char *socket)
{
	gboolean derived = call->claims == NULL || g_strcmp0 (call->claims->identity, seat->identity) != 0;
	call->response->body = json_pack ("{s:s, s:s, s:s, s:s, s:o, s:o}", "token", token, "url", socket,
		"identity", derived ? seat->seat : seat->identity, "name", seat->name,
		"ice_servers", ice_servers (curia_node_options (call->request->node)),
		"meeting", api_meetings_to_json (meeting, call->request));
}

gboolean api_join (ApiCall *call, GError **error)
{
	g_autoptr (CuriaMeeting) meeting = api_meetings_open (call, error);
	g_auto (Seat) seat = { 0 };
	if (meeting == NULL || !choose_seat (call, meeting, &seat, error) || !has_room (call, meeting, &seat, error))
		return FALSE;
	g_autofree char *token = mint (call, meeting, &seat, error);
	g_autofree char *socket = token != NULL ? socket_of (call, meeting, error) : NULL;
	if (socket == NULL)
		return FALSE;
	answer (call, meeting, &seat, token, socket);
	return TRUE;
}
