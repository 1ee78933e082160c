/* stage.h: brings the decisions of view.h onto the road: seats carry, layers are given, tracks fan out.
 * Thread: [room]. Ownership: none of its own. */
#ifndef ROOM_STAGE_H
#define ROOM_STAGE_H

#include "plugins/room/room.h"

/* Decides for every viewer, or for those who are marked, who is in which slot and in which layer, and sets slots and fan-outs
 * accordingly. */
void stage_update (Room *room, gint64 now_us);
/* Tells every viewer what changed in its slots. */
void stage_tell (Room *room);

#endif
