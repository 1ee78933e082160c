/* idempotency.h: remembers answers, so that a request sent again with the same Idempotency-Key is carried out once.
 * Thread: any; one lock, never held while work is done. Ownership: counted by nobody: one owner frees it at the end.
 * Bound: max_entries, the oldest answers go first. In memory: a restart forgets, and a retry after it counts as new. */
#ifndef API_IDEMPOTENCY_H
#define API_IDEMPOTENCY_H

#include <glib.h>

typedef struct ApiIdempotency ApiIdempotency;

ApiIdempotency *api_idempotency_new (guint max_entries, gint64 keep_us);
void api_idempotency_free (ApiIdempotency *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ApiIdempotency, api_idempotency_free)

/* TRUE with *answer NULL: the caller does the work, then calls _end. TRUE with *answer set (caller frees): this was done
 * before. A twin that is under way is waited for, up to wait_us. INVALID_FIELD when the key came with another request,
 * OVERLOADED when the twin takes too long or all entries are under way. [worker] */
gboolean api_idempotency_begin (ApiIdempotency *self, const char *key, const char *request, gint64 now_us, gint64 wait_us,
	char **answer, GError **error);
/* Keeps the answer, or forgets the key when NULL (the work failed). [worker] */
void api_idempotency_end (ApiIdempotency *self, const char *key, const char *answer, gint64 now_us);
/* Entries held, for tests. [any] */
guint api_idempotency_count (ApiIdempotency *self);

#endif
