#include "config.h"
#include "plugins/room/commands.h"

#include <string.h>

#include "curia-clock.h"
#include "curia-error.h"
#include "curia-id.h"
#include "plugins/room/liveness.h"
#include "plugins/room/notify.h"
#include "plugins/room/outbox.h"
#include "plugins/room/publishing.h"
#include "plugins/room/registry.h"
#include "plugins/room/roster.h"
#include "plugins/room/settings.h"
#include "plugins/room/stage.h"
#include "plugins/room/voices.h"

#define REQUEST_FIELD { .name = "request", .type = CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 32, \
			.doc = "Name of the request" }
#define MID_FIELD { .name = "mid", .type = CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 16, \
		    .doc = "mid of the section" }
#define SOURCE_FIELD { .name = "source", .type = CURIA_FIELD_STRING, .required = TRUE, .allowed = SOURCE_NAMES, \
		       .doc = "What the track is of" }

static const CuriaField plain_fields[] = { REQUEST_FIELD, { 0 } };

/* ---- join ---- */

static const CuriaField join_fields[] = {
	REQUEST_FIELD,
	{ .name = "token", .type = CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 8192, .doc = "Join token" },
	{ 0 },
};

static gboolean join_prepare (Request *request, GError **error)
{
	const char *token = curia_json_string (request->body, "token", "");
	g_autofree char *code = NULL;
	request->claims = curia_token_verify (curia_node_keys (registry_node ()), token, curia_clock_wall_ms () / 1000, error);
	if (!request->claims)
		return FALSE;
	if (!request->claims->room_join || !request->claims->identity || !*request->claims->identity)
		return curia_throw (error, CURIA_ERROR_FORBIDDEN, "the token must hold roomJoin and an identity");
	if (!request->claims->room || !curia_id_code_parse (request->claims->room, &code))
		return curia_throw (error, CURIA_ERROR_NO_SUCH_MEETING, "the token's room is not the code of a meeting");
	request->meeting = curia_store_meeting_lookup (curia_node_store (registry_node ()), code, error);
	if (!request->meeting)
		return FALSE;
	return !request->meeting->ended_ms || curia_throw (error, CURIA_ERROR_MEETING_ENDED, "the meeting has ended");
}

static json_t *join_run (Request *request, GError **error)
{
	Room *room = registry_open (request->meeting, error);
	Participant *me = room ? room_join (room, request->session, &request->claims, error) : NULL;
	if (!me)
		return NULL;
	return json_pack ("{s:s s:I s:{s:s s:s s:s s:s} s:o s:o s:o s:{s:i s:i s:i s:i}}", "room", "joined", "rev", (json_int_t) room->rev,
		"meeting", "id", room->meeting->id, "code", room->meeting->code, "title", room->meeting->title,
		"video_codec", codec_name (room->video),
		"you", participant_to_json_self (me),
		"participants", roster_to_json (room, me),
		"speakers", voices_to_json (room),
		"media", "audio_slots", settings.audio_slots, "max_video_slots", MIN (settings.max_video_slots, VIEW_MAX_SLOTS),
		"video_bitrate_bps", settings.video_bitrate_bps, "screen_bitrate_bps", settings.screen_bitrate_bps);
}

/* ---- publish, configure, unpublish, leave ---- */

static const CuriaField publish_track_fields[] = {
	MID_FIELD, SOURCE_FIELD, { .name = "muted", .type = CURIA_FIELD_BOOL, .doc = "Whether it starts muted" }, { 0 },
};

static const CuriaField publish_fields[] = {
	REQUEST_FIELD,
	{ .name = "tracks", .type = CURIA_FIELD_ARRAY, .required = TRUE, .min = 1, .max = SOURCE_N, .items = publish_track_fields,
	  .doc = "Which sections of the offer carry what" },
	{ 0 },
};

