#include "plugins/room/descriptor.h"

/* Reads bytes from a payload; reading past the end yields 0 and is remembered. */
typedef struct Cursor {
	const guint8 *payload;
	gsize bytes, at;
	gboolean failed;
} Cursor;

static guint8
next_byte (Cursor *c)
{
	if (c->at >= c->bytes) {
		c->failed = TRUE;
		return 0;
	}
	return c->payload[c->at++];
}

static gsize
bytes_left (const Cursor *c)
{
	return c->bytes - c->at;
}

/* ---- VP8 ---- */

static void
read_picture_id (Cursor *c, Vp8Descriptor *d)
{
	d->picture_id_at = (guint16) c->at;
	guint8 first = next_byte (c);
	d->picture_id = first & 0x7f;
	d->picture_id_bits = 7;
	if (first & 0x80) {
		d->picture_id = (guint16) (d->picture_id << 8 | next_byte (c));
		d->picture_id_bits = 15;
	}
}

static void
read_vp8_extension (Cursor *c, Vp8Descriptor *d)
{
	guint8 flags = next_byte (c);
	gboolean has_tid = (flags & 0x20) != 0, has_keyidx = (flags & 0x10) != 0;
	if (flags & 0x80)
		read_picture_id (c, d);
	if (flags & 0x40) {
		d->has_tl0 = TRUE;
		d->tl0_at = (guint16) c->at;
		d->tl0 = next_byte (c);
	}
	if (has_tid || has_keyidx) {
		guint8 layer = next_byte (c);
		d->temporal_layer = has_tid ? layer >> 6 : 0;
		d->layer_sync = has_tid && (layer & 0x20) != 0;
	}
}

gboolean
descriptor_vp8_parse (const guint8 *payload, gsize bytes, Vp8Descriptor *d)
{
	Cursor c = { payload, bytes, 0, FALSE };
	guint8 first = next_byte (&c);
	*d = (Vp8Descriptor) { .start = (first & 0x17) == 0x10, .disposable = (first & 0x20) != 0 };
	if (first & 0x80)
		read_vp8_extension (&c, d);
	d->bytes = (guint16) c.at;
	guint8 frame_tag = next_byte (&c);
	d->keyframe = d->start && (frame_tag & 0x01) == 0;
	return !c.failed;
}

void
descriptor_vp8_write (guint8 *payload, const Vp8Descriptor *d)
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

static gboolean
vp8_is_keyframe (const guint8 *payload, gsize bytes)
{
	Vp8Descriptor d;
	return descriptor_vp8_parse (payload, bytes, &d) && d.keyframe;
}

/* ---- VP8 numbers over source switches ---- */

void
descriptor_map_init (DescriptorMap *m)
{
	*m = (DescriptorMap) { .rebase = TRUE };
}

void
descriptor_map_switch (DescriptorMap *m)
{
	m->rebase = TRUE;
}

/* Offsets that make the next numbers follow the newest ones; the first ones of all stay what they are. */
static void
rebase (DescriptorMap *m, const Vp8Descriptor *in)
{
	m->picture_id_offset = m->has_picture_id ? m->newest_picture_id + 1 - in->picture_id : 0;
	m->tl0_offset = m->has_tl0 ? m->newest_tl0 + 1 - in->tl0 : 0;
	m->rebase = FALSE;
}

/* Whether a is after b, both counting modulo `mask` + 1. */
static gboolean
is_after (guint a, guint b, guint mask)
{
	guint ahead = (a - b) & mask;
	return ahead != 0 && ahead <= mask / 2;
}

static void
map_picture_id (DescriptorMap *m, Vp8Descriptor *d)
{
	guint mask = (1u << d->picture_id_bits) - 1;
	d->picture_id = (d->picture_id + m->picture_id_offset) & mask;
	if (!m->has_picture_id || is_after (d->picture_id, m->newest_picture_id, mask))
		m->newest_picture_id = d->picture_id;
	m->has_picture_id = TRUE;
}

static void
map_tl0 (DescriptorMap *m, Vp8Descriptor *d)
{
	d->tl0 += m->tl0_offset;
	if (!m->has_tl0 || is_after (d->tl0, m->newest_tl0, 0xff))
		m->newest_tl0 = d->tl0;
	m->has_tl0 = TRUE;
}

