#include "config.h"
#include "tools/load/receiver.h"

#include <string.h>

#include "tools/load/film.h"
#include "tools/load/missing.h"
#include "tools/load/rtp.h"

#define OUR_SSRC 1               /* browsers that only receive report as 1 */
#define VIDEO_REPORT_US G_USEC_PER_SEC
#define AUDIO_REPORT_US (5 * G_USEC_PER_SEC)
#define FIRST_REPORT_US 100000
#define REMB_US G_USEC_PER_SEC
#define PLI_APART_US 500000
#define KEYFRAME_PATIENCE_US 300000 /* the first picture may be a keyframe on its way */
#define STALL_US G_USEC_PER_SEC

typedef struct {
	gboolean video, started;
	guint32 ssrc, repair_ssrc;
	Missing missing;
	gboolean needs_key;
	guint height;                 /* of the last keyframe */
	gint64 first_us, last_us, pli_us, next_report_us;
	guint32 first_seq, received, expected_before, received_before;
	guint32 last_transit, jitter; /* ticks; jitter times 16 */
	guint32 last_sr;
	gint64 last_sr_us;
} Stream;

struct Receiver {
	ReceiverPlan plan;
	guint32 random;
	guint64 packets; /* atomic */
	gint64 next_remb_us;
	guint n, table_mask;
	Stream *streams;
	struct { guint32 ssrc; guint16 stream; gboolean repair; } *table; /* open addressing, at most half full */
};

/* ---- making ---- */

static guint find_place (const Receiver *self, guint32 ssrc)
{
	guint at = (ssrc * 2654435761u >> 16) & self->table_mask;
	while (self->table[at].ssrc && self->table[at].ssrc != ssrc)
		at = (at + 1) & self->table_mask;
	return at;
}

static void enter (Receiver *self, guint32 ssrc, guint stream, gboolean repair)
{
	if (!ssrc)
		return;
	guint at = find_place (self, ssrc);
	self->table[at].ssrc = ssrc;
	self->table[at].stream = stream;
	self->table[at].repair = repair;
}

Receiver *receiver_new (const ReceiverPlan *plan, const Sdp *remote, gint64 now_us)
{
	Receiver *self = g_new0 (Receiver, 1);
	guint room = 4;
	while (room < remote->n * 4)
		room *= 2;
	*self = (Receiver) { .plan = *plan, .random = plan->seed, .table_mask = room - 1, .next_remb_us = now_us + REMB_US / 5 };
	self->streams = g_new0 (Stream, MAX (remote->n, 1));
	self->table = g_malloc0_n (room, sizeof *self->table);
	for (guint i = 0; i < remote->n; i++) {
		const SdpSection *section = &remote->sections[i];
		if (section->rejected || section->direction == SDP_RECVONLY || section->direction == SDP_INACTIVE || !section->ssrc)
			continue;
		self->streams[self->n] = (Stream) { .video = section->video, .ssrc = section->ssrc, .repair_ssrc = section->repair_ssrc };
		enter (self, section->ssrc, self->n, FALSE);
		enter (self, section->repair_ssrc, self->n, TRUE);
		self->n++;
	}
	return self;
}

void receiver_free (Receiver *self)
{
	g_free (self->streams);
	g_free (self->table);
	g_free (self);
}

guint64 receiver_packets (const Receiver *self)
{
	return COUNT_READ (self->packets);
}

gboolean receiver_loses (Receiver *self)
{
	if (self->plan.loss <= 0)
		return FALSE;
	self->random = self->random * 1664525 + 1013904223;
	return (self->random >> 8) < self->plan.loss * (1 << 24);
}

/* ---- packets ---- */

static void start (Stream *stream, guint16 seq, gint64 now_us)
{
	if (stream->started)
		return;
	stream->started = TRUE;
	stream->needs_key = stream->video;
	stream->first_us = stream->last_us = now_us;
	stream->first_seq = seq;
	stream->next_report_us = now_us + FIRST_REPORT_US;
}

/* RFC 3550 appendix A.8. */
static void take_jitter (Stream *stream, guint32 ts, gint64 now_us)
{
	guint32 transit = (guint32) (now_us * (stream->video ? 9 : 48) / (stream->video ? 100 : 1000)) - ts;
	gint32 change = (gint32) (transit - stream->last_transit);
	stream->last_transit = transit;
	change = MIN (ABS (change), 1 << 20);
	stream->jitter += change - ((stream->jitter + 8) >> 4);
}

