/* receipts.h: what a viewer reported since the room last looked: its estimate, losses, jitter, round trip.
 * Thread: written by [media], taken by [room], without a lock. Ownership: part of the session. */
#ifndef ROOM_RECEIPTS_H
#define ROOM_RECEIPTS_H

#include <stdatomic.h>

#include "plugins/room/feedback.h"

#define RECEIPTS_DROP_PCT 5 /* an estimate lower by so much is news */

typedef struct Receipts {
	FeedbackLoss loss;             /* [media] */
	guint64 last_remb_bps;         /* [media] */
	_Atomic guint64 remb_bps;      /* 0: none since the last take */
	_Atomic guint expected, lost;  /* packets since the last take */
	_Atomic guint jitter;          /* the largest since the last take, in the clock of its stream */
	_Atomic guint64 rtt_and_age;   /* in us, 32 bits each: the last, and how long before its report it began; 0: none since the last take */
	_Atomic guint slow_links;      /* since the last take */
} Receipts;

typedef struct ReceiptsTaken {
	guint64 remb_bps;
	guint expected, lost, jitter, rtt_us, rtt_age_us, slow_links;
} ReceiptsTaken;

/* TRUE: the estimate is much lower than the one before. wall_us: Unix time. [media] */
gboolean receipts_add (Receipts *self, const Feedback *feedback, gint64 wall_us);
void receipts_add_slow_link (Receipts *self);
/* FALSE: nothing came. [room] */
gboolean receipts_take (Receipts *self, ReceiptsTaken *taken);

#endif
