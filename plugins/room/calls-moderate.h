/* calls-moderate.h: the bus commands about rules and people: settings, moderate, waiting, let_back (calls.h has the list).
 * Thread: [room]. Ownership: answers are the caller's. */
#ifndef ROOM_CALLS_MODERATE_H
#define ROOM_CALLS_MODERATE_H

#include "plugins/room/room.h"

json_t *calls_settings (Room *room, json_t *message, GError **error);
json_t *calls_moderate (Room *room, json_t *message, GError **error);
json_t *calls_waiting (Room *room, json_t *message, GError **error);
json_t *calls_let_back (Room *room, json_t *message, GError **error);
json_t *calls_kick (Room *room, json_t *message, GError **error);

#endif
