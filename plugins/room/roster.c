#include "config.h"
#include "plugins/room/roster.h"

#include "plugins/room/outbox.h"

static void schedule (Room *room, gint64 now_us)
{
	if (room->roster_due_us == 0)
		room->roster_due_us = now_us + ROOM_ROSTER_US;
}

void roster_joined (Participant *participant, gint64 now_us)
{
	if (participant_is_hidden (participant))
		return;
	participant->roster = ROSTER_JOINED;
	schedule (participant->room, now_us);
}

void roster_changed (Participant *participant, gint64 now_us)
{
	if (participant_is_hidden (participant))
		return;
	if (participant->roster == ROSTER_KNOWN)
		participant->roster = ROSTER_CHANGED;
	schedule (participant->room, now_us);
}

void roster_left (Participant *participant, const char *reason, gint64 now_us)
{
	if (participant_is_hidden (participant))
		return;
	json_array_append_new (participant->room->left, json_pack ("{s:s s:s}", "participant", participant->id, "reason", reason));
	schedule (participant->room, now_us);
}

/* The entries in this state, but one participant's. */
static json_t *entries (Room *room, RosterState state, const Participant *but)
{
	json_t *list = json_array ();
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *participant = room->participants->pdata[i];
		if (participant->roster == state && participant != but && !participant_is_hidden (participant))
			json_array_append_new (list, participant_to_json (participant));
	}
	return list;
}

static json_t *event_new (Room *room, const Participant *but)
{
	return json_pack ("{s:s s:I s:o s:o s:o}", "room", "roster", "rev", (json_int_t) room->rev,
		"joined", entries (room, ROSTER_JOINED, but), "changed", entries (room, ROSTER_CHANGED, but), "left", json_deep_copy (room->left));
}

void roster_tick (Room *room, gint64 now_us)
{
	if (room->roster_due_us == 0 || now_us < room->roster_due_us)
		return;
	room->roster_due_us = 0;
	room->rev++;
	json_t *common = event_new (room, NULL);
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *to = room->participants->pdata[i];
		if (to->publish)
			outbox_event (to->publish, to->roster == ROSTER_KNOWN ? json_deep_copy (common) : event_new (room, to));
	}
	json_decref (common);
	for (guint i = 0; i < room->participants->len; i++)
		((Participant *) room->participants->pdata[i])->roster = ROSTER_KNOWN;
	json_array_clear (room->left);
}

json_t *roster_to_json (Room *room, const Participant *but)
{
	json_t *list = json_array ();
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *participant = room->participants->pdata[i];
		if (participant != but && !participant_is_hidden (participant))
			json_array_append_new (list, participant_to_json (participant));
	}
	return list;
}
