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

/* Carries events over into calls, participations and tracks, as if one after the other. `before`: the node that the spool's
 * last event was from. */
gboolean projections_run (Sql *sql, const LedgerEvent *events, guint n, const char *before, GError **error);
/* Adds what samples say of speaking to participations. */
gboolean projections_run_samples (Sql *sql, const LedgerSample *samples, guint n, GError **error);

#endif
