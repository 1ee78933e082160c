#include "meetings.h"

#include "attempts.h"
#include "curia-clock.h"
#include "curia-id.h"
#include "links.h"
#include "live.h"

#define LIST_DEFAULT 50
#define CODE_TRIES 3
#define HOST_TOKEN_S (90 * 24 * 3600) /* a meeting may be made a term ahead; the token is void when it ends */

json_t *api_meetings_to_json (const CuriaMeeting *meeting, const ApiRequest *request)
{
	g_autofree char *base = api_links_base_of (request);
	g_autofree char *url = api_links_meeting (base, meeting->code);
	g_autoptr (CuriaMeeting) here = curia_meeting_copy (meeting);
	curia_meeting_resolve (here, curia_node_options (request->node));
	json_t *object = curia_meeting_to_json (here);
	json_object_set_new (object, "url", json_string (url));
	return object;
}

char *api_meetings_host_identity (const CuriaMeeting *meeting)
{
	return g_strconcat ("host:", meeting->id, NULL);
}

static CuriaMeeting *lookup (ApiCall *call, GError **error)
{
	return curia_store_meeting_lookup (curia_node_store (call->request->node), call->code, error);
}

CuriaMeeting *api_meetings_open (ApiCall *call, GError **error)
{
	g_autoptr (CuriaMeeting) meeting = lookup (call, error);
	if (meeting == NULL)
		return NULL;
	if (meeting->ended_ms != 0) {
		g_autofree char *when = curia_clock_rfc3339 (meeting->ended_ms);
		curia_throw (error, CURIA_ERROR_MEETING_ENDED, "The meeting %s ended at %s", meeting->code, when);
		return NULL;
	}
	return g_steal_pointer (&meeting);
}

static void answer (ApiCall *call, const CuriaMeeting *meeting)
{
	call->response->body = api_meetings_to_json (meeting, call->request);
}

static char *host_token (ApiCall *call, const CuriaMeeting *meeting, GError **error)
{
	g_autoptr (CuriaClaims) claims = curia_claims_new ();
	claims->identity = api_meetings_host_identity (meeting);
	claims->room = g_strdup (meeting->code);
	claims->room_join = TRUE;
	claims->room_admin = TRUE;
	return curia_token_mint (curia_node_keys (call->request->node), claims, call->now_ms / 1000, HOST_TOKEN_S, error);
}

/* Whoever may make meetings without a name has the token of their host, too: hashing for them is limited by address. */
static gboolean is_guests (const ApiCall *call)
{
	return call->caller.account == NULL && (call->claims == NULL || (call->claims->room != NULL && call->claims->room[0] != '\0'));
}

/* A text in the body replaces the password; an empty one removes it. */
static gboolean apply_password (ApiCall *call, CuriaMeeting *meeting, GError **error)
{
	const char *password = curia_json_string (call->body, "password", NULL);
	if (password == NULL)
		return TRUE;
	if (password[0] != '\0' && is_guests (call) && !api_attempt_count (call, "meeting-password", error))
		return FALSE;
	char *hash = password[0] == '\0' ? g_strdup ("") : curia_password_hash (curia_node_passwords (call->request->node), password, error);
	if (hash == NULL)
		return FALSE;
	g_free (meeting->password);
	meeting->password = hash;
	return TRUE;
}

/* What a new one is like: whoever is signed in owns it. */
static CuriaMeeting *draft (ApiCall *call, GError **error)
{
	g_autoptr (CuriaMeeting) meeting = curia_meeting_new ();
	g_free (meeting->video_codec);
	meeting->video_codec = g_strdup (curia_options_list (curia_node_options (call->request->node), "room.video_codecs")[0]);
	curia_meeting_apply (meeting, call->body);
	if (call->caller.account != NULL) {
		g_free (meeting->owner);
		meeting->owner = g_strdup (call->caller.account->account);
	}
	return apply_password (call, meeting, error) ? g_steal_pointer (&meeting) : NULL;
}

