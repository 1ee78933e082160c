/* rtp.h: RTP headers as we write and read them, and the time of sending at the end of each payload.
 * Thread: any, pure. Ownership: reads and writes the caller's buffers. */
#ifndef LOAD_RTP_H
#define LOAD_RTP_H

#include <glib.h>

#define RTP_MAX_BYTES 1500
#define RTP_MAX_PAYLOAD 1150 /* of video, as browsers cut it */
#define STAMP_BYTES 12       /* a mark of four bytes and nanoseconds of CLOCK_MONOTONIC */

/* Header extensions by what they carry. */
typedef enum { EXT_MID, EXT_RID, EXT_LEVEL, EXT_ABS_SEND_TIME, EXT_TRANSPORT_CC, EXT_N } Extension;

extern const char *const extension_uris[EXT_N];

/* What a packet's header says; ids of 0 leave an extension out. */
typedef struct {
	gboolean marker;
	guint8 payload_type;
	guint16 seq;
	guint32 ts, ssrc;
	guint8 ids[EXT_N];
	const char *mid, *rid;
	guint8 level;         /* EXT_LEVEL: -dBov, 0 to 127, with 0x80 for voice */
	guint32 abs_send_time; /* 24 bits: 6.18 fixed point seconds */
	guint16 transport_seq;
} RtpHeader;

/* Writes the header; gives its length. The buffer has RTP_MAX_BYTES. */
gsize rtp_write (guint8 *out, const RtpHeader *header);

/* Where the payload of a packet is, without CSRCs, extensions and padding; FALSE when damaged. */
typedef struct {
	gboolean marker;
	guint8 payload_type;
	guint16 seq;
	guint32 ts, ssrc;
	gsize payload_at, payload_bytes;
} RtpPacket;

gboolean rtp_read (const guint8 *data, gsize bytes, RtpPacket *packet);

/* Puts the time into the last STAMP_BYTES before `end`. */
void stamp_write (guint8 *end, guint64 now_ns);
/* Reads it; FALSE when these are no bytes of ours. */
gboolean stamp_read (const guint8 *payload, gsize bytes, guint64 *sent_ns);

#endif
