#include "config.h"
#include "plugins/room/media.h"

#include <janus/plugins/plugin.h>

#include "curia-clock.h"
#include "plugins/room/batch.h"
#include "plugins/room/feedback.h"
#include "plugins/room/relay.h"
#include "plugins/room/slot.h"
#include "plugins/room/track.h"

#define COUNT(counter) atomic_fetch_add_explicit (&(counter), 1, memory_order_relaxed)

static void fan_out (Track *track, const SlotPacket *packet, const janus_plugin_rtp *original)
{
	Relay relay;
	if (batch_is_on ()) {
		batch_hold (track, packet, original);
		return;
	}
	relay_fill (&relay, track, packet, original);
	relay_to_all (&relay);
}

static void skip (Track *track, const SlotPacket *packet)
{
	g_autoptr (Fanout) fanout = layer_fanout (&track->layers[packet->layer]);
	COUNT (track->empty);
	for (guint i = 0; i < fanout->n; i++)
		slot_skip (fanout->slots[i], packet);
}

static void note_keyframe (Track *track, int layer, const guint8 *payload, gsize bytes)
{
	guint width, height;
	COUNT (track->layers[layer].keyframes_seen);
	if (descriptor_size (track->codec, payload, bytes, &width, &height))
		atomic_store_explicit (&track->layers[layer].height, MIN (width, height), memory_order_relaxed);
	track_keyframe_arrived (track, layer);
}

/* Counts the packet and reads what the slots need to know. FALSE: it goes nowhere. */
static gboolean inspect (Track *track, const janus_plugin_rtp *packet, SlotPacket *out)
{
	const guint8 *bytes = (const guint8 *) packet->buffer, *payload = bytes + out->rtp.payload_at;
	if (out->rtp.payload_type != track->payload_type || out->rtp.payload_bytes > RELAY_MAX_PAYLOAD_BYTES) {
		COUNT (track->wrong_type);
		return FALSE;
	}
	out->layer = track_find_layer (track, bytes, packet->length, &out->rtp);
	if (out->layer == TRACK_NO_LAYER) {
		COUNT (track->wrong_layer);
		return FALSE;
	}
	Layer *layer = &track->layers[out->layer];
	atomic_store_explicit (&track->heard_us, out->now_us, memory_order_relaxed);
	COUNT (track->packets);
	atomic_fetch_add_explicit (&track->bytes, out->rtp.payload_bytes, memory_order_relaxed);
	if (!packet->video)
		speaker_meter_add (&track->meter, packet->extensions.audio_level);
	out->track = track->id;
	out->layer_id = layer->id;
	out->has_vp8 = track->codec == CODEC_VP8 && descriptor_vp8_parse (payload, out->rtp.payload_bytes, &out->vp8);
	out->keyframe = packet->video && descriptor_is_keyframe (track->codec, payload, out->rtp.payload_bytes);
	layer_count (layer, out->has_vp8 ? out->vp8.temporal_layer : 0, out->rtp.payload_bytes + RTP_SENT_OVERHEAD_BYTES, out->now_us);
	if (out->keyframe)
		note_keyframe (track, out->layer, payload, out->rtp.payload_bytes);
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
	if (p.rtp.payload_bytes == 0)
		skip (track, &p);
	else
		fan_out (track, &p, packet);
}

/* ---- what viewers say ---- */

/* Sets keyframe_wanted of the slots that the request may mean. */
static gboolean want_keyframes (Session *from, const janus_plugin_rtcp *packet)
{
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

/* Browsers report on the retransmissions (RFC 4588) too, and the core gives the first block the slot's SSRC whichever it is: what
 * is not of a number that the slot sent lately says nothing of the slot. */
static void keep_slots_block (Session *from, const janus_plugin_rtcp *packet, Feedback *feedback)
{
	g_autoptr (Sections) sections = feedback->n_blocks > 0 ? session_sections (from) : NULL;
	gboolean known = sections && packet->mindex >= 0 && packet->mindex < SESSION_MAX_SECTIONS;
	Slot *slot = known ? sections->slots[packet->mindex] : NULL;
	guint n = 0;
	for (guint i = 0; slot && i < feedback->n_blocks && n == 0; i++)
		if (slot_sent_lately (slot, feedback->blocks[i].highest_seq))
			feedback->blocks[n++] = feedback->blocks[i];
	feedback->n_blocks = n;
}

guint media_rtcp (Session *from, janus_plugin_rtcp *packet)
{
	Feedback feedback;
	atomic_store_explicit (&from->heard_us, curia_clock_us (), memory_order_relaxed);
	feedback_parse (&feedback, (const guint8 *) packet->buffer, packet->length);
	guint news = feedback.wants_keyframe && want_keyframes (from, packet) ? MEDIA_WANTS_KEYFRAME : 0;
	keep_slots_block (from, packet, &feedback);
	if (receipts_add (&from->receipts, &feedback, g_get_real_time ()))
		news |= MEDIA_RECEIVES_LESS;
	return news;
}
