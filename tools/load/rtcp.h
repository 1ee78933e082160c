/* rtcp.h: the reports and requests that browsers send (RFC 3550, 4585, 5104, draft-alvestrand-rmcat-remb), and those we read.
 * Thread: any, pure. Ownership: reads and writes the caller's buffers; `out` has room for RTCP_MAX_BYTES in all. */
#ifndef LOAD_RTCP_H
#define LOAD_RTCP_H

#include <glib.h>

#define RTCP_MAX_BYTES 1200
#define RTCP_MAX_NACKS 253 /* pairs of packet id and mask in one message */

enum { RTCP_SR = 200, RTCP_RR = 201, RTCP_SDES = 202, RTCP_BYE = 203, RTCP_RTPFB = 205, RTCP_PSFB = 206 };
enum { RTPFB_NACK = 1, RTPFB_TRANSPORT_CC = 15, PSFB_PLI = 1, PSFB_FIR = 4, PSFB_AFB = 15 };

typedef struct {
	guint32 ssrc;
	guint8 fraction_lost;
	gint32 lost;
	guint32 highest;
	guint32 jitter;
	guint32 last_sr, since_sr; /* middle 32 bits of the SR's NTP time; 1/65536 s since it came */
} ReportBlock;

/* Each appends a packet at out + bytes and gives the new number of bytes. */
gsize rtcp_write_rr (guint8 *out, gsize bytes, guint32 sender, const ReportBlock *block);
gsize rtcp_write_sr (guint8 *out, gsize bytes, guint32 ssrc, guint64 ntp, guint32 ts, guint32 packets, guint32 octets);
gsize rtcp_write_sdes (guint8 *out, gsize bytes, guint32 ssrc, const char *cname);
gsize rtcp_write_pli (guint8 *out, gsize bytes, guint32 sender, guint32 media);
gsize rtcp_write_remb (guint8 *out, gsize bytes, guint32 sender, guint64 bitrate_bps, const guint32 *ssrcs, guint n);
/* seqs must be in order; gives how many of them found room in *written. */
gsize rtcp_write_nack (guint8 *out, gsize bytes, guint32 sender, guint32 media, const guint16 *seqs, guint n, guint *written);

/* One packet of a compound. */
typedef struct {
	guint8 type, format;
	const guint8 *body; /* after the first four bytes */
	gsize bytes;
} RtcpPart;

/* Gives the next part after *at; FALSE at the end or where it is damaged. */
gboolean rtcp_next (const guint8 *data, gsize bytes, gsize *at, RtcpPart *part);
/* A 32-bit word of a part's body, 0 outside of it. */
guint32 rtcp_word (const RtcpPart *part, guint index);

#endif
