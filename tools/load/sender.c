#include "config.h"
#include "tools/load/sender.h"

#include <string.h>
#include <time.h>

#include "tools/load/clock.h"
#include "tools/load/film.h"
#include "tools/load/voice.h"

#define PICTURE_US (G_USEC_PER_SEC / FILM_FPS)
#define PICTURE_TICKS (90000 / FILM_FPS)
#define KEYFRAME_APART_US 300000 /* browsers make no more, however many ask */
#define BEHIND_US 200000         /* who is late by more does not catch up */
#define VIDEO_REPORT_US G_USEC_PER_SEC
#define AUDIO_REPORT_US (5 * G_USEC_PER_SEC)

/* One RTP stream. */
typedef struct {
	RtpHeader header;
	char mid[SDP_MID_BYTES], rid[SDP_RID_BYTES];
	guint32 packets, octets;
	gint64 next_report_us;
} Stream;

typedef struct {
	Stream stream;
	Film film;
	Picture picture;
	guint next_piece;      /* of the picture, up to its number of packets */
	gint64 piece_us, piece_apart_us;
	gboolean was_sent;
	gboolean keyframe_wanted;
	gint64 keyframe_us;
} Layer;

#define DTX_FRAMES 20      /* 400 ms, as Opus does */
#define DTX_AFTER_FRAMES 10

struct Sender {
	gboolean audio, video;
	gboolean dtx;            /* in silence only a packet each DTX_MS, as browsers do when they are asked to (RFC 7587) */
	guint n_layers, pacing_us;
	const SenderControl *control;
	guint16 transport_seq;
	Voice voice;
	guint silent_frames;
	gint64 voice_us, picture_us;
	Stream microphone;
	Layer layers[SENDER_MAX_LAYERS];
};

/* ---- making ---- */

static guint32 random_ssrc (void)
{
	return 16 + (guint32) g_random_int () % 0x7fffffe0u;
}

static void stream_init (Stream *self, const SdpSection *ours, const SdpSection *answer, const char *rid)
{
	*self = (Stream) { .header = { .payload_type = ours->payload_type, .ssrc = random_ssrc (), .seq = g_random_int () & 0x7fff,
		.ts = g_random_int () } };
	if (!rid && ours->ssrc)
		self->header.ssrc = ours->ssrc;
	g_strlcpy (self->mid, ours->mid, sizeof self->mid);
	g_strlcpy (self->rid, rid ? rid : "", sizeof self->rid);
	for (int i = 0; i < EXT_N; i++)
		self->header.ids[i] = answer->ids[i] ? ours->ids[i] : 0;
	if (rid)
		self->header.ids[EXT_RID] = ours->ids[EXT_RID];
	else
		self->header.ids[EXT_RID] = 0;
}

static void add_camera (Sender *self, const SenderPlan *plan, const SdpSection *ours, const SdpSection *answer)
{
	self->n_layers = CLAMP (plan->n_layers, 1, SENDER_MAX_LAYERS);
	for (guint i = 0; i < self->n_layers; i++) {
		const SenderLayer *row = &plan->layers[i];
		guint scale = MAX (row->scale, 1);
		stream_init (&self->layers[i].stream, ours, answer, *row->rid ? row->rid : NULL);
		film_init (&self->layers[i].film, plan->width / scale, plan->height / scale, row->bitrate_bps, plan->temporal_layers,
			plan->seed + i);
		self->layers[i].keyframe_wanted = TRUE;
	}
}

Sender *sender_new (const SenderPlan *plan, const SenderControl *control, const Sdp *offer, const Sdp *answer, gint64 now_us)
{
	Sender *self = g_new0 (Sender, 1);
	self->control = control;
	self->pacing_us = plan->pacing_us;
	self->voice.random = plan->seed;
	for (guint i = 0; i < MIN (offer->n, answer->n); i++) {
		if (answer->sections[i].rejected || answer->sections[i].direction == SDP_INACTIVE)
			continue;
		if (offer->sections[i].video && plan->video) {
			self->video = TRUE;
			add_camera (self, plan, &offer->sections[i], &answer->sections[i]);
		} else if (!offer->sections[i].video && plan->audio) {
			self->audio = TRUE;
			self->dtx = answer->sections[i].dtx && !plan->no_dtx;
			stream_init (&self->microphone, &offer->sections[i], &answer->sections[i], NULL);
		}
	}
	/* Not all start their pictures at the same moment. */
	self->voice_us = now_us + plan->seed % (VOICE_MS * 1000);
	self->picture_us = now_us + plan->seed * 7919u % PICTURE_US;
	return self;
}

void sender_free (Sender *self)
{
	g_free (self);
}

/* ---- sending ---- */

/* Writes the header and stamps the payload that is behind it already; `room` is what the header was given. */
static void send_packet (Sender *self, Stream *stream, Wire *wire, const guint8 *payload, gsize bytes)
{
	guint64 now_ns = clock_ns ();
	guint8 *out = wire_buffer (wire);
	stream->header.mid = stream->mid;
	stream->header.rid = stream->rid;
	stream->header.transport_seq = self->transport_seq++;
	stream->header.abs_send_time = (now_ns / 1000 << 18) / 1000000 & 0xffffff;
	gsize at = rtp_write (out, &stream->header);
	memcpy (out + at, payload, bytes);
	stamp_write (out + at + bytes, now_ns);
	wire_push (wire, at + bytes, FALSE);
	stream->header.seq++;
	stream->packets++;
	stream->octets += bytes;
}

