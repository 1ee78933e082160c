/* curia-database.h: a database at its schema's newest version: one writer, a few readers. Private to libcuria.
 * Thread: any. Ownership: the database owns its connections. */
#ifndef CURIA_DATABASE_H
#define CURIA_DATABASE_H

#include "curia-sql.h"
#include "curia-store.h"

/* A step of the schema. Steps are never changed once released, only added. */
typedef struct {
	int number; /* 1, 2, 3... */
	const char *name, *statements;
} Migration;

extern const Migration migrations[]; /* ended by { 0 } */

typedef struct Database Database;

/* Opens "sqlite:<path>", a plain path, or "postgresql://...", and brings the schema up to date while others are locked out.
 * A server that is away is waited for: settings->connect_wait_ms. [blocks] */
Database *database_open (const char *url, const CuriaStoreSettings *settings, const Migration *steps, GError **error);
/* Before the end: a server that hangs is given up within seconds, and not connected to again. [any] */
void database_hurry (Database *self);
void database_close (Database *self);

/* Runs `work`, and returns when it is committed. [any, blocks] */
gboolean database_write (Database *self, SqlWork work, gpointer data, GError **error);
/* Runs `work`, which only reads, in the calling thread where the database can. OVERLOADED when all connections for that are
 * in use for 5 s. [any, blocks] */
gboolean database_read (Database *self, SqlWork work, gpointer data, GError **error);
/* Whether it can be written to and read from right now. [any, blocks] */
gboolean database_healthy (Database *self, GError **error);
/* Writes that wait. [any] */
guint database_waiting (Database *self);

#endif
