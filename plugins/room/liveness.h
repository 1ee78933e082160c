/* liveness.h: who is away, which tracks stall, whose PeerConnection died without a word.
 * Thread: [room]. Ownership: none of its own. */
#ifndef ROOM_LIVENESS_H
#define ROOM_LIVENESS_H

#include "plugins/room/room.h"

/* Once a second. */
void liveness_tick (Room *room, gint64 now_us);
/* More often: of whom nothing comes at present, and who hears nothing, so that neither takes what others need. */
void liveness_watch (Room *room, gint64 now_us);
void liveness_watch_tracks (Participant *participant, gint64 now_us);
/* The transport says that the participant's socket dropped, or is back. */
void liveness_connection (Participant *participant, gboolean dropped, gint64 now_us);

#endif
