#include "config.h"
#include "plugins/room/media.h"

#include <string.h>

#include <janus/plugins/plugin.h>

#include "curia-clock.h"
#include "plugins/room/feedback.h"
#include "plugins/room/host.h"
#include "plugins/room/slot.h"
#include "plugins/room/track.h"

#define COUNT(counter) atomic_fetch_add_explicit (&(counter), 1, memory_order_relaxed)

/* A plain header and the payload: what the slots' versions of the packet are written into. */
typedef struct {
	guint8 bytes[RTP_HEADER_BYTES + MEDIA_MAX_PAYLOAD_BYTES];
	janus_plugin_rtp packet;
} Scratch;

static void scratch_fill (Scratch *scratch, const janus_plugin_rtp *packet, const RtpPacket *rtp)
{
	memcpy (scratch->bytes + RTP_HEADER_BYTES, packet->buffer + rtp->payload_at, rtp->payload_bytes);
	janus_plugin_rtp_reset (&scratch->packet);
	scratch->packet.video = packet->video;
	scratch->packet.buffer = (char *) scratch->bytes;
	scratch->packet.length = RTP_HEADER_BYTES + rtp->payload_bytes;
	scratch->packet.extensions.video_rotation = packet->extensions.video_rotation;
	scratch->packet.extensions.video_back_camera = packet->extensions.video_back_camera;
	scratch->packet.extensions.video_flipped = packet->extensions.video_flipped;
}

static void forward (Slot *slot, const SlotPacket *packet, Scratch *scratch)
{
	RtpPacket rtp;
	Vp8Descriptor vp8;
	if (!slot_take (slot, packet, &rtp, &vp8))
		return;
	rtp_write_header (scratch->bytes, &rtp);
	if (packet->has_vp8)
		descriptor_vp8_write (scratch->bytes + RTP_HEADER_BYTES, &vp8);
	scratch->packet.mindex = slot->mindex;
	host.core->relay_rtp (slot->session->handle, &scratch->packet);
}

/* Counts the packet and reads what the slots need to know. FALSE: it goes nowhere. */
static gboolean inspect (Track *track, const janus_plugin_rtp *packet, SlotPacket *out)
{
	const guint8 *payload = (const guint8 *) packet->buffer + out->rtp.payload_at;
	if (out->rtp.payload_type != track->payload_type || out->rtp.payload_bytes > MEDIA_MAX_PAYLOAD_BYTES) {
		COUNT (track->wrong_type);
		return FALSE;
	}
	atomic_store_explicit (&track->heard_us, out->now_us, memory_order_relaxed);
	COUNT (track->packets);
	atomic_fetch_add_explicit (&track->bytes, out->rtp.payload_bytes, memory_order_relaxed);
	if (!packet->video)
		speaker_meter_add (&track->meter, packet->extensions.audio_level);
	out->source = track->id;
	out->has_vp8 = track->codec == CODEC_VP8 && descriptor_vp8_parse (payload, out->rtp.payload_bytes, &out->vp8);
	out->keyframe = packet->video && descriptor_is_keyframe (track->codec, payload, out->rtp.payload_bytes);
	if (out->keyframe) {
		COUNT (track->keyframes_seen);
		track_keyframe_arrived (track);
	}
	return TRUE;
}

void media_rtp (Session *from, janus_plugin_rtp *packet)
{
	SlotPacket p = { .now_us = curia_clock_us () };
	if (!rtp_parse ((const guint8 *) packet->buffer, packet->length, &p.rtp)) {
		COUNT (from->malformed);
		return;
	}
	atomic_store_explicit (&from->heard_us, p.now_us, memory_order_relaxed);
	g_autoptr (Sections) sections = session_sections (from);
	gboolean known = sections && packet->mindex >= 0 && packet->mindex < SESSION_MAX_SECTIONS;
	Track *track = known ? sections->tracks[packet->mindex] : NULL;
	if (!track) {
		COUNT (from->no_track);
		return;
	}
	if (!inspect (track, packet, &p))
		return;
	g_autoptr (Fanout) fanout = track_fanout (track);
	if (p.rtp.payload_bytes == 0) {
		COUNT (track->empty);
		for (guint i = 0; i < fanout->n; i++)
			slot_skip (fanout->slots[i], &p);
	} else if (fanout->n > 0) {
		Scratch scratch;
		scratch_fill (&scratch, packet, &p.rtp);
		for (guint i = 0; i < fanout->n; i++)
			forward (fanout->slots[i], &p, &scratch);
	}
}

gboolean media_rtcp (Session *from, janus_plugin_rtcp *packet)
{
	atomic_store_explicit (&from->heard_us, curia_clock_us (), memory_order_relaxed);
	Feedback feedback;
	feedback_parse (&feedback, (const guint8 *) packet->buffer, packet->length);
	if (!feedback.wants_keyframe)
		return FALSE;
	g_autoptr (Sections) sections = session_sections (from);
	gboolean asked = FALSE;
	for (int i = 0; sections && i < SESSION_MAX_SECTIONS; i++) {
		Slot *slot = sections->slots[i];
		/* Janus gives feedback whose m-line it cannot tell to an audio m-line: then every slot may be meant. */
		if (slot && codec_is_video (slot->codec) && (!packet->video || packet->mindex == i)) {
			g_atomic_int_set (&slot->keyframe_wanted, 1);
			asked = TRUE;
		}
	}
	return asked;
}
