/* drain.h: the thread that carries the spool's events into the store, in order, each once.
 * Thread: start and stop on the main thread. Ownership: everything passed in is borrowed until stop. */
#ifndef LEDGER_DRAIN_H
#define LEDGER_DRAIN_H

#include "curia-bus.h"
#include "curia-store.h"
#include "events/ledger/spool.h"
#include "events/ledger/stats.h"
#include "events/ledger/sweep.h"

typedef struct Drain Drain;

typedef struct {
	CuriaStore *store;
	CuriaBus *bus; /* is told {"seq": last} on "events" after each batch that held events */
	const char *node;
	gint64 keep_ms, keep_samples_ms; /* how long; 0: for ever */
	SweepSettings sweep;
} DrainSettings;

Drain *drain_start (Spool *spool, Stats *stats, const DrainSettings *settings);
/* Carries on for at most so long while there is something and the store takes it. [blocks] */
void drain_stop (Drain *self, gint64 patience_us);
/* Age of the first event that is not in the store; 0 when all are. [any] */
gint64 drain_lag_ms (Drain *self, gint64 now_ms);
/* How many of the written were in the store before. [any] */
gint64 drain_skipped (Drain *self);

#endif
