#include "plugins/room/rtp.h"

#define VERSION 2

static guint16
read16 (const guint8 *at)
{
	return (guint16) (at[0] << 8 | at[1]);
}

static guint32
read32 (const guint8 *at)
{
	return (guint32) read16 (at) << 16 | read16 (at + 2);
}

static void
write16 (guint8 *at, guint16 value)
{
	at[0] = value >> 8;
	at[1] = value & 0xff;
}

static void
write32 (guint8 *at, guint32 value)
{
	write16 (at, value >> 16);
	write16 (at + 2, value & 0xffff);
}

/* Where the payload begins, 0 when the packet is too short for its own counts. */
static gsize
payload_start (const guint8 *packet, gsize bytes)
{
	gsize at = RTP_HEADER_BYTES + 4 * (gsize) (packet[0] & 0x0f);
	if (packet[0] & 0x10) {
		if (bytes < at + 4)
			return 0;
		at += 4 + 4 * (gsize) read16 (packet + at + 2);
	}
	return at <= bytes ? at : 0;
}

gboolean
rtp_parse (const guint8 *packet, gsize bytes, RtpPacket *p)
{
	if (bytes < RTP_HEADER_BYTES || packet[0] >> 6 != VERSION)
		return FALSE;
	gsize at = payload_start (packet, bytes);
	if (at == 0)
		return FALSE;
	gsize padding = 0;
	if (packet[0] & 0x20) {
		padding = packet[bytes - 1];
		if (padding == 0 || padding > bytes - at)
			return FALSE;
	}
	*p = (RtpPacket) {
		.marker = packet[1] >> 7,
		.payload_type = packet[1] & 0x7f,
		.seq = read16 (packet + 2),
		.ts = read32 (packet + 4),
		.ssrc = read32 (packet + 8),
		.payload_at = at,
		.payload_bytes = bytes - at - padding,
	};
	return TRUE;
}

void
rtp_write_header (guint8 *header, const RtpPacket *p)
{
	header[0] = VERSION << 6;
	header[1] = (guint8) ((p->marker ? 0x80 : 0) | (p->payload_type & 0x7f));
	write16 (header + 2, p->seq);
	write32 (header + 4, p->ts);
	write32 (header + 8, p->ssrc);
}
