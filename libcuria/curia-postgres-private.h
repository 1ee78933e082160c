/* curia-postgres-private.h: one connection to PostgreSQL. Private to the driver: curia-postgres.c connects, curia-postgres-run.c
 * runs what the store asks for.
 * Thread: a connection belongs to one thread at a time. */
#ifndef CURIA_POSTGRES_PRIVATE_H
#define CURIA_POSTGRES_PRIVATE_H

#include <libpq-fe.h>
#include "curia-sql.h"

typedef struct {
	char *name;
	Oid types[SQL_MAX_ARGS]; /* OID_ANY: it was NULL when it was prepared */
} Prepared;

typedef struct {
	Sql base;
	char *url;
	SqlMode mode;
	gint64 statement_timeout_ms;
	const gint *hurried;     /* atomic; see SqlSettings */
	PGconn *conn;            /* NULL: to be connected, by postgres_ready only: work never goes on in a new session */
	GHashTable *statements;  /* text -> Prepared, of this session */
	GPtrArray *later;        /* texts, to be sent before whatever comes next */
	guint n_prepared;
	gboolean in_work;        /* between begin and the end: a statement outside a transaction would be an accident */
	gboolean patient;        /* a migration: may take as long as it takes */
	gint64 next_try_us;
	GError *failure;         /* of the last try */
	int pause_ms;            /* 0: it was connected last */
	gboolean known;          /* has been connected once */
} Postgres;

/* Ends the session and all that belonged to it; the next work makes a new one. */
void postgres_disconnect (Postgres *self);
/* The same for a connection that broke: says why in the log, and UNAVAILABLE. Always FALSE. */
gboolean postgres_lost (Postgres *self, const char *why, GError **error);
/* One line of what libpq says, for the log. Caller frees. */
char *postgres_line (const char *message);

void postgres_prepared_free (gpointer prepared);
gboolean postgres_run (Sql *sql, const char *text, const SqlValue *args, guint n_args, SqlOnRow on_row, gpointer data, GError **error);
gboolean postgres_run_many (Sql *sql, const char *text, const SqlValue *args, guint n_args, guint n_sets, GError **error);
gboolean postgres_script (Sql *sql, const char *statements, GError **error);
gboolean postgres_script_later (Sql *sql, const char *statements, GError **error);
gboolean postgres_in_transaction (Sql *sql);

#endif
