/* supply.h: what publishers are to send: fan-outs are set, keyframes asked for, layers that nobody wants stopped.
 * Thread: [room]; `now` is passed in. Ownership: none of its own. */
#ifndef ROOM_SUPPLY_H
#define ROOM_SUPPLY_H

#include "plugins/room/room.h"

/* After seats changed: puts the fan-outs onto the packets' road, then asks for the keyframes that seats need, then tells
 * publishers which layers are wanted now. In this order: a keyframe that came before would reach nobody new. */
void supply_publish (Room *room, gint64 now_us);
/* Time passes: rates, layers that are not wanted any more, or do not come although they are. Call every 100 ms. */
void supply_tick (Room *room, gint64 now_us);
/* Repeats requests for keyframes that did not come. */
void supply_keyframes_due (Room *room, gint64 now_us);
/* A viewer asked for keyframes, or still waits for one. */
void supply_wants_keyframes (Participant *viewer, gint64 now_us);
/* [{"source","wanted":[rid...]}] of all video tracks. */
json_t *supply_wanted_to_json (const Participant *owner);

#endif
