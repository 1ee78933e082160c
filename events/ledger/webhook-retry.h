/* webhook-retry.h: when a delivery that failed is tried again, and when it is given up.
 * Thread: any; pure. */
#ifndef LEDGER_WEBHOOK_RETRY_H
#define LEDGER_WEBHOOK_RETRY_H

#include <glib.h>

typedef struct {
	gint64 min_ms, max_ms; /* the first wait, the longest wait */
	gint64 give_up_ms;     /* how long it is tried */
} WebhookRetry;

/* For a try that failed at `now_ms`, after `tries` others had: the wall clock of the next one, or 0: give up. Waits double,
 * and `random` shortens each by up to a half, so that those who failed together do not come back together. A wait does not
 * reach beyond the end: the last try is at the end itself. [any] */
gint64 webhook_retry_at (const WebhookRetry *retry, gint64 since_ms, gint64 tries, gint64 now_ms, guint64 random);

#endif
