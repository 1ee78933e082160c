#include "curia-sql.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <sqlite3.h>
#include "curia-error.h"
#include "curia-log.h"

#define BUSY_TIMEOUT_MS 5000 /* another process, such as a backup, may hold the file for a moment */

typedef struct {
	Sql base;
	sqlite3 *db;
	GHashTable *statements; /* text -> prepared; texts are constants of the program, so there are only so many */
} Sqlite;

/* WAL lets readers go on beside the writer; FULL syncs at each commit, so what is acknowledged survives a power cut. */
static const char writer_setup[] = "PRAGMA journal_mode = WAL;"
								   "PRAGMA synchronous = FULL;"
								   "PRAGMA foreign_keys = ON;"
								   "PRAGMA trusted_schema = OFF;"
								   "PRAGMA journal_size_limit = 67108864;";
static const char reader_setup[] = "PRAGMA query_only = ON;"
								   "PRAGMA trusted_schema = OFF;";

static void
statement_free (gpointer statement)
{
	sqlite3_finalize (statement);
}

/* The reason goes to the log; callers, who may be far away, learn only that it failed. */
static gboolean
fail (Sqlite *self, const char *doing, GError **error)
{
	int code = sqlite3_errcode (self->db);

	curia_log_error (
		"store", "SQLite: %s: %s (%d)", doing, sqlite3_errmsg (self->db), sqlite3_extended_errcode (self->db));
	if (code == SQLITE_CONSTRAINT || code == SQLITE_MISMATCH || code == SQLITE_TOOBIG)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "values, one or more, were refused by the store");
	return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "the store is not available");
}

/* ---- running ---- */

static sqlite3_stmt *
prepare (Sqlite *self, const char *text)
{
	sqlite3_stmt *statement = g_hash_table_lookup (self->statements, text);

	if (statement == NULL
		&& sqlite3_prepare_v3 (self->db, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) == SQLITE_OK)
		g_hash_table_insert (self->statements, (gpointer) text, statement);
	return statement;
}

/* SQLite numbers $1, $2... in the order in which they occur, so they are looked up by name. */
static gboolean
bind (sqlite3_stmt *statement, guint i, const SqlValue *value)
{
	char name[16];
	int index;

	g_snprintf (name, sizeof name, "$%u", i + 1);
	index = sqlite3_bind_parameter_index (statement, name);
	if (value->type == SQL_INT)
		return sqlite3_bind_int64 (statement, index, value->number) == SQLITE_OK;
	return sqlite3_bind_text (statement, index, value->text, -1, SQLITE_STATIC) == SQLITE_OK;
}

static SqlValue
read_cell (sqlite3_stmt *statement, int column)
{
	switch (sqlite3_column_type (statement, column)) {
	case SQLITE_NULL: return sql_text (NULL);
	case SQLITE_INTEGER: return sql_int (sqlite3_column_int64 (statement, column));
	default: return sql_text ((const char *) sqlite3_column_text (statement, column));
	}
}

static int
step_all (sqlite3_stmt *statement, SqlOnRow on_row, gpointer data)
{
	int code, n = sqlite3_column_count (statement);

	g_assert (n <= SQL_MAX_COLUMNS);
	while ((code = sqlite3_step (statement)) == SQLITE_ROW) {
		SqlValue cells[SQL_MAX_COLUMNS];

		for (int i = 0; i < n; i++)
			cells[i] = read_cell (statement, i);
		if (on_row != NULL)
			on_row (cells, (guint) n, data);
	}
	return code;
}

static gboolean
sqlite_run (
	Sql *sql, const char *text, const SqlValue *args, guint n_args, SqlOnRow on_row, gpointer data, GError **error)
{
	Sqlite *self = (Sqlite *) sql;
	sqlite3_stmt *statement;
	gboolean ok;

	if (!sql_check_args (args, n_args, error))
		return FALSE;
	statement = prepare (self, text);
	ok = statement != NULL;
	for (guint i = 0; i < n_args && ok; i++)
		ok = bind (statement, i, &args[i]);
	ok = ok && step_all (statement, on_row, data) == SQLITE_DONE;
	if (!ok)
		fail (self, text, error);
	if (statement != NULL) {
		sqlite3_reset (statement);
		sqlite3_clear_bindings (statement);
	}
	return ok;
}

static gboolean
sqlite_run_many (Sql *sql, const char *text, const SqlValue *args, guint n_args, guint n_sets, GError **error)
{
	gboolean ok = TRUE;

	for (guint i = 0; i < n_sets && ok; i++)
		ok = sqlite_run (sql, text, &args[i * n_args], n_args, NULL, NULL, error);
	return ok;
}

static gboolean
sqlite_script (Sql *sql, const char *statements, GError **error)
{
	Sqlite *self = (Sqlite *) sql;

	return sqlite3_exec (self->db, statements, NULL, NULL, NULL) == SQLITE_OK || fail (self, statements, error);
}

static gboolean
sqlite_in_transaction (Sql *sql)
{
	return !sqlite3_get_autocommit (((Sqlite *) sql)->db);
}

/* ---- opening ---- */

static gboolean
sqlite_ready (Sql *sql, GError **error)
{
	(void) sql, (void) error;
	return TRUE;
}

static void
sqlite_close (Sql *sql)
{
	Sqlite *self = (Sqlite *) sql;

	g_hash_table_unref (self->statements);
	sqlite3_close (self->db);
	g_free (self);
}

static gboolean
sqlite_is_private (const char *path)
{
	return *path == '\0' || g_str_equal (path, ":memory:");
}

/* Who met whom is nobody else's business: the file, and with it its -wal and -shm, is the owner's alone. */
static gboolean
create_file (const char *path, GError **error)
{
	int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "cannot open the store %s: %s", path, g_strerror (errno));
	close (fd);
	return TRUE;
}

static Sql *
sqlite_open (const char *path, SqlMode mode, const SqlSettings *settings, GError **error)
{
	int flags = (mode == SQL_READ_ONLY ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX;
	Sqlite *self;

	(void) settings;
	if (mode == SQL_READ_WRITE && !sqlite_is_private (path) && !create_file (path, error))
		return NULL;
	self = g_new0 (Sqlite, 1);
	self->base.driver = &sqlite_driver;
	self->statements = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, statement_free);
	if (sqlite3_open_v2 (path, &self->db, flags, NULL) == SQLITE_OK
		&& sqlite3_busy_timeout (self->db, BUSY_TIMEOUT_MS) == SQLITE_OK
		&& sqlite3_exec (self->db, mode == SQL_READ_ONLY ? reader_setup : writer_setup, NULL, NULL, NULL) == SQLITE_OK)
		return &self->base;
	curia_throw (error, CURIA_ERROR_UNAVAILABLE, "cannot open the store %s: %s", path, sqlite3_errmsg (self->db));
	sqlite_close (&self->base);
	return NULL;
}

const SqlDriver sqlite_driver = {
	.begin = "BEGIN IMMEDIATE",
	.begin_migration = "BEGIN EXCLUSIVE",
	.open = sqlite_open,
	.ready = sqlite_ready,
	.close = sqlite_close,
	.run = sqlite_run,
	.run_many = sqlite_run_many,
	.script = sqlite_script,
	.script_later = sqlite_script,
	.in_transaction = sqlite_in_transaction,
	.is_private = sqlite_is_private,
};