static void send_report (Stream *stream, gint64 now_us, gint64 apart_us, Wire *wire)
{
	if (now_us < stream->next_report_us || stream->packets == 0)
		return;
	struct timespec wall;
	clock_gettime (CLOCK_REALTIME, &wall);
	guint64 ntp = ((guint64) wall.tv_sec + 2208988800u) << 32 | ((guint64) wall.tv_nsec << 32) / 1000000000;
	guint8 *out = wire_buffer (wire);
	gsize bytes = rtcp_write_sr (out, 0, stream->header.ssrc, ntp, stream->header.ts, stream->packets, stream->octets);
	wire_push (wire, rtcp_write_sdes (out, bytes, stream->header.ssrc, "load"), TRUE);
	stream->next_report_us = now_us + apart_us;
}

static void run_voice (Sender *self, gint64 now_us, Wire *wire)
{
	guint8 payload[VOICE_MAX_BYTES];
	if (now_us - self->voice_us > BEHIND_US)
		self->voice_us = now_us;
	while (self->voice_us <= now_us) {
		gboolean speaking = g_atomic_int_get (&self->control->speaking);
		gsize bytes = voice_next (&self->voice, speaking, payload, &self->microphone.header.level);
		self->silent_frames = speaking ? 0 : self->silent_frames + 1;
		if (!self->dtx || self->silent_frames <= DTX_AFTER_FRAMES || self->silent_frames % DTX_FRAMES == 0)
			send_packet (self, &self->microphone, wire, payload, bytes);
		self->microphone.header.ts += VOICE_TICKS;
		self->voice_us += VOICE_MS * 1000;
	}
	send_report (&self->microphone, now_us, AUDIO_REPORT_US, wire);
}

static void send_piece (Sender *self, Layer *layer, Wire *wire)
{
	guint8 payload[RTP_MAX_BYTES];
	gsize bytes = film_write (&layer->film, &layer->picture, layer->next_piece++, payload);
	layer->stream.header.marker = layer->next_piece == layer->picture.packets;
	send_packet (self, &layer->stream, wire, payload, bytes);
	layer->piece_us += layer->piece_apart_us;
}

static gboolean keyframe_due (const Layer *layer, gint64 now_us)
{
	return !layer->was_sent || (layer->keyframe_wanted && now_us - layer->keyframe_us >= KEYFRAME_APART_US);
}

static void start_picture (Sender *self, Layer *layer, gboolean wanted, gint64 now_us, Wire *wire)
{
	while (layer->next_piece < layer->picture.packets)
		send_piece (self, layer, wire);
	layer->stream.header.ts += PICTURE_TICKS;
	if (!wanted) {
		layer->was_sent = FALSE;
		return;
	}
	gboolean key = keyframe_due (layer, now_us);
	if (key) {
		layer->keyframe_us = now_us;
		layer->keyframe_wanted = FALSE;
		COUNT_UP (wire_counters (wire)->keyframes_sent, 1);
	}
	layer->was_sent = TRUE;
	layer->picture = film_next (&layer->film, key);
	layer->next_piece = 0;
	layer->piece_us = now_us;
	layer->piece_apart_us = self->pacing_us / layer->picture.packets;
}

static void run_camera (Sender *self, gint64 now_us, Wire *wire)
{
	guint wanted = g_atomic_int_get (&self->control->layers);
	if (now_us - self->picture_us > BEHIND_US)
		self->picture_us = now_us;
	while (self->picture_us <= now_us) {
		for (guint i = 0; i < self->n_layers; i++)
			start_picture (self, &self->layers[i], wanted >> i & 1, now_us, wire);
		self->picture_us += PICTURE_US;
	}
	for (guint i = 0; i < self->n_layers; i++) {
		Layer *layer = &self->layers[i];
		while (layer->next_piece < layer->picture.packets && layer->piece_us <= now_us)
			send_piece (self, layer, wire);
		if (layer->was_sent)
			send_report (&layer->stream, now_us, VIDEO_REPORT_US, wire);
	}
}

gint64 sender_run (Sender *self, gint64 now_us, Wire *wire)
{
	gint64 next_us = G_MAXINT64;
	if (self->audio) {
		run_voice (self, now_us, wire);
		next_us = self->voice_us;
	}
	if (self->video) {
		run_camera (self, now_us, wire);
		next_us = MIN (next_us, self->picture_us);
		for (guint i = 0; i < self->n_layers; i++)
			if (self->layers[i].next_piece < self->layers[i].picture.packets)
				next_us = MIN (next_us, self->layers[i].piece_us);
	}
	return next_us;
}

/* ---- listening ---- */

static void want_keyframe (Sender *self, guint32 ssrc, Counters *counters)
{
	gboolean known = FALSE;
	COUNT_UP (counters->plis_received, 1);
	for (guint i = 0; i < self->n_layers; i++)
		known |= self->layers[i].stream.header.ssrc == ssrc;
	for (guint i = 0; i < self->n_layers; i++)
		if (!known || self->layers[i].stream.header.ssrc == ssrc)
			self->layers[i].keyframe_wanted = TRUE;
}

void sender_rtcp (Sender *self, const RtcpPart *part, Counters *counters)
{
	if (part->type == RTCP_PSFB && part->format == PSFB_PLI)
		want_keyframe (self, rtcp_word (part, 1), counters);
	else if (part->type == RTCP_PSFB && part->format == PSFB_FIR)
		want_keyframe (self, rtcp_word (part, 2), counters);
	else if (part->type == RTCP_RTPFB && part->format == RTPFB_NACK)
		COUNT_UP (counters->nacks_received, 1);
}
