/* queue.h: what the core's threads leave for one thread of ours: bounded, without a lock, so that nobody who is preempted
 * in the middle keeps the core waiting.
 * Thread: push on any; take and close on the owner's. Ownership: items that were not taken are the caller's to free. */
#ifndef LEDGER_QUEUE_H
#define LEDGER_QUEUE_H

#include <glib.h>

typedef struct Queue Queue;

Queue *queue_new (guint max);
void queue_free (Queue *self);
/* FALSE when `max` wait already. Never blocks. [any] */
gboolean queue_push (Queue *self, gpointer item);
/* How many wait. [any] */
guint queue_length (Queue *self);
/* Appends all that waits, oldest first; with nothing there it waits for the first. FALSE: closed, and nothing is left. */
gboolean queue_take (Queue *self, GPtrArray *items);
/* No more pushes come: wakes the taker for the last time. [any] */
void queue_close (Queue *self);

#endif
