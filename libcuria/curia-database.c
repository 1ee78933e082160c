#include "curia-database.h"

#include <string.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-log.h"
#include "curia-writer.h"

#define STUCK_US (5 * G_USEC_PER_SEC) /* a commit that takes this long is no slow disk but a broken one */
#define READER_WAIT_US (5 * G_USEC_PER_SEC)
#define CONNECT_PAUSE_US (200 * 1000)

static const struct {
	const char *prefix;
	const SqlDriver *driver;
	gboolean whole; /* the driver gets the URL, not what follows the prefix */
} kinds[] = {
	{ "sqlite:", &sqlite_driver, FALSE },
	{ "postgresql://", &postgres_driver, TRUE },
	{ "postgres://", &postgres_driver, TRUE },
};

struct Database {
	Writer *writer;
	GMutex lock;
	GCond returned;
	GPtrArray *readers; /* LOCK: lock. Those not in use */
	guint n_readers;    /* RO. 0: reads are the writer's too */
	gint hurried;       /* atomic */
};

/* ---- schema ---- */

static gboolean
apply (Sql *sql, const Migration *step, GError **error)
{
	curia_log_info ("store", "schema step %d: %s", step->number, step->name);
	return sql->driver->script (sql, step->statements, error)
		&& SQL_RUN (sql, "INSERT INTO curia_migrations (number, name, applied_ms) VALUES ($1, $2, $3)", NULL, NULL,
			error, sql_int (step->number), sql_text (step->name), sql_int (curia_clock_wall_ms ()));
}

static gboolean
apply_missing (Sql *sql, const Migration *steps, GError **error)
{
	gint64 have = 0, known = 0;

	if (!sql->driver->script (sql,
			"CREATE TABLE IF NOT EXISTS curia_migrations"
			" (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_ms BIGINT NOT NULL)",
			error)
		|| !SQL_RUN (sql, "SELECT COALESCE (MAX (number), 0) FROM curia_migrations WHERE number > $1", sql_read_number,
			&have, error, sql_int (0)))
		return FALSE;
	for (; steps->number != 0; steps++) {
		known = steps->number;
		if (steps->number > have && !apply (sql, steps, error))
			return FALSE;
	}
	return have <= known
		|| curia_throw (error, CURIA_ERROR_UNAVAILABLE,
			"the store was made by a newer version (schema %d, this one knows %d)", (int) have, (int) known);
}

static gboolean
migrate (Sql *sql, const Migration *steps, GError **error)
{
	if (!sql->driver->script (sql, sql->driver->begin_migration, error))
		return FALSE;
	if (apply_missing (sql, steps, error) && sql->driver->script (sql, "COMMIT", error))
		return TRUE;
	if (sql->driver->in_transaction (sql))
		sql->driver->script (sql, "ROLLBACK", NULL);
	return FALSE;
}

/* ---- opening ---- */

static const SqlDriver *
driver_of_url (const char *url, const char **where, GError **error)
{
	for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
		if (g_str_has_prefix (url, kinds[i].prefix)) {
			*where = kinds[i].whole ? url : url + strlen (kinds[i].prefix);
			return kinds[i].driver;
		}
	if (strstr (url, "://") != NULL || g_str_has_prefix (url, "postgres:") || g_str_has_prefix (url, "postgresql:")) {
		curia_throw (error, CURIA_ERROR_INVALID_FIELD,
			"store.url must be sqlite:<path> or postgresql://<user>@<host>/<database>, not another kind of store");
		return NULL;
	}
	*where = url;
	return &sqlite_driver;
}

static gboolean
open_readers (Database *self, const SqlDriver *driver, const char *where, const CuriaStoreSettings *settings, GError **error)
{
	self->n_readers = driver->is_private (where) ? 0 : settings->connections;
	for (guint i = 0; i < self->n_readers; i++) {
		Sql *reader = driver->open (where, SQL_READ_ONLY, &(SqlSettings) { settings->statement_timeout_ms, &self->hurried }, error);

		if (reader == NULL)
			return FALSE;
		g_ptr_array_add (self->readers, reader);
	}
	return TRUE;
}

static void
reader_close (gpointer data)
{
	Sql *sql = data;

	sql->driver->close (sql);
}

/* Once it is connected, the schema. The database may go away in between, and then waiting goes on. */
static gboolean
try_to_start (Sql *sql, const Migration *steps, GError **error)
{
	return sql->driver->ready (sql, error) && migrate (sql, steps, error);
}