/* A code is random: that it exists already is all but impossible, and a new one mends it. */
static CuriaMeeting *insert (ApiCall *call, GError **error)
{
	g_autoptr (CuriaMeeting) meeting = draft (call, error);
	for (int i = 1; meeting != NULL; i++) {
		g_autoptr (GError) cause = NULL;
		if (curia_store_meeting_create (curia_node_store (call->request->node), meeting, &cause))
			return g_steal_pointer (&meeting);
		if (i == CODE_TRIES || !g_error_matches (cause, CURIA_ERROR, CURIA_ERROR_MEETING_EXISTS)) {
			g_propagate_error (error, g_steal_pointer (&cause));
			return NULL;
		}
		g_free (meeting->code);
		meeting->code = curia_id_code ();
	}
	return NULL;
}

gboolean api_meetings_create (ApiCall *call, GError **error)
{
	if (!curia_meeting_check (call->body, curia_node_options (call->request->node), error))
		return FALSE;
	g_autoptr (CuriaMeeting) meeting = insert (call, error);
	if (meeting == NULL)
		return FALSE;
	g_autofree char *token = host_token (call, meeting, error);
	if (token == NULL)
		return FALSE;
	answer (call, meeting);
	json_object_set_new (call->response->body, "host_token", json_string (token));
	call->response->location = g_strconcat ("/api/v1/meetings/", meeting->code, NULL);
	return TRUE;
}

gboolean api_meetings_list (ApiCall *call, GError **error)
{
	g_autofree char *next = NULL;
	int limit = (int) curia_json_int (call->query, "limit", LIST_DEFAULT);
	g_autoptr (GPtrArray) meetings = curia_store_meeting_list (curia_node_store (call->request->node), limit,
		curia_json_string (call->query, "cursor", NULL), &next, error);
	if (meetings == NULL)
		return FALSE;
	json_t *list = json_array ();
	for (guint i = 0; i < meetings->len; i++)
		json_array_append_new (list, api_meetings_to_json (g_ptr_array_index (meetings, i), call->request));
	call->response->body = json_pack ("{s:o, s:s?}", "meetings", list, "next_cursor", next);
	return TRUE;
}

gboolean api_meetings_read (ApiCall *call, GError **error)
{
	g_autoptr (CuriaMeeting) meeting = lookup (call, error);
	if (meeting == NULL)
		return FALSE;
	ApiLive live = { 0 };
	if (meeting->ended_ms == 0)
		live = api_live_ask (curia_node_bus (call->request->node), meeting->code, NULL);
	answer (call, meeting);
	json_object_set_new (call->response->body, "live", api_live_to_json (live));
	return TRUE;
}

gboolean api_meetings_tell (ApiCall *call, const CuriaMeeting *meeting, GError **error)
{
	g_autofree char *topic = api_live_topic (meeting->code);
	json_auto_t *message = json_pack ("{s:s, s:o}", "command", "settings", "settings", curia_meeting_rules_to_json (meeting));
	return curia_bus_publish (curia_node_bus (call->request->node), topic, message, error);
}

gboolean api_meetings_update (ApiCall *call, GError **error)
{
	g_autoptr (CuriaMeeting) meeting = api_meetings_open (call, error);
	if (meeting == NULL)
		return FALSE;
	if (!curia_meeting_check (call->body, curia_node_options (call->request->node), error))
		return FALSE;
	curia_meeting_apply (meeting, call->body);
	if (!apply_password (call, meeting, error)
		|| !curia_store_meeting_update (curia_node_store (call->request->node), meeting, error)
		|| !api_meetings_tell (call, meeting, error))
		return FALSE;
	answer (call, meeting);
	return TRUE;
}

/* The store first: once it says ended nobody gets in any more, then those inside are told. They are told again when
 * the request is repeated, which mends an overloaded bus. */
gboolean api_meetings_end (ApiCall *call, GError **error)
{
	CuriaNode *node = call->request->node;
	if (!curia_store_meeting_end (curia_node_store (node), call->code, call->now_ms, error))
		return FALSE;
	g_autofree char *topic = api_live_topic (call->code);
	json_auto_t *message = json_pack ("{s:s, s:s}", "command", "end", "reason", "ended");
	if (!curia_bus_publish (curia_node_bus (node), topic, message, error))
		return FALSE;
	g_autoptr (CuriaMeeting) meeting = lookup (call, error);
	if (meeting == NULL)
		return FALSE;
	answer (call, meeting);
	return TRUE;
}
