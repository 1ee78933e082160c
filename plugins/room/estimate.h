/* estimate.h: what one viewer's downlink carries, judged by what its receiver reports.
 * Thread: [room]; `now` is passed in and does not go back. Ownership: a plain struct inside the viewing.
 *
 * Sources: REMB (draft-alvestrand-rmcat-remb-03), the receiver's own delay-based estimate of all video that it is sent; loss and
 * jitter of receiver reports and the round trip that they tell (RFC 3550 section 6.4.1); the core's slow_link. Time
 * constants and the papers they come from stand beside the numbers in estimate-private.h and the files it names. */
#ifndef ROOM_ESTIMATE_H
#define ROOM_ESTIMATE_H

#include <glib.h>

#include "plugins/room/estimate-loss.h"

typedef struct EstimateLimits {
	guint64 min_bps, start_bps, max_bps; /* the budget stays between min and max, and begins at start */
} EstimateLimits;

typedef enum {
	ESTIMATE_STEADY,	/* what is sent arrives */
	ESTIMATE_PROBING,	/* trying whether more fits; rolled back at the first sign of trouble */
	ESTIMATE_CONGESTED	/* just came down: no probe for a while, longer each time that a probe failed */
} EstimateState;

#define ESTIMATE_JITTERS 4

typedef struct Estimate Estimate; /* fields: below, for the files of the estimate */

struct Estimate {
	EstimateLimits limits;
	EstimateState state;
	guint64 budget_bps, told_bps;	/* what the last tick told */
	gint64 changed_us;		/* when a probe ended or the budget came down */

	guint64 sent_bps, audio_bps;	/* smoothed; all, and the audio of it */
	gint64 sent_us;

	guint64 remb_bps;
	gint64 remb_fell_us;		/* when one was lower than the one before; 0: never */
	gint64 remb_us, remb_rose_us;	/* when the last came, when one was larger than the one before */
	guint64 remb_target_bps;	/* a REMB fell: come down to this at the next tick; 0: none did */

	guint rtt_us, least_rtt_us;	/* the last, the least of the last two windows; 0: not known */
	guint window_rtt_us[2];		/* the least of this one and of the one before */
	gint64 window_us;		/* when this one began */
	gint64 rtt_began_us, queue_us;	/* when the last began, and the last that told of a queue */

	EstimateLoss loss;
	gboolean slow;			/* slow_link since the last tick */

	guint jitter_us;		/* the largest since jitter_due_us */
	gint64 jitter_due_us, heard_us;	/* when any report came */
	guint jitters_us[ESTIMATE_JITTERS];	/* of the last seconds, the newest at n_jitter - 1, round and round */
	guint n_jitter;			/* seconds since the link changed */
	guint least_jitter_us;		/* of those before the last ones; 0: not known */

	struct {
		gint64 start_us, raised_us, passed_us; /* raised: when more was seen going out; 0: not yet */
		guint64 before_bps, sent_bps, remb_bps;
		guint loss_permille, jitter_us, rtt_us; /* before it */
		guint n_rembs;			/* since more was seen going out */
	} probe;			/* the one that runs, or the last */
	guint n_successes;		/* in a row: each lets the next begin sooner and reach further */
	guint n_failures;		/* each doubles the wait before failed_bps is tried again */
	guint64 failed_bps;		/* what was too much; 0: not known */
	gint64 failed_us;
};

void estimate_init (Estimate *e, const EstimateLimits *limits, gint64 now_us);

/* A REMB came. [room] */
void estimate_remb (Estimate *e, guint64 bps, gint64 now_us);
/* Receiver reports came that cover `expected` packets, of which `lost` did not arrive; jitter_us is the largest
 * interarrival jitter among them. [room] */
void estimate_report (Estimate *e, guint expected, guint lost, guint jitter_us, gint64 now_us);
/* A round trip was measured that began then; rtt_us: 1 or more. [room] */
void estimate_rtt (Estimate *e, guint rtt_us, gint64 began_us);
/* The core says that the viewer asks for many retransmissions. [room] */
void estimate_slow_link (Estimate *e);
/* So many bytes went out since the last call (payload and headers). Call before estimate_tick. [room] */
void estimate_sent (Estimate *e, guint64 audio_bytes, guint64 video_bytes, gint64 now_us);

/* Time passes; call every 100 ms or so, and at once after a REMB that is lower than the one before. wanted_bps: what all
 * together would need if the next upgrade were made; 0: nothing more is wanted. May start, end or roll back a probe:
 * while one runs the budget covers wanted_bps. TRUE: the budget moved, allocate anew. [room] */
gboolean estimate_tick (Estimate *e, guint64 wanted_bps, gint64 now_us);

/* What may be sent to this viewer now, audio included. [room] */
guint64 estimate_budget_bps (const Estimate *e);
EstimateState estimate_state (const Estimate *e);
const char *estimate_state_name (EstimateState state);
/* The smoothed share of packets that the viewer lost lately, in 1/1000. [room] */
guint estimate_loss_permille (const Estimate *e);
/* The last round trip; 0: not known. [room] */
guint estimate_rtt_us (const Estimate *e);

#endif