static json_t *publish_run (Request *request, GError **error)
{
	Participant *me = request->session->participant;
	SdpReply replies[SESSION_MAX_SECTIONS] = { 0 };
	if (!publishing_negotiate (me, request->offer, json_object_get (request->body, "tracks"), replies, error))
		return NULL;
	request->answer = sdp_answer_write (request->offer, replies);
	return json_pack ("{s:s s:o}", "room", "published", "tracks", publishing_to_json (me));
}

static const CuriaField configure_track_fields[] = {
	SOURCE_FIELD, { .name = "muted", .type = CURIA_FIELD_BOOL, .required = TRUE, .doc = "Whether nothing of it is sent" }, { 0 },
};

static const CuriaField configure_fields[] = {
	REQUEST_FIELD,
	{ .name = "tracks", .type = CURIA_FIELD_ARRAY, .max = SOURCE_N, .items = configure_track_fields, .doc = "Tracks to mute or unmute" },
	{ .name = "name", .type = CURIA_FIELD_STRING, .min = 1, .max = 64, .doc = "New display name" },
	{ 0 },
};

static json_t *configure_run (Request *request, GError **error)
{
	Participant *me = request->session->participant;
	const char *name = curia_json_string (request->body, "name", NULL);
	if (!publishing_configure (me, json_object_get (request->body, "tracks"), curia_clock_us (), error))
		return NULL;
	if (name && !g_str_equal (name, me->name)) {
		g_free (me->name);
		me->name = g_strdup (name);
		room_changed (me);
	}
	return json_pack ("{s:s}", "room", "configured");
}

static json_t *unpublish_run (Request *request, GError **error)
{
	Participant *me = request->session->participant;
	if (!participant_publishes (me)) {
		curia_throw (error, CURIA_ERROR_NOT_PUBLISHED, "nothing is published");
		return NULL;
	}
	publishing_stop (me);
	outbox_close_pc (request->session);
	return json_pack ("{s:s}", "room", "unpublished");
}

static json_t *leave_run (Request *request, GError **error G_GNUC_UNUSED)
{
	Participant *me = request->session->participant;
	room_leave (me->room, me, "left");
	return json_pack ("{s:s}", "room", "left");
}

/* ---- subscribe, view, pause ---- */

static const CuriaField subscribe_fields[] = {
	REQUEST_FIELD,
	{ .name = "ticket", .type = CURIA_FIELD_STRING, .min = 1, .max = 128, .doc = "The ticket from joined; not needed again" },
	{ 0 },
};

/* Whose view handle this is or becomes. */
static Participant *find_viewer (Request *request, GError **error)
{
	const char *ticket = curia_json_string (request->body, "ticket", NULL);
	Participant *me = request->session->participant;
	if (!ticket && me)
		return me;
	if (!ticket) {
		curia_throw (error, CURIA_ERROR_MISSING_FIELD, "ticket is required");
		return NULL;
	}
	Participant *found = registry_find_ticket (ticket);
	if (!found || (me && me != found)) {
		curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "the ticket is not valid (any more)");
		return NULL;
	}
	if (!found->claims->can_subscribe) {
		curia_throw (error, CURIA_ERROR_FORBIDDEN, "the token does not allow to subscribe");
		return NULL;
	}
	return found;
}

static json_t *subscribe_run (Request *request, GError **error)
{
	SdpReply replies[SESSION_MAX_SECTIONS] = { 0 };
	Session *session = request->session;
	Participant *me = find_viewer (request, error);
	if (!me || !viewing_check (request->offer, me->room->video, error))
		return NULL;
	room_bind_view (me, session);
	viewing_negotiate (me->viewing, session, request->offer, me->room->video, session->negotiated, replies);
	request->answer = sdp_answer_write (request->offer, replies);
	stage_update (me->room, curia_clock_us ());
	room_restage (me->room); /* tells the others at the end of the batch */
	return json_pack ("{s:s s:I s:o}", "room", "subscribed", "rev", (json_int_t) ++me->viewing->rev,
		"slots", viewing_slots_to_json (me->viewing));
}

