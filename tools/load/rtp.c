#include "config.h"
#include "tools/load/rtp.h"

#include <string.h>

static const guint8 stamp_mark[4] = { 0xc0, 0x10, 0xad, 0x5e };

const char *const extension_uris[EXT_N] = {
	[EXT_MID] = "urn:ietf:params:rtp-hdrext:sdes:mid",
	[EXT_RID] = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
	[EXT_LEVEL] = "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
	[EXT_ABS_SEND_TIME] = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
	[EXT_TRANSPORT_CC] = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
};

/* One element of one-byte header extensions (RFC 8285). */
static guint8 *put_element (guint8 *at, guint8 id, const void *value, gsize bytes)
{
	*at++ = id << 4 | (bytes - 1);
	memcpy (at, value, bytes);
	return at + bytes;
}

static guint8 *put_text (guint8 *at, guint8 id, const char *text)
{
	gsize bytes = text ? strnlen (text, 15) : 0;
	return id && bytes ? put_element (at, id, text, bytes) : at;
}

static guint8 *put_extensions (guint8 *at, const RtpHeader *header)
{
	at = put_text (at, header->ids[EXT_MID], header->mid);
	at = put_text (at, header->ids[EXT_RID], header->rid);
	if (header->ids[EXT_LEVEL])
		at = put_element (at, header->ids[EXT_LEVEL], &header->level, 1);
	if (header->ids[EXT_ABS_SEND_TIME]) {
		guint32 time = header->abs_send_time;
		at = put_element (at, header->ids[EXT_ABS_SEND_TIME], (guint8[]) { time >> 16, time >> 8, time }, 3);
	}
	if (header->ids[EXT_TRANSPORT_CC])
		at = put_element (at, header->ids[EXT_TRANSPORT_CC], (guint8[]) { header->transport_seq >> 8, header->transport_seq }, 2);
	return at;
}

gsize rtp_write (guint8 *out, const RtpHeader *header)
{
	guint32 ts = g_htonl (header->ts), ssrc = g_htonl (header->ssrc);
	guint16 seq = g_htons (header->seq);
	out[0] = 0x80;
	out[1] = (header->marker ? 0x80 : 0) | header->payload_type;
	memcpy (out + 2, &seq, 2);
	memcpy (out + 4, &ts, 4);
	memcpy (out + 8, &ssrc, 4);
	guint8 *end = put_extensions (out + 16, header);
	if (end == out + 16)
		return 12;
	while ((end - out) % 4)
		*end++ = 0;
	out[0] |= 0x10;
	out[12] = 0xbe;
	out[13] = 0xde;
	out[14] = 0;
	out[15] = (end - out - 16) / 4;
	return end - out;
}

gboolean rtp_read (const guint8 *data, gsize bytes, RtpPacket *packet)
{
	if (bytes < 12 || data[0] >> 6 != 2)
		return FALSE;
	gsize at = 12 + (data[0] & 15) * 4, padding = 0;
	if (data[0] & 0x10) {
		if (at + 4 > bytes)
			return FALSE;
		at += 4 + (data[at + 2] << 8 | data[at + 3]) * 4;
	}
	if (at > bytes)
		return FALSE;
	if (data[0] & 0x20) {
		padding = data[bytes - 1];
		if (padding == 0 || padding > bytes - at)
			return FALSE;
	}
	*packet = (RtpPacket) {
		.marker = data[1] >> 7, .payload_type = data[1] & 127, .seq = data[2] << 8 | data[3],
		.ts = (guint32) data[4] << 24 | data[5] << 16 | data[6] << 8 | data[7],
		.ssrc = (guint32) data[8] << 24 | data[9] << 16 | data[10] << 8 | data[11],
		.payload_at = at, .payload_bytes = bytes - at - padding,
	};
	return TRUE;
}

void stamp_write (guint8 *end, guint64 now_ns)
{
	guint64 value = GUINT64_TO_BE (now_ns);
	memcpy (end - STAMP_BYTES, stamp_mark, 4);
	memcpy (end - 8, &value, 8);
}

gboolean stamp_read (const guint8 *payload, gsize bytes, guint64 *sent_ns)
{
	if (bytes < STAMP_BYTES || memcmp (payload + bytes - STAMP_BYTES, stamp_mark, 4) != 0)
		return FALSE;
	memcpy (sent_ns, payload + bytes - 8, 8);
	*sent_ns = GUINT64_FROM_BE (*sent_ns);
	return TRUE;
}
