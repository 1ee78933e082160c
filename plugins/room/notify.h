/* notify.h: what Janus' event handlers are told of meetings.
 * Thread: [room]. Ownership: none. Every event: {"event","meeting","code",...}. */
#ifndef ROOM_NOTIFY_H
#define ROOM_NOTIFY_H

#include "plugins/room/room.h"

/* "opened", "ended", "closed". */
void notify_room (Room *room, const char *event);
/* "joined", "left" (with a reason or NULL). */
void notify_participant (Participant *participant, const char *event, const char *reason);
/* "published", "unpublished", "muted", "unmuted". */
void notify_track (Participant *participant, const Track *track, const char *event);

#endif
