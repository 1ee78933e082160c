/* curia-sql.h: what the store asks of a database: connections that run statements. SQLite fills the table of functions
 * today; PostgreSQL is to fill the same one. Private to libcuria: no caller of the store sees it.
 * Thread: a connection belongs to one thread at a time. Ownership: arguments and rows are borrowed during the call. */
#ifndef CURIA_SQL_H
#define CURIA_SQL_H

#include <glib.h>

#define SQL_MAX_COLUMNS 24

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
	const char *scheme;          /* of URLs: "sqlite" */
	const char *begin;           /* starts a transaction that writes */
	const char *begin_migration; /* the same, with everybody else kept out */
	Sql *(*open) (const char *where, SqlMode mode, GError **error);
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
	/* FALSE as well when the database has given up the transaction by itself. */
	gboolean (*in_transaction) (Sql *sql);
	/* Whether each connection to `where` would get a database of its own, so that all work must share one. */
	gboolean (*is_private) (const char *where);
} SqlDriver;

struct Sql {
	const SqlDriver *driver; /* a driver's own fields follow */
};

extern const SqlDriver sqlite_driver;

#define SQL_RUN(sql, statement, on_row, data, error, ...)                                                              \
	(sql)->driver->run ((sql), (statement), (const SqlValue[]) { __VA_ARGS__ },                                        \
		(guint) (sizeof ((const SqlValue[]) { __VA_ARGS__ }) / sizeof (SqlValue)), (on_row), (data), (error))

#endif
