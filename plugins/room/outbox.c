#include "config.h"
#include "plugins/room/outbox.h"

#include "curia-log.h"
#include "plugins/room/host.h"

#define THREADS 8
#define TURN 32 /* effects of one handle in a row, then others get their turn */

typedef enum { EFFECT_ANSWER, EFFECT_EVENT, EFFECT_KEYFRAME, EFFECT_CLOSE_PC } EffectKind;

typedef struct {
	EffectKind kind;
	char *transaction;
	json_t *event, *jsep;
	int mindex;
} Effect;

/* What a worker gets: a handle with effects, or a job. */
typedef struct {
	Session *session;
	void (*func) (gpointer data);
	gpointer data;
} Work;

static struct {
	GThread *threads[THREADS];
	GMutex lock;
	GCond changed;
	GQueue works;   /* LOCK: lock */
	guint busy;     /* LOCK: lock; workers that may still queue more */
	gboolean open;  /* LOCK: lock */
} pool = { .works = G_QUEUE_INIT };

static _Atomic guint64 dropped;

static void effect_free (Effect *effect)
{
	g_free (effect->transaction);
	json_decref (effect->event);
	json_decref (effect->jsep);
	g_free (effect);
}

static void push (Session *to, const Effect *effect)
{
	int result = host.core->push_event (to->handle, host.plugin, effect->transaction, effect->event, effect->jsep);
	if (result == 0 || !effect->jsep)
		return; /* a handle that has gone meanwhile is no error */
	curia_log_warning ("room", "handle %" G_GUINT64_FORMAT ": the core refused our answer (%d)", to->number, result);
	host.core->close_pc (to->handle);
}

static void effect_run (Session *to, Effect *effect)
{
	switch (effect->kind) {
	case EFFECT_ANSWER:
		push (to, effect);
		g_atomic_int_add (&to->pending, -1);
		break;
	case EFFECT_EVENT:
		push (to, effect);
		break;
	case EFFECT_KEYFRAME:
		host.core->send_pli_stream (to->handle, effect->mindex);
		break;
	case EFFECT_CLOSE_PC:
		host.core->close_pc (to->handle);
		break;
	}
	effect_free (effect);
}

static void push_work (Session *session, void (*func) (gpointer data), gpointer data)
{
	Work *work = g_new (Work, 1);
	*work = (Work) { session ? session_ref (session) : NULL, func, data };
	g_mutex_lock (&pool.lock);
	g_queue_push_tail (&pool.works, work);
	g_cond_signal (&pool.changed);
	g_mutex_unlock (&pool.lock);
}

static void schedule (Session *session)
{
	push_work (session, NULL, NULL);
}

static Effect *lane_pop (Session *session)
{
	g_mutex_lock (&session->lane_lock);
	Effect *effect = g_queue_pop_head (&session->lane);
	if (!effect)
		session->lane_busy = FALSE;
	g_mutex_unlock (&session->lane_lock);
	return effect;
}

static void drain (Session *session)
{
	for (int i = 0; i < TURN; i++) {
		Effect *effect = lane_pop (session);
		if (!effect)
			return;
		effect_run (session, effect);
	}
	schedule (session);
}

static void work_run (Work *take_work)
{
	if (take_work->func)
		take_work->func (take_work->data);
	if (take_work->session) {
		drain (take_work->session);
		session_unref (take_work->session);
	}
	g_free (take_work);
}

/* The next work; NULL when all is done and the outbox is closed. */
static Work *next_work_locked (void)
{
	while (g_queue_is_empty (&pool.works) && (pool.open || pool.busy > 0))
		g_cond_wait (&pool.changed, &pool.lock);
	return g_queue_pop_head (&pool.works);
}

static gpointer run (gpointer data G_GNUC_UNUSED)
{
	g_mutex_lock (&pool.lock);
	for (Work *work = next_work_locked (); work; work = next_work_locked ()) {
		pool.busy++;
		g_mutex_unlock (&pool.lock);
		work_run (work);
		g_mutex_lock (&pool.lock);
		if (--pool.busy == 0 && !pool.open)
			g_cond_broadcast (&pool.changed);
	}
	g_mutex_unlock (&pool.lock);
	return NULL;
}

void outbox_start (void)
{
	pool.open = TRUE;
	for (int i = 0; i < THREADS; i++)
		pool.threads[i] = g_thread_new ("curia-outbox", run, NULL);
}

void outbox_stop (void)
{
	g_mutex_lock (&pool.lock);
	pool.open = FALSE;
	g_cond_broadcast (&pool.changed);
	g_mutex_unlock (&pool.lock);
	for (int i = 0; i < THREADS; i++)
		g_thread_join (g_steal_pointer (&pool.threads[i]));
}

static void queue (Session *to, Effect *take_effect)
{
	g_mutex_lock (&to->lane_lock);
	gboolean full = take_effect->kind == EFFECT_EVENT && g_queue_get_length (&to->lane) >= OUTBOX_MAX_EVENTS;
	gboolean start = !full && !to->lane_busy;
	if (full)
		to->lane_dropped++;
	else
		g_queue_push_tail (&to->lane, take_effect);
	if (start)
		to->lane_busy = TRUE;
	g_mutex_unlock (&to->lane_lock);
	if (full) {
		effect_free (take_effect);
		atomic_fetch_add_explicit (&dropped, 1, memory_order_relaxed);
	}
	if (start)
		schedule (to);
}

static Effect *effect_new (EffectKind kind, const char *transaction, json_t *take_event, json_t *take_jsep, int mindex)
{
	Effect *effect = g_new (Effect, 1);
	*effect = (Effect) { kind, g_strdup (transaction), take_event, take_jsep, mindex };
	return effect;
}

void outbox_answer (Session *to, const char *transaction, json_t *take_event, json_t *take_jsep)
{
	queue (to, effect_new (EFFECT_ANSWER, transaction, take_event, take_jsep, 0));
}

void outbox_event (Session *to, json_t *take_event)
{
	queue (to, effect_new (EFFECT_EVENT, NULL, take_event, NULL, 0));
}

void outbox_keyframe (Session *to, int mindex)
{
	queue (to, effect_new (EFFECT_KEYFRAME, NULL, NULL, NULL, mindex));
}

void outbox_close_pc (Session *to)
{
	queue (to, effect_new (EFFECT_CLOSE_PC, NULL, NULL, NULL, 0));
}

void outbox_run (void (*func) (gpointer data), gpointer data)
{
	push_work (NULL, func, data);
}

guint64 outbox_dropped (void)
{
	return atomic_load_explicit (&dropped, memory_order_relaxed);
}
