#include "config.h"
#include "plugins/room/receipts.h"

static void raise_to (_Atomic guint *place, guint value)
{
	guint old = atomic_load_explicit (place, memory_order_relaxed);
	while (value > old && !atomic_compare_exchange_weak_explicit (place, &old, value, memory_order_relaxed, memory_order_relaxed))
		continue;
}

gboolean receipts_add (Receipts *self, const Feedback *feedback, gint64 wall_us)
{
	guint expected = 0, lost = 0, rtt_age_us = 0, rtt_us = feedback_rtt_us (feedback, wall_us, &rtt_age_us);
	guint32 jitter = 0;
	feedback_loss_add (&self->loss, feedback, wall_us, &expected, &lost, &jitter);
	atomic_fetch_add_explicit (&self->expected, expected, memory_order_relaxed);
	atomic_fetch_add_explicit (&self->lost, lost, memory_order_relaxed);
	raise_to (&self->jitter, jitter);
	if (rtt_us)
		atomic_store_explicit (&self->rtt_and_age, (guint64) rtt_us << 32 | rtt_age_us, memory_order_relaxed);
	if (feedback->remb_bps == 0)
		return FALSE;
	gboolean less = feedback->remb_bps < self->last_remb_bps * (100 - RECEIPTS_DROP_PCT) / 100;
	self->last_remb_bps = feedback->remb_bps;
	atomic_store_explicit (&self->remb_bps, feedback->remb_bps, memory_order_relaxed);
	return less;
}

void receipts_add_slow_link (Receipts *self)
{
	atomic_fetch_add_explicit (&self->slow_links, 1, memory_order_relaxed);
}

gboolean receipts_take (Receipts *self, ReceiptsTaken *taken)
{
	guint64 rtt_and_age = atomic_exchange_explicit (&self->rtt_and_age, 0, memory_order_relaxed);
	*taken = (ReceiptsTaken) {
		.remb_bps = atomic_exchange_explicit (&self->remb_bps, 0, memory_order_relaxed),
		.expected = atomic_exchange_explicit (&self->expected, 0, memory_order_relaxed),
		.lost = atomic_exchange_explicit (&self->lost, 0, memory_order_relaxed),
		.jitter = atomic_exchange_explicit (&self->jitter, 0, memory_order_relaxed),
		.rtt_us = (guint) (rtt_and_age >> 32),
		.rtt_age_us = (guint) rtt_and_age,
		.slow_links = atomic_exchange_explicit (&self->slow_links, 0, memory_order_relaxed),
	};
	return taken->remb_bps || taken->expected || taken->rtt_us || taken->slow_links;
}
