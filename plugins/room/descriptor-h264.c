#include "config.h"
#include "plugins/room/descriptor-h264.h"

#include "plugins/room/descriptor-cursor.h"

enum { NAL_IDR = 5, NAL_SPS = 7, NAL_STAP_A = 24, NAL_FU_A = 28 };

/* ---- keyframes ---- */

/* A decoder can start at a parameter set or at an IDR picture's first slice: first_mb_in_slice 0 is coded as a 1 bit. */
static gboolean starts_decoding (guint8 header, guint8 after)
{
	guint type = header & 0x1f;
	return type == NAL_SPS || (type == NAL_IDR && (after & 0x80) != 0);
}

/* The next unit of a STAP-A, at least two bytes; FALSE at the end or where a size is wrong. */
static gboolean next_unit (Cursor *c, Cursor *unit)
{
	gsize size = (gsize) cursor_next (c) << 8;
	size |= cursor_next (c);
	if (c->failed || size < 2 || size > cursor_left (c))
		return FALSE;
	*unit = (Cursor) { c->payload + c->at, size, 0, FALSE };
	c->at += size;
	return TRUE;
}

static gboolean stap_is_keyframe (Cursor *c)
{
	Cursor unit;
	while (next_unit (c, &unit))
		if (starts_decoding (unit.payload[0], unit.payload[1]))
			return TRUE;
	return FALSE;
}

gboolean descriptor_h264_is_keyframe (const guint8 *payload, gsize bytes)
{
	Cursor c = { payload, bytes, 0, FALSE };
	guint8 header = cursor_next (&c);
	if ((header & 0x1f) == NAL_STAP_A)
		return stap_is_keyframe (&c);
	if ((header & 0x1f) == NAL_FU_A) {
		header = cursor_next (&c);
		if ((header & 0x80) == 0)
			return FALSE;
	}
	guint8 after = cursor_next (&c);
	return !c.failed && starts_decoding (header, after);
}

/* ---- sequence parameter sets (ITU-T H.264 section 7.3.2.1.1) ---- */

#define MAX_MACROBLOCKS 1024	/* in a row or a column: 16384 pixels */

/* Bits of a raw byte sequence: emulation prevention (section 7.4.1.1) is taken out. */
typedef struct Bits {
	Cursor c;
	guint zeros;	/* bytes in a row before the next */
	guint8 byte;
	guint n_left;	/* bits of `byte` */
} Bits;

static guint next_bit (Bits *b)
{
	if (b->n_left == 0) {
		b->byte = cursor_next (&b->c);
		if (b->zeros >= 2 && b->byte == 3) {
			b->byte = cursor_next (&b->c);
			b->zeros = 0;
		}
		b->zeros = b->byte == 0 ? b->zeros + 1 : 0;
		b->n_left = 8;
	}
	return b->byte >> --b->n_left & 1;
}

static void skip_bits (Bits *b, guint n)
{
	while (n-- > 0)
		next_bit (b);
}

/* ue(v): section 9.1. */
static guint next_ue (Bits *b)
{
	guint n = 0, value = 0;
	while (next_bit (b) == 0)
		if (++n > 31 || b->c.failed) {
			b->c.failed = TRUE;
			return 0;
		}
	for (guint i = 0; i < n; i++)
		value = value << 1 | next_bit (b);
	return (1u << n) - 1 + value;
}

static gint64 next_se (Bits *b)
{
	guint code = next_ue (b);
	return code & 1 ? ((gint64) code + 1) / 2 : -((gint64) code / 2);
}

static void skip_ues (Bits *b, guint n)
{
	while (n-- > 0 && !b->c.failed)
		next_ue (b);
}

/* Section 7.3.2.1.1.1: a delta that brings the scale to 0 ends the list. */
static void skip_scaling_list (Bits *b, guint size)
{
	gint64 last = 8, next = 8;
	for (guint i = 0; i < size && next != 0 && !b->c.failed; i++) {
		next = (last + next_se (b)) & 0xff;
		last = next == 0 ? last : next;
	}
}

static gboolean has_chroma_format (guint profile)
{
	static const guint8 profiles[] = { 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135 };
	for (guint i = 0; i < G_N_ELEMENTS (profiles); i++)
		if (profiles[i] == profile)
			return TRUE;
	return FALSE;
}

/* The part that high profiles have. Returns how chroma is sampled: 0 (none of its own), 1 (4:2:0), 2 (4:2:2), 3 (4:4:4). */
static guint read_chroma (Bits *b)
{
	guint chroma = next_ue (b);
	gboolean separate = chroma == 3 && next_bit (b);
	skip_ues (b, 2);
	skip_bits (b, 1);
	if (next_bit (b))
		for (guint i = 0; i < (chroma == 3 ? 12 : 8); i++)
			if (next_bit (b))
				skip_scaling_list (b, i < 6 ? 16 : 64);
	if (chroma > 3)
		b->c.failed = TRUE;
	return separate ? 0 : chroma;
}

static void skip_picture_order (Bits *b)
{
	guint type = next_ue (b);
	if (type == 0) {
		skip_ues (b, 1);
	} else if (type == 1) {
		skip_bits (b, 1);
		skip_ues (b, 2);
		guint n_offsets = next_ue (b);
		skip_ues (b, MIN (n_offsets, 255));
	}
}

static gboolean crop (Bits *b, guint chroma, gboolean frames_only, guint *width, guint *height)
{
	guint unit_x = chroma == 1 || chroma == 2 ? 2 : 1, unit_y = (chroma == 1 ? 2 : 1) * (frames_only ? 1 : 2);
	guint64 x = next_ue (b), y = 0;
	x = (x + next_ue (b)) * unit_x;
	y = next_ue (b);
	y = (y + next_ue (b)) * unit_y;
	if (x >= *width || y >= *height)
		return FALSE;
	*width -= (guint) x;
	*height -= (guint) y;
	return TRUE;
}

static gboolean read_sps (const Cursor *unit, guint *width, guint *height)
{
	Bits b = { .c = *unit };
	cursor_next (&b.c);
	guint profile = cursor_next (&b.c), chroma = 1;
	skip_bits (&b, 16);	/* constraints, level */
	skip_ues (&b, 1);
	if (has_chroma_format (profile))
		chroma = read_chroma (&b);
	skip_ues (&b, 1);
	skip_picture_order (&b);
	skip_ues (&b, 1);
	skip_bits (&b, 1);
	guint columns = next_ue (&b), rows = next_ue (&b);
	gboolean frames_only = next_bit (&b);
	skip_bits (&b, frames_only ? 1 : 2);
	if (b.c.failed || columns >= MAX_MACROBLOCKS || rows >= MAX_MACROBLOCKS)
		return FALSE;
	*width = (columns + 1) * 16;
	*height = (rows + 1) * 16 * (frames_only ? 1 : 2);
	gboolean cropped = next_bit (&b);
	return (!cropped || crop (&b, chroma, frames_only, width, height)) && !b.c.failed;
}

gboolean descriptor_h264_size (const guint8 *payload, gsize bytes, guint *width, guint *height)
{
	Cursor c = { payload, bytes, 0, FALSE }, unit = c;
	guint w, h, type = cursor_next (&c) & 0x1f;
	if (type == NAL_STAP_A)
		while (next_unit (&c, &unit) && (type = unit.payload[0] & 0x1f) != NAL_SPS)
			;
	if (type != NAL_SPS || !read_sps (&unit, &w, &h))
		return FALSE;
	*width = w;
	*height = h;
	return TRUE;
}
