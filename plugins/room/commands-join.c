/* join, leave, sync and connection: who is in the meeting. */
#include "config.h"
#include "plugins/room/commands.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "curia-id.h"
#include "curia-store-removals.h"
#include "plugins/room/liveness.h"
#include "plugins/room/membership.h"
#include "plugins/room/notify.h"
#include "plugins/room/publishing.h"
#include "plugins/room/registry.h"
#include "plugins/room/rights.h"
#include "plugins/room/settings.h"
#include "plugins/room/standing.h"
#include "plugins/room/supply.h"
#include "plugins/room/voices.h"
#include "plugins/room/waiting.h"

#define SYNCS_PER_S 5

static const CuriaField plain_fields[] = { REQUEST_FIELD, { 0 } };

static const CuriaField join_fields[] = {
	REQUEST_FIELD,
	{ .name = "token", .type = CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 8192, .doc = "Join token" },
	{ 0 },
};

/* Which meeting the token is for: NO_SUCH_MEETING, FORBIDDEN, MEETING_ENDED, REMOVED. */
static gboolean find_meeting (Request *request, GError **error)
{
	g_autofree char *code = NULL;
	if (!request->claims->room_join || !request->claims->identity || !*request->claims->identity)
		return curia_throw (error, CURIA_ERROR_FORBIDDEN, "the token must hold roomJoin and an identity");
	if (!request->claims->room || !curia_id_code_parse (request->claims->room, &code))
		return curia_throw (error, CURIA_ERROR_NO_SUCH_MEETING, "the token's room is not the code of a meeting");
	request->meeting = curia_store_meeting_lookup (curia_node_store (registry_node ()), code, error);
	if (!request->meeting)
		return FALSE;
	curia_meeting_resolve (request->meeting, curia_node_options (registry_node ()));
	if (request->meeting->ended_ms)
		return curia_throw (error, CURIA_ERROR_MEETING_ENDED, "the meeting has ended");
	return curia_store_removal_check (curia_node_store (registry_node ()), request->meeting->id, request->claims->identity,
		       request->claims->issued_s, error)
		&& curia_cluster_claim (curia_node_cluster (registry_node ()), code, error);
}

static gboolean join_prepare (Request *request, GError **error)
{
	const char *token = curia_json_string (request->body, "token", "");
	g_autoptr (GError) cause = NULL;
	request->claims = curia_token_verify (curia_node_keys (registry_node ()), token, curia_clock_wall_ms () / 1000, error);
	if (!request->claims)
		return FALSE;
	if (find_meeting (request, &cause))
		return TRUE;
	if (!g_error_matches (cause, CURIA_ERROR, CURIA_ERROR_WRONG_NODE)) /* which only sends it on */
		notify_join_failed (request->meeting, NULL, request->claims->identity, cause);
	g_propagate_error (error, g_steal_pointer (&cause));
	return FALSE;
}

/* Whether the token opens the door, before a room is opened for nothing. Who has a seat only comes back to it. */
static gboolean may_enter (Request *request, Room *room, GError **error)
{
	return standing_check (room, request->claims, error)
		&& (room_has_seat (room, request->claims->identity) || waiting_check_lock (room, request->meeting, request->claims, error));
}

static json_t *joined_to_json (Participant *me)
{
	Room *room = me->room;
	json_t *joined = json_pack ("{s:s s:I s:{s:s s:s s:s s:s} s:o s:o s:i s:o s:{s:i s:i s:i s:i s:o}}", "room", "joined",
		"rev", (json_int_t) me->rev,
		"meeting", "id", room->meeting->id, "code", room->meeting->code, "title", room->meeting->title,
		"video_codec", codec_name (room->video),
		"you", participant_to_json_self (me),
		"participants", roster_to_json (room, me), "viewers", roster_tell_viewers (me),
		"speakers", voices_to_json (room),
		"media", "audio_slots", room->meeting->audio_slots, "max_video_slots", MIN (settings.max_video_slots, VIEW_MAX_SLOTS),
		"video_bitrate_bps", room->meeting->camera_bitrate_bps, "screen_bitrate_bps", room->meeting->screen_bitrate_bps,
		"publish", publishing_wishes_to_json (me));
	json_object_update_new (joined, rights_state_to_json (me));
	return joined;
}

