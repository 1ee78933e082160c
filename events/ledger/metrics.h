/* metrics.h: what the ledger tells of itself at /metrics.
 * Thread: start and stop on the main thread; the rest on any. Ownership: the ledger is borrowed until stop. */
#ifndef LEDGER_METRICS_H
#define LEDGER_METRICS_H

#include "events/ledger/ledger.h"

/* Whether the ledger runs: at /metrics, and for /readyz. */
void ledger_metrics_set_up (gboolean up);
/* Gives the number for stop. `spool_max_bytes`: how large the spool may become. */
guint ledger_metrics_start (Ledger *ledger, gint64 spool_max_bytes);
/* Waits for a look that is under way. */
void ledger_metrics_stop (guint number);

#endif
