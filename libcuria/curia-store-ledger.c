#include "curia-ledger-store.h"

#include "curia-error.h"

gboolean curia_store_ledger_write (CuriaStore *self, LedgerBatch *batch, gint64 *last_seq, GError **error)
{
	(void) self, (void) batch;
	*last_seq = 0;
	return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "the ledger does not write yet");
}

gboolean curia_store_ledger_expire (CuriaStore *self, gint64 events_before_ms, gint64 samples_before_ms, gboolean *more,
	GError **error)
{
	(void) self, (void) events_before_ms, (void) samples_before_ms, (void) error;
	*more = FALSE;
	return TRUE;
}