static void take_video (Stream *stream, const guint8 *payload, gsize bytes, gboolean marker, Counters *counters)
{
	FilmPiece piece;
	if (!film_read (payload, bytes, &piece))
		return;
	if (piece.key) {
		stream->needs_key = FALSE;
		stream->height = piece.height ? piece.height : stream->height;
		COUNT_UP (counters->keyframes_received, 1);
	}
	if (marker)
		COUNT_UP (counters->pictures_received, 1);
	if (stream->height > 400)
		COUNT_UP (counters->high_packets, 1);
	else if (stream->height > 200)
		COUNT_UP (counters->middle_packets, 1);
	else
		COUNT_UP (counters->low_packets, 1);
}

static void take_delay (const guint8 *payload, gsize bytes, guint64 arrival_ns, Counters *counters, Histogram *delay)
{
	guint64 sent_ns;
	if (!stamp_read (payload, bytes, &sent_ns))
		return;
	COUNT_UP (counters->stamps_read, 1);
	histogram_add (delay, arrival_ns > sent_ns ? (arrival_ns - sent_ns) / 1000 : 0);
}

static void take_order (Stream *stream, guint16 seq, Counters *counters)
{
	guint passed_over;
	switch (missing_take (&stream->missing, seq, &passed_over)) {
	case MISSING_IN_ORDER:
		if (passed_over)
			COUNT_UP (counters->missing_packets, passed_over);
		break;
	case MISSING_RECOVERED:
		COUNT_UP (counters->recovered_packets, 1);
		break;
	case MISSING_LATE:
		COUNT_UP (counters->late_packets, 1);
		break;
	}
	stream->received++;
}

static void take_media (Stream *stream, const RtpPacket *packet, const guint8 *data, gsize bytes, guint64 arrival_ns,
	Counters *counters, Histogram *delay)
{
	gint64 now_us = arrival_ns / 1000;
	const guint8 *payload = data + packet->payload_at;
	start (stream, packet->seq, now_us);
	take_order (stream, packet->seq, counters);
	if (packet->payload_bytes == 0) {
		COUNT_UP (counters->padding_packets, 1);
		return;
	}
	take_jitter (stream, packet->ts, now_us);
	take_delay (payload, packet->payload_bytes, arrival_ns, counters, delay);
	if (stream->video) {
		COUNT_UP (counters->video_packets, 1);
		COUNT_UP (counters->video_bytes, bytes);
		if (now_us - stream->last_us >= STALL_US)
			COUNT_UP (counters->stalls, 1);
		take_video (stream, payload, packet->payload_bytes, packet->marker, counters);
	} else {
		COUNT_UP (counters->audio_packets, 1);
		COUNT_UP (counters->audio_bytes, bytes);
	}
	stream->last_us = now_us;
}

/* RFC 4588: the number it had comes first. Its delay is not what we measure. */
static void take_repair (Stream *stream, const RtpPacket *packet, const guint8 *data, Counters *counters)
{
	const guint8 *payload = data + packet->payload_at;
	COUNT_UP (counters->repair_packets, 1);
	if (packet->payload_bytes < 3 || !stream->started)
		return;
	take_order (stream, payload[0] << 8 | payload[1], counters);
	take_video (stream, payload + 2, packet->payload_bytes - 2, packet->marker, counters);
}

void receiver_take (Receiver *self, const guint8 *data, gsize bytes, guint64 arrival_ns, Counters *counters, Histogram *delay)
{
	RtpPacket packet;
	guint at;
	if (!rtp_read (data, bytes, &packet) || !packet.ssrc || self->table[at = find_place (self, packet.ssrc)].ssrc == 0) {
		COUNT_UP (counters->stray_packets, 1);
		return;
	}
	COUNT_UP (self->packets, 1);
	Stream *stream = &self->streams[self->table[at].stream];
	if (self->table[at].repair)
		take_repair (stream, &packet, data, counters);
	else
		take_media (stream, &packet, data, bytes, arrival_ns, counters, delay);
}

void receiver_rtcp (Receiver *self, const RtcpPart *part, gint64 now_us)
{
	if (part->type != RTCP_SR)
		return;
	guint at = find_place (self, rtcp_word (part, 0));
	if (self->table[at].ssrc == 0 || self->table[at].repair)
		return;
	Stream *stream = &self->streams[self->table[at].stream];
	stream->last_sr = rtcp_word (part, 1) << 16 | rtcp_word (part, 2) >> 16;
	stream->last_sr_us = now_us;
}

