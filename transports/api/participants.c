#include "participants.h"

#include "curia-clock.h"
#include "live.h"
#include "moderate.h"

/* Longer than for the number in a meeting's answer, which can do without. */
#define PATIENCE 4

/* The room's reply; NULL and NOT_FOUND when no room is open, or whatever went wrong. Takes `message`. */
static json_t *
ask_room (ApiCall *call, json_t *message, GError **error)
{
	g_autofree char *topic = api_live_topic (call->code);
	json_auto_t *taken = message;
	return curia_bus_request_sync (curia_node_bus (call->request->node), topic, taken, PATIENCE * api_live_wait_ms, error);
}

static json_t *
time_of (json_t *object, const char *name)
{
	gint64 time_ms = curia_json_int (object, name, 0);
	g_autofree char *text = time_ms != 0 ? curia_clock_rfc3339 (time_ms) : NULL;
	return text != NULL ? json_string (text) : json_null ();
}

static json_t *
participant_to_json (json_t *from)
{
	json_t *tracks = json_object_get (from, "tracks");
	return json_pack ("{s:s, s:s, s:s, s:s, s:s, s:b, s:o, s:o}", "participant", curia_json_string (from, "participant", ""),
		"participation", curia_json_string (from, "participation", ""), "identity", curia_json_string (from, "identity", ""),
		"name", curia_json_string (from, "name", ""), "role", curia_json_string (from, "role", "participant"), "hand",
		json_is_integer (json_object_get (from, "hand")) || curia_json_bool (from, "hand", FALSE), "joined_at",
		time_of (from, "joined_ms"), "tracks", json_is_array (tracks) ? json_incref (tracks) : json_array ());
}

static json_t *
reply_to_json (json_t *reply)
{
	json_t *list = json_array (), *participant;
	size_t i;
	json_array_foreach (json_object_get (reply, "participants"), i, participant)
		json_array_append_new (list, participant_to_json (participant));
	return json_pack ("{s:s?, s:o, s:o, s:I}", "call", curia_json_string (reply, "call", NULL), "started_at",
		time_of (reply, "started_ms"), "participants", list, "viewers", (json_int_t) curia_json_int (reply, "viewers", 0));
}

gboolean
api_participants_list (ApiCall *call, GError **error)
{
	g_autoptr (GError) cause = NULL;
	json_auto_t *reply = ask_room (call, json_pack ("{s:s}", "command", "participants"), &cause);
	if (reply == NULL && !g_error_matches (cause, CURIA_ERROR, CURIA_ERROR_NOT_FOUND)) {
		g_propagate_error (error, g_steal_pointer (&cause));
		return FALSE;
	}
	call->response->body = reply_to_json (reply);
	return TRUE;
}

/* Has the room do something to the participant at {identity}, for the caller. Takes `fields`. */
static gboolean
moderate (ApiCall *call, const char *action, json_t *fields, GError **error)
{
	const char *identity = api_call_parameter (call, "identity");
	json_object_set_new (fields, "identity", json_string (identity));
	json_auto_t *reply = api_moderate_ask (call, action, fields, error);
	if (reply != NULL)
		call->response->body = json_pack ("{s:s}", "identity", identity);
	return reply != NULL;
}

gboolean
api_participants_kick (ApiCall *call, GError **error)
{
	return moderate (call, "remove", json_pack ("{s:b}", "ban", FALSE), error);
}

gboolean
api_participants_mute (ApiCall *call, GError **error)
{
	return moderate (call, "mute", json_pack ("{s:s}", "source", curia_json_string (call->body, "source", "")), error);
}
