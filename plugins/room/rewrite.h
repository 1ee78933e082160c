/* rewrite.h: makes one continuous outgoing RTP stream of whatever sources a slot carries one after the other.
 * Thread: [media], under the slot's lock; `now` is passed in. Ownership: a plain struct inside the slot, no pointers.
 *
 * The rules. A number that is missing in the input stays missing in the output until it comes (retransmissions fit into
 * their place); a number that we drop on purpose (rewrite_skip) leaves no hole; nothing is ever sent twice, and nothing
 * is sent that SRTP's replay window would refuse (RFC 3711 section 3.3.2); a hole wider than REWRITE_WINDOW is cut to
 * that width. The map is not an offset: for each of the last
 * REWRITE_WINDOW incoming numbers two bits tell whether it was sent, skipped, is still missing or lies before the
 * switch; the outgoing number of a late packet follows by counting the skipped ones after it.
 *
 * A "source" is one RTP timeline: one layer of one track of one PeerConnection. Give each a number that is never used
 * again (a counter). Switching between simulcast layers is a rewrite_switch like any other; dropping temporal or SVC
 * layers is rewrite_skip. */
#ifndef ROOM_REWRITE_H
#define ROOM_REWRITE_H

#include <glib.h>

#define REWRITE_WINDOW 512	/* incoming numbers remembered; a power of two */
#define REWRITE_SRTP_WINDOW 128	/* outgoing numbers that libsrtp's replay window spans by default */
#define REWRITE_NO_SOURCE 0	/* no packet has this source: nothing is forwarded */

/* What became of a packet; the text is the counter's name. */
#define REWRITE_VERDICTS(X) \
	X (REWRITE_SEND, "sent") \
	X (REWRITE_DROP_SOURCE, "other_source")		/* not of the source that the slot carries (or no longer) */ \
	X (REWRITE_DROP_DUPLICATE, "duplicate")		/* sent before */ \
	X (REWRITE_DROP_SKIPPED, "skipped")		/* dropped on purpose before; its place is gone */ \
	X (REWRITE_DROP_BEFORE_SWITCH, "before_switch")	/* older than the first packet sent since the switch */ \
	X (REWRITE_DROP_LATE, "late")			/* too old for our window or for SRTP's */

typedef enum {
#define X(verdict, name) verdict,
	REWRITE_VERDICTS (X)
#undef X
	REWRITE_N_VERDICTS
} RewriteVerdict;

typedef struct Rewrite {
	guint32 clock_rate;
	gboolean started;	/* something was sent */
	gboolean rebase;	/* the next packet of `source` continues the stream: set by a switch */
	guint64 source;
	guint16 newest_in;	/* highest incoming number seen of `source`, sent or skipped */
	guint16 newest_out;	/* the last outgoing number given away, sent or missing */
	guint16 sent_out;	/* highest outgoing number sent, over all sources */
	guint32 ts_offset;	/* outgoing minus incoming timestamp */
	guint32 newest_ts;	/* highest outgoing timestamp sent */
	gint64 newest_ts_us;	/* when it was first sent */
	guint64 sent[REWRITE_WINDOW / 64];	/* bit number: incoming number modulo REWRITE_WINDOW */
	guint64 skipped[REWRITE_WINDOW / 64];	/* both bits set: before the switch */
} Rewrite;

/* The first packet sent will have first_seq and first_ts (random is best: RFC 3550 section 5.1). Carries no source yet.
 * Call once in a slot's life: SRTP remembers the numbers for as long as the PeerConnection lives. [any] */
void rewrite_init (Rewrite *r, guint32 clock_rate, guint16 first_seq, guint32 first_ts);

/* From now on the slot carries `source`: its next packet gets the highest outgoing number sent + 1, and the timestamp
 * goes on by the wall-clock time since the newest one was sent, at least 1 (audio: a frame of 20 ms). Also to resume
 * after a pause in which packets were neither passed nor skipped (same source). For video call it on a keyframe's first
 * packet. REWRITE_NO_SOURCE empties the slot. [media] */
void rewrite_switch (Rewrite *r, guint64 source);

/* Maps one packet. Writes *out_seq and *out_ts only with REWRITE_SEND; then the packet must be sent. now_us must not go
 * back. Constant time for packets in order, at most REWRITE_WINDOW / 64 steps more for late ones. [media] */
RewriteVerdict rewrite_packet (Rewrite *r, guint64 source, guint16 seq, guint32 ts, gint64 now_us,
	guint16 *out_seq, guint32 *out_ts);

/* A packet of the source is dropped on purpose (layer not wanted, padding only): later ones close up. One that comes
 * late, after newer ones were sent, leaves its hole: its number is already spoken for. Before the first packet
 * sent after a switch there is nothing to close: no effect. [media] */
void rewrite_skip (Rewrite *r, guint64 source, guint16 seq);

/* The verdict's counter name. [any] */
const char *rewrite_verdict_name (RewriteVerdict verdict);

#endif
