#include "curia-store-audit.h"

#include <string.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-id.h"
#include "curia-log.h"
#include "curia-store-private.h"

#define MAX_TEXT_BYTES 1000
#define MAX_BATCH 40 /* times the columns no more than SQL_MAX_ARGS */
#define RETRY_US (G_USEC_PER_SEC / 2)
#define N_COLUMNS 10
#define COLUMNS "id, time_ms, actor, actor_name, address, action, target, meeting, result, detail"

G_STATIC_ASSERT (MAX_BATCH * N_COLUMNS <= SQL_MAX_ARGS);

/* Texts in the order of CuriaAudit, which are the columns' too. */
enum { ID, ACTOR, ACTOR_NAME, ADDRESS, ACTION, TARGET, MEETING, RESULT, DETAIL, N_TEXTS };

typedef struct {
	CuriaAudit seen; /* points into `texts` */
	char *texts[N_TEXTS];
} Entry;

struct StoreAudit {
	CuriaStore *store;
	GThread *thread;
	GMutex lock;      /* leaf */
	GCond changed;
	GQueue waiting;   /* LOCK: lock; of Entry */
	guint64 n_added, n_written, n_lost; /* LOCK: lock */
	gboolean closing; /* LOCK: lock */
};

/* ---- entries ---- */

static void
entry_free (gpointer data)
{
	Entry *self = data;

	for (guint i = 0; i < N_TEXTS; i++)
		g_free (self->texts[i]);
	g_free (self);
}

static Entry *
entry_new (const char *const texts[N_TEXTS], gint64 time_ms)
{
	Entry *self = g_new (Entry, 1);

	for (guint i = 0; i < N_TEXTS; i++)
		self->texts[i] = g_strdup (texts[i]);
	self->seen = (CuriaAudit) { self->texts[ID], time_ms, self->texts[ACTOR], self->texts[ACTOR_NAME], self->texts[ADDRESS],
		self->texts[ACTION], self->texts[TARGET], self->texts[MEETING], self->texts[RESULT], self->texts[DETAIL] };
	return self;
}

/* Cut, but not within a character, and always UTF-8: one bad entry must not keep others from being written. */
static char *
clean (const char *text)
{
	g_autofree char *cut = g_strndup (text != NULL ? text : "", MAX_TEXT_BYTES);
	const char *end;

	if (g_utf8_validate (cut, -1, &end) || strlen (end) >= 6)
		return g_utf8_make_valid (cut, -1);
	return g_strndup (cut, (gsize) (end - cut));
}

static Entry *
entry_from (const CuriaAudit *given)
{
	g_autofree char *id = curia_id_new ("AU_"), *actor = clean (given->actor), *name = clean (given->actor_name),
		*address = clean (given->address), *action = clean (given->action), *target = clean (given->target),
		*meeting = clean (given->meeting), *result = clean (given->result),
		*detail = clean (given->detail == NULL || given->detail[0] == '\0' ? "{}" : given->detail);
	/* JSON that was cut is none any more */
	const char *kept = given->detail != NULL && strlen (given->detail) > MAX_TEXT_BYTES ? "{\"cut\":true}" : detail;

	return entry_new ((const char *[]) { id, actor, name, address, action, target, meeting, result, kept },
		given->time_ms != 0 ? given->time_ms : curia_clock_wall_ms ());
}

/* ---- the thread that writes ---- */

typedef struct {
	Entry *entries[MAX_BATCH]; /* borrowed */
	guint n;
} Batch;

/* A batch whose commit was not confirmed is tried again: ids tell what is there already. */
static gboolean
insert_batch (Sql *sql, gpointer data, GError **error)
{
	const Batch *batch = data;
	SqlValue args[MAX_BATCH * N_COLUMNS];

	for (guint i = 0; i < batch->n; i++) {
		const CuriaAudit *entry = &batch->entries[i]->seen;
		const SqlValue row[N_COLUMNS] = { sql_text (entry->id), sql_int (entry->time_ms), sql_text (entry->actor),
			sql_text (entry->actor_name), sql_text (entry->address), sql_text (entry->action), sql_text (entry->target),
			sql_text (entry->meeting), sql_text (entry->result), sql_text (entry->detail) };

		memcpy (&args[i * N_COLUMNS], row, sizeof row);
	}
	return sql->driver->run_many (sql, "INSERT INTO audit (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
		" ON CONFLICT DO NOTHING", args, N_COLUMNS, batch->n, error);
}

/* Entries stay in the queue until they are written. */
static Batch
first_locked (StoreAudit *self)
{
	Batch batch = { .n = 0 };

	for (GList *at = self->waiting.head; at != NULL && batch.n < MAX_BATCH; at = at->next)
		batch.entries[batch.n++] = at->data;
	return batch;
}

static void
drop_locked (StoreAudit *self, guint n)
{
	while (n-- > 0)
		entry_free (g_queue_pop_head (&self->waiting));
}

