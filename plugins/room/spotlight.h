/* spotlight.h: whom a moderator put in everybody's view: before screens and speakers, but behind a viewer's own pins.
 * Thread: [room]. Ownership: the room's. */
#ifndef ROOM_SPOTLIGHT_H
#define ROOM_SPOTLIGHT_H

#include "plugins/room/room.h"

/* Replaces the spotlight, the most important first, and tells everybody. */
void spotlight_set (Room *room, const guint32 *numbers, guint n);
void spotlight_left (Participant *self);
/* 1 for the first, 0 for who is not in it. */
guint spotlight_place (const Room *room, guint32 number);
/* ["p3"...] */
json_t *spotlight_to_json (const Room *room);

#endif
