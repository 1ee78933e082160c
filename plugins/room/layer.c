#include "config.h"
#include "plugins/room/layer.h"

#include <math.h>

#include "plugins/room/slot.h"

/* New rates count for so much: quick to grow, because a rate that is taken for too low overloads a viewer. */
#define WEIGHT_UP 0.7
#define WEIGHT_DOWN 0.25

static _Atomic guint64 last_id;

/* ---- fan-out ---- */

static Fanout *fanout_new (Slot *const *slots, guint n)
{
	Fanout *self = g_malloc (sizeof (Fanout) + n * sizeof (Slot *));
	self->refs = 1;
	self->n = n;
	for (guint i = 0; i < n; i++)
		self->slots[i] = slot_ref (slots[i]);
	return self;
}

Fanout *fanout_ref (Fanout *self)
{
	g_atomic_int_inc (&self->refs);
	return self;
}

void fanout_unref (Fanout *self)
{
	if (!g_atomic_int_dec_and_test (&self->refs))
		return;
	for (guint i = 0; i < self->n; i++)
		slot_unref (self->slots[i]);
	g_free (self);
}

void layer_init (Layer *self, const char *rid, guint64 nominal_bps, guint nominal_height)
{
	self->id = atomic_fetch_add (&last_id, 1) + 1;
	g_strlcpy (self->rid, rid, sizeof self->rid);
	self->nominal_bps = nominal_bps;
	self->nominal_height = nominal_height;
	self->wanted = TRUE;
	self->members = g_ptr_array_new_with_free_func ((GDestroyNotify) slot_unref);
	g_mutex_init (&self->lock);
	self->fanout = fanout_new (NULL, 0);
}

void layer_clear (Layer *self)
{
	g_ptr_array_unref (self->members);
	fanout_unref (self->fanout);
	g_mutex_clear (&self->lock);
}

Fanout *layer_fanout (Layer *self)
{
	g_mutex_lock (&self->lock);
	Fanout *fanout = fanout_ref (self->fanout);
	g_mutex_unlock (&self->lock);
	return fanout;
}

void layer_add (Layer *self, Slot *slot)
{
	g_ptr_array_add (self->members, slot_ref (slot));
	self->dirty = TRUE;
}

void layer_remove (Layer *self, Slot *slot)
{
	self->dirty |= g_ptr_array_remove_fast (self->members, slot);
}

gboolean layer_publish (Layer *self)
{
	if (!self->dirty)
		return FALSE;
	Fanout *fresh = fanout_new ((Slot **) self->members->pdata, self->members->len);
	g_mutex_lock (&self->lock);
	Fanout *old = self->fanout;
	self->fanout = fresh;
	g_mutex_unlock (&self->lock);
	fanout_unref (old);
	self->dirty = FALSE;
	return TRUE;
}

/* ---- how fast it flows ---- */

void layer_count (Layer *self, guint temporal, gsize bytes, gint64 now_us)
{
	guint at = MIN (temporal, ALLOCATOR_MAX_TEMPORAL - 1);
	atomic_fetch_add_explicit (&self->bytes[at], bytes, memory_order_relaxed);
	atomic_fetch_add_explicit (&self->packets, 1, memory_order_relaxed);
	atomic_store_explicit (&self->heard_us, now_us, memory_order_relaxed);
}

static guint64 smooth (guint64 old, guint64 fresh)
{
	double weight = fresh > old ? WEIGHT_UP : WEIGHT_DOWN;
	return old ? (guint64) (old + weight * ((double) fresh - (double) old)) : fresh;
}

void layer_sample (Layer *self, gint64 now_us)
{
	gint64 passed_us = now_us - self->sampled_us;
	if (passed_us < LAYER_SAMPLE_US)
		return;
	guint64 sum = 0;
	for (guint i = 0; i < ALLOCATOR_MAX_TEMPORAL; i++) {
		guint64 bytes = atomic_load_explicit (&self->bytes[i], memory_order_relaxed);
		sum += bytes - self->sampled_bytes[i];
		self->sampled_bytes[i] = bytes;
		/* A stopped layer keeps the rate that it had: that is what it will take when it runs again. */
		if (self->sampled_us && sum > 0)
			self->bps[i] = smooth (self->bps[i], sum * 8 * G_USEC_PER_SEC / passed_us);
	}
	self->sampled_us = now_us;
}

/* ---- whether it is wanted, and there ---- */

static void check_absent (Layer *self, gint64 now_us)
{
	gint64 since_us = MAX (self->due_us, atomic_load_explicit (&self->heard_us, memory_order_relaxed));
	if (self->due_us && now_us - since_us >= LAYER_DEAD_US)
		self->absent_us = self->absent_us ? self->absent_us : now_us;
	else if (atomic_load_explicit (&self->heard_us, memory_order_relaxed) > self->absent_us
		|| now_us - self->absent_us >= LAYER_RETRY_US)
		self->absent_us = 0;
}

gboolean layer_update (Layer *self, gboolean flows, gint64 now_us)
{
	gboolean was_wanted = self->wanted;
	/* What cannot flow now is not stopped: it shall come at once when it can. */
	if (self->members->len > 0 || (!flows && self->wanted))
		self->wanted_us = now_us;
	self->wanted = now_us - self->wanted_us < LAYER_UNWANTED_US;
	if (!self->wanted || !flows)
		self->due_us = 0;
	else if (!self->due_us)
		self->due_us = now_us;
	check_absent (self, now_us);
	return self->wanted != was_wanted;
}

gboolean layer_is_there (const Layer *self)
{
	return self->absent_us == 0;
}

guint64 layer_bps (const Layer *self, guint temporal, guint n_temporal)
{
	if (self->bps[temporal])
		return self->bps[temporal];
	/* Encoders give the base layer of two, three or four temporal layers about half. */
	return n_temporal < 2 ? self->nominal_bps
		: (guint64) (self->nominal_bps * (0.5 + 0.5 * temporal / (n_temporal - 1)));
}

guint layer_height (const Layer *self)
{
	guint height = atomic_load_explicit (&((Layer *) self)->height, memory_order_relaxed);
	return height ? height : self->nominal_height;
}

json_t *layer_dump (Layer *self, gint64 now_us)
{
	g_autoptr (Fanout) fanout = layer_fanout (self);
	gint64 heard_us = atomic_load (&self->heard_us);
	guint top = ALLOCATOR_MAX_TEMPORAL - 1;
	return json_pack ("{s:s s:I s:I s:I s:i s:I s:i s:b s:b s:I}", "rid", self->rid, "ssrc", (json_int_t) atomic_load (&self->ssrc),
		"packets", (json_int_t) atomic_load (&self->packets), "keyframes", (json_int_t) atomic_load (&self->keyframes_seen),
		"height", (int) layer_height (self), "bps", (json_int_t) self->bps[top], "slots", (int) fanout->n,
		"wanted", self->wanted, "there", layer_is_there (self),
		"silent_ms", (json_int_t) (heard_us ? (now_us - heard_us) / 1000 : -1));
}
