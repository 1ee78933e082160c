#include "config.h"
#include "plugins/room/track.h"


#include <string.h>

#include "plugins/room/metrics.h"
#include "plugins/room/settings.h"
#include "plugins/room/slot.h"

#define PLAIN_RID "f" /* how the one layer of a plain stream is called */

#define PLAIN_START_BPS 300000

/* How the bitrate is divided, the smallest picture first: each has half the height of the next. */
static const struct {
	double share[TRACK_MAX_LAYERS];
} shares[TRACK_MAX_LAYERS] = {
	{ { 1 } },
	{ { 0.2, 0.8 } },
	{ { 0.055, 0.215, 0.73 } },
};

static _Atomic guint64 last_id;

double track_layer_share (guint layer, guint n_layers)
{
	return shares[n_layers - 1].share[layer];
}

static void init_layers (Track *self, const TrackSpec *spec)
{
	self->n_layers = spec->n_layers;
	self->started_us = g_get_monotonic_time ();
	for (guint i = 0; i < spec->n_layers; i++) {
		guint64 bps = spec->bitrate_bps * track_layer_share (i, spec->n_layers);
		/* Encoders begin low: a plain stream is not refused for what it may take later. */
		layer_init (&self->layers[i], spec->rids[i], spec->n_layers == 1 ? MIN (bps, PLAIN_START_BPS) : bps,
			spec->height >> (spec->n_layers - 1 - i));
	}
	/* The largest picture costs most to make, when a browser has most to do: it is made once somebody wants it. */
	Layer *top = &self->layers[spec->n_layers - 1];
	top->wanted = spec->n_layers < TRACK_MAX_LAYERS;
	top->wanted_us = top->wanted ? 0 : G_MININT64 / 2;
}

Track *track_new (const TrackSpec *spec)
{
	Track *self = g_new0 (Track, 1);
	self->refs = 1;
	self->id = atomic_fetch_add (&last_id, 1) + 1;
	self->room = spec->room;
	self->source = spec->source;
	self->codec = spec->codec;
	self->mindex = spec->mindex;
	self->payload_type = spec->payload_type;
	self->pc = spec->pc;
	self->rid_extension = spec->rid_extension;
	self->mid = g_strdup (spec->mid);
	self->speaker = SPEAKER_NONE;
	self->quiet = TRUE;
	init_layers (self, spec);
	g_mutex_init (&self->lock);
	keyframe_init (&self->keyframes, settings.keyframe_interval_us);
	red_init (&self->red);
	track_update (self, FALSE, g_get_monotonic_time ());
	return self;
}

gboolean track_is (const Track *self, const TrackSpec *spec)
{
	gboolean same = self->mindex == spec->mindex && self->pc == spec->pc && self->payload_type == spec->payload_type
		&& self->n_layers == spec->n_layers;
	for (guint i = 0; same && i < spec->n_layers; i++)
		same = g_str_equal (self->layers[i].rid, spec->rids[i]);
	return same;
}

Track *track_ref (Track *self)
{
	g_atomic_int_inc (&self->refs);
	return self;
}

void track_unref (Track *self)
{
	if (!g_atomic_int_dec_and_test (&self->refs))
		return;
	metrics_keep_track (self);
	for (guint i = 0; i < self->n_layers; i++)
		layer_clear (&self->layers[i]);
	g_mutex_clear (&self->lock);
	g_free (self->mid);
	g_free (self->name);
	g_free (self);
}

/* ---- which layer ---- */

static int find_rid (const Track *self, const guint8 *packet, gsize bytes)
{
	const guint8 *rid;
	gsize length = rtp_find_extension (packet, bytes, self->rid_extension, &rid);
	for (guint i = 0; length > 0 && i < self->n_layers; i++)
		if (strlen (self->layers[i].rid) == length && memcmp (self->layers[i].rid, rid, length) == 0)
			return i;
	return TRACK_NO_LAYER;
}

int track_find_layer (Track *self, const guint8 *packet, gsize bytes, const RtpPacket *rtp)
{
	if (self->n_layers == 1)
		return 0;
	for (guint i = 0; i < self->n_layers; i++)
		if (atomic_load_explicit (&self->layers[i].ssrc, memory_order_relaxed) == rtp->ssrc)
			return i;
	int found = find_rid (self, packet, bytes);
	if (found != TRACK_NO_LAYER)
		atomic_store_explicit (&self->layers[found].ssrc, rtp->ssrc, memory_order_relaxed);
	return found;
}

/* ---- fan-out, rates, what is wanted ---- */

gboolean track_publish (Track *self)
{
	gboolean changed = FALSE;
	guint members = 0;
	for (guint i = 0; i < self->n_layers; i++) {
		changed |= layer_publish (&self->layers[i]);
		members += self->layers[i].members->len;
	}
	if (!changed || members > 0)
		return changed;
	g_mutex_lock (&self->lock);
	keyframe_cancel (&self->keyframes);
	self->keyframes_due = 0;
	g_mutex_unlock (&self->lock);
	return TRUE;
}

