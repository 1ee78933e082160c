/* receiver.h: what one participant receives: counts, asks for what is lost, reports, as a browser does.
 * Thread: the peer's network thread; receiver_first_us and receiver_packets from any. Ownership: belongs to its peer. */
#ifndef LOAD_RECEIVER_H
#define LOAD_RECEIVER_H

#include <glib.h>

#include "tools/load/counters.h"
#include "tools/load/histogram.h"
#include "tools/load/rtcp.h"
#include "tools/load/sdp.h"
#include "tools/load/wire.h"

typedef struct {
	guint64 bandwidth_bps; /* what REMB says; 0: no REMB */
	double loss;           /* share of packets thrown away as if a network had */
	guint32 seed;
} ReceiverPlan;

typedef struct Receiver Receiver;

/* `remote`: which streams come, with their SSRCs. */
Receiver *receiver_new (const ReceiverPlan *plan, const Sdp *remote, gint64 now_us);
void receiver_free (Receiver *self);

/* Whether the play of a lossy network loses this packet; ask before decrypting. */
gboolean receiver_loses (Receiver *self);
/* A decrypted packet; arrival on the clock of the stamps. */
void receiver_take (Receiver *self, const guint8 *data, gsize bytes, guint64 arrival_ns, Counters *counters, Histogram *delay);
void receiver_rtcp (Receiver *self, const RtcpPart *part, gint64 now_us);
/* Writes what is due: NACKs, PLIs, reports. Call each 10 ms or so. */
void receiver_run (Receiver *self, gint64 now_us, Wire *wire);

guint64 receiver_packets (const Receiver *self);

#endif
