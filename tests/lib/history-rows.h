/* history-rows.h: puts rows of history into a store's database, behind its back: for tests of what reads them.
 * Thread: the test's. Ownership: none. Whatever goes wrong aborts the test. */
#ifndef TESTS_HISTORY_ROWS_H
#define TESTS_HISTORY_ROWS_H

#include <glib.h>

/* Statements for the database of a store's URL: "sqlite:<path>" or "postgresql://...". */
void rows_run (const char *url, const char *statements);
/* One row each; texts may hold anything. join_ms -1: no media; left_ms, ended_ms 0: not yet. */
void rows_call (const char *url, const char *id, const char *meeting, const char *code, const char *title, gint64 started_ms,
	gint64 ended_ms, int join_failures);
void rows_participation (const char *url, const char *id, const char *call, const char *identity, const char *name, gint64 joined_ms,
	gint64 left_ms, gint64 join_ms, gint64 spoke_ms);
/* `values`: rtt_us, down_bps, down_loss_ppm, down_jitter_us, up_bps, up_loss_ppm, up_jitter_us, estimate_bps, paused_slots,
 * freezes, frozen_ms, spoke_ms. */
void rows_sample (const char *url, const char *participation, const char *call, gint64 time_ms, const gint64 values[12]);
/* Numbers it, too, as the ledger does. */
void rows_event (const char *url, gint64 seq, const char *type, gint64 time_ms, const char *meeting, const char *call, const char *data);

#endif
