/* announce.h: the same event to many of a room.
 * Thread: [room]. Ownership: JSON named take_ is taken; each handle gets a copy of its own (outbox.h). */
#ifndef ROOM_ANNOUNCE_H
#define ROOM_ANNOUNCE_H

#include "plugins/room/room.h"

void announce_all (Room *room, json_t *take_event);
/* To those who may do something. */
void announce_may (Room *room, CuriaAction action, json_t *take_event);
/* Whether what was told at told_us may be told again: the larger the meeting, the more seldom; at least min_us apart. */
gboolean announce_due (const Room *room, gint64 told_us, gint64 min_us, gint64 now_us);

#endif
