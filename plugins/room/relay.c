#include "config.h"
#include "plugins/room/relay.h"

#include <string.h>

#include "plugins/room/host.h"
#include "plugins/room/settings.h"

/* The payload type of Opus in it is set for each slot. */
static void fill_red (Relay *self, const guint8 *payload)
{
	const RtpPacket *rtp = &self->packet.rtp;
	RedHistory *history = &self->track->red;
	self->red_bytes = red_write (history, 0, rtp->seq, rtp->ts, payload, rtp->payload_bytes, self->red + RTP_HEADER_BYTES);
	red_remember (history, rtp->seq, rtp->ts, payload, rtp->payload_bytes);
}

void relay_fill (Relay *self, Track *track, const SlotPacket *packet, const janus_plugin_rtp *original)
{
	const guint8 *payload = (const guint8 *) original->buffer + packet->rtp.payload_at;
	self->packet = *packet;
	self->track = track;
	self->plain_bytes = packet->rtp.payload_bytes;
	self->red_bytes = 0;
	memcpy (self->plain + RTP_HEADER_BYTES, payload, self->plain_bytes);
	janus_plugin_rtp_reset (&self->out);
	self->out.video = original->video;
	self->out.extensions.video_rotation = original->extensions.video_rotation;
	self->out.extensions.video_back_camera = original->extensions.video_back_camera;
	self->out.extensions.video_flipped = original->extensions.video_flipped;
	if (!original->video && settings.audio_red)
		fill_red (self, payload);
}

void relay_to (Relay *self, Slot *slot)
{
	RtpPacket rtp;
	Vp8Descriptor vp8;
	if (!slot_take (slot, &self->packet, &rtp, &vp8))
		return;
	gboolean red = self->red_bytes > 0 && slot->red_type && g_atomic_int_get (&slot->red);
	guint8 *bytes = red ? self->red : self->plain;
	if (red) {
		rtp.payload_type = slot->red_type;
		red_set_type (bytes + RTP_HEADER_BYTES, self->red_bytes, slot->payload_type);
	}
	rtp_write_header (bytes, &rtp);
	if (self->packet.has_vp8)
		descriptor_vp8_write (bytes + RTP_HEADER_BYTES, &vp8);
	self->out.buffer = (char *) bytes;
	self->out.length = RTP_HEADER_BYTES + (red ? self->red_bytes : self->plain_bytes);
	self->out.mindex = slot->mindex;
	host.core->relay_rtp (slot->session->handle, &self->out);
}

void relay_to_all (Relay *self)
{
	g_autoptr (Fanout) fanout = layer_fanout (&self->track->layers[self->packet.layer]);
	for (guint i = 0; i < fanout->n; i++)
		relay_to (self, fanout->slots[i]);
}
