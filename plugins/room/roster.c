#include "config.h"
#include "plugins/room/roster.h"

#include "plugins/room/outbox.h"
#include "plugins/room/room.h"

void roster_init (Roster *self)
{
	*self = (Roster) { .left = json_array () };
}

void roster_clear (Roster *self)
{
	json_decref (self->left);
}

/* ---- what is due when ---- */

static void schedule (Room *room, gboolean listed, gint64 now_us)
{
	Roster *self = &room->roster;
	gint64 due_us = now_us + roster_delay_us (room->participants->len);
	if (!listed && self->viewers_us)
		due_us = MAX (due_us, self->viewers_us + ROSTER_VIEWERS_US);
	if (!self->due_us || due_us < self->due_us)
		self->due_us = due_us;
}

static gboolean is_listed (const Participant *participant)
{
	return !participant_is_hidden (participant) && !participant_is_viewer (participant);
}

void roster_changed (Participant *participant, gint64 now_us)
{
	participant->news |= is_listed (participant) || participant->listed;
	schedule (participant->room, participant->news, now_us);
}

void roster_left (Participant *participant, const char *reason, gint64 now_us)
{
	gboolean known = participant->listed || participant->news; /* or in the list of somebody who joined since */
	if (known)
		json_array_append_new (participant->room->roster.left, json_pack ("{s:s s:s}", "participant", participant->id, "reason", reason));
	schedule (participant->room, known, now_us);
}

/* ---- telling ---- */

static guint count_viewers (const Room *room)
{
	guint n = 0;
	for (guint i = 0; i < room->participants->len; i++)
		n += participant_is_viewer (room->participants->pdata[i]);
	return n;
}

guint roster_tell_viewers (Participant *to)
{
	return to->viewers_told = count_viewers (to->room);
}

/* Joined, changed and left, as everybody hears it; what is told is no news any more. */
static json_t *take_news (Room *room)
{
	json_t *joined = json_array (), *changed = json_array (), *left = room->roster.left;
	room->roster.left = json_array ();
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *participant = room->participants->pdata[i];
		if (!participant->news)
			continue;
		participant->news = FALSE;
		if (is_listed (participant))
			json_array_append_new (participant->listed ? changed : joined, participant_to_json (participant));
		else /* it came back with a token that shows it no more */
			json_array_append_new (left, json_pack ("{s:s s:s}", "participant", participant->id, "reason", "left"));
		participant->listed = is_listed (participant);
	}
	return json_pack ("{s:o s:o s:o}", "joined", joined, "changed", changed, "left", left);
}

static const char *const lists[] = { "joined", "changed", "left" };

static gboolean is_about (json_t *entry, const Participant *participant)
{
	return g_str_equal (json_string_value (json_object_get (entry, "participant")), participant->id);
}

/* A copy without what is about its receiver; NULL when nothing is left. */
static json_t *copy_for (json_t *common, const Participant *to)
{
	gboolean any = FALSE;
	json_t *event = json_pack ("{s:s}", "room", "roster"); /* shares nothing with the others': they go to other threads */
	for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
		json_t *list = json_array (), *entry;
		gsize at;
		json_array_foreach (json_object_get (common, lists[i]), at, entry)
			if (!is_about (entry, to))
				json_array_append_new (list, json_deep_copy (entry));
		any |= json_array_size (list) > 0;
		json_object_set_new (event, lists[i], list);
	}
	if (!any)
		g_clear_pointer (&event, json_decref);
	return event;
}

static void tell (Participant *to, json_t *common, guint viewers)
{
	json_t *event = copy_for (common, to);
	if (!event && to->viewers_told == viewers)
		return;
	if (!event)
		event = json_pack ("{s:s s:[] s:[] s:[]}", "room", "roster", "joined", "changed", "left");
	if (to->viewers_told != viewers)
		json_object_set_new (event, "viewers", json_integer (viewers));
	json_object_set_new (event, "rev", json_integer (++to->rev));
	to->viewers_told = viewers;
	outbox_event (to->publish, event);
}

void roster_tick (Room *room, gint64 now_us)
{
	Roster *self = &room->roster;
	if (!self->due_us || now_us < self->due_us)
		return;
	guint viewers = count_viewers (room);
	json_t *common = take_news (room);
	self->due_us = 0;
	self->viewers_us = now_us;
	self->events++;
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *to = room->participants->pdata[i];
		if (to->publish)
			tell (to, common, viewers);
	}
	json_decref (common);
}

json_t *roster_to_json (Room *room, const Participant *but)
{
	json_t *list = json_array ();
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *participant = room->participants->pdata[i];
		if (participant != but && is_listed (participant))
			json_array_append_new (list, participant_to_json (participant));
	}
	return list;
}
