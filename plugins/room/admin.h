/* admin.h: what an operator sees through Janus' Admin API.
 * Thread: admin_message in a pool thread (waits for the control thread), admin_session on any.
 * Ownership: results are the caller's. */
#ifndef ROOM_ADMIN_H
#define ROOM_ADMIN_H

#include <jansson.h>

#include "plugins/room/session.h"

/* {"request":"list"} -> all rooms; {"request":"room","code":...} -> everything of one. [pool] */
json_t *admin_message (json_t *message);
/* What one handle is and carries. The core calls for this under its handle mutex: takes the session's lock only. [any] */
json_t *admin_session (Session *session);

#endif