/* FALSE: try again later. What the database refuses for what it is would be refused again. */
static gboolean
write_batch (StoreAudit *self, Batch *batch)
{
	g_autoptr (GError) error = NULL;

	if (database_write (self->store->database, insert_batch, batch, &error))
		return TRUE;
	curia_log_warning ("audit", "%u entries: %s", batch->n, error->message);
	return g_error_matches (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
}

/* However much is added meanwhile. */
static void
pause_locked (StoreAudit *self)
{
	gint64 until_us = g_get_monotonic_time () + RETRY_US;

	while (!self->closing && g_cond_wait_until (&self->changed, &self->lock, until_us))
		;
}

static gpointer
run (gpointer data)
{
	StoreAudit *self = data;

	g_mutex_lock (&self->lock);
	for (;;) {
		while (self->waiting.length == 0 && !self->closing)
			g_cond_wait (&self->changed, &self->lock);
		if (self->waiting.length == 0)
			break;
		Batch batch = first_locked (self);
		g_mutex_unlock (&self->lock);
		gboolean done = write_batch (self, &batch);
		g_mutex_lock (&self->lock);
		if (done) {
			drop_locked (self, batch.n);
			self->n_written += batch.n;
			g_cond_broadcast (&self->changed);
		} else if (self->closing) {
			curia_log_error ("audit", "%u entries are lost: the database is away", self->waiting.length);
			break;
		} else {
			pause_locked (self);
		}
	}
	g_mutex_unlock (&self->lock);
	return NULL;
}

/* ---- life ---- */

StoreAudit *
store_audit_new (CuriaStore *store)
{
	StoreAudit *self = g_new0 (StoreAudit, 1);

	self->store = store;
	g_mutex_init (&self->lock);
	g_cond_init (&self->changed);
	g_queue_init (&self->waiting);
	self->thread = g_thread_new ("curia-audit", run, self);
	return self;
}

void
store_audit_free (StoreAudit *self)
{
	g_mutex_lock (&self->lock);
	self->closing = TRUE;
	g_cond_broadcast (&self->changed);
	g_mutex_unlock (&self->lock);
	g_thread_join (self->thread);
	g_queue_clear_full (&self->waiting, entry_free);
	g_mutex_clear (&self->lock);
	g_cond_clear (&self->changed);
	g_free (self);
}

void
curia_store_audit_add (CuriaStore *store, const CuriaAudit *given)
{
	StoreAudit *self = store->audit;
	Entry *entry = entry_from (given);
	guint64 n_lost = 0;

	g_mutex_lock (&self->lock);
	if (self->waiting.length < CURIA_AUDIT_QUEUE) {
		g_queue_push_tail (&self->waiting, g_steal_pointer (&entry));
		self->n_added++;
		g_cond_broadcast (&self->changed);
	} else {
		n_lost = ++self->n_lost;
	}
	g_mutex_unlock (&self->lock);
	if (entry == NULL)
		return;
	entry_free (entry);
	if (n_lost == 1 || n_lost % 1000 == 0)
		curia_log_error ("audit", "%" G_GUINT64_FORMAT " entries are lost: %d wait already", n_lost, CURIA_AUDIT_QUEUE);
}

gboolean
curia_store_audit_flush (CuriaStore *store, gint64 wait_ms)
{
	StoreAudit *self = store->audit;
	gint64 until_us = g_get_monotonic_time () + wait_ms * 1000;
	gboolean done = TRUE;

	g_mutex_lock (&self->lock);
	for (guint64 n = self->n_added; done && self->n_written < n;)
		done = g_cond_wait_until (&self->changed, &self->lock, until_us);
	g_mutex_unlock (&self->lock);
	return done;
}

/* ---- reads ---- */

typedef struct {
	const char *meeting;
	gint64 before_ms;
	const char *before_id;
	int limit;
	GPtrArray *found;
} Query;

static void
add_entry (const SqlValue *cells, guint n, gpointer data)
{
	(void) n;
	g_ptr_array_add (data, entry_new ((const char *[]) { cells[0].text, cells[2].text, cells[3].text, cells[4].text, cells[5].text,
		cells[6].text, cells[7].text, cells[8].text, cells[9].text }, cells[1].number));
}

#define NEWEST " ORDER BY time_ms DESC, id DESC LIMIT $3"

static gboolean
select_entries (Sql *sql, gpointer data, GError **error)
{
	const Query *query = data;

	g_ptr_array_set_size (query->found, 0);
	if (query->meeting != NULL)
		return SQL_RUN (sql, "SELECT " COLUMNS " FROM audit WHERE (time_ms, id) < ($1, $2) AND meeting = $4" NEWEST, add_entry,
			query->found, error, sql_int (query->before_ms), sql_text (query->before_id), sql_int (query->limit),
			sql_text (query->meeting));
	return SQL_RUN (sql, "SELECT " COLUMNS " FROM audit WHERE (time_ms, id) < ($1, $2)" NEWEST, add_entry, query->found, error,
		sql_int (query->before_ms), sql_text (query->before_id), sql_int (query->limit));
}

GPtrArray *
curia_store_audit_list (CuriaStore *self, const char *meeting_id, int limit, const char *cursor, char **next_cursor, GError **error)
{
	g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (entry_free);
	Query query = { .meeting = meeting_id, .limit = limit + 1, .found = found };

	*next_cursor = NULL;
	if (limit < 1 || limit > CURIA_AUDIT_MAX_LIST) {
		curia_throw (error, CURIA_ERROR_INVALID_FIELD, "limit must be 1 to %d, not %d", CURIA_AUDIT_MAX_LIST, limit);
		return NULL;
	}
	if (!store_cursor_parse (cursor, &query.before_ms, &query.before_id, error)
		|| !database_read (self->database, select_entries, &query, error))
		return NULL;
	if (found->len > (guint) limit) {
		g_ptr_array_set_size (found, limit);
		const CuriaAudit *last = found->pdata[limit - 1];
		*next_cursor = store_cursor_of (last->time_ms, last->id);
	}
	return g_steal_pointer (&found);
}
