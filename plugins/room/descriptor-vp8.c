#include "config.h"
#include "plugins/room/descriptor-vp8.h"

#include "plugins/room/descriptor-cursor.h"

static void read_picture_id (Cursor *c, Vp8Descriptor *d)
{
	d->picture_id_at = (guint16) c->at;
	guint8 first = cursor_next (c);
	d->picture_id = first & 0x7f;
	d->picture_id_bits = 7;
	if (first & 0x80) {
		d->picture_id = (guint16) (d->picture_id << 8 | cursor_next (c));
		d->picture_id_bits = 15;
	}
}

static void read_extension (Cursor *c, Vp8Descriptor *d)
{
	guint8 flags = cursor_next (c);
	gboolean has_tid = (flags & 0x20) != 0, has_keyidx = (flags & 0x10) != 0;
	if (flags & 0x80)
		read_picture_id (c, d);
	if (flags & 0x40) {
		d->has_tl0 = TRUE;
		d->tl0_at = (guint16) c->at;
		d->tl0 = cursor_next (c);
	}
	if (has_tid || has_keyidx) {
		guint8 layer = cursor_next (c);
		d->temporal_layer = has_tid ? layer >> 6 : 0;
		d->layer_sync = has_tid && (layer & 0x20) != 0;
	}
}

gboolean descriptor_vp8_parse (const guint8 *payload, gsize bytes, Vp8Descriptor *d)
{
	Cursor c = { payload, bytes, 0, FALSE };
	guint8 first = cursor_next (&c);
	*d = (Vp8Descriptor) { .start = (first & 0x17) == 0x10, .disposable = (first & 0x20) != 0 };
	if (first & 0x80)
		read_extension (&c, d);
	d->bytes = (guint16) c.at;
	guint8 frame_tag = cursor_next (&c);
	d->keyframe = d->start && (frame_tag & 0x01) == 0;
	return !c.failed;
}

void descriptor_vp8_write (guint8 *payload, const Vp8Descriptor *d)
{
	guint8 *id = payload + d->picture_id_at;
	if (d->picture_id_bits == 15) {
		id[0] = (guint8) (0x80 | d->picture_id >> 8);
		id[1] = d->picture_id & 0xff;
	} else if (d->picture_id_bits == 7) {
		id[0] = d->picture_id & 0x7f;
	}
	if (d->has_tl0)
		payload[d->tl0_at] = d->tl0;
}

gboolean descriptor_vp8_is_keyframe (const guint8 *payload, gsize bytes)
{
	Vp8Descriptor d;
	return descriptor_vp8_parse (payload, bytes, &d) && d.keyframe;
}

/* 14 bits, little endian; the upper two are a scale for the display. */
static guint next_dimension (Cursor *c)
{
	guint low = cursor_next (c);
	return (low | (guint) cursor_next (c) << 8) & 0x3fff;
}

/* A key frame's header, RFC 6386 section 9.1: a tag of three bytes, a start code, width and height. */
gboolean descriptor_vp8_size (const guint8 *payload, gsize bytes, guint *width, guint *height)
{
	Vp8Descriptor d;
	if (!descriptor_vp8_parse (payload, bytes, &d) || !d.keyframe)
		return FALSE;
	Cursor c = { payload, bytes, d.bytes + 3u, FALSE };
	gboolean starts = cursor_next (&c) == 0x9d;
	starts &= cursor_next (&c) == 0x01;
	starts &= cursor_next (&c) == 0x2a;
	guint w = next_dimension (&c), h = next_dimension (&c);
	if (c.failed || !starts || w == 0 || h == 0)
		return FALSE;
	*width = w;
	*height = h;
	return TRUE;
}
