/* publish, configure and unpublish: what a participant sends. */
#include "config.h"
#include "plugins/room/commands.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "plugins/room/membership.h"
#include "plugins/room/outbox.h"
#include "plugins/room/publishing.h"
#include "plugins/room/rights.h"
#include "plugins/room/supply.h"

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
	json_t *tracks = json_object_get (request->body, "tracks");
	if (!room_may_publish (me, error) || !publishing_negotiate (me, request->offer, tracks, replies, error))
		return NULL;
	request->answer = sdp_answer_write (request->offer, replies);
	return json_pack ("{s:s s:o s:o}", "room", "published", "tracks", publishing_to_json (me), "layers", supply_wanted_to_json (me));
}

const Command command_publish = { "publish", COMMAND_PUBLISH, publish_fields, NULL, publish_run, TRUE };

static const CuriaField configure_track_fields[] = {
	SOURCE_FIELD, { .name = "muted", .type = CURIA_FIELD_BOOL, .required = TRUE, .doc = "Whether nothing of it is sent" }, { 0 },
};

static const CuriaField configure_fields[] = {
	REQUEST_FIELD,
	{ .name = "tracks", .type = CURIA_FIELD_ARRAY, .max = SOURCE_N, .items = configure_track_fields, .doc = "Tracks to mute or unmute" },
	{ .name = "name", .type = CURIA_FIELD_STRING, .min = 1, .max = 60, .doc = "New display name" },
	{ 0 },
};

static json_t *configure_run (Request *request, GError **error)
{
	Participant *me = request->session->participant;
	const char *name = curia_json_string (request->body, "name", NULL);
	if ((name && !rights_check (me, CURIA_ACTION_RENAME, error))
		|| !publishing_configure (me, json_object_get (request->body, "tracks"), curia_clock_us (), error))
		return NULL;
	if (name)
		participant_rename (me, name);
	return json_pack ("{s:s}", "room", "configured");
}

const Command command_configure = { "configure", COMMAND_PUBLISH, configure_fields, NULL, configure_run, FALSE };

static const CuriaField unpublish_fields[] = { REQUEST_FIELD, { 0 } };

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

const Command command_unpublish = { "unpublish", COMMAND_PUBLISH, unpublish_fields, NULL, unpublish_run, FALSE };
