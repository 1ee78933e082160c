#include "config.h"
#include "plugins/room/slot.h"

#include "curia-id.h"
#include "plugins/room/metrics.h"

Slot *slot_new (Session *session, int mindex, Codec codec, guint8 payload_type, guint8 red_type)
{
	Slot *self = g_new0 (Slot, 1);
	self->refs = 1;
	self->session = session_ref (session);
	self->mindex = mindex;
	self->codec = codec;
	self->payload_type = payload_type;
	self->red_type = red_type;
	g_mutex_init (&self->lock);
	guint64 start = curia_id_random64 ();
	/* A first number below 2^15 keeps SRTP's rollover counter at 0 when the first packets are reordered or lost. */
	rewrite_init (&self->rewrite, codec_clock_rate (codec), start & 0x7fff, start >> 32);
	descriptor_map_init (&self->map);
	layers_init (&self->layers);
	return self;
}

Slot *slot_ref (Slot *self)
{
	g_atomic_int_inc (&self->refs);
	return self;
}

void slot_unref (Slot *self)
{
	if (!g_atomic_int_dec_and_test (&self->refs))
		return;
	metrics_keep_slot (self);
	session_unref (self->session);
	g_mutex_clear (&self->lock);
	g_free (self);
}

void slot_carry (Slot *self, guint64 track)
{
	g_mutex_lock (&self->lock);
	self->carries = track;
	layers_restart (&self->layers);
	/* Audio has one layer per track: the first packet that comes tells which; video switches at a keyframe. */
	rewrite_switch (&self->rewrite, REWRITE_NO_SOURCE);
	g_mutex_unlock (&self->lock);
}

void slot_aim (Slot *self, int spatial, int temporal)
{
	g_mutex_lock (&self->lock);
	layers_aim (&self->layers, spatial, temporal);
	g_mutex_unlock (&self->lock);
}

static void switch_locked (Slot *self, const SlotPacket *packet)
{
	rewrite_switch (&self->rewrite, packet->layer_id);
	descriptor_map_switch (&self->map);
}

/* Whether the packet's layer passes; else the verdict. */
static int judge_locked (Slot *self, const SlotPacket *packet)
{
	if (!codec_is_video (self->codec)) {
		if (self->rewrite.source != packet->layer_id)
			switch_locked (self, packet);
		return REWRITE_SEND;
	}
	switch (layers_judge (&self->layers, packet->layer, packet->keyframe, packet->has_vp8 ? &packet->vp8 : NULL)) {
	case LAYERS_PASS:
		return REWRITE_SEND;
	case LAYERS_SWITCH:
		switch_locked (self, packet);
		return REWRITE_SEND;
	case LAYERS_SKIP:
		rewrite_skip (&self->rewrite, packet->layer_id, packet->rtp.seq);
		if (packet->has_vp8)
			descriptor_map_skip (&self->map, &packet->vp8);
		return SLOT_TEMPORAL;
	case LAYERS_AWAIT_KEYFRAME:
		return SLOT_AWAITS_KEYFRAME;
	case LAYERS_PAUSED:
		return SLOT_PAUSED;
	default:
		return SLOT_OTHER_LAYER;
	}
}

static int decide_locked (Slot *self, const SlotPacket *packet, RtpPacket *rtp, Vp8Descriptor *vp8)
{
	if (self->carries != packet->track)
		return SLOT_NOT_CARRIED;
	int verdict = judge_locked (self, packet);
	if (verdict != REWRITE_SEND)
		return verdict;
	*rtp = packet->rtp;
	verdict = rewrite_packet (&self->rewrite, packet->layer_id, packet->rtp.seq, packet->rtp.ts, packet->now_us, &rtp->seq, &rtp->ts);
	if (verdict != REWRITE_SEND)
		return verdict;
	rtp->payload_type = self->payload_type;
	self->bytes += packet->rtp.payload_bytes + RTP_SENT_OVERHEAD_BYTES;
	if (packet->has_vp8)
		*vp8 = descriptor_map_vp8 (&self->map, &packet->vp8);
	return REWRITE_SEND;
}

