/* sweep.h: from time to time, looks for calls of which nothing more will be heard, and ends them: those of nodes that are gone
 * for good, and those whose own end got lost.
 * Thread: drain. Ownership: the cluster and the bus are borrowed. Blocking: sweep_maybe does, when it is time. */
#ifndef LEDGER_SWEEP_H
#define LEDGER_SWEEP_H

#include "curia-cluster.h"
#include "curia-store.h"

typedef struct {
	CuriaCluster *cluster;
	CuriaBus *bus;
	gint64 crashed_after_ms;
} SweepSettings;

typedef struct {
	SweepSettings settings;
	gint64 began_us, swept_us;
} Sweep;

void sweep_init (Sweep *self, const SweepSettings *settings, gint64 now_us);
/* Returns the last event that it made, or 0. */
gint64 sweep_maybe (Sweep *self, CuriaStore *store, gint64 now_us, gint64 now_ms);

#endif
