/* sender.h: what one participant sends: a microphone and a camera in up to three layers, as real RTP at a real pace.
 * Thread: the peer's network thread; its control is written by any. Ownership: belongs to its peer. */
#ifndef LOAD_SENDER_H
#define LOAD_SENDER_H

#include <glib.h>

#include "tools/load/rtcp.h"
#include "tools/load/sdp.h"
#include "tools/load/wire.h"

#define SENDER_MAX_LAYERS SDP_MAX_RIDS

typedef struct {
	char rid[SDP_RID_BYTES]; /* empty: a plain stream */
	guint scale;             /* of the camera's size: 1, 2, 4 */
	guint bitrate_bps;
} SenderLayer;

typedef struct {
	gboolean audio, video;
	gboolean no_dtx;                       /* send silence too, even if the answer asks not to */
	guint width, height;
	guint n_layers, temporal_layers;
	SenderLayer layers[SENDER_MAX_LAYERS]; /* the highest first */
	guint pacing_us;                       /* over how long the packets of a picture are spread */
	guint32 seed;
} SenderPlan;

/* What others may change at any time. */
typedef struct {
	guint layers;      /* atomic; bit n: layer n is sent */
	gboolean speaking; /* atomic */
} SenderControl;

typedef struct Sender Sender;

/* `sections`: our offer, for mids, payload types and extension ids; `answer`: which of the extensions were accepted. */
Sender *sender_new (const SenderPlan *plan, const SenderControl *control, const Sdp *offer, const Sdp *answer, gint64 now_us);
void sender_free (Sender *self);

/* Writes what is due; gives when to come again. */
gint64 sender_run (Sender *self, gint64 now_us, Wire *wire);
/* A part of the other side's RTCP: keyframe requests count. */
void sender_rtcp (Sender *self, const RtcpPart *part, Counters *counters);

#endif
