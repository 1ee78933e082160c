#include "config.h"
#include "plugins/room/participant.h"

#include <string.h>

#include "curia-clock.h"
#include "curia-id.h"
#include "plugins/room/rights.h"
#include "plugins/room/room.h"
#include "plugins/room/standing.h"

#define TICKET_BYTES 18
#define NAME_MAX_CHARACTERS 60

Participant *participant_new (Room *room, guint32 number)
{
	Participant *self = g_new0 (Participant, 1);
	self->room = room;
	self->number = number;
	g_snprintf (self->id, sizeof self->id, "p%u", number);
	self->participation = curia_id_new ("PA_");
	tally_start (&self->tally, curia_clock_us ());
	return self;
}

void participant_free (Participant *self)
{
	for (int i = 0; i < SOURCE_N; i++)
		g_clear_pointer (&self->tracks[i], track_unref);
	g_clear_pointer (&self->viewing, viewing_free);
	g_clear_pointer (&self->publish, session_unref);
	g_clear_pointer (&self->view, session_unref);
	g_clear_pointer (&self->claims, curia_claims_free);
	g_free (self->name);
	g_free (self->ticket);
	g_free (self->participation);
	g_free (self);
}

/* Tokens of other issuers may hold any name: one line of at most 60 characters is shown. */
char *participant_shown_name (const char *name)
{
	if (!name)
		name = "";
	g_autofree char *cut = g_utf8_substring (name, 0, MIN (g_utf8_strlen (name, -1), NAME_MAX_CHARACTERS));
	for (char *c = cut; *c; c++)
		if (g_ascii_iscntrl (*c))
			*c = ' ';
	g_strstrip (cut);
	return *cut ? g_steal_pointer (&cut) : g_strdup ("Guest");
}

void participant_set_viewer (Participant *self)
{
	self->viewer = !self->claims->hidden;
	for (int i = 0; i < SOURCE_N; i++)
		if (rights_may_offer (self, i))
			self->viewer = FALSE;
}

/* Coming back with another name is renaming, unless an application says so. */
static gboolean may_rename (const Participant *self)
{
	gboolean own = self->claims->guest || self->claims->account;
	return !own || curia_rules_allow (&self->room->meeting->rules, standing_role (self->room, self->claims), CURIA_ACTION_RENAME);
}

void participant_admit (Participant *self, CuriaClaims *take_claims, gint64 now_ms)
{
	g_clear_pointer (&self->claims, curia_claims_free);
	self->claims = take_claims;
	if (!self->name || may_rename (self)) {
		g_free (self->name);
		self->name = participant_shown_name (take_claims->name);
	}
	g_free (self->ticket);
	self->ticket = curia_id_secret (TICKET_BYTES);
	self->role = standing_role (self->room, take_claims);
	participant_set_viewer (self);
	self->away = FALSE;
	self->dropped_us = 0;
	self->absent = FALSE;
	if (!self->joined_ms)
		self->joined_ms = now_ms;
}

void participant_rename (Participant *self, const char *name)
{
	g_autofree char *shown = participant_shown_name (name);
	if (g_str_equal (shown, self->name))
		return;
	g_free (self->name);
	self->name = g_steal_pointer (&shown);
	self->room->hands_changed |= self->hand != 0;
	room_changed (self);
}

gboolean participant_is_hidden (const Participant *self)
{
	return self->claims->hidden;
}

gboolean participant_is_viewer (const Participant *self)
{
	return self->viewer;
}

gboolean participant_publishes (const Participant *self)
{
	for (int i = 0; i < SOURCE_N; i++)
		if (self->tracks[i])
			return TRUE;
	return FALSE;
}

const char *participant_role (const Participant *self)
{
	return curia_role_name (self->role);
}

json_t *participant_to_json (const Participant *self)
{
	json_t *tracks = json_array ();
	for (int i = 0; i < SOURCE_N; i++)
		if (self->tracks[i])
			json_array_append_new (tracks, track_to_json (self->tracks[i]));
	g_autofree char *joined_at = curia_clock_rfc3339 (self->joined_ms);
	return json_pack ("{s:s s:s s:s s:s s:b s:b s:o}", "participant", self->id, "name", self->name, "role", participant_role (self),
		"joined_at", joined_at, "away", self->away, "hand", self->hand != 0, "tracks", tracks);
}

json_t *participant_to_json_books (const Participant *self)
{
	json_t *tracks = json_array ();
	for (int i = 0; i < SOURCE_N; i++)
		if (self->tracks[i] && self->tracks[i]->name)
			json_array_append_new (tracks, json_pack ("{s:s s:s s:s s:s s:b}", "track", self->tracks[i]->name, "source", source_name (i),
				"kind", source_is_video (i) ? "video" : "audio", "codec", codec_name (self->tracks[i]->codec),
				"muted", self->tracks[i]->muted));
	return json_pack ("{s:s s:s s:s s:s s:s s:I s:b s:b s:o}", "participant", self->id, "participation", self->participation,
		"identity", self->claims->identity, "name", self->name, "role", participant_role (self),
		"joined_ms", (json_int_t) self->joined_ms, "away", self->away, "hand", self->hand != 0, "tracks", tracks);
}

json_t *participant_to_json_self (const Participant *self)
{
	json_t *hand = self->hand ? json_integer (self->hand_ms) : json_null ();
	return json_pack ("{s:s s:s s:s s:s s:s s:o s:o}", "participant", self->id, "identity", self->claims->identity, "name", self->name,
		"role", participant_role (self), "ticket", self->ticket, "hand", hand, "can", rights_to_json (self));
}

json_t *participant_dump (Participant *self, gint64 now_us)
{
	json_t *dump = participant_to_json (self);
	json_t *tracks = json_array ();
	for (int i = 0; i < SOURCE_N; i++)
		if (self->tracks[i])
			json_array_append_new (tracks, track_dump (self->tracks[i], now_us));
	json_object_set_new (dump, "tracks", tracks);
	json_object_set_new (dump, "hidden", json_boolean (self->claims->hidden));
	json_object_set_new (dump, "publish_up", json_boolean (self->publish && self->publish->up));
	json_object_set_new (dump, "view_up", json_boolean (self->view && self->view->up));
	if (self->viewing)
		json_object_set_new (dump, "viewing", viewing_dump (self->viewing));
	return dump;
}

guint32 participant_parse_id (const char *id)
{
	if (!id || id[0] != 'p' || !g_ascii_isdigit (id[1]) || strlen (id) > 10)
		return 0;
	char *end;
	guint64 number = g_ascii_strtoull (id + 1, &end, 10);
	return *end || number > G_MAXUINT32 ? 0 : number;
}
