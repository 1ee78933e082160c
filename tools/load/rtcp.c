#include "config.h"
#include "tools/load/rtcp.h"

#include <string.h>

static guint8 *put32 (guint8 *at, guint32 value)
{
	value = g_htonl (value);
	memcpy (at, &value, 4);
	return at + 4;
}

/* Writes the first four bytes; `words` counts all that follow. */
static guint8 *put_head (guint8 *at, guint count, guint type, guint words)
{
	return put32 (at, 2u << 30 | count << 24 | type << 16 | words);
}

gsize rtcp_write_rr (guint8 *out, gsize bytes, guint32 sender, const ReportBlock *block)
{
	guint8 *at = put_head (out + bytes, block ? 1 : 0, RTCP_RR, block ? 7 : 1);
	at = put32 (at, sender);
	if (block) {
		at = put32 (at, block->ssrc);
		at = put32 (at, (guint32) block->fraction_lost << 24 | (CLAMP (block->lost, -0x800000, 0x7fffff) & 0xffffff));
		at = put32 (at, block->highest);
		at = put32 (at, block->jitter);
		at = put32 (at, block->last_sr);
		at = put32 (at, block->since_sr);
	}
	return at - out;
}

gsize rtcp_write_sr (guint8 *out, gsize bytes, guint32 ssrc, guint64 ntp, guint32 ts, guint32 packets, guint32 octets)
{
	guint8 *at = put_head (out + bytes, 0, RTCP_SR, 6);
	at = put32 (at, ssrc);
	at = put32 (at, ntp >> 32);
	at = put32 (at, ntp);
	at = put32 (at, ts);
	at = put32 (at, packets);
	at = put32 (at, octets);
	return at - out;
}

gsize rtcp_write_sdes (guint8 *out, gsize bytes, guint32 ssrc, const char *cname)
{
	gsize length = strnlen (cname, 64);
	gsize padded = (2 + length + 1 + 3) & ~(gsize) 3;
	guint8 *at = put_head (out + bytes, 1, RTCP_SDES, 1 + padded / 4);
	at = put32 (at, ssrc);
	memset (at, 0, padded);
	at[0] = 1;
	at[1] = length;
	memcpy (at + 2, cname, length);
	return at + padded - out;
}

gsize rtcp_write_pli (guint8 *out, gsize bytes, guint32 sender, guint32 media)
{
	guint8 *at = put_head (out + bytes, PSFB_PLI, RTCP_PSFB, 2);
	at = put32 (at, sender);
	return put32 (at, media) - out;
}

gsize rtcp_write_remb (guint8 *out, gsize bytes, guint32 sender, guint64 bitrate_bps, const guint32 *ssrcs, guint n)
{
	guint exponent = 0;
	n = MIN (n, 64);
	while (bitrate_bps >> exponent > 0x3ffff)
		exponent++;
	guint8 *at = put_head (out + bytes, PSFB_AFB, RTCP_PSFB, 4 + n);
	at = put32 (at, sender);
	at = put32 (at, 0);
	memcpy (at, "REMB", 4);
	at = put32 (at + 4, n << 24 | exponent << 18 | (guint32) (bitrate_bps >> exponent));
	for (guint i = 0; i < n; i++)
		at = put32 (at, ssrcs[i]);
	return at - out;
}

gsize rtcp_write_nack (guint8 *out, gsize bytes, guint32 sender, guint32 media, const guint16 *seqs, guint n, guint *written)
{
	guint8 *start = out + bytes, *at = start + 12;
	guint pairs = 0, i = 0;
	while (i < n && pairs < RTCP_MAX_NACKS && at + 4 <= out + RTCP_MAX_BYTES) {
		guint16 first = seqs[i++], mask = 0;
		for (; i < n && (guint16) (seqs[i] - first) <= 16 && seqs[i] != first; i++)
			mask |= 1 << ((guint16) (seqs[i] - first) - 1);
		at = put32 (at, (guint32) first << 16 | mask);
		pairs++;
	}
	*written = i;
	put_head (start, RTPFB_NACK, RTCP_RTPFB, 2 + pairs);
	put32 (start + 4, sender);
	put32 (start + 8, media);
	return at - out;
}

gboolean rtcp_next (const guint8 *data, gsize bytes, gsize *at, RtcpPart *part)
{
	if (*at + 4 > bytes || data[*at] >> 6 != 2)
		return FALSE;
	gsize length = ((data[*at + 2] << 8 | data[*at + 3]) + 1) * 4;
	if (*at + length > bytes)
		return FALSE;
	*part = (RtcpPart) { .type = data[*at + 1], .format = data[*at] & 31, .body = data + *at + 4, .bytes = length - 4 };
	*at += length;
	return TRUE;
}

guint32 rtcp_word (const RtcpPart *part, guint index)
{
	guint32 value = 0;
	if ((index + 1) * 4 <= part->bytes)
		memcpy (&value, part->body + index * 4, 4);
	return g_ntohl (value);
}
