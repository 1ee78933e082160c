#include "events/ledger/webhook-retry.h"

#define MAX_DOUBLINGS 40

gint64
webhook_retry_at (const WebhookRetry *retry, gint64 since_ms, gint64 tries, gint64 now_ms, guint64 random)
{
	gint64 end_ms = since_ms + retry->give_up_ms, wait_ms = retry->min_ms, half;

	if (now_ms >= end_ms)
		return 0;
	for (gint64 i = 0; i < MIN (tries, MAX_DOUBLINGS) && wait_ms < retry->max_ms; i++)
		wait_ms *= 2;
	wait_ms = MIN (wait_ms, retry->max_ms);
	half = wait_ms / 2;
	wait_ms -= (gint64) (random % (guint64) (half + 1));
	return MIN (now_ms + MAX (wait_ms, 1), end_ms);
}
