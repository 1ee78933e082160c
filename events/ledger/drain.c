#include "config.h"
#include "events/ledger/drain.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "curia-ledger-store.h"
#include "curia-log.h"

#define MAX_BATCH 1000 /* also bounds how long one transaction keeps other writers waiting */
#define LARGE_BATCH 1000 /* does not wait to become larger */
#define GATHER_US (50 * G_TIME_SPAN_MILLISECOND) /* so long a batch waits to become larger */
#define IDLE_US (10 * G_USEC_PER_SEC)
#define MIN_PAUSE_US (100 * G_TIME_SPAN_MILLISECOND)
#define MAX_PAUSE_US (5 * G_USEC_PER_SEC)
#define COMPLAIN_US (60 * G_USEC_PER_SEC)
#define EXPIRE_US (60 * G_USEC_PER_SEC)

struct Drain {
	Spool *spool;
	Stats *stats;
	DrainSettings settings;
	GThread *thread;
	gint stopping;          /* atomic */
	gint64 stop_by_us;      /* RO once stopping is set */
	gint64 first_ms;        /* atomic: time of the first event that is not written; 0: none */
	gint64 n_skipped;       /* atomic */

	/* [drain] */
	Record records[MAX_BATCH];
	LedgerEvent events[MAX_BATCH];
	LedgerSample samples[MAX_BATCH];
	gint64 pause_us, complained_us; /* 0: the last write went well */
	gint64 expired_us;
	Sweep sweep;
};

/* ---- batches ---- */

static LedgerEvent to_event (const Record *record)
{
	json_t *body = json_loads (record->data, 0, NULL);

	return (LedgerEvent) { .id = record->id, .type = record->type, .node = record->node, .meeting = record->meeting,
		.code = record->code, .call = record->call, .data = record->data, .body = body != NULL ? body : json_object (),
		.time_ms = record->time_ms, .number = record->number };
}

static LedgerSample to_sample (const Record *record)
{
	LedgerSample sample = { .id = record->id, .participation = record->participation, .call = record->call,
		.time_ms = record->time_ms, .number = record->number };

	memcpy (sample.values, record->values, sizeof sample.values);
	return sample;
}

static LedgerBatch to_batch (Drain *self, const Record *records, guint n)
{
	LedgerBatch batch = { .spool = spool_id (self->spool), .previous = spool_previous (self->spool),
		.node = self->settings.node, .next = records[n - 1].number + 1, .events = self->events, .samples = self->samples };

	for (guint i = 0; i < n; i++)
		if (records[i].kind == RECORD_EVENT) {
			batch.events[batch.n_events++] = to_event (&records[i]);
			batch.node = records[i].node;
		} else
			batch.samples[batch.n_samples++] = to_sample (&records[i]);
	return batch;
}

static void clear_batch (LedgerBatch *batch)
{
	for (guint i = 0; i < batch->n_events; i++)
		json_decref (batch->events[i].body);
}

static void wake_readers (Drain *self, gint64 last_seq)
{
	if (last_seq <= 0)
		return;
	json_t *news = json_pack ("{s:I}", "seq", (json_int_t) last_seq);
	curia_bus_publish (self->settings.bus, "events", news, NULL); /* a full bus is no loss: readers look from time to time */
	json_decref (news);
}

/* Where the last batch was broken off that is no wonder; of an old copy of the spool it is a lot. */
static void note_skipped (Drain *self, const LedgerBatch *batch)
{
	if (batch->n_skipped > 0 && __atomic_fetch_add (&self->n_skipped, batch->n_skipped, __ATOMIC_RELAXED) == 0)
		curia_log_warning ("ledger", "the store has %u events of the spool %s already: skipped, and so is what else it has",
			batch->n_skipped, batch->spool);
}

static gboolean write_records (Drain *self, const Record *records, guint n, GError **error)
{
	LedgerBatch batch = to_batch (self, records, n);
	gint64 last_seq = 0;
	gboolean ok = curia_store_ledger_write (self->settings.store, &batch, &last_seq, error);

	clear_batch (&batch);
	if (ok) {
		stats_add (self->stats, STAT_written, n);
		note_skipped (self, &batch);
		wake_readers (self, last_seq);
	} else
		stats_add (self->stats, STAT_failed_writes, 1);
	return ok;
}

/* ---- when the store does not take it ---- */

static gboolean may_go_on (Drain *self)
{
	return !g_atomic_int_get (&self->stopping) || curia_clock_us () < self->stop_by_us;
}

static void complain (Drain *self, const GError *error)
{
	gint64 now_us = curia_clock_us ();

	if (self->complained_us != 0 && now_us - self->complained_us < COMPLAIN_US)
		return;
	self->complained_us = now_us;
	curia_log_warning ("ledger", "the store takes nothing (%s): %" G_GUINT64_FORMAT " bytes wait on disk", error->message,
		spool_bytes (self->spool));
}

