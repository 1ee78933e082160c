#include "idempotency.h"

#include <string.h>

#include "curia-error.h"

typedef struct {
	char *key, *request;
	char *answer;    /* NULL while the work is under way; then the entry is not in `done` */
	gint64 until_us;
	GList link;      /* in `done` */
} Entry;

struct ApiIdempotency {
	guint max_entries;  /* read-only, as is keep_us */
	gint64 keep_us;
	GMutex lock;
	GCond finished;
	GHashTable *entries; /* LOCK: lock. key -> Entry, owned */
	GQueue done;         /* LOCK: lock. Entries with an answer, oldest first */
};

static void
entry_free (gpointer data)
{
	Entry *entry = data;
	g_free (entry->key);
	g_free (entry->request);
	g_free (entry->answer);
	g_free (entry);
}

ApiIdempotency *
api_idempotency_new (guint max_entries, gint64 keep_us)
{
	ApiIdempotency *self = g_new0 (ApiIdempotency, 1);
	self->max_entries = max_entries;
	self->keep_us = keep_us;
	self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
	g_mutex_init (&self->lock);
	g_cond_init (&self->finished);
	g_queue_init (&self->done);
	return self;
}

void
api_idempotency_free (ApiIdempotency *self)
{
	g_hash_table_unref (self->entries);
	g_mutex_clear (&self->lock);
	g_cond_clear (&self->finished);
	g_free (self);
}

static void
drop_oldest_locked (ApiIdempotency *self)
{
	Entry *entry = g_queue_peek_head (&self->done);
	g_queue_unlink (&self->done, &entry->link);
	g_hash_table_remove (self->entries, entry->key);
}

static void
expire_locked (ApiIdempotency *self, gint64 now_us)
{
	for (Entry *entry; (entry = g_queue_peek_head (&self->done)) != NULL && entry->until_us <= now_us;)
		drop_oldest_locked (self);
}

/* Waits while a twin is under way. The entry as it is then, or NULL when the key is free. */
static gboolean
settle_locked (ApiIdempotency *self, const char *key, gint64 wait_us, Entry **entry, GError **error)
{
	gint64 deadline = g_get_monotonic_time () + wait_us;
	while ((*entry = g_hash_table_lookup (self->entries, key)) != NULL && (*entry)->answer == NULL)
		if (!g_cond_wait_until (&self->finished, &self->lock, deadline))
			return curia_throw (error, CURIA_ERROR_OVERLOADED, "The same request is still being carried out");
	return TRUE;
}

static gboolean
insert_locked (ApiIdempotency *self, const char *key, const char *request, GError **error)
{
	if (g_hash_table_size (self->entries) >= self->max_entries) {
		if (g_queue_is_empty (&self->done))
			return curia_throw (error, CURIA_ERROR_OVERLOADED, "Too many requests are under way");
		drop_oldest_locked (self);
	}
	Entry *entry = g_new0 (Entry, 1);
	entry->key = g_strdup (key);
	entry->request = g_strdup (request);
	entry->link.data = entry;
	g_hash_table_insert (self->entries, entry->key, entry);
	return TRUE;
}

gboolean
api_idempotency_begin (ApiIdempotency *self, const char *key, const char *request, gint64 now_us, gint64 wait_us,
	char **answer, GError **error)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
	Entry *entry = NULL;
	*answer = NULL;
	expire_locked (self, now_us);
	if (!settle_locked (self, key, wait_us, &entry, error))
		return FALSE;
	if (entry == NULL)
		return insert_locked (self, key, request, error);
	if (strcmp (entry->request, request) != 0)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "Idempotency-Key was used with another body; use a new one");
	*answer = g_strdup (entry->answer);
	return TRUE;
}

void
api_idempotency_end (ApiIdempotency *self, const char *key, const char *answer, gint64 now_us)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
	Entry *entry = g_hash_table_lookup (self->entries, key);
	if (answer == NULL) {
		g_hash_table_remove (self->entries, key);
	} else {
		entry->answer = g_strdup (answer);
		entry->until_us = now_us + self->keep_us;
		g_queue_push_tail_link (&self->done, &entry->link);
	}
	g_cond_broadcast (&self->finished);
}

guint
api_idempotency_count (ApiIdempotency *self)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
	return g_hash_table_size (self->entries);
}
