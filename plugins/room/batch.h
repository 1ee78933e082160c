/* batch.h: holds packets for a few milliseconds, so that what is due for one viewer goes out together: waking a viewer's
 * loop costs more than a packet. Off when room.batch_ms is 0: then packets go out from the publisher's loop, at once.
 * Thread: hold from [media]; batches have threads of their own, a room always the same one. Ownership: tracks of held
 * packets are counted; packets lie in buffers made at the start. */
#ifndef ROOM_BATCH_H
#define ROOM_BATCH_H

#include <janus/plugins/plugin.h>

#include "plugins/room/slot.h"
#include "plugins/room/track.h"

#define BATCH_MAX_PACKETS 1024 /* held by one thread; more are dropped and counted */

/* n_threads: as many as cores may share the work. Nothing when batch_us is 0. [main] */
void batch_start (guint batch_us, guint n_threads);
/* Drops what is held. [main] */
void batch_stop (void);
gboolean batch_is_on (void);
/* Copies the packet; it goes to its layer's slots when the time is up. [media] */
void batch_hold (Track *track, const SlotPacket *packet, const janus_plugin_rtp *original);
/* Packets that were dropped because too many were held. [any] */
guint64 batch_dropped (void);

#endif
