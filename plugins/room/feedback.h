/* feedback.h: what a viewer's RTCP says: keyframe requests, its bandwidth estimate, how much was lost, the round trip.
 * Thread: any for the parser, [media] for FeedbackLoss. Ownership: none taken; plain structs.
 * Hostile input: every length is checked; what follows a damaged packet is not looked at. */
#ifndef ROOM_FEEDBACK_H
#define ROOM_FEEDBACK_H

#include <glib.h>

#define FEEDBACK_MAX_BLOCKS 64
#define FEEDBACK_PAUSE_US (6 * G_TIME_SPAN_SECOND) /* audio is reported on every five seconds */

/* One report block (RFC 3550 section 6.4.1). */
typedef struct FeedbackBlock {
	guint32 ssrc, highest_seq, jitter;
	guint32 last_sr, delay;	/* middle of the NTP time of the sender report it answers (0: none came), and how long that lay */
	gint32 lost;		/* cumulative, 24 bits with sign */
	guint8 fraction_lost;
} FeedbackBlock;

typedef struct Feedback {
	gboolean wants_keyframe;	/* PLI (RFC 4585 section 6.3.1) or FIR (RFC 5104 section 4.3.1, or RFC 2032's old one) */
	guint64 remb_bps;		/* 0: none (draft-alvestrand-rmcat-remb-03) */
	guint n_blocks;
	FeedbackBlock blocks[FEEDBACK_MAX_BLOCKS];
} Feedback;

void feedback_parse (Feedback *f, const guint8 *rtcp, gsize bytes);

/* The shortest round trip that the blocks tell of (RFC 3550 section 6.4.1), and how long ago it began; 0: none does. wall_us:
 * Unix time. [any] */
guint feedback_rtt_us (const Feedback *f, gint64 wall_us, guint *age_us);

/* Turns cumulative counts into what happened since the last report of each stream. */
typedef struct FeedbackLoss {
	guint n;
	struct {
		guint32 ssrc, highest_seq;
		gint32 lost;
		gint64 moved_us;	/* when a report last told of new packets */
	} streams[FEEDBACK_MAX_BLOCKS];
} FeedbackLoss;

/* Adds to *expected and *lost. The first report of a stream only sets its beginning; numbers that leap back or by more than
 * 2^15 do so too, and so does the first report after a pause: it tells of what was lost before. *max_jitter: the largest of the
 * streams of which something came, in their clock's units. [media] */
void feedback_loss_add (FeedbackLoss *l, const Feedback *f, gint64 now_us, guint *expected, guint *lost, guint32 *max_jitter);

#endif
