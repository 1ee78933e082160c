/* stage.h: brings the decisions of view.h onto the road: slots carry, tracks fan out, publishers are asked for keyframes.
 * Thread: [room]. Ownership: none of its own. */
#ifndef ROOM_STAGE_H
#define ROOM_STAGE_H

#include "plugins/room/room.h"

/* Decides for every viewer who is in which slot, and sets slots and fan-outs accordingly. */
void stage_update (Room *room, gint64 now_us);
/* Tells every viewer what changed in its slots. */
void stage_tell (Room *room);
/* Asks the publishers for keyframes where the viewer did, and where a slot waits for one. */
void stage_wants_keyframes (Participant *viewer, gint64 now_us);
/* Repeats requests for keyframes that did not come. */
void stage_keyframes_due (Room *room, gint64 now_us);

#endif
