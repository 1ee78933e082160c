/* hands.h: raised hands, in the order in which they went up, and reactions, which nobody keeps.
 * Thread: [room]. Ownership: the room's. */
#ifndef ROOM_HANDS_H
#define ROOM_HANDS_H

#include "plugins/room/room.h"

#define HANDS_PER_S 2          /* changes of one hand */
#define HANDS_MAX_TOLD 100     /* in one event, the first first */
#define HANDS_MIN_US (100 * G_TIME_SPAN_MILLISECOND) /* least time between two events */
#define REACTIONS "👍|👏|❤️|😂|😮|🎉|🙏|👋"
#define REACTIONS_PER_S 5      /* of one person */
#define REACTIONS_MAX_TOLD 100 /* in one event; more at a time are not seen by anybody */
#define REACTIONS_US (200 * G_TIME_SPAN_MILLISECOND)

/* Whether it may change again so soon: TOO_MANY. */
gboolean hands_may_change (Participant *self, gint64 now_us, GError **error);
/* FALSE: it was so already. */
gboolean hands_raise (Participant *self, gboolean raised);
/* Who goes takes its hand along. */
void hands_left (Participant *self);
/* [{"participant","name","raised_at"}] */
json_t *hands_to_json (Room *room);
/* TOO_MANY. `emoji` is one of REACTIONS. */
gboolean hands_react (Participant *self, const char *emoji, gint64 now_us, GError **error);
/* Tells what is due. */
void hands_tick (Room *room, gint64 now_us);

#endif
