#include "plugins/room/rtp.h"

#define VERSION 2

static guint16 read16 (const guint8 *at)
{
	return (guint16) (at[0] << 8 | at[1]);
}

static guint32 read32 (const guint8 *at)
{
	return (guint32) read16 (at) << 16 | read16 (at + 2);
}

static void write16 (guint8 *at, guint16 value)
{
	at[0] = value >> 8;
	at[1] = value & 0xff;
}

static void write32 (guint8 *at, guint32 value)
{
	write16 (at, value >> 16);
	write16 (at + 2, value & 0xffff);
}

/* Where the payload begins, 0 when the packet is too short for its own counts. */
static gsize payload_start (const guint8 *packet, gsize bytes)
{
	gsize at = RTP_HEADER_BYTES + 4 * (gsize) (packet[0] & 0x0f);
	if (packet[0] & 0x10) {
		if (bytes < at + 4)
			return 0;
		at += 4 + 4 * (gsize) read16 (packet + at + 2);
	}
	return at <= bytes ? at : 0;
}

gboolean rtp_parse (const guint8 *packet, gsize bytes, RtpPacket *p)
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

#define ONE_BYTE_PROFILE 0xbede
#define TWO_BYTE_PROFILE 0x100 /* its upper 12 bits */

/* One element at *at: its id and the place of its value; padding has id 0. FALSE at the end. */
static gboolean next_element (const guint8 *block, gsize bytes, gboolean two_byte, gsize *at, guint8 *id, gsize *length)
{
	if (*at >= bytes)
		return FALSE;
	guint8 head = block[(*at)++];
	*id = two_byte ? head : head >> 4;
	*length = 0;
	if (*id == 0)
		return TRUE;
	if (two_byte && *at >= bytes)
		return FALSE;
	*length = two_byte ? block[(*at)++] : (head & 0x0f) + 1u;
	return *id != (two_byte ? 0 : 15) && *length <= bytes - *at;
}

gsize rtp_find_extension (const guint8 *packet, gsize bytes, guint8 wanted, const guint8 **value)
{
	gsize begin = RTP_HEADER_BYTES + 4 * (gsize) (packet[0] & 0x0f), end = payload_start (packet, bytes);
	if (!(packet[0] & 0x10) || end == 0 || wanted == 0)
		return 0;
	guint16 profile = read16 (packet + begin);
	gboolean two_byte = profile >> 4 == TWO_BYTE_PROFILE;
	if (!two_byte && profile != ONE_BYTE_PROFILE)
		return 0;
	const guint8 *block = packet + begin + 4;
	guint8 id;
	gsize length;
	for (gsize at = 0; next_element (block, end - begin - 4, two_byte, &at, &id, &length); at += length)
		if (id == wanted) {
			*value = block + at;
			return length;
		}
	return 0;
}

void rtp_write_header (guint8 *header, const RtpPacket *p)
{
	header[0] = VERSION << 6;
	header[1] = (guint8) ((p->marker ? 0x80 : 0) | (p->payload_type & 0x7f));
	write16 (header + 2, p->seq);
	write32 (header + 4, p->ts);
	write32 (header + 8, p->ssrc);
}
