/* red.h: repeats the last audio frames in each packet (RFC 2198), so that single losses are never heard.
 * Thread: [media] of the publisher. Ownership: plain structs inside the track, no pointers.
 *
 * The publisher sends plain Opus; the server adds the redundancy, and only for viewers who lose packets. */
#ifndef ROOM_RED_H
#define ROOM_RED_H

#include <glib.h>

#define RED_DISTANCE 2			/* frames repeated */
#define RED_MAX_FRAME_BYTES 400		/* longer ones are not repeated */
#define RED_MAX_BYTES 1200		/* of a packet's payload */
#define RED_MAX_OFFSET 0x3fff		/* 14 bits of timestamp */

typedef struct RedFrame {
	guint16 seq;
	guint32 ts;
	guint16 bytes;			/* 0: empty */
	guint8 payload[RED_MAX_FRAME_BYTES];
} RedFrame;

typedef struct RedHistory {
	RedFrame frames[RED_DISTANCE];	/* the newest first */
} RedHistory;

void red_init (RedHistory *h);
/* Writes the payload of a RED packet: the former frames that directly precede seq and fit, then this one. opus_type is the
 * payload type that the viewer's answer gives Opus. Returns its length, or 0 when this frame is too long for RED. [media] */
gsize red_write (const RedHistory *h, guint8 opus_type, guint16 seq, guint32 ts, const guint8 *payload, gsize bytes,
	guint8 out[RED_MAX_BYTES]);
/* Remembers a frame, once all slots have it. Older ones than the newest are left out. [media] */
void red_remember (RedHistory *h, guint16 seq, guint32 ts, const guint8 *payload, gsize bytes);
/* Replaces the payload type of Opus in a written RED payload: slots of other viewers number it otherwise. [media] */
void red_set_type (guint8 *red, gsize bytes, guint8 opus_type);

#endif
