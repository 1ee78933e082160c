/* stats.h: what the ledger counts. One row gives the counter and its name.
 * Thread: any; each is atomic. */
#ifndef LEDGER_STATS_H
#define LEDGER_STATS_H

#include <glib.h>

#define LEDGER_COUNTERS(X)                                                                                              \
	X (offered) /* by the core */                                                                                      \
	X (ignored) /* of a kind that is not kept */                                                                       \
	X (malformed)                                                                                                      \
	X (refused_queue)   /* the queue in memory was full */                                                             \
	X (refused_quality) /* the spool was nearly full */                                                                \
	X (refused_full)    /* the spool was full */                                                                       \
	X (refused_disk)    /* the disk did not take it */                                                                 \
	X (spooled)                                                                                                        \
	X (written)                                                                                                        \
	X (dropped) /* the database refused what is in it */                                                               \
	X (failed_writes)

typedef enum {
#define X(name) STAT_##name,
	LEDGER_COUNTERS (X)
#undef X
	LEDGER_N_STATS
} LedgerStat;

typedef struct {
	gint64 counts[LEDGER_N_STATS]; /* atomic */
} Stats;

static inline void stats_add (Stats *self, LedgerStat stat, guint n)
{
	__atomic_add_fetch (&self->counts[stat], n, __ATOMIC_RELAXED);
}

static inline gint64 stats_get (const Stats *self, LedgerStat stat)
{
	return __atomic_load_n (&self->counts[stat], __ATOMIC_RELAXED);
}

#endif
