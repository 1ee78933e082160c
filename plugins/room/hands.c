#include "config.h"
#include "plugins/room/hands.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "plugins/room/announce.h"
#include "plugins/room/notify.h"

gboolean hands_may_change (Participant *self, gint64 now_us, GError **error)
{
	gint64 paid_us = MAX (self->hand_us, now_us);
	if (paid_us - now_us > (HANDS_PER_S - 1) * G_TIME_SPAN_SECOND / HANDS_PER_S)
		return curia_throw (error, CURIA_ERROR_TOO_MANY, "raise_hand may be sent %d times a second", HANDS_PER_S);
	self->hand_us = paid_us + G_TIME_SPAN_SECOND / HANDS_PER_S;
	return TRUE;
}

gboolean hands_raise (Participant *self, gboolean raised)
{
	if ((self->hand != 0) == raised)
		return FALSE;
	self->hand = raised ? ++self->room->last_hand : 0;
	self->hand_ms = raised ? curia_clock_wall_ms () : 0;
	self->room->hands_changed = TRUE;
	room_changed (self);
	notify_hand (self, raised);
	return TRUE;
}

void hands_left (Participant *self)
{
	self->room->hands_changed |= self->hand != 0;
}

static int by_hand (gconstpointer a, gconstpointer b)
{
	guint64 x = (*(Participant *const *) a)->hand, y = (*(Participant *const *) b)->hand;
	return x < y ? -1 : x > y;
}

json_t *hands_to_json (Room *room)
{
	g_autoptr (GPtrArray) up = g_ptr_array_new ();
	json_t *list = json_array ();
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *participant = room->participants->pdata[i];
		if (participant->hand && !participant_is_hidden (participant))
			g_ptr_array_add (up, participant);
	}
	g_ptr_array_sort (up, by_hand);
	for (guint i = 0; i < MIN (up->len, HANDS_MAX_TOLD); i++) {
		Participant *participant = up->pdata[i];
		g_autofree char *raised_at = curia_clock_rfc3339 (participant->hand_ms);
		json_array_append_new (list, json_pack ("{s:s s:s s:s}", "participant", participant->id, "name", participant->name,
			"raised_at", raised_at));
	}
	return list;
}

/* As with sync: whoever goes on and on waits. */
gboolean hands_react (Participant *self, const char *emoji, gint64 now_us, GError **error)
{
	gint64 paid_us = MAX (self->react_us, now_us);
	if (paid_us - now_us > (REACTIONS_PER_S - 1) * G_TIME_SPAN_SECOND / REACTIONS_PER_S)
		return curia_throw (error, CURIA_ERROR_TOO_MANY, "react may be sent %d times a second", REACTIONS_PER_S);
	self->react_us = paid_us + G_TIME_SPAN_SECOND / REACTIONS_PER_S;
	if (!self->room->reactions)
		self->room->reactions = json_array ();
	if (json_array_size (self->room->reactions) < REACTIONS_MAX_TOLD)
		json_array_append_new (self->room->reactions, json_pack ("{s:s s:s}", "participant", self->id, "emoji", emoji));
	return TRUE;
}

void hands_tick (Room *room, gint64 now_us)
{
	if (room->hands_changed && announce_due (room, room->hands_us, HANDS_MIN_US, now_us)) {
		room->hands_changed = FALSE;
		room->hands_us = now_us;
		announce_all (room, json_pack ("{s:s s:o}", "room", "hands", "hands", hands_to_json (room)));
	}
	if (room->reactions && announce_due (room, room->reactions_us, REACTIONS_US, now_us)) {
		room->reactions_us = now_us;
		announce_all (room, json_pack ("{s:s s:o}", "room", "reactions", "reactions", g_steal_pointer (&room->reactions)));
	}
}
