/* roster.h: the people list and its deltas: changes within a short time are told in one event with one revision.
 * Thread: [room]. Ownership: none of its own. */
#ifndef ROOM_ROSTER_H
#define ROOM_ROSTER_H

#include "plugins/room/room.h"

void roster_joined (Participant *participant, gint64 now_us);
void roster_changed (Participant *participant, gint64 now_us);
void roster_left (Participant *participant, const char *reason, gint64 now_us);
/* Tells what is due to everybody; nobody is told of itself. */
void roster_tick (Room *room, gint64 now_us);
/* Everybody visible but one (NULL: all). */
json_t *roster_to_json (Room *room, const Participant *but);

#endif
