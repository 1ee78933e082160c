/* bandwidth.h: what one viewer's connection carries, and which layers its seats get for it.
 * Thread: [room]; `now` is passed in. Ownership: part of the viewing. */
#ifndef ROOM_BANDWIDTH_H
#define ROOM_BANDWIDTH_H

#include <jansson.h>

#include "plugins/room/estimate.h"
#include "plugins/room/participant.h"

#define BANDWIDTH_TICK_US (100 * G_TIME_SPAN_MILLISECOND)
#define BANDWIDTH_RENEW_US G_TIME_SPAN_SECOND /* rates wobble: allocated anew at least so often */
#define BANDWIDTH_RED_ON_PERMILLE 20          /* so much loss, and voices are repeated... */
#define BANDWIDTH_RED_OFF_PERMILLE 5          /* ...until it is less than this */

#define BANDWIDTH_REPAIR_PERMILLE 100         /* so much loss, and each video gets a keyframe... */
#define BANDWIDTH_REPAIR_US (2 * G_TIME_SPAN_SECOND) /* ...at most so often */

/* A fresh connection: nothing is known of it. */
void bandwidth_start (Bandwidth *self, gint64 now_us);
/* Gives layers to the viewer's video seats. */
void bandwidth_allocate (Participant *viewer, gint64 now_us);
/* Time passes, or a report came. TRUE: seats changed, so fan-outs are to be published. */
gboolean bandwidth_tick (Participant *viewer, gint64 now_us);
/* The answer to `quality`. */
json_t *bandwidth_to_json (const Participant *viewer);

#endif
