#include "workers.h"

struct Workers {
	GThread **threads;
	guint n_threads, queue_max;
	GMutex lock;   /* leaf: below are what it guards */
	GCond changed;
	GQueue queue;  /* of Work */
	gboolean ending;
};

typedef struct {
	WorkersFunc run;
	gpointer data;
	GDestroyNotify discard;
} Work;

/* The next one to do; NULL at the end. */
static Work *
next_work (Workers *self)
{
	Work *work;

	g_mutex_lock (&self->lock);
	while (self->queue.length == 0 && !self->ending)
		g_cond_wait (&self->changed, &self->lock);
	work = self->ending ? NULL : g_queue_pop_head (&self->queue);
	g_mutex_unlock (&self->lock);
	return work;
}

static gpointer
work_on (gpointer data)
{
	for (Work *work; (work = next_work (data)); g_free (work))
		work->run (work->data);
	return NULL;
}

Workers *
workers_new (guint threads, guint queue_max)
{
	Workers *self = g_new0 (Workers, 1);

	g_mutex_init (&self->lock);
	g_cond_init (&self->changed);
	self->queue_max = queue_max;
	self->n_threads = threads;
	self->threads = g_new (GThread *, threads);
	for (guint i = 0; i < threads; i++)
		self->threads[i] = g_thread_new ("curia-worker", work_on, self);
	return self;
}

void
workers_free (Workers *self)
{
	g_mutex_lock (&self->lock);
	self->ending = TRUE;
	g_cond_broadcast (&self->changed);
	g_mutex_unlock (&self->lock);
	for (guint i = 0; i < self->n_threads; i++)
		g_thread_join (self->threads[i]);
	for (Work *work; (work = g_queue_pop_head (&self->queue)); g_free (work))
		work->discard (work->data);
	g_free (self->threads);
	g_cond_clear (&self->changed);
	g_mutex_clear (&self->lock);
	g_free (self);
}

gboolean
workers_push (Workers *self, WorkersFunc run, gpointer data, GDestroyNotify discard)
{
	gboolean accepted;

	g_mutex_lock (&self->lock);
	accepted = self->queue.length < self->queue_max && !self->ending;
	if (accepted) {
		Work *work = g_new (Work, 1);

		*work = (Work) { run, data, discard };
		g_queue_push_tail (&self->queue, work);
		g_cond_signal (&self->changed);
	}
	g_mutex_unlock (&self->lock);
	return accepted;
}

guint
workers_waiting (Workers *self)
{
	guint waiting;

	g_mutex_lock (&self->lock);
	waiting = self->queue.length;
	g_mutex_unlock (&self->lock);
	return waiting;
}
