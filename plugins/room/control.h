/* control.h: the one thread that owns the state of all rooms: a queue of jobs and timers on a GMainContext.
 * Thread: start and stop on the main thread, post from any. Jobs run one after the other in the order of posting.
 * Ownership: a job's data belongs to the queue until `release` is called on it, run or not. */
#ifndef ROOM_CONTROL_H
#define ROOM_CONTROL_H

#include <glib.h>

#define CONTROL_MAX_JOBS 20000 /* bounded jobs (requests); the core's own news (detach, hangup) is always taken */

typedef void (*ControlFunc) (gpointer data);

/* `after_batch` runs after each batch of jobs or timer: the place to announce what changed, once. [main] */
void control_start (ControlFunc after_batch);
/* Runs what is queued, then joins the thread. Later posts are released without being run. [main] */
void control_stop (void);
/* Queues a job. FALSE, with data released, when the control thread is stopped. [any] */
gboolean control_post (ControlFunc func, gpointer data, GDestroyNotify release);
/* The same for what a client can cause at will: FALSE also when CONTROL_MAX_JOBS are waiting. [any] */
gboolean control_post_bounded (ControlFunc func, gpointer data, GDestroyNotify release);
/* Posts and waits until the job ran; FALSE after timeout_ms (then it may still run later, so data must be able to
 * outlive the wait: it is released by the queue). Never from the control thread itself. [any] */
gboolean control_call (ControlFunc func, gpointer data, GDestroyNotify release, guint timeout_ms);
/* Calls func every interval_ms until the source is destroyed. The caller keeps the source. [room] */
GSource *control_timer (guint interval_ms, GSourceFunc func, gpointer data);
/* Asks for after_batch to run although no job did: for timers that changed something. [room] */
void control_touch (void);
gboolean control_is_here (void);

#endif
