#include "config.h"
#include "plugins/room/slot.h"

#include "curia-id.h"

Slot *slot_new (Session *session, int mindex, Codec codec, guint8 payload_type)
{
	Slot *self = g_new0 (Slot, 1);
	self->refs = 1;
	self->session = session_ref (session);
	self->mindex = mindex;
	self->codec = codec;
	self->payload_type = payload_type;
	g_mutex_init (&self->lock);
	guint64 start = curia_id_random64 ();
	/* A first number below 2^15 keeps SRTP's rollover counter at 0 when the first packets are reordered or lost. */
	rewrite_init (&self->rewrite, codec_clock_rate (codec), start & 0x7fff, start >> 32);
	descriptor_map_init (&self->map);
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
	session_unref (self->session);
	g_mutex_clear (&self->lock);
	g_free (self);
}

void slot_carry (Slot *self, guint64 source)
{
	g_mutex_lock (&self->lock);
	self->carries = source;
	self->awaits_keyframe = codec_is_video (self->codec);
	rewrite_switch (&self->rewrite, source);
	descriptor_map_switch (&self->map);
	g_mutex_unlock (&self->lock);
}

static int decide_locked (Slot *self, const SlotPacket *packet, RtpPacket *rtp, Vp8Descriptor *vp8)
{
	if (self->carries != packet->source)
		return SLOT_NOT_CARRIED;
	if (self->awaits_keyframe && !packet->keyframe)
		return SLOT_AWAITS_KEYFRAME;
	*rtp = packet->rtp;
	RewriteVerdict verdict = rewrite_packet (&self->rewrite, packet->source, packet->rtp.seq, packet->rtp.ts,
		packet->now_us, &rtp->seq, &rtp->ts);
	if (verdict != REWRITE_SEND)
		return verdict;
	self->awaits_keyframe = FALSE;
	rtp->payload_type = self->payload_type;
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
	if (self->carries == packet->source && !self->awaits_keyframe)
		rewrite_skip (&self->rewrite, packet->source, packet->rtp.seq);
	g_mutex_unlock (&self->lock);
}

gboolean slot_awaits_keyframe (Slot *self)
{
	g_mutex_lock (&self->lock);
	gboolean awaits = self->carries != REWRITE_NO_SOURCE && self->awaits_keyframe;
	g_mutex_unlock (&self->lock);
	return awaits;
}

guint64 slot_sent (Slot *self)
{
	g_mutex_lock (&self->lock);
	guint64 sent = self->verdicts[REWRITE_SEND];
	g_mutex_unlock (&self->lock);
	return sent;
}

static const char *verdict_name (int verdict)
{
	switch (verdict) {
	case SLOT_NOT_CARRIED: return "not_carried";
	case SLOT_AWAITS_KEYFRAME: return "awaits_keyframe";
	default: return rewrite_verdict_name (verdict);
	}
}

json_t *slot_dump (Slot *self)
{
	guint64 counts[SLOT_N_VERDICTS];
	g_mutex_lock (&self->lock);
	memcpy (counts, self->verdicts, sizeof counts);
	guint64 carries = self->carries;
	gboolean awaits = self->awaits_keyframe;
	g_mutex_unlock (&self->lock);
	json_t *verdicts = json_object ();
	for (int i = 0; i < SLOT_N_VERDICTS; i++)
		json_object_set_new (verdicts, verdict_name (i), json_integer (counts[i]));
	return json_pack ("{s:i s:s s:i s:I s:b s:o}", "mindex", self->mindex, "codec", codec_name (self->codec),
		"payload_type", self->payload_type, "track", (json_int_t) carries, "awaits_keyframe", awaits, "verdicts", verdicts);
}
