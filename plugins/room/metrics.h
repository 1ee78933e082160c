/* metrics.h: what the room tells of itself at /metrics. Packets are counted where they always were, in slots, tracks and
 * sessions: here these counters are summed up when somebody asks, and kept when their owners go.
 * Thread: as each says; nothing here runs per packet. Ownership: none of its own. */
#ifndef ROOM_METRICS_H
#define ROOM_METRICS_H

#include <jansson.h>

#include "plugins/room/session.h"
#include "plugins/room/slot.h"
#include "plugins/room/track.h"

/* What became of a packet of a publisher; the text is the label's value. */
#define METRICS_RECEIVED(X) \
	X (METRICS_TAKEN, "taken")             /* by its track; how many went where, the slots tell */ \
	X (METRICS_MALFORMED, "malformed") \
	X (METRICS_NO_TRACK, "no_track")       /* on an m-line without one */ \
	X (METRICS_WRONG_TYPE, "wrong_type")   /* a payload type that was not negotiated, or too long */ \
	X (METRICS_WRONG_LAYER, "wrong_layer") /* a layer that was not offered */ \
	X (METRICS_EMPTY, "empty")             /* padding only */

typedef enum {
#define X(verdict, name) verdict,
	METRICS_RECEIVED (X)
#undef X
	METRICS_N_RECEIVED
} MetricsReceived;

/* From then on /metrics shows the room; until metrics_stop, which waits for a look that is under way. [main] */
void metrics_start (void);
void metrics_stop (void);

/* The last of its references is gone: what it counted is kept. [any] */
void metrics_keep_slot (const Slot *slot);
void metrics_keep_track (const Track *track);
void metrics_keep_session (const Session *session);

/* An offer was answered that begins a PeerConnection; it came up. [room] */
void metrics_negotiated (SessionKind kind);
void metrics_connected (SessionKind kind);
/* A viewer's reports: packets it should have, and those it lacks. [room] */
void metrics_reported (guint expected, guint lost);
/* The figures of a quality event (notify.h). [room] */
void metrics_quality (const json_t *figures);

#endif