void track_close (Track *self)
{
	for (guint i = 0; i < self->n_layers; i++) {
		g_ptr_array_set_size (self->layers[i].members, 0);
		self->layers[i].dirty = TRUE;
	}
	track_publish (self);
}

static guint count_temporal (const Track *self)
{
	guint n = 1;
	for (guint i = 0; i < self->n_layers; i++)
		for (guint t = 1; t < ALLOCATOR_MAX_TEMPORAL; t++)
			if (atomic_load_explicit (&((Track *) self)->layers[i].bytes[t], memory_order_relaxed) > 0)
				n = MAX (n, t + 1);
	return n;
}

static void make_ladder (Track *self)
{
	self->ladder = (AllocatorLadder) { .n_spatial = self->n_layers, .n_temporal = count_temporal (self) };
	for (guint i = 0; i < self->n_layers; i++) {
		self->ladder.height[i] = layer_height (&self->layers[i]);
		for (guint t = 0; t < self->ladder.n_temporal; t++)
			self->ladder.bps[i][t] = layer_is_there (&self->layers[i])
				? layer_bps (&self->layers[i], t, self->ladder.n_temporal) : 0;
	}
}

gboolean track_update (Track *self, gboolean up, gint64 now_us)
{
	gboolean changed = FALSE;
	for (guint i = 0; i < self->n_layers; i++) {
		layer_sample (&self->layers[i], now_us);
		changed |= layer_update (&self->layers[i], up && !self->muted, now_us);
	}
	make_ladder (self);
	return changed;
}

gboolean track_is_due (const Track *self)
{
	gboolean wanted = !source_is_video (self->source);
	for (guint i = 0; i < self->n_layers; i++)
		wanted |= self->layers[i].wanted;
	return wanted && !self->muted;
}

static const char *shown_rid (const Layer *layer)
{
	return layer->rid[0] ? layer->rid : PLAIN_RID;
}

json_t *track_wanted_to_json (const Track *self)
{
	json_t *wanted = json_array ();
	for (guint i = self->n_layers; i-- > 0;)
		if (self->layers[i].wanted)
			json_array_append_new (wanted, json_string (shown_rid (&self->layers[i])));
	return json_pack ("{s:s s:o}", "source", source_name (self->source), "wanted", wanted);
}

/* ---- keyframes ---- */

gboolean track_ask_keyframe (Track *self, guint layers, gint64 now_us)
{
	g_mutex_lock (&self->lock);
	self->keyframes_due |= layers;
	KeyframeVerdict verdict = keyframe_ask (&self->keyframes, now_us);
	g_mutex_unlock (&self->lock);
	return verdict == KEYFRAME_SEND;
}

gboolean track_keyframe_due (Track *self, gint64 now_us)
{
	g_mutex_lock (&self->lock);
	gboolean due = keyframe_due (&self->keyframes, now_us);
	g_mutex_unlock (&self->lock);
	return due;
}

void track_keyframe_arrived (Track *self, int layer)
{
	g_mutex_lock (&self->lock);
	self->keyframes_due &= ~(1u << layer);
	if (!self->keyframes_due)
		keyframe_arrived (&self->keyframes);
	g_mutex_unlock (&self->lock);
}

void track_resume (Track *self, gint64 now_us)
{
	g_mutex_lock (&self->lock);
	keyframe_resume (&self->keyframes, now_us);
	g_mutex_unlock (&self->lock);
}

/* ---- telling ---- */

static const char *kind_of (const Track *self)
{
	return source_is_video (self->source) ? "video" : "audio";
}

json_t *track_to_json (const Track *self)
{
	return json_pack ("{s:s s:s s:b}", "source", source_name (self->source), "kind", kind_of (self), "muted", self->muted);
}

json_t *track_dump (Track *self, gint64 now_us)
{
	json_t *layers = json_array ();
	guint64 keyframes = 0;
	for (guint i = 0; i < self->n_layers; i++) {
		json_array_append_new (layers, layer_dump (&self->layers[i], now_us));
		keyframes += atomic_load (&self->layers[i].keyframes_seen);
	}
	gint64 heard_us = atomic_load (&self->heard_us);
	return json_pack ("{s:s s:s s:i s:s s:i s:b s:b s:b s:I s:I s:I s:I s:I s:I s:I s:o}", "source", source_name (self->source),
		"codec", codec_name (self->codec), "mindex", self->mindex, "mid", self->mid ? self->mid : "",
		"payload_type", self->payload_type, "muted", self->muted, "stalled", self->stalled, "quiet", self->quiet,
		"packets", (json_int_t) atomic_load (&self->packets), "bytes", (json_int_t) atomic_load (&self->bytes),
		"wrong_type", (json_int_t) atomic_load (&self->wrong_type), "wrong_layer", (json_int_t) atomic_load (&self->wrong_layer),
		"empty", (json_int_t) atomic_load (&self->empty), "keyframes", (json_int_t) keyframes,
		"silent_ms", (json_int_t) (heard_us ? (now_us - heard_us) / 1000 : -1), "layers", layers);
}
