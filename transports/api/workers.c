#include "workers.h"

struct Workers {
	GThreadPool *pool;
	guint queue_max;
};

typedef struct {
	WorkersFunc run;
	gpointer data;
} Work;

static void
work (gpointer item, gpointer user)
{
	g_autofree Work *self = item;

	(void) user;
	self->run (self->data);
}

Workers *
workers_new (guint threads, guint queue_max)
{
	Workers *self = g_new0 (Workers, 1);

	self->queue_max = queue_max;
	self->pool = g_thread_pool_new (work, NULL, (int) threads, TRUE, NULL);
	return self;
}

void
workers_free (Workers *self)
{
	g_thread_pool_free (self->pool, FALSE, TRUE);
	g_free (self);
}

gboolean
workers_push (Workers *self, WorkersFunc run, gpointer data)
{
	Work *item;

	if (g_thread_pool_unprocessed (self->pool) >= self->queue_max)
		return FALSE;
	item = g_new (Work, 1);
	*item = (Work) { run, data };
	g_thread_pool_push (self->pool, item, NULL);
	return TRUE;
}
