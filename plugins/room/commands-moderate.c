/* moderate, raise_hand, react and rename: what people do about each other, and show each other. */
#include "config.h"
#include "plugins/room/commands.h"

#include "curia-clock.h"
#include "plugins/room/hands.h"
#include "plugins/room/moderation.h"
#include "plugins/room/rights.h"

static json_t *moderate_run (Request *request, GError **error)
{
	Participant *me = request->session->participant;
	g_autofree char *by = g_strdup (me->claims->identity); /* it may be gone then, with the meeting */
	Moderator moderator = { .role = me->role, .by = by, .me = me };
	json_t *done = moderation_run (me->room, &moderator, request->body, error);
	if (done)
		json_object_set_new (done, "room", json_string ("moderated"));
	return done;
}

const Command command_moderate = { "moderate", COMMAND_PUBLISH, moderation_fields, NULL, moderate_run, FALSE };

static const CuriaField raise_hand_fields[] = {
	REQUEST_FIELD, { .name = "raised", .type = CURIA_FIELD_BOOL, .required = TRUE, .doc = "Whether it goes up" }, { 0 },
};

static json_t *raise_hand_run (Request *request, GError **error)
{
	Participant *me = request->session->participant;
	gboolean raised = curia_json_bool (request->body, "raised", FALSE);
	if (!rights_check (me, CURIA_ACTION_RAISE_HAND, error) || !hands_may_change (me, curia_clock_us (), error))
		return NULL;
	hands_raise (me, raised);
	return json_pack ("{s:s s:b}", "room", "hand", "raised", raised);
}

const Command command_raise_hand = { "raise_hand", COMMAND_PUBLISH, raise_hand_fields, NULL, raise_hand_run, FALSE };

static const CuriaField react_fields[] = {
	REQUEST_FIELD,
	{ .name = "emoji", .type = CURIA_FIELD_STRING, .required = TRUE, .allowed = REACTIONS, .doc = "What everybody sees for a moment" },
	{ 0 },
};

static json_t *react_run (Request *request, GError **error)
{
	Participant *me = request->session->participant;
	if (!rights_check (me, CURIA_ACTION_REACT, error)
		|| !hands_react (me, curia_json_string (request->body, "emoji", ""), curia_clock_us (), error))
		return NULL;
	return json_pack ("{s:s}", "room", "reacted");
}

const Command command_react = { "react", COMMAND_PUBLISH, react_fields, NULL, react_run, FALSE };

static const CuriaField rename_fields[] = {
	REQUEST_FIELD,
	{ .name = "name", .type = CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 60, .doc = "New display name" },
	{ 0 },
};

static json_t *rename_run (Request *request, GError **error)
{
	Participant *me = request->session->participant;
	if (!rights_check (me, CURIA_ACTION_RENAME, error))
		return NULL;
	participant_rename (me, curia_json_string (request->body, "name", ""));
	return json_pack ("{s:s s:s}", "room", "renamed", "name", me->name);
}

const Command command_rename = { "rename", COMMAND_PUBLISH, rename_fields, NULL, rename_run, FALSE };
