#include "config.h"
#include "plugins/room/control.h"

typedef struct {
	ControlFunc func;
	gpointer data;
	GDestroyNotify release;
} Job;

static struct {
	GThread *thread;
	GMainContext *context;
	GMainLoop *loop;
	GSource *source;        /* becomes ready when jobs wait */
	ControlFunc after_batch;
	GMutex lock;
	GQueue jobs;            /* LOCK: lock */
	gboolean open;          /* LOCK: lock */
} control = { .jobs = G_QUEUE_INIT };

static void job_finish (Job *job, gboolean run)
{
	if (run)
		job->func (job->data);
	if (job->release)
		job->release (job->data);
	g_free (job);
}

static GQueue take_jobs (void)
{
	g_mutex_lock (&control.lock);
	GQueue batch = control.jobs;
	g_queue_init (&control.jobs);
	g_mutex_unlock (&control.lock);
	return batch;
}

static gboolean on_ready (gpointer data G_GNUC_UNUSED)
{
	g_source_set_ready_time (control.source, -1);
	GQueue batch = take_jobs ();
	for (Job *job = g_queue_pop_head (&batch); job; job = g_queue_pop_head (&batch))
		job_finish (job, TRUE);
	control.after_batch (NULL);
	return G_SOURCE_CONTINUE;
}

static gboolean dispatch (GSource *source G_GNUC_UNUSED, GSourceFunc callback, gpointer data)
{
	return callback (data);
}

static GSourceFuncs source_funcs = { .dispatch = dispatch };

static gpointer run (gpointer data G_GNUC_UNUSED)
{
	g_main_context_push_thread_default (control.context);
	g_main_loop_run (control.loop);
	on_ready (NULL); /* what came in while leaving */
	g_main_context_pop_thread_default (control.context);
	return NULL;
}

void control_start (ControlFunc after_batch)
{
	control.after_batch = after_batch;
	control.context = g_main_context_new ();
	control.loop = g_main_loop_new (control.context, FALSE);
	control.source = g_source_new (&source_funcs, sizeof (GSource));
	g_source_set_callback (control.source, on_ready, NULL, NULL);
	g_source_attach (control.source, control.context);
	control.open = TRUE;
	control.thread = g_thread_new ("curia-room", run, NULL);
}

static gboolean on_quit (gpointer data G_GNUC_UNUSED)
{
	g_main_loop_quit (control.loop);
	return G_SOURCE_REMOVE;
}

void control_stop (void)
{
	g_mutex_lock (&control.lock);
	control.open = FALSE;
	g_mutex_unlock (&control.lock);
	g_autoptr (GSource) quit = g_idle_source_new (); /* runs in the loop, so it cannot come before the loop starts */
	g_source_set_callback (quit, on_quit, NULL, NULL);
	g_source_attach (quit, control.context);
	g_thread_join (g_steal_pointer (&control.thread));
	g_source_destroy (control.source);
	g_clear_pointer (&control.source, g_source_unref);
	g_clear_pointer (&control.loop, g_main_loop_unref);
	g_clear_pointer (&control.context, g_main_context_unref);
}

static gboolean post (ControlFunc func, gpointer data, GDestroyNotify release, guint limit)
{
	Job *job = g_new (Job, 1);
	*job = (Job) { func, data, release };
	g_mutex_lock (&control.lock);
	gboolean taken = control.open && g_queue_get_length (&control.jobs) < limit;
	if (taken) {
		g_queue_push_tail (&control.jobs, job);
		if (g_queue_get_length (&control.jobs) == 1)
			g_source_set_ready_time (control.source, 0);
	}
	g_mutex_unlock (&control.lock);
	if (!taken)
		job_finish (job, FALSE);
	return taken;
}

gboolean control_post (ControlFunc func, gpointer data, GDestroyNotify release)
{
	return post (func, data, release, G_MAXUINT);
}

gboolean control_post_bounded (ControlFunc func, gpointer data, GDestroyNotify release)
{
	return post (func, data, release, CONTROL_MAX_JOBS);
}

/* A call that is waited for: counted, because the caller may give up before the job runs. */
typedef struct {
	gint refs;
	GMutex lock;
	GCond done;
	gboolean finished;
	Job job;
} Call;

static void call_unref (gpointer data)
{
	Call *call = data;
	if (!g_atomic_int_dec_and_test (&call->refs))
		return;
	if (call->job.release)
		call->job.release (call->job.data);
	g_mutex_clear (&call->lock);
	g_cond_clear (&call->done);
	g_free (call);
}

static void call_run (gpointer data)
{
	Call *call = data;
	call->job.func (call->job.data);
	g_mutex_lock (&call->lock);
	call->finished = TRUE;
	g_cond_signal (&call->done);
	g_mutex_unlock (&call->lock);
}

gboolean control_call (ControlFunc func, gpointer data, GDestroyNotify release, guint timeout_ms)
{
	g_return_val_if_fail (!control_is_here (), FALSE);
	Call *call = g_new0 (Call, 1);
	call->refs = 2;
	call->job = (Job) { func, data, release };
	g_mutex_init (&call->lock);
	g_cond_init (&call->done);
	gint64 deadline = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;
	control_post (call_run, call, call_unref);
	g_mutex_lock (&call->lock);
	while (!call->finished && g_cond_wait_until (&call->done, &call->lock, deadline))
		continue;
	gboolean finished = call->finished;
	g_mutex_unlock (&call->lock);
	call_unref (call);
	return finished;
}

GSource *control_timer (guint interval_ms, GSourceFunc func, gpointer data)
{
	GSource *source = g_timeout_source_new (interval_ms);
	g_source_set_callback (source, func, data, NULL);
	g_source_attach (source, control.context);
	return source;
}

void control_touch (void)
{
	g_source_set_ready_time (control.source, 0);
}

gboolean control_is_here (void)
{
	return control.thread && g_thread_self () == control.thread;
}
