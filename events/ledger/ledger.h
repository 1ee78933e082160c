/* ledger.h: the ledger as a whole: a queue in memory, the spool on disk, and the thread that writes to the store.
 * Thread: start and stop on the main thread; take on any. Ownership: the ledger holds the node between start and stop. */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include <glib.h>
#include <jansson.h>
#include "curia-node.h"

typedef struct Ledger Ledger;

/* Takes a reference of the node over, also when it fails. */
Ledger *ledger_start (CuriaNode *take_node, GError **error);
/* Spools what is queued, writes for a few seconds at most; the rest waits in the spool for the next start. */
void ledger_stop (Ledger *self);
/* One event as Janus' core tells it, borrowed. Never blocks. [any] */
void ledger_take (Ledger *self, json_t *event);
/* Counters by name. Caller owns it. [any] */
json_t *ledger_stats (Ledger *self);

#endif
