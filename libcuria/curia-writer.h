/* curia-writer.h: the one thread that writes to a database. Work that waits at the same time is committed together, so
 * the cost of syncing to disk is shared. Private to libcuria.
 * Thread: any may submit; the work runs on the writer's thread. Ownership: the writer owns its connection. */
#ifndef CURIA_WRITER_H
#define CURIA_WRITER_H

#include "curia-sql.h"

typedef struct Writer Writer;

/* Takes the connection. */
Writer *writer_new (Sql *sql);
/* Finishes what is queued, then closes the connection. */
void writer_free (Writer *self);

/* Runs `work` in a transaction and returns once it is committed (TRUE), or has changed nothing (FALSE): with the work's
 * own error, OVERLOADED when 1,024 wait already, UNAVAILABLE when the database fails. One case is left open by nature: a
 * server that vanishes while it commits says neither yes nor no. That is UNAVAILABLE too, so what is tried again should
 * find out what is there already. [any, blocks] */
gboolean writer_submit (Writer *self, SqlWork work, gpointer data, GError **error);
/* How long the present group has been in work; 0 when idle. [any] */
gint64 writer_busy_us (Writer *self);
/* How many wait for a group. [any] */
guint writer_waiting (Writer *self);

#endif