static const CuriaField wish_fields[] = {
	MID_FIELD,
	{ .name = "want", .type = CURIA_FIELD_ANY, .doc = "\"auto\", \"none\", or {\"participant\", \"source\"}" },
	{ .name = "height", .type = CURIA_FIELD_INT, .min = 0, .max = 4320, .doc = "Height in CSS pixels the slot is shown at" },
	{ 0 },
};

static const CuriaField view_fields[] = {
	REQUEST_FIELD,
	{ .name = "slots", .type = CURIA_FIELD_ARRAY, .max = VIEW_MAX_SLOTS, .items = wish_fields,
	  .doc = "Wishes; slots not named keep theirs" },
	{ .name = "pinned", .type = CURIA_FIELD_ARRAY, .max = VIEWING_MAX_PINNED, .doc = "Participants, the most important first" },
	{ 0 },
};

static json_t *view_run (Request *request, GError **error)
{
	Participant *me = request->session->participant;
	if (!viewing_wish (me->viewing, request->body, error))
		return NULL;
	room_restage (me->room);
	return json_pack ("{s:s}", "room", "viewing");
}

static const CuriaField pause_fields[] = {
	REQUEST_FIELD,
	{ .name = "paused", .type = CURIA_FIELD_BOOL, .required = TRUE, .doc = "Whether nothing is sent" },
	{ .name = "mids", .type = CURIA_FIELD_ARRAY, .max = VIEW_MAX_SLOTS, .doc = "Video slots; all when absent" },
	{ 0 },
};

static json_t *pause_run (Request *request, GError **error)
{
	Participant *me = request->session->participant;
	if (!viewing_pause (me->viewing, request->body, error))
		return NULL;
	room_restage (me->room);
	return json_pack ("{s:s}", "room", "paused");
}

/* ---- both handles ---- */

static json_t *sync_run (Request *request, GError **error G_GNUC_UNUSED)
{
	Participant *me = request->session->participant;
	if (request->session->kind == SESSION_VIEW)
		return json_pack ("{s:s s:I s:o}", "room", "synced", "rev", (json_int_t) me->viewing->rev,
			"slots", viewing_slots_to_json (me->viewing));
	return json_pack ("{s:s s:I s:o s:o}", "room", "synced", "rev", (json_int_t) me->room->rev,
		"participants", roster_to_json (me->room, me), "speakers", voices_to_json (me->room));
}

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

/* ---- the table ---- */

static const Command commands[] = {
	{ "join", COMMAND_FRESH, join_fields, join_prepare, join_run, FALSE },
	{ "publish", COMMAND_PUBLISH, publish_fields, NULL, publish_run, TRUE },
	{ "configure", COMMAND_PUBLISH, configure_fields, NULL, configure_run, FALSE },
	{ "unpublish", COMMAND_PUBLISH, plain_fields, NULL, unpublish_run, FALSE },
	{ "leave", COMMAND_PUBLISH, plain_fields, NULL, leave_run, FALSE },
	{ "subscribe", COMMAND_FRESH | COMMAND_VIEW, subscribe_fields, NULL, subscribe_run, TRUE },
	{ "view", COMMAND_VIEW, view_fields, NULL, view_run, FALSE },
	{ "pause", COMMAND_VIEW, pause_fields, NULL, pause_run, FALSE },
	{ "sync", COMMAND_PUBLISH | COMMAND_VIEW, plain_fields, NULL, sync_run, FALSE },
	{ "connection", COMMAND_FRESH | COMMAND_PUBLISH | COMMAND_VIEW, connection_fields, connection_prepare, connection_run, FALSE },
};

const Command *command_lookup (const char *name)
{
	for (guint i = 0; name && i < G_N_ELEMENTS (commands); i++)
		if (g_str_equal (commands[i].name, name))
			return &commands[i];
	return NULL;
}

const char *command_names (void)
{
	return "join, publish, configure, unpublish, leave, sync; subscribe, view, pause, sync";
}
