#include "config.h"
#include "plugins/room/red.h"

#include <string.h>

#define BLOCK_HEADER_BYTES 4	/* of a repeated frame: F, type, timestamp offset, length */
#define FOLLOWS 0x80		/* F: another block header comes after this one */
#define MAX_LATE 512		/* a frame further back than this is of a source that began anew */

G_STATIC_ASSERT (RED_MAX_FRAME_BYTES <= 0x3ff);	/* 10 bits of length */

void red_init (RedHistory *h)
{
	*h = (RedHistory) { 0 };
}

/* How many of the former frames go in: in an unbroken row before seq, close enough in time, not too long together. */
static guint count_usable (const RedHistory *h, guint16 seq, guint32 ts, gsize bytes)
{
	guint n = 0;
	gsize total = 1 + bytes;
	for (; n < RED_DISTANCE; n++) {
		const RedFrame *frame = &h->frames[n];
		guint32 offset = ts - frame->ts;
		total += BLOCK_HEADER_BYTES + frame->bytes;
		if (frame->bytes == 0 || frame->seq != (guint16) (seq - 1 - n) || offset > RED_MAX_OFFSET || total > RED_MAX_BYTES)
			break;
	}
	return n;
}

static guint8 *write_block_header (guint8 *at, guint8 type, guint32 offset, guint bytes)
{
	at[0] = FOLLOWS | type;
	at[1] = (guint8) (offset >> 6);
	at[2] = (guint8) ((offset & 0x3f) << 2 | bytes >> 8);
	at[3] = bytes & 0xff;
	return at + BLOCK_HEADER_BYTES;
}

gsize red_write (const RedHistory *h, guint8 opus_type, guint16 seq, guint32 ts, const guint8 *payload, gsize bytes,
	guint8 out[RED_MAX_BYTES])
{
	if (bytes == 0 || bytes > RED_MAX_BYTES - 1)
		return 0;
	guint n = count_usable (h, seq, ts, bytes);
	guint8 type = opus_type & 0x7f, *at = out;
	for (guint i = n; i > 0; i--)
		at = write_block_header (at, type, ts - h->frames[i - 1].ts, h->frames[i - 1].bytes);
	*at++ = type;
	for (guint i = n; i > 0; i--) {
		memcpy (at, h->frames[i - 1].payload, h->frames[i - 1].bytes);
		at += h->frames[i - 1].bytes;
	}
	memcpy (at, payload, bytes);
	return (gsize) (at - out) + bytes;
}

void red_remember (RedHistory *h, guint16 seq, guint32 ts, const guint8 *payload, gsize bytes)
{
	gint16 ahead = (gint16) (seq - h->frames[0].seq);
	if (h->frames[0].bytes != 0 && ahead <= 0 && ahead > -MAX_LATE)
		return;
	memmove (&h->frames[1], &h->frames[0], sizeof h->frames - sizeof h->frames[0]);
	RedFrame *frame = &h->frames[0];
	frame->seq = seq;
	frame->ts = ts;
	frame->bytes = bytes <= RED_MAX_FRAME_BYTES ? (guint16) bytes : 0;
	if (frame->bytes != 0)
		memcpy (frame->payload, payload, bytes);
}

void red_set_type (guint8 *red, gsize bytes, guint8 opus_type)
{
	gsize at = 0;
	while (at < bytes && red[at] & FOLLOWS) {
		red[at] = FOLLOWS | (opus_type & 0x7f);
		at += BLOCK_HEADER_BYTES;
	}
	if (at < bytes)
		red[at] = opus_type & 0x7f;
}
