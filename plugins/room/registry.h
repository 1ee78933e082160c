/* registry.h: the live rooms by their code, the tickets of view handles, and the clock that drives rooms.
 * Thread: [room], but start and stop. Ownership: rooms are the registry's. */
#ifndef ROOM_REGISTRY_H
#define ROOM_REGISTRY_H

#include "curia-node.h"
#include "plugins/room/control.h"
#include "plugins/room/room.h"

/* Starts the control thread and answers on the bus. after_batch is to call the two functions below. [main] */
void registry_start (CuriaNode *node, ControlFunc after_batch);
/* At the end of a batch: decides anew in every marked room... */
void registry_flush (void);
/* ...and then, when answers have gone out, tells what changed; closes rooms where nobody is left. */
void registry_tell (void);
/* Ends all rooms (without a word to clients: the process is leaving) and stops the control thread. [main] */
void registry_stop (void);
CuriaNode *registry_node (void);

Room *registry_lookup (const char *code);
/* The meeting's room; opened when it is not. OVERLOADED when room.max_rooms are open. */
Room *registry_open (const CuriaMeeting *meeting, GError **error);
/* The room will be flushed at the end of the batch, and closed if nobody is in it or waits. */
void registry_mark (Room *room);

void registry_add_ticket (Participant *participant);
void registry_forget_ticket (const char *ticket);
Participant *registry_find_ticket (const char *ticket);

/* Calls func with each room. */
void registry_each (void (*func) (Room *room, gpointer data), gpointer data);
json_t *registry_dump (void);

#endif
