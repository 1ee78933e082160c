/* curia-store-ledger-private.h: the parts of one ledger transaction. Private to libcuria.
 * Thread: the one that runs the transaction. Ownership: everything is borrowed during the call. */
#ifndef CURIA_STORE_LEDGER_PRIVATE_H
#define CURIA_STORE_LEDGER_PRIVATE_H

#include "curia-ledger-store.h"
#include "curia-sql.h"

/* An INSERT for any number of rows, in few statements where that is cheaper: "<head> VALUES (...), (...) <tail>". */
typedef struct {
	const char *head, *tail;
	guint n_columns;
	char *statements[3]; /* of many rows, of a few, of one: made at the first use, kept for good */
} Bulk;

gboolean bulk_insert (Sql *sql, Bulk *bulk, const SqlValue *args, guint n_rows, SqlOnRow on_row, gpointer data, GError **error);

/* Numbers events and writes them, what they change, and whom webhooks tell. */
gboolean ledger_write_events (Sql *sql, LedgerEvent *events, guint n, GError **error);
/* Nobody else writes events until the transaction ends. */
gboolean ledger_lock (Sql *sql, GError **error);

/* Calls of a node that are open: those of which nothing was heard since silent_before_ms, and those of meetings with a later
 * call of which nothing was heard since moved_before_ms. */
typedef struct {
	const char *node, *reason;
	gint64 silent_before_ms, moved_before_ms;
	gint64 time_ms; /* when they ended; 0: when each was heard of last */
} LedgerEnds;

/* Ends some of them, with all that an end does. *last_seq is set when there were any. *more: there may be others. */
gboolean ledger_end_some (Sql *sql, const LedgerEnds *which, gint64 *last_seq, gboolean *more, GError **error);

/* Carries events over into calls, participations and tracks, as if one after the other. */
gboolean projections_run (Sql *sql, const LedgerEvent *events, guint n, GError **error);
/* Adds what samples say of speaking to participations. */
gboolean projections_run_samples (Sql *sql, const LedgerSample *samples, guint n, GError **error);

#endif
