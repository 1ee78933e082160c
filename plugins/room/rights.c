#include "config.h"
#include "plugins/room/rights.h"

#include <string.h>

#include "curia-clock.h"
#include "curia-error.h"
#include "plugins/room/hands.h"
#include "plugins/room/outbox.h"
#include "plugins/room/publishing.h"
#include "plugins/room/registry.h"
#include "plugins/room/spotlight.h"
#include "plugins/room/waiting.h"

static const CuriaRules *rules_of (const Participant *self)
{
	return &self->room->meeting->rules;
}

gboolean rights_allow (const Participant *self, CuriaAction action)
{
	return curia_rules_allow (rules_of (self), self->role, action);
}

gboolean rights_check (const Participant *self, CuriaAction action, GError **error)
{
	return curia_rules_check (rules_of (self), self->role, action, error);
}

/* ---- what it may send ---- */

gboolean rights_may_offer (const Participant *self, Source source)
{
	if (self->claims->hidden || self->role < CURIA_ROLE_PARTICIPANT)
		return FALSE;
	/* a viewer who was let speak: somebody inside decided so, after the token was made */
	return curia_claims_role (self->claims) == CURIA_ROLE_VIEWER || curia_claims_may_publish (self->claims, source_name (source));
}

gboolean rights_check_source (const Participant *self, Source source, GError **error)
{
	static const CuriaAction actions[SOURCE_N] = {
		[SOURCE_MICROPHONE] = CURIA_ACTION_UNMUTE,
		[SOURCE_CAMERA] = CURIA_ACTION_SHOW,
		[SOURCE_SCREEN] = CURIA_ACTION_SHARE_SCREEN,
		[SOURCE_SCREEN_AUDIO] = CURIA_ACTION_SHARE_SCREEN,
	};
	return (self->asked & (1u << source)) || rights_check (self, actions[source], error);
}

gboolean rights_enters_muted (const Participant *self)
{
	if (!self->entered && rules_of (self)->mute_on_entry && self->role < CURIA_ROLE_MODERATOR)
		return TRUE;
	return !rights_check_source (self, SOURCE_MICROPHONE, NULL);
}

/* ---- telling ---- */

json_t *rights_to_json (const Participant *self)
{
	json_t *sources = json_array (), *actions = json_array ();
	for (int i = 0; i < SOURCE_N; i++)
		if (rights_may_offer (self, i))
			json_array_append_new (sources, json_string (source_name (i)));
	for (int i = 0; i < CURIA_N_ACTIONS; i++)
		if (rights_allow (self, i))
			json_array_append_new (actions, json_string (curia_action_name (i)));
	return json_pack ("{s:o s:b s:b s:o}", "publish", sources, "subscribe", self->claims->can_subscribe,
		"admin", self->claims->room_admin, "actions", actions);
}

json_t *rights_state_to_json (Participant *self)
{
	json_t *state = json_pack ("{s:o s:o s:o}", "settings", curia_meeting_rules_to_json (self->room->meeting),
		"spotlight", spotlight_to_json (self->room), "hands", hands_to_json (self->room));
	if (rights_allow (self, CURIA_ACTION_ADMIT))
		json_object_update_new (state, waiting_to_json (self->room, FALSE));
	return state;
}

static void tell (Participant *self)
{
	if (self->publish)
		outbox_event (self->publish, json_pack ("{s:s s:o s:s s:o}", "room", "settings",
			"settings", curia_meeting_rules_to_json (self->room->meeting), "role", participant_role (self),
			"can", rights_to_json (self)));
}

/* ---- changes ---- */

static gboolean may_send_any (const Participant *self)
{
	for (int i = 0; i < SOURCE_N; i++)
		if (rights_may_offer (self, i))
			return TRUE;
	return FALSE;
}

/* A screen goes as soon as it may not be shared; who talks already may go on. */
static void stop_forbidden (Participant *self, gint64 now_us)
{
	for (int i = 0; i < SOURCE_N; i++)
		if (self->tracks[i] && !self->tracks[i]->muted && i != SOURCE_MICROPHONE && !rights_check_source (self, i, NULL))
			publishing_mute (self, i, NULL, now_us, NULL);
}

void rights_role_changed (Participant *self, gint64 now_us)
{
	participant_set_viewer (self);
	tell (self);
	if (may_send_any (self))
		stop_forbidden (self, now_us);
	else if (participant_publishes (self)) {
		publishing_stop (self);
		outbox_close_pc (self->publish);
	}
	if (rights_allow (self, CURIA_ACTION_ADMIT))
		waiting_tell_one (self);
	room_changed (self);
	waiting_review (self->room);
}

void rights_rules_changed (Room *room, gint64 now_us)
{
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *participant = room->participants->pdata[i];
		tell (participant);
		stop_forbidden (participant, now_us);
	}
	waiting_review (room);
	registry_mark (room);
}

void rights_set_rules (Room *room, const CuriaMeeting *meeting)
{
	gboolean had_password = room->meeting->password[0] != '\0', has_password = meeting->password[0] != '\0';
	CuriaRules before = room->meeting->rules;
	room_refresh (room, meeting);
	room->meeting->rules = meeting->rules;
	if (had_password != has_password) {
		g_free (room->meeting->password);
		room->meeting->password = g_strdup (meeting->password);
	}
	if (had_password != has_password || memcmp (&before, &meeting->rules, sizeof before) != 0)
		rights_rules_changed (room, curia_clock_us ());
}
