#include "config.h"
#include "plugins/room/descriptor-map.h"

#define BIT(n) (G_GUINT64_CONSTANT (1) << (n))

G_STATIC_ASSERT (DESCRIPTOR_MAP_WINDOW == 64);

void descriptor_map_init (DescriptorMap *m)
{
	*m = (DescriptorMap) { .picture_id_bits = 0 };
}

void descriptor_map_switch (DescriptorMap *m)
{
	m->picture_id_bits = 0;
	m->tl0_known = FALSE;
}

static guint mask_of (guint bits)
{
	return (1u << bits) - 1;
}

/* The bits of the `age` pictures after the one of that age. */
static guint64 bits_after (guint age)
{
	return age < DESCRIPTOR_MAP_WINDOW ? BIT (age) - 1 : G_MAXUINT64;
}

/* Numbers that follow what was sent; the very first picture keeps its own. */
static void begin (DescriptorMap *m, const Vp8Descriptor *in)
{
	m->picture_id_bits = in->picture_id_bits;
	m->newest_in = in->picture_id;
	m->newest_out = m->has_picture_id ? (m->sent_out + 1) & mask_of (in->picture_id_bits) : in->picture_id;
	m->sent = m->skipped = 0;
}

static void advance (DescriptorMap *m, guint ahead, guint given)
{
	guint mask = mask_of (m->picture_id_bits);
	m->newest_in = (m->newest_in + ahead) & mask;
	m->newest_out = (m->newest_out + given) & mask;
	m->sent = ahead < DESCRIPTOR_MAP_WINDOW ? m->sent << ahead : 0;
	m->skipped = ahead < DESCRIPTOR_MAP_WINDOW ? m->skipped << ahead : 0;
}

static guint age_of (const DescriptorMap *m, const Vp8Descriptor *in)
{
	return (m->newest_in - in->picture_id) & mask_of (m->picture_id_bits);
}

/* A keyframe that lies further back than anything can be late is of an encoder that began anew. */
static gboolean is_new_row (const DescriptorMap *m, const Vp8Descriptor *in)
{
	if (m->picture_id_bits != in->picture_id_bits)
		return TRUE;
	return in->keyframe && descriptor_vp8_ahead (in->picture_id, m->newest_in, m->picture_id_bits) == 0
		&& age_of (m, in) >= DESCRIPTOR_MAP_WINDOW;
}

static guint16 map_picture_id (DescriptorMap *m, const Vp8Descriptor *in)
{
	if (is_new_row (m, in))
		begin (m, in);
	guint ahead = descriptor_vp8_ahead (in->picture_id, m->newest_in, m->picture_id_bits);
	if (ahead > 0)
		advance (m, ahead, ahead);
	guint age = age_of (m, in);
	guint n_skipped = (guint) __builtin_popcountll (m->skipped & bits_after (age));
	guint16 out = (m->newest_out - age + n_skipped) & mask_of (m->picture_id_bits);
	if (age < DESCRIPTOR_MAP_WINDOW)
		m->sent |= BIT (age);
	if (!m->has_picture_id || descriptor_vp8_ahead (out, m->sent_out, m->picture_id_bits) > 0)
		m->sent_out = out;
	m->has_picture_id = TRUE;
	return out;
}

static guint8 map_tl0 (DescriptorMap *m, guint8 in)
{
	if (!m->tl0_known)
		m->tl0_offset = m->has_tl0 ? (guint8) (m->newest_tl0 + 1 - in) : 0;
	guint8 out = in + m->tl0_offset;
	if (!m->has_tl0 || descriptor_vp8_ahead (out, m->newest_tl0, 8) > 0)
		m->newest_tl0 = out;
	m->tl0_known = m->has_tl0 = TRUE;
	return out;
}

Vp8Descriptor descriptor_map_vp8 (DescriptorMap *m, const Vp8Descriptor *in)
{
	Vp8Descriptor out = *in;
	if (in->picture_id_bits != 0)
		out.picture_id = map_picture_id (m, in);
	if (in->has_tl0)
		out.tl0 = map_tl0 (m, in->tl0);
	return out;
}

void descriptor_map_skip (DescriptorMap *m, const Vp8Descriptor *in)
{
	if (in->picture_id_bits == 0 || in->picture_id_bits != m->picture_id_bits)
		return;
	guint ahead = descriptor_vp8_ahead (in->picture_id, m->newest_in, m->picture_id_bits);
	if (ahead > 0) {
		advance (m, ahead, ahead - 1);
		m->skipped |= 1;
		return;
	}
	guint age = age_of (m, in);
	if (age >= DESCRIPTOR_MAP_WINDOW || (m->skipped & BIT (age)) != 0 || (m->sent & (bits_after (age) | BIT (age))) != 0)
		return;
	m->newest_out = (m->newest_out - 1) & mask_of (m->picture_id_bits);
	m->skipped |= BIT (age);
}
