/* curia-database.h: a database at its schema's newest version: one writer, a few readers. Private to libcuria.
 * Thread: any. Ownership: the database owns its connections. */
#ifndef CURIA_DATABASE_H
#define CURIA_DATABASE_H

#include "curia-sql.h"

/* A step of the schema. Steps are never changed once released, only added. */
typedef struct {
	int number; /* 1, 2, 3... */
	const char *name, *statements;
} Migration;

extern const Migration migrations[]; /* ended by { 0 } */

typedef struct Database Database;

/* Opens "sqlite:<path>", or a plain path, and brings the schema up to date while others are locked out. */
Database *database_open (const char *url, const Migration *steps, GError **error);
void database_close (Database *self);

/* Runs `work`, and returns when it is committed. [any, blocks] */
gboolean database_write (Database *self, SqlWork work, gpointer data, GError **error);
/* Runs `work`, which only reads, in the calling thread where the database can. [any, blocks] */
gboolean database_read (Database *self, SqlWork work, gpointer data, GError **error);
/* Whether it answers, and its writer is not stuck. [any, blocks] */
gboolean database_healthy (Database *self, GError **error);

#endif
