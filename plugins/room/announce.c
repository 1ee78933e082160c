#include "config.h"
#include "plugins/room/announce.h"

#include "plugins/room/outbox.h"
#include "plugins/room/rights.h"

void announce_all (Room *room, json_t *take_event)
{
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *to = room->participants->pdata[i];
		if (to->publish)
			outbox_event (to->publish, json_deep_copy (take_event));
	}
	json_decref (take_event);
}

void announce_may (Room *room, CuriaAction action, json_t *take_event)
{
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *to = room->participants->pdata[i];
		if (to->publish && rights_allow (to, action))
			outbox_event (to->publish, json_deep_copy (take_event));
	}
	json_decref (take_event);
}

gboolean announce_due (const Room *room, gint64 told_us, gint64 min_us, gint64 now_us)
{
	return now_us - told_us >= MAX (min_us, roster_delay_us (room->participants->len));
}
