/* rtp.h: finds the payload in an RTP packet and writes headers (RFC 3550 section 5.1, RFC 8285 extension skipped).
 * Thread: any; no state. Ownership: none taken; an RtpPacket holds offsets into the caller's buffer. */
#ifndef ROOM_RTP_H
#define ROOM_RTP_H

#include <glib.h>

#define RTP_HEADER_BYTES 12
#define RTP_SENT_OVERHEAD_BYTES 28 /* header and the core's extensions: what a receiver's estimate counts beside the payload */

typedef struct RtpPacket {
	gboolean marker;
	guint8 payload_type;	/* 0 to 127 */
	guint16 seq;
	guint32 ts;		/* in the codec's clock */
	guint32 ssrc;
	gsize payload_at;	/* bytes from the packet's start: after CSRCs and extension, so at least RTP_HEADER_BYTES */
	gsize payload_bytes;	/* without padding; 0 for a packet of padding only */
} RtpPacket;

/* FALSE, with *p unspecified, when this is not version 2 or a count in it points outside of the packet. [any] */
gboolean rtp_parse (const guint8 *packet, gsize bytes, RtpPacket *p);

/* Finds a header extension by its id (RFC 8285, one-byte and two-byte form) in a packet that rtp_parse took. Returns its
 * length and sets *value, which points into the packet; 0 when it is not there. [any] */
gsize rtp_find_extension (const guint8 *packet, gsize bytes, guint8 id, const guint8 **value);

/* Writes a plain header (no CSRC, extension, padding) from p's fields into RTP_HEADER_BYTES at `header`. A forwarder can
 * write it at packet + p->payload_at - RTP_HEADER_BYTES and send header and payload from there without a copy: Janus
 * cuts out extensions but leaves the CSRC count, so only such plain headers are safe to relay. [any] */
void rtp_write_header (guint8 *header, const RtpPacket *p);

#endif
