#include "config.h"
#include "plugins/room/track.h"

#include "plugins/room/settings.h"
#include "plugins/room/slot.h"

static _Atomic guint64 last_id;

static Fanout *fanout_new (Slot *const *slots, guint n)
{
	Fanout *self = g_malloc (sizeof (Fanout) + n * sizeof (Slot *));
	self->refs = 1;
	self->n = n;
	for (guint i = 0; i < n; i++)
		self->slots[i] = slot_ref (slots[i]);
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

Track *track_new (Source source, Codec codec, int mindex, guint8 payload_type, guint pc)
{
	Track *self = g_new0 (Track, 1);
	self->refs = 1;
	self->id = atomic_fetch_add (&last_id, 1) + 1;
	self->source = source;
	self->codec = codec;
	self->mindex = mindex;
	self->payload_type = payload_type;
	self->pc = pc;
	self->speaker = SPEAKER_NONE;
	g_mutex_init (&self->lock);
	self->fanout = fanout_new (NULL, 0);
	keyframe_init (&self->keyframes, settings.keyframe_interval_us);
	return self;
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
	fanout_unref (self->fanout);
	g_mutex_clear (&self->lock);
	g_free (self->mid);
	g_free (self);
}

Fanout *track_fanout (Track *self)
{
	g_mutex_lock (&self->lock);
	Fanout *fanout = self->fanout;
	g_atomic_int_inc (&fanout->refs);
	g_mutex_unlock (&self->lock);
	return fanout;
}

void track_set_slots (Track *self, Slot *const *slots, guint n)
{
	Fanout *fresh = fanout_new (slots, n);
	g_mutex_lock (&self->lock);
	Fanout *old = self->fanout;
	self->fanout = fresh;
	if (n == 0)
		keyframe_cancel (&self->keyframes);
	g_mutex_unlock (&self->lock);
	fanout_unref (old);
}

gboolean track_ask_keyframe (Track *self, gint64 now_us)
{
	g_mutex_lock (&self->lock);
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

void track_keyframe_arrived (Track *self)
{
	g_mutex_lock (&self->lock);
	keyframe_arrived (&self->keyframes);
	g_mutex_unlock (&self->lock);
}

void track_resume (Track *self, gint64 now_us)
{
	g_mutex_lock (&self->lock);
	keyframe_resume (&self->keyframes, now_us);
	g_mutex_unlock (&self->lock);
}

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
	g_autoptr (Fanout) fanout = track_fanout (self);
	gint64 heard_us = atomic_load (&self->heard_us);
	return json_pack ("{s:s s:s s:i s:s s:i s:b s:b s:i s:I s:I s:I s:I s:I s:I}", "source", source_name (self->source),
		"codec", codec_name (self->codec), "mindex", self->mindex, "mid", self->mid ? self->mid : "",
		"payload_type", self->payload_type, "muted", self->muted, "stalled", self->stalled, "slots", fanout->n,
		"packets", (json_int_t) atomic_load (&self->packets), "bytes", (json_int_t) atomic_load (&self->bytes),
		"wrong_type", (json_int_t) atomic_load (&self->wrong_type), "empty", (json_int_t) atomic_load (&self->empty),
		"keyframes", (json_int_t) atomic_load (&self->keyframes_seen),
		"silent_ms", (json_int_t) (heard_us ? (now_us - heard_us) / 1000 : -1));
}
