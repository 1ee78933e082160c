/* subscribe, view and pause: what a participant receives. */
#include "config.h"
#include "plugins/room/commands.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "plugins/room/bandwidth.h"
#include "plugins/room/membership.h"
#include "plugins/room/registry.h"
#include "plugins/room/stage.h"
#include "plugins/room/wishes.h"

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
	if (!me || !viewing_check (request->offer, me->room, error))
		return NULL;
	room_bind_view (me, session);
	if (!session->negotiated)
		bandwidth_start (&me->viewing->bandwidth, curia_clock_us ());
	viewing_negotiate (me->viewing, session, request->offer, me->room->video, session->negotiated, replies);
	request->answer = sdp_answer_write (request->offer, replies);
	room_restage_viewer (me);
	stage_update (me->room, curia_clock_us ());
	return json_pack ("{s:s s:I s:o}", "room", "subscribed", "rev", (json_int_t) ++me->viewing->rev,
		"slots", viewing_slots_to_json (me->viewing));
}

const Command command_subscribe = { "subscribe", COMMAND_FRESH | COMMAND_VIEW, subscribe_fields, NULL, subscribe_run, TRUE };

static const CuriaField wish_fields[] = {
	MID_FIELD,
	{ .name = "want", .type = CURIA_FIELD_ANY, .doc = "\"auto\", \"none\", or {\"participant\", \"source\"}" },
	{ .name = "height", .type = CURIA_FIELD_INT, .min = 0, .max = 4320, .doc = "Height in device pixels the slot is shown at" },
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
	if (!wishes_view (me->viewing, request->body, error))
		return NULL;
	room_restage_viewer (me);
	return json_pack ("{s:s}", "room", "viewing");
}

const Command command_view = { "view", COMMAND_VIEW, view_fields, NULL, view_run, FALSE };

static const CuriaField pause_fields[] = {
	REQUEST_FIELD,
	{ .name = "paused", .type = CURIA_FIELD_BOOL, .required = TRUE, .doc = "Whether nothing is sent" },
	{ .name = "mids", .type = CURIA_FIELD_ARRAY, .max = VIEW_MAX_SLOTS, .doc = "Video slots; all when absent" },
	{ 0 },
};

static json_t *pause_run (Request *request, GError **error)
{
	Participant *me = request->session->participant;
	if (!wishes_pause (me->viewing, request->body, error))
		return NULL;
	room_restage_viewer (me);
	return json_pack ("{s:s}", "room", "paused");
}

const Command command_pause = { "pause", COMMAND_VIEW, pause_fields, NULL, pause_run, FALSE };

static const CuriaField quality_fields[] = { REQUEST_FIELD, { 0 } };

static json_t *quality_run (Request *request, GError **error G_GNUC_UNUSED)
{
	json_t *answer = bandwidth_to_json (request->session->participant);
	json_object_set_new (answer, "room", json_string ("quality"));
	return answer;
}

const Command command_quality = { "quality", COMMAND_VIEW, quality_fields, NULL, quality_run, FALSE };

#define PPM 1000000
#define REPORT_MAX_US (60 * G_USEC_PER_SEC)

static const CuriaField report_fields[] = {
	REQUEST_FIELD,
	{ .name = "freezes", .type = CURIA_FIELD_INT, .min = 0, .max = TALLY_MAX_FREEZES,
	  .doc = "Videos that stood still since the last report" },
	{ .name = "frozen_ms", .type = CURIA_FIELD_INT, .min = 0, .max = TALLY_MAX_FROZEN_MS, .doc = "For how long, all of them together" },
	{ .name = "up_loss_ppm", .type = CURIA_FIELD_INT, .min = 0, .max = PPM, .doc = "Loss of what is sent, in millionths" },
	{ .name = "up_jitter_us", .type = CURIA_FIELD_INT, .min = 0, .max = REPORT_MAX_US, .doc = "Jitter of what is sent" },
	{ .name = "rtt_us", .type = CURIA_FIELD_INT, .min = 0, .max = REPORT_MAX_US, .doc = "Round trip to the server" },
	{ 0 },
};

static json_t *report_run (Request *request, GError **error G_GNUC_UNUSED)
{
	json_t *body = request->body;
	TallyReport report = {
		.freezes = curia_json_int (body, "freezes", 0),
		.frozen_ms = curia_json_int (body, "frozen_ms", 0),
		.up_loss_ppm = curia_json_int (body, "up_loss_ppm", TALLY_UNKNOWN),
		.up_jitter_us = curia_json_int (body, "up_jitter_us", TALLY_UNKNOWN),
		.rtt_us = curia_json_int (body, "rtt_us", TALLY_UNKNOWN),
	};
	tally_add_report (&request->session->participant->tally, &report);
	return json_pack ("{s:s}", "room", "reported");
}

const Command command_report = { "report", COMMAND_PUBLISH | COMMAND_VIEW, report_fields, NULL, report_run, FALSE };
