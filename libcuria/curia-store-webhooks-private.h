/* curia-store-webhooks-private.h: how the ledger's transaction queues webhooks. Private to libcuria.
 * Thread: the one that runs the transaction. Ownership: everything is borrowed during the call. */
#ifndef CURIA_STORE_WEBHOOKS_PRIVATE_H
#define CURIA_STORE_WEBHOOKS_PRIVATE_H

#include "curia-sql.h"
#include "curia-store-webhooks.h"

#define WEBHOOK_BLOCKED_MS G_MAXINT64 /* next_ms of those that wait for another of their meeting */

/* Queues events for the webhooks that want them. After the projections of these events, in their transaction: it reads
 * calls and participations. */
gboolean webhooks_enqueue (Sql *sql, const LedgerEvent *events, guint n, GError **error);
/* The same with the time passed in. */
gboolean webhooks_enqueue_at (Sql *sql, const LedgerEvent *events, guint n, gint64 now_ms, GError **error);

/* The columns of a webhook's row, in the order in which webhook_add_row reads them. */
#define WEBHOOK_COLUMNS "id, url, key_id, events, meeting, enabled, created_ms"
/* For a row of these: appends it to an array of CuriaWebhooks. */
void webhook_add_row (const SqlValue *cells, guint n, gpointer webhooks);

#endif