/* A seat, or a place in the waiting room. */
static json_t *enter (Request *request, Room *room, GError **error)
{
	gboolean seated = room_has_seat (room, request->claims->identity);
	Wait reason = seated || room->ended ? WAIT_NOT : waiting_reason (room, request->claims);
	if (reason != WAIT_NOT)
		return waiting_enter (room, request->session, request->claims, reason, error);
	Participant *me = room_join (room, request->session, &request->claims, error);
	return me ? joined_to_json (me) : NULL;
}

static json_t *join_run (Request *request, GError **error)
{
	g_autoptr (GError) cause = NULL;
	Room *room = registry_lookup (request->meeting->code);
	json_t *answer = NULL;
	if (may_enter (request, room, &cause))
		room = registry_open (request->meeting, &cause);
	if (!cause)
		answer = enter (request, room, &cause);
	if (!answer) {
		notify_join_failed (request->meeting, room ? room->call : NULL, request->claims->identity, cause);
		g_propagate_error (error, g_steal_pointer (&cause));
	}
	return answer;
}

const Command command_join = { "join", COMMAND_FRESH, join_fields, join_prepare, join_run, FALSE };

static json_t *leave_run (Request *request, GError **error G_GNUC_UNUSED)
{
	Participant *me = request->session->participant;
	room_leave (me->room, me, "left");
	return json_pack ("{s:s}", "room", "left");
}

const Command command_leave = { "leave", COMMAND_PUBLISH, plain_fields, NULL, leave_run, FALSE };

/* The list of a large meeting is dear: whoever asks again and again waits. */
static gboolean may_sync (Participant *me, gint64 now_us, GError **error)
{
	gint64 paid_us = MAX (me->sync_us, now_us);
	if (paid_us - now_us > (SYNCS_PER_S - 1) * G_TIME_SPAN_SECOND / SYNCS_PER_S)
		return curia_throw (error, CURIA_ERROR_TOO_MANY, "sync may be asked for %d times a second", SYNCS_PER_S);
	me->sync_us = paid_us + G_TIME_SPAN_SECOND / SYNCS_PER_S;
	return TRUE;
}

static json_t *sync_run (Request *request, GError **error)
{
	Participant *me = request->session->participant;
	if (request->session->kind == SESSION_VIEW)
		return json_pack ("{s:s s:I s:o}", "room", "synced", "rev", (json_int_t) me->viewing->rev,
			"slots", viewing_slots_to_json (me->viewing));
	if (!may_sync (me, curia_clock_us (), error))
		return NULL;
	json_t *synced = json_pack ("{s:s s:I s:o s:i s:o s:o s:s s:o}", "room", "synced", "rev", (json_int_t) me->rev,
		"participants", roster_to_json (me->room, me), "viewers", roster_tell_viewers (me), "speakers", voices_to_json (me->room),
		"layers", supply_wanted_to_json (me), "role", participant_role (me), "can", rights_to_json (me));
	json_object_update_new (synced, rights_state_to_json (me));
	return synced;
}

const Command command_sync = { "sync", COMMAND_PUBLISH | COMMAND_VIEW, plain_fields, NULL, sync_run, FALSE };

static const CuriaField connection_fields[] = {
	REQUEST_FIELD,
	{ .name = "state", .type = CURIA_FIELD_STRING, .required = TRUE, .allowed = "dropped|back", .doc = "What became of the socket" },
	{ .name = "secret", .type = CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 128, .doc = "Proof that the transport says so" },
	{ 0 },
};

static gboolean connection_prepare (Request *request, GError **error)
{
	const char *secret = curia_json_string (request->body, "secret", "");
	return curia_id_secret_equal (secret, curia_node_secret (registry_node ()))
		|| curia_throw (error, CURIA_ERROR_FORBIDDEN, "connection is for the server's own use");
}

static json_t *connection_run (Request *request, GError **error G_GNUC_UNUSED)
{
	gboolean dropped = g_str_equal (curia_json_string (request->body, "state", ""), "dropped");
	if (request->session->participant)
		liveness_connection (request->session->participant, dropped, curia_clock_us ());
	return json_pack ("{s:s}", "room", "connection");
}

const Command command_connection = { "connection", COMMAND_FRESH | COMMAND_PUBLISH | COMMAND_VIEW, connection_fields,
	connection_prepare, connection_run, FALSE };