/* After a reboot the database may come up later than we do. TRUE: it is worth another try now. */
static gboolean
wait_for_database (Sql *sql, gint64 end_us, gboolean first, const GError *error)
{
	if (!g_error_matches (error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE) || !sql->driver->is_remote || curia_clock_us () >= end_us)
		return FALSE;
	if (first)
		curia_log_warning ("store", "waiting for the database: %s", error->message);
	g_usleep (CONNECT_PAUSE_US);
	return TRUE;
}

static gboolean
start (Sql *sql, const CuriaStoreSettings *settings, const Migration *steps, GError **error)
{
	gint64 end_us = curia_clock_us () + settings->connect_wait_ms * G_GINT64_CONSTANT (1000);

	for (gboolean first = TRUE;; first = FALSE) {
		g_autoptr (GError) failure = NULL;

		if (try_to_start (sql, steps, &failure))
			return TRUE;
		if (!wait_for_database (sql, end_us, first, failure)) {
			g_propagate_error (error, g_steal_pointer (&failure));
			return FALSE;
		}
	}
}

Database *
database_open (const char *url, const CuriaStoreSettings *settings, const Migration *steps, GError **error)
{
	const char *where;
	const SqlDriver *driver = driver_of_url (url, &where, error);
	g_autofree Database *made = g_new0 (Database, 1);
	Sql *sql = driver != NULL
		? driver->open (where, SQL_READ_WRITE, &(SqlSettings) { settings->statement_timeout_ms, &made->hurried }, error)
		: NULL;
	Database *self;

	if (sql == NULL)
		return NULL;
	if (!start (sql, settings, steps, error)) {
		driver->close (sql);
		return NULL;
	}
	self = g_steal_pointer (&made);
	g_mutex_init (&self->lock);
	g_cond_init (&self->returned);
	self->readers = g_ptr_array_new_with_free_func (reader_close);
	self->writer = writer_new (sql);
	if (open_readers (self, driver, where, settings, error))
		return self;
	database_close (self);
	return NULL;
}

void
database_hurry (Database *self)
{
	g_atomic_int_set (&self->hurried, TRUE);
}

void
database_close (Database *self)
{
	g_ptr_array_unref (self->readers);
	writer_free (self->writer); /* last, since the last to close folds the journal into the file */
	g_mutex_clear (&self->lock);
	g_cond_clear (&self->returned);
	g_free (self);
}

/* ---- work ---- */

gboolean
database_write (Database *self, SqlWork work, gpointer data, GError **error)
{
	return writer_submit (self->writer, work, data, error);
}

/* The one used last, so that no more are connected than are needed at a time. */
static Sql *
reader_take (Database *self, GError **error)
{
	gint64 end_us = g_get_monotonic_time () + READER_WAIT_US; /* GCond's clock */
	Sql *sql = NULL;

	g_mutex_lock (&self->lock);
	while (self->readers->len == 0 && g_cond_wait_until (&self->returned, &self->lock, end_us))
		;
	if (self->readers->len > 0)
		sql = g_ptr_array_steal_index (self->readers, self->readers->len - 1);
	g_mutex_unlock (&self->lock);
	if (sql == NULL)
		curia_throw (error, CURIA_ERROR_OVERLOADED, "the store's %u connections for reading are all busy", self->n_readers);
	return sql;
}

static void
reader_return (Database *self, Sql *sql)
{
	g_mutex_lock (&self->lock);
	g_ptr_array_add (self->readers, sql);
	g_cond_signal (&self->returned);
	g_mutex_unlock (&self->lock);
}

gboolean
database_read (Database *self, SqlWork work, gpointer data, GError **error)
{
	gboolean ok;
	Sql *sql;

	if (self->n_readers == 0)
		return writer_submit (self->writer, work, data, error);
	sql = reader_take (self, error);
	if (sql == NULL)
		return FALSE;
	ok = sql->driver->ready (sql, NULL) ? work (sql, data, error)
										: curia_throw (error, CURIA_ERROR_UNAVAILABLE, "the store is not available");
	reader_return (self, sql);
	return ok;
}

static gboolean
read_anything (Sql *sql, gpointer data, GError **error)
{
	return SQL_RUN (
		sql, "SELECT COUNT (*) FROM curia_migrations WHERE number > $1", sql_read_number, data, error, sql_int (0));
}

gboolean
database_healthy (Database *self, GError **error)
{
	gint64 n = 0;

	if (writer_busy_us (self->writer) > STUCK_US)
		return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "the store does not answer");
	/* by the writer as well: a transaction that may write, which a standby refuses, and that costs no sync since it does not */
	return database_write (self, read_anything, &n, error) && database_read (self, read_anything, &n, error);
}

guint
database_waiting (Database *self)
{
	return writer_waiting (self->writer);
}