Vp8Descriptor
descriptor_map_vp8 (DescriptorMap *m, const Vp8Descriptor *in)
{
	Vp8Descriptor out = *in;
	if (m->rebase)
		rebase (m, in);
	if (out.picture_id_bits != 0)
		map_picture_id (m, &out);
	if (out.has_tl0)
		map_tl0 (m, &out);
	return out;
}

/* ---- VP9 ---- */

static gboolean
vp9_is_keyframe (const guint8 *payload, gsize bytes)
{
	Cursor c = { payload, bytes, 0, FALSE };
	guint8 first = next_byte (&c);
	gboolean predicted = (first & 0x40) != 0, layered = (first & 0x20) != 0, starts_frame = (first & 0x08) != 0;
	if (first & 0x80 && next_byte (&c) & 0x80)
		next_byte (&c);
	guint spatial_layer = layered ? next_byte (&c) >> 1 & 0x07 : 0;
	return !c.failed && bytes_left (&c) > 0 && starts_frame && !predicted && spatial_layer == 0;
}

/* ---- H264 ---- */

enum { NAL_IDR = 5, NAL_SPS = 7, NAL_STAP_A = 24, NAL_FU_A = 28 };

/* A decoder can start at a parameter set or at an IDR picture's first slice: first_mb_in_slice 0 is coded as a 1 bit. */
static gboolean
starts_h264 (guint8 header, guint8 after)
{
	guint type = header & 0x1f;
	return type == NAL_SPS || (type == NAL_IDR && (after & 0x80) != 0);
}

static gboolean
stap_is_keyframe (Cursor *c)
{
	while (bytes_left (c) > 2) {
		gsize size = (gsize) next_byte (c) << 8;
		size |= next_byte (c);
		if (size < 2 || size > bytes_left (c))
			return FALSE;
		if (starts_h264 (c->payload[c->at], c->payload[c->at + 1]))
			return TRUE;
		c->at += size;
	}
	return FALSE;
}

static gboolean
h264_is_keyframe (const guint8 *payload, gsize bytes)
{
	Cursor c = { payload, bytes, 0, FALSE };
	guint8 header = next_byte (&c);
	if ((header & 0x1f) == NAL_STAP_A)
		return stap_is_keyframe (&c);
	if ((header & 0x1f) == NAL_FU_A) {
		header = next_byte (&c);
		if ((header & 0x80) == 0)
			return FALSE;
	}
	guint8 after = next_byte (&c);
	return !c.failed && starts_h264 (header, after);
}

/* ---- AV1 ---- */

enum { OBU_SEQUENCE_HEADER = 1 };

/* LEB128; a number of more than 4 bytes is beyond any packet and fails. */
static gsize
next_leb128 (Cursor *c)
{
	gsize value = 0;
	for (guint shift = 0; shift < 28; shift += 7) {
		guint8 byte = next_byte (c);
		value |= (gsize) (byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return value;
	}
	c->failed = TRUE;
	return 0;
}

static gboolean
av1_is_keyframe (const guint8 *payload, gsize bytes)
{
	Cursor c = { payload, bytes, 0, FALSE };
	guint8 aggregation = next_byte (&c);
	guint n_elements = aggregation >> 4 & 0x03;	/* 0: as many as there are, each with its size */
	gboolean continues = (aggregation & 0x80) != 0, new_sequence = (aggregation & 0x08) != 0;
	if (continues || !new_sequence)
		return FALSE;
	for (guint i = 1; bytes_left (&c) > 0; i++) {
		gsize size = i == n_elements ? bytes_left (&c) : next_leb128 (&c);
		if (c.failed || size == 0 || size > bytes_left (&c))
			return FALSE;
		if ((c.payload[c.at] >> 3 & 0x0f) == OBU_SEQUENCE_HEADER)
			return TRUE;
		c.at += size;
	}
	return FALSE;
}

gboolean
descriptor_is_keyframe (Codec codec, const guint8 *payload, gsize bytes)
{
	static gboolean (*const tests[CODEC_N]) (const guint8 *, gsize) = {
		[CODEC_VP8] = vp8_is_keyframe,
		[CODEC_VP9] = vp9_is_keyframe,
		[CODEC_H264] = h264_is_keyframe,
		[CODEC_AV1] = av1_is_keyframe,
	};
	return codec_is_video (codec) && tests[codec] (payload, bytes);
}