gboolean slot_take (Slot *self, const SlotPacket *packet, RtpPacket *rtp, Vp8Descriptor *vp8)
{
	g_mutex_lock (&self->lock);
	int verdict = decide_locked (self, packet, rtp, vp8);
	self->verdicts[verdict]++;
	g_mutex_unlock (&self->lock);
	return verdict == REWRITE_SEND;
}

void slot_skip (Slot *self, const SlotPacket *packet)
{
	g_mutex_lock (&self->lock);
	if (self->carries == packet->track)
		rewrite_skip (&self->rewrite, packet->layer_id, packet->rtp.seq);
	g_mutex_unlock (&self->lock);
}

gboolean slot_awaits_keyframe (Slot *self)
{
	g_mutex_lock (&self->lock);
	gboolean awaits = self->carries != REWRITE_NO_SOURCE && layers_await_keyframe (&self->layers);
	g_mutex_unlock (&self->lock);
	return awaits;
}

int slot_layer (Slot *self, int *temporal)
{
	g_mutex_lock (&self->lock);
	int spatial = self->carries == REWRITE_NO_SOURCE ? LAYERS_NONE : self->layers.spatial;
	*temporal = self->layers.temporal;
	g_mutex_unlock (&self->lock);
	return spatial;
}

guint64 slot_sent (Slot *self, guint64 *bytes)
{
	g_mutex_lock (&self->lock);
	guint64 sent = self->verdicts[REWRITE_SEND];
	*bytes = self->bytes;
	g_mutex_unlock (&self->lock);
	return sent;
}

gboolean slot_sent_lately (Slot *self, guint16 seq)
{
	g_mutex_lock (&self->lock);
	guint16 age = self->rewrite.sent_out - seq;
	gboolean lately = self->verdicts[REWRITE_SEND] > 0 && age < SLOT_LATELY;
	g_mutex_unlock (&self->lock);
	return lately;
}

const char *slot_verdict_name (int verdict)
{
	switch (verdict) {
	case SLOT_NOT_CARRIED: return "not_carried";
	case SLOT_OTHER_LAYER: return "other_layer";
	case SLOT_AWAITS_KEYFRAME: return "awaits_keyframe";
	case SLOT_TEMPORAL: return "temporal_layer";
	case SLOT_PAUSED: return "paused";
	default: return rewrite_verdict_name (verdict);
	}
}

guint64 slot_counts (Slot *self, guint64 verdicts[SLOT_N_VERDICTS])
{
	g_mutex_lock (&self->lock);
	memcpy (verdicts, self->verdicts, sizeof self->verdicts);
	guint64 bytes = self->bytes;
	g_mutex_unlock (&self->lock);
	return bytes;
}

json_t *slot_dump (Slot *self)
{
	guint64 counts[SLOT_N_VERDICTS];
	g_mutex_lock (&self->lock);
	memcpy (counts, self->verdicts, sizeof counts);
	guint64 carries = self->carries, bytes = self->bytes;
	Layers layers = self->layers;
	g_mutex_unlock (&self->lock);
	json_t *verdicts = json_object ();
	for (int i = 0; i < SLOT_N_VERDICTS; i++)
		json_object_set_new (verdicts, slot_verdict_name (i), json_integer (counts[i]));
	return json_pack ("{s:i s:s s:i s:I s:I s:i s:i s:i s:i s:b s:b s:o}", "mindex", self->mindex, "codec", codec_name (self->codec),
		"payload_type", self->payload_type, "track", (json_int_t) carries, "bytes", (json_int_t) bytes,
		"layer", layers.spatial, "temporal", layers.temporal, "target_layer", layers.target_spatial,
		"target_temporal", layers.target_temporal, "awaits_keyframe", layers_await_keyframe (&layers),
		"red", g_atomic_int_get (&self->red), "verdicts", verdicts);
}
