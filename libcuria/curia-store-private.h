/* curia-store-private.h: the store seen from inside, for the files that hold its SQL (curia-store-*.c). Private to libcuria.
 * Thread: any. Ownership: the store owns its database. */
#ifndef CURIA_STORE_PRIVATE_H
#define CURIA_STORE_PRIVATE_H

#include "curia-database.h"
#include "curia-store.h"

typedef struct StoreAudit StoreAudit;

struct CuriaStore {
	Database *database;
	StoreAudit *audit;
};

/* The queue of curia-store-audit.h and its thread. Freeing it writes what waits, or gives it up when the database is away. */
StoreAudit *store_audit_new (CuriaStore *store);
void store_audit_free (StoreAudit *self);

/* A cursor is the last row's place in the order newest first, "<time_ms>.<id>": rows that come and go do not shift the
 * pages. NULL is the beginning; INVALID_FIELD when it is none of ours. *before_id is borrowed from it. [any] */
gboolean store_cursor_parse (const char *cursor, gint64 *before_ms, const char **before_id, GError **error);
/* Caller frees. [any] */
char *store_cursor_of (gint64 time_ms, const char *id);

#endif
