#include "config.h"
#include "events/ledger/queue.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

typedef struct Node {
	struct Node *next;
	gpointer item;
} Node;

struct Queue {
	gint max;
	gint length; /* atomic */
	Node *newest; /* atomic: a stack, which the taker takes as a whole and turns round */
	gint closed; /* atomic */
	int wake;    /* eventfd: written when the first comes */
};

Queue *queue_new (guint max)
{
	Queue *self = g_new0 (Queue, 1);
	self->max = (gint) max;
	self->wake = eventfd (0, EFD_CLOEXEC);
	if (self->wake < 0)
		g_error ("eventfd: %s", g_strerror (errno));
	return self;
}

void queue_free (Queue *self)
{
	close (self->wake);
	g_free (self);
}

static void wake_up (Queue *self)
{
	guint64 one = 1;
	gssize written;

	do
		written = write (self->wake, &one, sizeof one);
	while (written < 0 && errno == EINTR);
}

gboolean queue_push (Queue *self, gpointer item)
{
	if (g_atomic_int_add (&self->length, 1) >= self->max) {
		g_atomic_int_add (&self->length, -1);
		return FALSE;
	}
	Node *node = g_new (Node, 1);
	node->item = item;
	Node *newest = __atomic_load_n (&self->newest, __ATOMIC_RELAXED);
	do
		node->next = newest;
	while (!__atomic_compare_exchange_n (&self->newest, &newest, node, TRUE, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	if (newest == NULL)
		wake_up (self);
	return TRUE;
}

guint queue_length (Queue *self)
{
	return (guint) MAX (g_atomic_int_get (&self->length), 0);
}

static void append_oldest_first (Node *newest, GPtrArray *items)
{
	Node *oldest = NULL;

	while (newest != NULL) {
		Node *next = newest->next;
		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	while (oldest != NULL) {
		Node *next = oldest->next;
		g_ptr_array_add (items, oldest->item);
		g_free (oldest);
		oldest = next;
	}
}

gboolean queue_take (Queue *self, GPtrArray *items)
{
	for (;;) {
		gboolean closed = g_atomic_int_get (&self->closed); /* before the look: what came before is seen then */
		Node *newest = __atomic_exchange_n (&self->newest, NULL, __ATOMIC_ACQ_REL);
		guint before = items->len;
		guint64 ignored;

		append_oldest_first (newest, items);
		if (items->len > before) {
			g_atomic_int_add (&self->length, -(gint) (items->len - before));
			return TRUE;
		}
		if (closed)
			return FALSE;
		if (read (self->wake, &ignored, sizeof ignored) < 0 && errno != EINTR)
			g_error ("eventfd: %s", g_strerror (errno));
	}
}

void queue_close (Queue *self)
{
	g_atomic_int_set (&self->closed, TRUE);
	wake_up (self);
}
