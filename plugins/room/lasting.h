/* lasting.h: what was decided in a room and must outlast it: a lock, the end, a removal; and that a meeting stood empty for
 * so long that it ends.
 * Thread: [room]; the store is written on the outbox pool. Ownership: none. */
#ifndef ROOM_LASTING_H
#define ROOM_LASTING_H

#include "plugins/room/room.h"

/* The store learns whether the meeting is locked. */
void lasting_lock (Room *room);
/* It ends in the store. */
void lasting_end (Room *room);
/* Topic "removals": {"event":"removed","meeting_id","code","identity","name","banned","by","time_ms"}. */
void lasting_removal (const Participant *participant, gboolean banned, const char *by, gint64 now_ms);
/* The meeting stood empty for so long: unless somebody is in it on another node, or its rules have changed, topic "meetings.end" gets
 * {"code"}. */
void lasting_deserted (const char *code);

#endif
