/* workers.h: threads for requests that may wait for a disk or the bus; their queue is bounded.
 * Thread: any. Ownership: data handed in is the function's. */
#ifndef API_WORKERS_H
#define API_WORKERS_H

#include <glib.h>

typedef struct Workers Workers;
typedef void (*WorkersFunc) (gpointer data);

Workers *workers_new (guint threads, guint queue_max);
/* Waits for what was begun; the rest is discarded. */
void workers_free (Workers *self);
/* Has `run` called with `data` by one of the threads, or `discard` if it comes to its end before. FALSE when the queue is full or
 * at its end: nothing happened. [any] */
gboolean workers_push (Workers *self, WorkersFunc run, gpointer data, GDestroyNotify discard);
/* How many wait for a thread. [any] */
guint workers_waiting (Workers *self);

#endif
