#include "curia-loop.h"

typedef struct {
	LoopJob job;
	gpointer data;
	GDestroyNotify release;
} Job;

struct Loop {
	GThread *thread;
	GMainContext *context;
	GMainLoop *loop;
	GSource *inbox;  /* becomes ready when a job comes */
	GMutex lock;     /* a leaf: no job runs under it */
	GQueue jobs;     /* LOCK: lock */
	gboolean closed; /* LOCK: lock */
};

static void
job_end (Job *job)
{
	if (job->release != NULL)
		job->release (job->data);
	g_free (job);
}

/* ---- the thread ---- */

static Job *
take (Loop *self)
{
	Job *job;

	g_mutex_lock (&self->lock);
	job = g_queue_pop_head (&self->jobs);
	g_mutex_unlock (&self->lock);
	return job;
}

static void
run_jobs (Loop *self)
{
	Job *job;

	while ((job = take (self)) != NULL) {
		job->job (job->data);
		job_end (job);
	}
}

static gboolean
on_inbox (GSource *source, GSourceFunc func, gpointer data)
{
	(void) func;
	g_source_set_ready_time (source, -1); /* before looking: who posts from now on wakes us again */
	run_jobs (data);
	return G_SOURCE_CONTINUE;
}

static GSourceFuncs inbox_funcs = { .dispatch = on_inbox };

static gpointer
run (gpointer data)
{
	Loop *self = data;

	g_main_context_push_thread_default (self->context);
	g_main_loop_run (self->loop);
	run_jobs (self);
	g_main_context_pop_thread_default (self->context);
	return NULL;
}

static gboolean
on_no_dispatch (gpointer data)
{
	(void) data;
	return G_SOURCE_CONTINUE;
}

/* ---- the interface ---- */

Loop *
loop_new (const char *name)
{
	Loop *self = g_new0 (Loop, 1);

	g_mutex_init (&self->lock);
	g_queue_init (&self->jobs);
	self->context = g_main_context_new ();
	self->loop = g_main_loop_new (self->context, FALSE);
	self->inbox = g_source_new (&inbox_funcs, sizeof (GSource));
	g_source_set_callback (self->inbox, on_no_dispatch, self, NULL);
	g_source_attach (self->inbox, self->context);
	self->thread = g_thread_new (name, run, self);
	return self;
}

static void
quit (gpointer data)
{
	Loop *self = data;

	g_main_loop_quit (self->loop);
}

void
loop_stop (Loop *self)
{
	if (self->thread == NULL)
		return;
	loop_post (self, quit, self, NULL);
	g_mutex_lock (&self->lock);
	self->closed = TRUE;
	g_mutex_unlock (&self->lock);
	g_thread_join (g_steal_pointer (&self->thread));
}

void
loop_free (Loop *self)
{
	loop_stop (self);
	g_source_destroy (self->inbox);
	g_source_unref (self->inbox);
	g_main_loop_unref (self->loop);
	g_main_context_unref (self->context);
	g_mutex_clear (&self->lock);
	g_free (self);
}

GMainContext *
loop_context (Loop *self)
{
	return self->context;
}

gboolean
loop_post (Loop *self, LoopJob job, gpointer data, GDestroyNotify release)
{
	Job *entry = g_new (Job, 1);
	gboolean fits;

	*entry = (Job) { job, data, release };
	g_mutex_lock (&self->lock);
	fits = !self->closed && (self->jobs.length < LOOP_MAX_JOBS || job == quit);
	if (fits)
		g_queue_push_tail (&self->jobs, entry);
	g_mutex_unlock (&self->lock);
	if (fits)
		g_source_set_ready_time (self->inbox, 0);
	else
		job_end (entry);
	return fits;
}

GSource *
loop_timer (Loop *self, guint interval_ms, GSourceFunc func, gpointer data)
{
	GSource *source = g_timeout_source_new (interval_ms);

	g_source_set_callback (source, func, data, NULL);
	g_source_attach (source, self->context);
	return source;
}
