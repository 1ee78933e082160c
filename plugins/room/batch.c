#include "config.h"
#include "plugins/room/batch.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "plugins/room/relay.h"

#define MAX_THREADS 8
#define MAX_DUE 16384 /* packets times viewers that are sorted at a time */

/* A packet that is due for a viewer. */
typedef struct {
	Session *viewer;
	guint order;
	Slot *slot;
	Relay *relay;
} Due;

/* Two buffers: one takes what comes while the other goes out. */
typedef struct {
	GThread *thread;
	GMutex lock;
	GCond changed;
	Relay *held;              /* LOCK: lock; BATCH_MAX_PACKETS */
	guint n_held;             /* LOCK: lock */
	gboolean open;            /* LOCK: lock */
	Relay *leaving;           /* its thread's */
	GPtrArray *fanouts;       /* its thread's: those that the dues name slots of */
	Due *dues;                /* its thread's: MAX_DUE */
	guint n_dues;
} Batch;

static struct {
	gint64 interval_us;
	guint n;
	Batch *batches;
} all;

static _Atomic guint64 dropped;

/* ---- its thread ---- */

/* By viewer, and for each in the order of coming. */
static int compare_dues (gconstpointer a, gconstpointer b)
{
	const Due *x = a, *y = b;
	if (x->viewer != y->viewer)
		return x->viewer < y->viewer ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void serve (Batch *self)
{
	qsort (self->dues, self->n_dues, sizeof self->dues[0], compare_dues);
	for (guint i = 0; i < self->n_dues; i++)
		relay_to (self->dues[i].relay, self->dues[i].slot);
	self->n_dues = 0;
	g_ptr_array_set_size (self->fanouts, 0);
}

static void note (Batch *self, Relay *relay)
{
	Fanout *fanout = layer_fanout (&relay->track->layers[relay->packet.layer]);
	g_ptr_array_add (self->fanouts, fanout);
	for (guint i = 0; i < fanout->n; i++) {
		if (self->n_dues == MAX_DUE) {
			serve (self);
			g_ptr_array_add (self->fanouts, fanout_ref (fanout));
		}
		Slot *slot = fanout->slots[i];
		self->dues[self->n_dues] = (Due) { slot->session, self->n_dues, slot, relay };
		self->n_dues++;
	}
}

static void send_out (Batch *self, guint n)
{
	for (guint i = 0; i < n; i++)
		note (self, &self->leaving[i]);
	serve (self);
	for (guint i = 0; i < n; i++)
		track_unref (self->leaving[i].track);
}

/* The next time that is a multiple of the interval: all threads, and so all packets for one loop, come together. */
static gint64 next_time_us (void)
{
	return (g_get_monotonic_time () / all.interval_us + 1) * all.interval_us;
}

static gpointer run (gpointer data)
{
	Batch *self = data;
	g_mutex_lock (&self->lock);
	while (self->open) {
		if (self->n_held == 0) {
			g_cond_wait (&self->changed, &self->lock);
			continue;
		}
		gint64 until_us = next_time_us ();
		while (self->open && g_cond_wait_until (&self->changed, &self->lock, until_us))
			continue;
		Relay *leaving = self->held;
		guint n = self->n_held;
		self->held = self->leaving;
		self->n_held = 0;
		self->leaving = leaving;
		g_mutex_unlock (&self->lock);
		send_out (self, n);
		g_mutex_lock (&self->lock);
	}
	g_mutex_unlock (&self->lock);
	return NULL;
}

/* ---- life ---- */

static void start (Batch *self)
{
	g_mutex_init (&self->lock);
	g_cond_init (&self->changed);
	self->held = g_new (Relay, BATCH_MAX_PACKETS);
	self->leaving = g_new (Relay, BATCH_MAX_PACKETS);
	self->dues = g_new (Due, MAX_DUE);
	self->fanouts = g_ptr_array_new_with_free_func ((GDestroyNotify) fanout_unref);
	self->open = TRUE;
	self->thread = g_thread_new ("curia-batch", run, self);
}

void batch_start (guint batch_us, guint n_threads)
{
	all.interval_us = batch_us;
	all.n = batch_us ? CLAMP (n_threads, 1, MAX_THREADS) : 0;
	all.batches = all.n > 0 ? g_new0 (Batch, all.n) : NULL;
	for (guint i = 0; i < all.n; i++)
		start (&all.batches[i]);
}

/* Media may come in until the process exits, so lock and buffers stay. */
static void stop (Batch *self)
{
	g_mutex_lock (&self->lock);
	self->open = FALSE;
	g_cond_signal (&self->changed);
	g_mutex_unlock (&self->lock);
	g_thread_join (self->thread);
	for (guint i = 0; i < self->n_held; i++)
		track_unref (self->held[i].track);
}

void batch_stop (void)
{
	for (guint i = 0; i < all.n; i++)
		stop (&all.batches[i]);
}

gboolean batch_is_on (void)
{
	return all.n > 0;
}

void batch_hold (Track *track, const SlotPacket *packet, const janus_plugin_rtp *original)
{
	Batch *self = &all.batches[track->room % all.n];
	g_mutex_lock (&self->lock);
	gboolean full = self->n_held == BATCH_MAX_PACKETS || !self->open;
	if (!full) {
		relay_fill (&self->held[self->n_held++], track_ref (track), packet, original);
		if (self->n_held == 1)
			g_cond_signal (&self->changed);
	}
	g_mutex_unlock (&self->lock);
	if (full)
		atomic_fetch_add_explicit (&dropped, 1, memory_order_relaxed);
}

guint64 batch_dropped (void)
{
	return atomic_load_explicit (&dropped, memory_order_relaxed);
}
