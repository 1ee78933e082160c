#include "curia-writer.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "curia-metrics.h"

#define MAX_QUEUE 1024
#define MAX_GROUP 256 /* bounds how long the first of a group waits for the last */

/* Lives on the stack of the thread that waits for it. */
typedef struct {
	SqlWork work;
	gpointer data;
	GError *error; /* NULL: committed */
	gboolean done; /* LOCK: writer */
	GCond changed;
} Job;

struct Writer {
	Sql *sql; /* RO pointer; used by the thread only */
	GThread *thread;
	GMutex lock; /* all below */
	GCond wake;
	GQueue jobs;
	gint64 busy_since_us; /* 0: idle */
	gboolean stopping;
};

/* ---- one group [writer] ---- */

static gboolean
script (Writer *self, const char *statements, GError **error)
{
	return self->sql->driver->script (self->sql, statements, error);
}

static gboolean
script_later (Writer *self, const char *statements, GError **error)
{
	return self->sql->driver->script_later (self->sql, statements, error);
}

/* FALSE when the group cannot go on: then nothing of it may be committed, for a failed job may have left changes. */
static gboolean
run_job (Writer *self, Job *job, GError **error)
{
	/* A savepoint each: a job that fails takes back its own changes and nobody else's. */
	if (!script_later (self, "SAVEPOINT job", error))
		return FALSE;
	if (!job->work (self->sql, job->data, &job->error) && !script (self, "ROLLBACK TO SAVEPOINT job", error))
		return FALSE;
	return script_later (self, "RELEASE SAVEPOINT job", error);
}

static gboolean
roll_back (Writer *self, GError **error)
{
	return !self->sql->driver->in_transaction (self->sql) || script (self, "ROLLBACK", error);
}

/* Why it is not is in the log. */
static gboolean
ready (Writer *self, GError **error)
{
	return self->sql->driver->ready (self->sql, NULL)
		|| curia_throw (error, CURIA_ERROR_UNAVAILABLE, "the store is not available");
}

static gboolean
run_group (Writer *self, GPtrArray *group, GError **error)
{
	/* there is something left to roll back only if that failed last time */
	gboolean ok =
		ready (self, error) && roll_back (self, error) && script_later (self, self->sql->driver->begin, error);

	for (guint i = 0; i < group->len && ok; i++)
		ok = run_job (self, g_ptr_array_index (group, i), error);
	ok = ok && script (self, "COMMIT", error);
	if (!ok)
		roll_back (self, NULL);
	return ok;
}

static gboolean
take_group (Writer *self, GPtrArray *group)
{
	g_mutex_lock (&self->lock);
	while (g_queue_is_empty (&self->jobs) && !self->stopping)
		g_cond_wait (&self->wake, &self->lock);
	while (group->len < MAX_GROUP && !g_queue_is_empty (&self->jobs))
		g_ptr_array_add (group, g_queue_pop_head (&self->jobs));
	self->busy_since_us = group->len > 0 ? curia_clock_us () : 0;
	g_mutex_unlock (&self->lock);
	return group->len > 0;
}

/* Tells those who wait. A job is gone once it is marked done. */
static void
finish_group (Writer *self, GPtrArray *group, const GError *failure)
{
	g_mutex_lock (&self->lock);
	for (guint i = 0; i < group->len; i++) {
		Job *job = g_ptr_array_index (group, i);

		if (failure != NULL && job->error == NULL)
			job->error = g_error_copy (failure);
		job->done = TRUE;
		g_cond_signal (&job->changed);
	}
	self->busy_since_us = 0;
	g_mutex_unlock (&self->lock);
	g_ptr_array_set_size (group, 0);
}

static void
count_group (const GPtrArray *group, gboolean committed, gint64 began_us)
{
	guint failed = 0;

	for (guint i = 0; i < group->len; i++)
		failed += !committed || ((Job *) g_ptr_array_index (group, i))->error != NULL;
	curia_metrics_observe (CURIA_METRIC_STORE_WRITE_US, NULL, NULL, curia_clock_us () - began_us);
	curia_metrics_add (CURIA_METRIC_STORE_WRITES, "committed", NULL, group->len - failed);
	curia_metrics_add (CURIA_METRIC_STORE_WRITES, "failed", NULL, failed);
}

static gpointer
run (gpointer data)
{
	Writer *self = data;
	g_autoptr (GPtrArray) group = g_ptr_array_new ();

	while (take_group (self, group)) {
		g_autoptr (GError) failure = NULL;
		gint64 began_us = curia_clock_us ();

		count_group (group, run_group (self, group, &failure), began_us);
		finish_group (self, group, failure);
	}
	return NULL;
}

/* ---- the interface [any] ---- */

Writer *
writer_new (Sql *sql)
{
	Writer *self = g_new0 (Writer, 1);

	self->sql = sql;
	g_mutex_init (&self->lock);
	g_cond_init (&self->wake);
	g_queue_init (&self->jobs);
	self->thread = g_thread_new ("curia-writer", run, self);
	return self;
}

void
writer_free (Writer *self)
{
	g_mutex_lock (&self->lock);
	self->stopping = TRUE;
	g_cond_signal (&self->wake);
	g_mutex_unlock (&self->lock);
	g_thread_join (self->thread);
	self->sql->driver->close (self->sql);
	g_mutex_clear (&self->lock);
	g_cond_clear (&self->wake);
	g_free (self);
}

gboolean
writer_submit (Writer *self, SqlWork work, gpointer data, GError **error)
{
	Job job = { .work = work, .data = data };

	g_mutex_lock (&self->lock);
	if (g_queue_get_length (&self->jobs) >= MAX_QUEUE || self->stopping) {
		g_mutex_unlock (&self->lock);
		curia_metrics_add (CURIA_METRIC_STORE_WRITES, "refused", NULL, 1);
		return curia_throw (error, CURIA_ERROR_OVERLOADED, "the store has %d writes waiting", MAX_QUEUE);
	}
	g_cond_init (&job.changed);
	g_queue_push_tail (&self->jobs, &job);
	g_cond_signal (&self->wake);
	while (!job.done)
		g_cond_wait (&job.changed, &self->lock);
	g_mutex_unlock (&self->lock);
	g_cond_clear (&job.changed);
	if (job.error == NULL)
		return TRUE;
	g_propagate_error (error, job.error);
	return FALSE;
}

gint64
writer_busy_us (Writer *self)
{
	gint64 since_us;

	g_mutex_lock (&self->lock);
	since_us = self->busy_since_us;
	g_mutex_unlock (&self->lock);
	return since_us != 0 ? curia_clock_us () - since_us : 0;
}

guint
writer_waiting (Writer *self)
{
	guint waiting;

	g_mutex_lock (&self->lock);
	waiting = g_queue_get_length (&self->jobs);
	g_mutex_unlock (&self->lock);
	return waiting;
}
