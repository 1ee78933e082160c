/* curia-sql.h: what the store asks of a database: connections that run statements. SQLite and PostgreSQL fill the same
 * table of functions. Private to libcuria: no caller of the store sees it.
 * Thread: a connection belongs to one thread at a time. Ownership: arguments and rows are borrowed during the call. */
#ifndef CURIA_SQL_H
#define CURIA_SQL_H

#include <glib.h>

#define SQL_MAX_COLUMNS 32
#define SQL_MAX_ARGS 512

typedef enum { SQL_NULL, SQL_INT, SQL_TEXT } SqlType;

typedef struct {
	SqlType type;
	gint64 number;
	const char *text;
} SqlValue;

static inline SqlValue
sql_int (gint64 number)
{
	return (SqlValue) { SQL_INT, number, NULL };
}

static inline SqlValue
sql_text (const char *text)
{
	return (SqlValue) { text != NULL ? SQL_TEXT : SQL_NULL, 0, text };
}

typedef struct Sql Sql;
/* One row of a result; `n` cells. */
typedef void (*SqlOnRow) (const SqlValue *cells, guint n, gpointer data);
/* Statements that succeed or fail together. */
typedef gboolean (*SqlWork) (Sql *sql, gpointer data, GError **error);

typedef enum { SQL_READ_WRITE, SQL_READ_ONLY } SqlMode;

typedef struct {
	gint64 statement_timeout_ms; /* what takes longer fails; where the database can */
	const gint *hurried;         /* atomic, outlives the connection: TRUE once nobody has time for a database that hangs */
} SqlSettings;

/* Failures are UNAVAILABLE when the database may do later what it was asked, INVALID_FIELD when it refuses the values. */
typedef struct {
	const char *begin;           /* starts a transaction that writes */
	const char *begin_migration; /* the same, with everybody else kept out */
	Sql *(*open) (const char *where, SqlMode mode, const SqlSettings *settings, GError **error);
	/* To be called before each piece of work: connects where that is yet to be done, or again after a loss, with pauses that
	 * grow. INVALID_FIELD when that will not help: the server is there and does not take us. */
	gboolean (*ready) (Sql *sql, GError **error);
	void (*close) (Sql *sql);
	/* One statement with parameters $1, $2... Statements are constants: each connection keeps them prepared. */
	gboolean (*run) (Sql *sql, const char *statement, const SqlValue *args, guint n_args, SqlOnRow on_row,
		gpointer data, GError **error);
	/* The same statement once for each of `n_sets` sets of `n_args` arguments that lie one after the other; its rows are
	 * dropped. For writes in bulk: drivers send them without waiting for each answer where they can. */
	gboolean (*run_many) (Sql *sql, const char *statement, const SqlValue *args, guint n_args, guint n_sets,
		GError **error);
	/* Any number of statements without parameters or results. */
	gboolean (*script) (Sql *sql, const char *statements, GError **error);
	/* The same for a constant, whose answer nobody waits for: it may travel with what comes next, which then fails with it. */
	gboolean (*script_later) (Sql *sql, const char *statements, GError **error);
	/* FALSE as well when the database has given up the transaction by itself. */
	gboolean (*in_transaction) (Sql *sql);
	gboolean is_remote; /* a server of its own, which may be up later */
	/* Whether each connection to `where` would get a database of its own, so that all work must share one. */
	gboolean (*is_private) (const char *where);
} SqlDriver;

struct Sql {
	const SqlDriver *driver; /* a driver's own fields follow */
};

extern const SqlDriver sqlite_driver, postgres_driver;

/* For drivers: arguments that any database takes. Text must be UTF-8, or PostgreSQL refuses it and SQLite keeps what nobody can
 * read. */
gboolean sql_check_args (const SqlValue *args, guint n_args, GError **error);

/* Rows for whoever wants no more of them: the first cell into a gint64; how many there are into a guint. */
void sql_read_number (const SqlValue *cells, guint n, gpointer data);
void sql_count_row (const SqlValue *cells, guint n, gpointer data);

#define SQL_RUN(sql, statement, on_row, data, error, ...)                                                              \
	(sql)->driver->run ((sql), (statement), (const SqlValue[]) { __VA_ARGS__ },                                        \
		(guint) (sizeof ((const SqlValue[]) { __VA_ARGS__ }) / sizeof (SqlValue)), (on_row), (data), (error))

#endif