static void note_success (Drain *self)
{
	if (self->complained_us != 0)
		curia_log_info ("ledger", "the store is back; %" G_GUINT64_FORMAT " bytes wait on disk", spool_bytes (self->spool));
	self->complained_us = self->pause_us = 0;
}

static void pause_longer (Drain *self, const GError *error)
{
	complain (self, error);
	self->pause_us = CLAMP (self->pause_us * 2, MIN_PAUSE_US, MAX_PAUSE_US);
	gint64 pause_us = self->pause_us;
	if (g_atomic_int_get (&self->stopping))
		pause_us = CLAMP (self->stop_by_us - curia_clock_us (), 0, pause_us);
	spool_rest (self->spool, pause_us);
}

static gboolean is_refusal (const GError *error)
{
	return g_error_matches (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
}

/* TRUE: written, or refused for what is in it. FALSE: it is time to end. */
static gboolean insist (Drain *self, const Record *records, guint n, gboolean *refused)
{
	*refused = FALSE;
	while (may_go_on (self)) {
		g_autoptr (GError) error = NULL;

		if (write_records (self, records, n, &error)) {
			note_success (self);
			return TRUE;
		}
		*refused = is_refusal (error);
		if (*refused)
			return TRUE;
		pause_longer (self, error);
	}
	return FALSE;
}

/* A batch was refused: each alone, to find out which. */
static gboolean one_by_one (Drain *self, const Record *records, guint n)
{
	for (guint i = 0; i < n; i++) {
		gboolean refused;

		if (!insist (self, &records[i], 1, &refused))
			return FALSE;
		if (!refused)
			continue;
		stats_add (self->stats, STAT_dropped, 1);
		curia_log_error ("ledger", "the store refuses %s %s: dropped", records[i].kind == RECORD_EVENT ? records[i].type : "quality",
			records[i].id);
	}
	return TRUE;
}

static gboolean carry_over (Drain *self, guint n)
{
	gboolean refused;

	__atomic_store_n (&self->first_ms, self->records[0].time_ms, __ATOMIC_RELAXED);
	if (!insist (self, self->records, n, &refused) || (refused && !one_by_one (self, self->records, n)))
		return FALSE;
	spool_advance (self->spool);
	return TRUE;
}

/* ---- what is too old ---- */

static gint64 before (gint64 now_ms, gint64 keep_ms)
{
	return keep_ms > 0 ? now_ms - keep_ms : 0;
}

/* One small step between two batches; the next minute again, or at the next batch when there is more. */
static void maybe_expire (Drain *self)
{
	gint64 now_us = curia_clock_us (), now_ms = curia_clock_wall_ms ();
	gboolean more = FALSE;

	if (self->expired_us != 0 && now_us - self->expired_us < EXPIRE_US)
		return;
	if (curia_store_ledger_expire (self->settings.store, before (now_ms, self->settings.keep_ms),
			before (now_ms, self->settings.keep_samples_ms), &more, NULL)
		&& more)
		self->expired_us = 0;
	else
		self->expired_us = now_us;
}

/* ---- the thread ---- */

static gpointer run (gpointer data)
{
	Drain *self = data;

	for (;;) {
		guint n = spool_read (self->spool, self->records, MAX_BATCH);

		if (n > 0 && !carry_over (self, n))
			return NULL;
		if (n == 0) {
			__atomic_store_n (&self->first_ms, 0, __ATOMIC_RELAXED);
			if (g_atomic_int_get (&self->stopping))
				return NULL;
		}
		maybe_expire (self);
		wake_readers (self, sweep_maybe (&self->sweep, self->settings.store, curia_clock_us (), curia_clock_wall_ms ()));
		if (g_atomic_int_get (&self->stopping) || n >= LARGE_BATCH)
			continue;
		if (n > 0 || spool_wait (self->spool, self->expired_us == 0 ? GATHER_US : IDLE_US))
			spool_rest (self->spool, GATHER_US);
	}
}

Drain *drain_start (Spool *spool, Stats *stats, const DrainSettings *settings)
{
	Drain *self = g_new0 (Drain, 1);

	self->spool = spool;
	self->stats = stats;
	self->settings = *settings;
	sweep_init (&self->sweep, &settings->sweep, curia_clock_us ());
	self->thread = g_thread_new ("curia-drain", run, self);
	return self;
}

void drain_stop (Drain *self, gint64 patience_us)
{
	self->stop_by_us = curia_clock_us () + patience_us;
	g_atomic_int_set (&self->stopping, 1);
	spool_wake (self->spool);
	g_thread_join (self->thread);
	g_free (self);
}

gint64 drain_lag_ms (Drain *self, gint64 now_ms)
{
	gint64 first_ms = __atomic_load_n (&self->first_ms, __ATOMIC_RELAXED);

	return first_ms > 0 ? MAX (now_ms - first_ms, 0) : 0;
}

gint64 drain_skipped (Drain *self)
{
	return __atomic_load_n (&self->n_skipped, __ATOMIC_RELAXED);
}
