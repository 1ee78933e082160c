/* curia-loop.h: a thread with a GLib main loop of its own, to which others hand jobs: for what waits on the network.
 * Private to libcuria.
 * Thread: made and freed by one thread, jobs come from any. Ownership: a job's data is its release function's. */
#ifndef CURIA_LOOP_H
#define CURIA_LOOP_H

#include <glib.h>

#define LOOP_MAX_JOBS 20000

typedef struct Loop Loop;
typedef void (*LoopJob) (gpointer data);

Loop *loop_new (const char *name);
/* Runs what is queued, then ends the thread; later posts are refused. What lives in the context may then be taken apart by
 * the caller. [owner] */
void loop_stop (Loop *self);
void loop_free (Loop *self);
GMainContext *loop_context (Loop *self);
/* Queues a job, in order. FALSE, with data released, when LOOP_MAX_JOBS wait or the loop has stopped. `release` (or NULL)
 * is called in any case, after the job if it ran. [any] */
gboolean loop_post (Loop *self, LoopJob job, gpointer data, GDestroyNotify release);
/* Calls func every interval_ms. The caller destroys and frees the source. [loop] */
GSource *loop_timer (Loop *self, guint interval_ms, GSourceFunc func, gpointer data);

#endif