/* ---- feedback ---- */

static gsize write_report (Stream *stream, gint64 now_us, guint8 *out)
{
	guint32 highest = missing_highest (&stream->missing);
	guint32 expected = highest - stream->first_seq + 1;
	guint32 lately = expected - stream->expected_before, got = stream->received - stream->received_before;
	guint64 since_sr = stream->last_sr ? (guint64) (now_us - stream->last_sr_us) * 65536 / G_USEC_PER_SEC : 0;
	ReportBlock block = { .ssrc = stream->ssrc, .highest = highest, .jitter = stream->jitter >> 4, .last_sr = stream->last_sr,
		.since_sr = since_sr, .lost = (gint32) (expected - stream->received),
		.fraction_lost = lately > got && lately < 1u << 20 ? MIN ((lately - got) * 256 / lately, 255) : 0 };
	stream->expected_before = expected;
	stream->received_before = stream->received;
	return rtcp_write_rr (out, 0, OUR_SSRC, &block);
}

/* The block without a new beginning for the share of losses: for what only needs a report in front. */
static gsize write_prelude (const Stream *stream, gint64 now_us, guint8 *out)
{
	Stream copy = *stream;
	return write_report (&copy, now_us, out);
}

static void send_nacks (Stream *stream, gint64 now_us, Wire *wire)
{
	guint16 seqs[MISSING_MAX];
	gboolean given_up;
	guint n = missing_due (&stream->missing, now_us, seqs, MISSING_MAX, &given_up), written = 0;
	stream->needs_key |= given_up;
	if (n == 0)
		return;
	guint8 *out = wire_buffer (wire);
	gsize bytes = write_prelude (stream, now_us, out);
	wire_push (wire, rtcp_write_nack (out, bytes, OUR_SSRC, stream->ssrc, seqs, n, &written), TRUE);
	COUNT_UP (wire_counters (wire)->nacks_sent, 1);
	COUNT_UP (wire_counters (wire)->nacked_packets, written);
}

static void send_pli (Stream *stream, gint64 now_us, Wire *wire)
{
	guint8 *out = wire_buffer (wire);
	gsize bytes = write_prelude (stream, now_us, out);
	wire_push (wire, rtcp_write_pli (out, bytes, OUR_SSRC, stream->ssrc), TRUE);
	stream->pli_us = now_us;
	COUNT_UP (wire_counters (wire)->plis_sent, 1);
}

static void run_stream (Stream *stream, gint64 now_us, Wire *wire)
{
	if (now_us >= stream->next_report_us) {
		guint8 *out = wire_buffer (wire);
		wire_push (wire, write_report (stream, now_us, out), TRUE);
		stream->next_report_us = now_us + (stream->video ? VIDEO_REPORT_US : AUDIO_REPORT_US);
	}
	if (!stream->video)
		return;
	if (stream->missing.n)
		send_nacks (stream, now_us, wire);
	if (stream->needs_key && now_us - stream->first_us > KEYFRAME_PATIENCE_US && now_us - stream->pli_us > PLI_APART_US)
		send_pli (stream, now_us, wire);
}

static void send_remb (Receiver *self, gint64 now_us, Wire *wire)
{
	guint32 ssrcs[64];
	guint n = 0;
	Stream *first = NULL;
	for (guint i = 0; i < self->n && n < G_N_ELEMENTS (ssrcs); i++)
		if (self->streams[i].video && self->streams[i].started) {
			ssrcs[n++] = self->streams[i].ssrc;
			first = first ? first : &self->streams[i];
		}
	self->next_remb_us = now_us + REMB_US;
	if (!first)
		return;
	guint8 *out = wire_buffer (wire);
	gsize bytes = write_prelude (first, now_us, out);
	wire_push (wire, rtcp_write_remb (out, bytes, OUR_SSRC, self->plan.bandwidth_bps, ssrcs, n), TRUE);
}

void receiver_run (Receiver *self, gint64 now_us, Wire *wire)
{
	for (guint i = 0; i < self->n; i++)
		if (self->streams[i].started)
			run_stream (&self->streams[i], now_us, wire);
	if (self->plan.bandwidth_bps && now_us >= self->next_remb_us)
		send_remb (self, now_us, wire);
}
