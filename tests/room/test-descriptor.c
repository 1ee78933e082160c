/* test-descriptor.c: keyframes of every codec, sizes, VP8 numbers, and that no payload makes us read or write past its end. */
#include "config.h"
#include <string.h>

#include "plugins/room/descriptor.h"

#define MAX_BYTES 24

/* ---- keyframes ---- */
static const struct {
	const char *name;
	Codec codec;
	gboolean keyframe;
	guint8 payload[MAX_BYTES];
	gsize bytes;
} keyframes[] = {
	{ "vp8-key", CODEC_VP8, TRUE, { 0x10, 0x50, 0x01, 0x00, 0x9d }, 5 },
	{ "vp8-delta", CODEC_VP8, FALSE, { 0x10, 0x51, 0x01, 0x00 }, 4 },
	{ "vp8-key-continued", CODEC_VP8, FALSE, { 0x00, 0x50, 0x01 }, 3 },
	{ "vp8-key-second-partition", CODEC_VP8, FALSE, { 0x11, 0x50, 0x01 }, 3 },
	{ "vp8-key-extended", CODEC_VP8, TRUE, { 0x90, 0xe0, 0x81, 0x02, 0x07, 0x40, 0x50 }, 7 },
	{ "vp8-delta-extended", CODEC_VP8, FALSE, { 0x90, 0xe0, 0x81, 0x02, 0x07, 0x40, 0x51 }, 7 },
	{ "vp8-cut-in-extension", CODEC_VP8, FALSE, { 0x90, 0xe0, 0x81, 0x02 }, 4 },
	{ "vp8-no-frame", CODEC_VP8, FALSE, { 0x10 }, 1 },
	{ "vp8-empty", CODEC_VP8, FALSE, { 0 }, 0 },

	{ "vp9-key", CODEC_VP9, TRUE, { 0x8a, 0x81, 0x02, 0x82 }, 4 },
	{ "vp9-key-short-picture-id", CODEC_VP9, TRUE, { 0x8a, 0x01, 0x82 }, 3 },
	{ "vp9-key-no-picture-id", CODEC_VP9, TRUE, { 0x08, 0x82 }, 2 },
	{ "vp9-key-layered", CODEC_VP9, TRUE, { 0xaa, 0x81, 0x02, 0x00, 0x05, 0x82 }, 6 },
	{ "vp9-key-upper-spatial-layer", CODEC_VP9, FALSE, { 0xaa, 0x81, 0x02, 0x03, 0x05, 0x82 }, 6 },
	{ "vp9-key-continued", CODEC_VP9, FALSE, { 0x82, 0x81, 0x02, 0x82 }, 4 },
	{ "vp9-delta", CODEC_VP9, FALSE, { 0xca, 0x81, 0x02, 0x86 }, 4 },
	{ "vp9-cut-in-picture-id", CODEC_VP9, FALSE, { 0x8a, 0x81 }, 2 },
	{ "vp9-cut-before-layer", CODEC_VP9, FALSE, { 0xaa, 0x01 }, 2 },
	{ "vp9-no-frame", CODEC_VP9, FALSE, { 0x08 }, 1 },
	{ "vp9-empty", CODEC_VP9, FALSE, { 0 }, 0 },

	{ "h264-sps", CODEC_H264, TRUE, { 0x67, 0x42, 0xc0, 0x1f }, 4 },
	{ "h264-pps", CODEC_H264, FALSE, { 0x68, 0xce, 0x3c, 0x80 }, 4 },
	{ "h264-idr", CODEC_H264, TRUE, { 0x65, 0x88, 0x84 }, 3 },
	{ "h264-idr-later-slice", CODEC_H264, FALSE, { 0x65, 0x48, 0x84 }, 3 },
	{ "h264-delta", CODEC_H264, FALSE, { 0x41, 0x9a, 0x00 }, 3 },
	{ "h264-stap-sps-pps", CODEC_H264, TRUE, { 0x78, 0, 3, 0x67, 0x42, 0xc0, 0, 2, 0x68, 0xce }, 10 },
	{ "h264-stap-aud-sps", CODEC_H264, TRUE, { 0x78, 0, 2, 0x09, 0x10, 0, 3, 0x67, 0x42, 0xc0 }, 10 },
	{ "h264-stap-sei-idr", CODEC_H264, TRUE, { 0x78, 0, 2, 0x06, 0x10, 0, 2, 0x65, 0x88 }, 9 },
	{ "h264-stap-delta", CODEC_H264, FALSE, { 0x78, 0, 2, 0x09, 0x10, 0, 2, 0x41, 0x9a }, 9 },
	{ "h264-stap-size-outside", CODEC_H264, FALSE, { 0x78, 0, 9, 0x67, 0x42 }, 5 },
	{ "h264-stap-size-zero", CODEC_H264, FALSE, { 0x78, 0, 0, 0, 0, 0, 0, 0x67, 0x42 }, 9 },
	{ "h264-stap-header-only", CODEC_H264, FALSE, { 0x78 }, 1 },
	{ "h264-stap-cut-in-size", CODEC_H264, FALSE, { 0x78, 0, 2, 0x09, 0x10, 0 }, 6 },
	{ "h264-fu-idr-start", CODEC_H264, TRUE, { 0x7c, 0x85, 0x88 }, 3 },
	{ "h264-fu-idr-later-slice", CODEC_H264, FALSE, { 0x7c, 0x85, 0x48 }, 3 },
	{ "h264-fu-idr-middle", CODEC_H264, FALSE, { 0x7c, 0x05, 0x88 }, 3 },
	{ "h264-fu-delta-start", CODEC_H264, FALSE, { 0x7c, 0x81, 0x9a }, 3 },
	{ "h264-fu-cut", CODEC_H264, FALSE, { 0x7c, 0x85 }, 2 },
	{ "h264-empty", CODEC_H264, FALSE, { 0 }, 0 },

	{ "av1-key-one-element", CODEC_AV1, TRUE, { 0x18, 0x08, 0x00 }, 3 },
	{ "av1-key-two-elements", CODEC_AV1, TRUE, { 0x28, 0x02, 0x08, 0x00, 0x30, 0x10 }, 6 },
	{ "av1-key-sized-elements", CODEC_AV1, TRUE, { 0x08, 0x02, 0x08, 0x00, 0x01, 0x30 }, 6 },
	{ "av1-sequence-header-second", CODEC_AV1, TRUE, { 0x28, 0x02, 0x28, 0x00, 0x08, 0x00 }, 6 },
	{ "av1-no-sequence-header", CODEC_AV1, FALSE, { 0x18, 0x30, 0x10 }, 3 },
	{ "av1-not-new", CODEC_AV1, FALSE, { 0x10, 0x08, 0x00 }, 3 },
	{ "av1-continued", CODEC_AV1, FALSE, { 0x98, 0x08, 0x00 }, 3 },
	{ "av1-size-outside", CODEC_AV1, FALSE, { 0x28, 0x09, 0x08, 0x00 }, 4 },
	{ "av1-size-zero", CODEC_AV1, FALSE, { 0x28, 0x00, 0x08, 0x00 }, 4 },
	{ "av1-size-endless", CODEC_AV1, FALSE, { 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0x08 }, 7 },
	{ "av1-size-cut", CODEC_AV1, FALSE, { 0x08, 0x80 }, 2 },
	{ "av1-header-only", CODEC_AV1, FALSE, { 0x18 }, 1 },
	{ "av1-empty", CODEC_AV1, FALSE, { 0 }, 0 },

	{ "opus", CODEC_OPUS, FALSE, { 0x10, 0x50 }, 2 },
	{ "none", CODEC_NONE, FALSE, { 0x10, 0x50 }, 2 },
	{ "beyond", CODEC_N, FALSE, { 0x10, 0x50 }, 2 },
};

/* A copy of exactly these bytes, so that a sanitizer sees every step beyond; NULL for none. */
static guint8 *exact_copy (const guint8 *payload, gsize bytes)
{
	return g_memdup2 (payload, bytes);
}

static void test_keyframes (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (keyframes); i++) {
		g_autofree guint8 *payload = exact_copy (keyframes[i].payload, keyframes[i].bytes);
		g_test_message ("%s", keyframes[i].name);
		g_assert_cmpint (descriptor_is_keyframe (keyframes[i].codec, payload, keyframes[i].bytes), ==,
			keyframes[i].keyframe);
	}
}

/* ---- VP8 descriptors ---- */
static const struct {
	const char *name;
	guint8 payload[MAX_BYTES];
	gsize bytes;
	gboolean valid;
	Vp8Descriptor expect;
} vp8[] = {
	{ "plain", { 0x10, 0x51 }, 2, TRUE, { .start = TRUE, .bytes = 1 } },
	{ "middle", { 0x00, 0x51 }, 2, TRUE, { .bytes = 1 } },
	{ "disposable", { 0x30, 0x51 }, 2, TRUE, { .start = TRUE, .disposable = TRUE, .bytes = 1 } },
	{ "empty-extension", { 0x90, 0x00, 0x51 }, 3, TRUE, { .start = TRUE, .bytes = 2 } },
	{ "picture-id-7", { 0x90, 0x80, 0x11, 0x51 }, 4, TRUE,
		{ .start = TRUE, .picture_id_bits = 7, .picture_id = 0x11, .picture_id_at = 2, .bytes = 3 } },
	{ "picture-id-15", { 0x90, 0x80, 0x91, 0x22, 0x51 }, 5, TRUE,
		{ .start = TRUE, .picture_id_bits = 15, .picture_id = 0x1122, .picture_id_at = 2, .bytes = 4 } },
	{ "all", { 0x90, 0xf0, 0x91, 0x22, 0x33, 0xa5, 0x50 }, 7, TRUE,
		{ .start = TRUE, .keyframe = TRUE, .picture_id_bits = 15, .picture_id = 0x1122, .picture_id_at = 2,
		  .has_tl0 = TRUE, .tl0 = 0x33, .tl0_at = 4, .temporal_layer = 2, .layer_sync = TRUE, .bytes = 6 } },
	{ "key-index-only", { 0x90, 0x10, 0xe5, 0x51 }, 4, TRUE, { .start = TRUE, .bytes = 3 } },
	{ "tl0-only", { 0x90, 0x40, 0x33, 0x51 }, 4, TRUE,
		{ .start = TRUE, .has_tl0 = TRUE, .tl0 = 0x33, .tl0_at = 2, .bytes = 3 } },
	{ "cut-0", { 0 }, 0, FALSE, { 0 } },
	{ "cut-1", { 0x90 }, 1, FALSE, { 0 } },
	{ "cut-2", { 0x90, 0xf0 }, 2, FALSE, { 0 } },
	{ "cut-3", { 0x90, 0xf0, 0x91 }, 3, FALSE, { 0 } },
	{ "cut-4", { 0x90, 0xf0, 0x91, 0x22 }, 4, FALSE, { 0 } },
	{ "cut-5", { 0x90, 0xf0, 0x91, 0x22, 0x33 }, 5, FALSE, { 0 } },
	{ "cut-6", { 0x90, 0xf0, 0x91, 0x22, 0x33, 0xa5 }, 6, FALSE, { 0 } },
};

static void assert_same (const Vp8Descriptor *a, const Vp8Descriptor *b)
{
	g_assert_cmpint (a->start, ==, b->start);
	g_assert_cmpint (a->keyframe, ==, b->keyframe);
	g_assert_cmpint (a->disposable, ==, b->disposable);
	g_assert_cmpint (a->layer_sync, ==, b->layer_sync);
	g_assert_cmpuint (a->temporal_layer, ==, b->temporal_layer);
	g_assert_cmpuint (a->picture_id_bits, ==, b->picture_id_bits);
	g_assert_cmpuint (a->picture_id, ==, b->picture_id);
	g_assert_cmpuint (a->picture_id_at, ==, b->picture_id_at);
	g_assert_cmpint (a->has_tl0, ==, b->has_tl0);
	g_assert_cmpuint (a->tl0, ==, b->tl0);
	g_assert_cmpuint (a->tl0_at, ==, b->tl0_at);
	g_assert_cmpuint (a->bytes, ==, b->bytes);
}

static void test_vp8 (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (vp8); i++) {
		g_autofree guint8 *payload = exact_copy (vp8[i].payload, vp8[i].bytes);
		Vp8Descriptor d, again;
		g_test_message ("%s", vp8[i].name);
		g_assert_cmpint (descriptor_vp8_parse (payload, vp8[i].bytes, &d), ==, vp8[i].valid);
		if (!vp8[i].valid)
			continue;
		assert_same (&d, &vp8[i].expect);
		Vp8Descriptor other = d;
		if (d.picture_id_bits != 0)
			other.picture_id ^= 0x55;
		if (d.has_tl0)
			other.tl0 ^= 0xff;
		descriptor_vp8_write (payload, &other);
		g_assert_true (descriptor_vp8_parse (payload, vp8[i].bytes, &again));
		assert_same (&again, &other);
		descriptor_vp8_write (payload, &d);
		g_assert_cmpmem (payload, vp8[i].bytes, vp8[i].payload, vp8[i].bytes);
	}
}

/* ---- numbers over switches: `in` is "picture_id:tl0" per packet, ">" a switch, "-" for absent, "x" before it: dropped on
 * purpose, "k": a keyframe ---- */
static const struct {
	const char *name;
	guint8 bits;
	const char *in, *expect;
} maps[] = {
	{ "first-source-stays", 15, "500:7 501:7 502:8", "500:7 501:7 502:8" },
	{ "switch-goes-on", 15, "500:7 501:8 > 9000:200 9001:201", "500:7 501:8 502:9 503:10" },
	{ "late-stays-in-place", 15, "500:7 502:8 501:7 > 9:1", "500:7 502:8 501:7 503:9" },
	{ "gap-stays", 15, "500:7 > 9:1 12:2", "500:7 501:8 504:9" },
	{ "wraps", 15, "32767:255 > 9:1 10:2", "32767:255 0:0 1:1" },
	{ "source-wraps", 15, "500:7 > 32767:255 0:0", "500:7 501:8 502:9" },
	{ "seven-bits-wrap", 7, "127:7 > 9:1 10:1", "127:7 0:8 1:8" },
	{ "no-tl0", 15, "500:- > 9:- 10:-", "500:- 501:- 502:-" },
	{ "no-picture-id", 15, "-:7 > -:1 -:2", "-:7 -:8 -:9" },
	{ "absent-in-one-source", 15, "500:7 > -:- > 20:3", "500:7 -:- 501:8" },
	{ "absent-in-the-first", 15, "-:- > 20:3 > 1:1", "-:- 20:3 21:4" },
	{ "switch-twice", 15, "500:7 > > 9:1", "500:7 501:8" },
	{ "many-packets-of-a-frame", 15, "500:7 500:7 > 9:1 9:1 10:2", "500:7 500:7 501:8 501:8 502:9" },

	{ "dropped-closes-up", 15, "500:7 x501:7 502:8 x503:8 x504:8 505:9", "500:7 501:8 502:9" },
	{ "dropped-by-many-packets", 15, "500:7 x501:7 x501:7 x501:7 502:8 502:8", "500:7 501:8 501:8" },
	{ "late-after-dropped", 15, "500:7 501:8 x502:8 503:9 501:8 500:7", "500:7 501:8 502:9 501:8 500:7" },
	{ "late-packet-of-dropped", 15, "500:7 x501:7 502:8 x501:7 503:9", "500:7 501:8 502:9" },
	{ "missing-then-late", 15, "500:7 x502:7 503:8 501:7 504:9", "500:7 502:8 501:7 503:9" },
	{ "missing-then-dropped-late-stays-a-hole", 15, "500:7 502:8 x501:7 503:9", "500:7 502:8 503:9" },
	{ "late-dropped-with-nothing-newer", 15, "500:7 x503:7 x502:7 x501:7 504:8", "500:7 501:8" },
	{ "late-dropped-closes-for-those-between", 15, "500:7 x503:7 x501:7 502:8 504:9", "500:7 501:8 502:9" },
	{ "dropping-what-was-sent-changes-nothing", 15, "500:7 501:8 x501:8 502:9", "500:7 501:8 502:9" },
	{ "dropped-before-the-first", 15, "x499:6 500:7 501:8", "500:7 501:8" },
	{ "dropped-before-the-first-of-a-switch", 15, "500:7 > x8:0 9:1 x8:0 10:2", "500:7 501:8 502:9" },
	{ "switch-takes-over-holes", 15, "500:7 x505:7 > 9:1 x10:1 11:2", "500:7 501:8 502:9" },
	{ "dropped-wraps", 15, "32766:255 x32767:255 0:0 x1:0 2:1", "32766:255 32767:0 0:1" },
	{ "dropped-wraps-seven-bits", 7, "126:255 x127:255 0:0 x1:0 2:1 127:255", "126:255 127:0 0:1 126:255" },
	{ "dropped-without-a-number", 15, "500:7 x-:7 501:8", "500:7 501:8" },
	{ "half-of-them-for-long", 7, "0:0 x1:0 2:1 x3:1 4:2 x5:2 6:3 x7:3 8:4 x9:4 10:5 x11:5 12:6 10:5 4:2",
		"0:0 1:1 2:2 3:3 4:4 5:5 6:6 5:5 2:2" },
	{ "encoder-begins-anew", 15, "500:7 x501:7 502:8 k100:9 x101:9 102:10", "500:7 501:8 502:9 503:10" },
};

static Vp8Descriptor read_word (const char *word, guint8 bits)
{
	const char *tl0 = strchr (word, ':') + 1;
	Vp8Descriptor d = { .has_tl0 = tl0[0] != '-', .tl0 = (guint8) atoi (tl0) };
	if (word[0] != '-') {
		d.picture_id_bits = bits;
		d.picture_id = (guint16) atoi (word);
	}
	return d;
}

static void write_word (GString *text, const Vp8Descriptor *d)
{
	if (d->picture_id_bits != 0)
		g_string_append_printf (text, "%u:", d->picture_id);
	else
		g_string_append (text, "-:");
	if (d->has_tl0)
		g_string_append_printf (text, "%u ", d->tl0);
	else
		g_string_append (text, "- ");
}

static void test_maps (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (maps); i++) {
		DescriptorMap m;
		descriptor_map_init (&m);
		g_auto (GStrv) words = g_strsplit (maps[i].in, " ", -1);
		g_autoptr (GString) out = g_string_new (NULL);
		for (guint w = 0; words[w] != NULL; w++) {
			char order = strchr (">xk", words[w][0]) ? words[w][0] : 0;
			if (order == '>') {
				descriptor_map_switch (&m);
				continue;
			}
			Vp8Descriptor in = read_word (words[w] + (order != 0), maps[i].bits);
			in.keyframe = order == 'k';
			if (order == 'x') {
				descriptor_map_skip (&m, &in);
				continue;
			}
			Vp8Descriptor mapped = descriptor_map_vp8 (&m, &in);
			write_word (out, &mapped);
		}
		g_strchomp (out->str);
		g_test_message ("%s", maps[i].name);
		g_assert_cmpstr (out->str, ==, maps[i].expect);
	}
}

/* From 15 bits to 7 and back: always the next picture, as far as the narrower field can tell. */
static void test_mixed_widths (void)
{
	static const Vp8Descriptor in[] = {
		{ .picture_id_bits = 15, .picture_id = 5000 },
		{ .picture_id_bits = 7, .picture_id = 3 },
		{ .picture_id_bits = 15, .picture_id = 77 },
	};
	static const guint16 expect[] = { 5000, 5001 & 0x7f, (5001 & 0x7f) + 1 };
	DescriptorMap m;
	descriptor_map_init (&m);
	for (guint i = 0; i < G_N_ELEMENTS (in); i++) {
		descriptor_map_switch (&m);
		g_assert_cmpuint (descriptor_map_vp8 (&m, &in[i]).picture_id, ==, expect[i]);
	}
}

/* ---- the second implementation of dropping: remembers all pictures of a source and counts from its beginning ---- */
#define N_PICTURES 3000

typedef struct NaiveMap {
	enum { N_MISSING, N_SENT, N_DROPPED } fate[N_PICTURES];
	int base, newest;
	guint base_out, sent_out;	/* not cut to their bits */
	gboolean any;
} NaiveMap;

static guint naive_out (const NaiveMap *n, int at)
{
	guint out = n->base_out;
	for (int i = n->base; i < at; i++)
		out += n->fate[i] != N_DROPPED;
	return out;
}

static guint naive_send (NaiveMap *n, int at, guint first)
{
	if (n->base < 0) {
		n->base = n->newest = at;
		n->base_out = n->any ? n->sent_out + 1 : first;
	}
	n->newest = MAX (n->newest, at);
	n->fate[at] = N_SENT;
	guint out = naive_out (n, at);
	n->sent_out = n->any ? MAX (n->sent_out, out) : out;
	n->any = TRUE;
	return out;
}

static void naive_drop (NaiveMap *n, int at)
{
	if (n->base < 0 || at < n->base)
		return;
	for (int i = at; i <= n->newest; i++)
		if (n->fate[i] == N_SENT)
			return;
	n->newest = MAX (n->newest, at);
	n->fate[at] = N_DROPPED;
}

/* A packet of picture at: dropped when it is of an upper layer, unless it was sent before the upper layers were cut. */
static void offer_picture (DescriptorMap *m, NaiveMap *n, int at, gboolean drop, guint first, guint bits)
{
	guint mask = (1u << bits) - 1;
	Vp8Descriptor in = { .picture_id_bits = (guint8) bits, .picture_id = (guint16) ((first + (guint) at) & mask) };
	if (n->base >= 0 && (at < n->base || at <= n->newest - DESCRIPTOR_MAP_WINDOW))
		return;
	if (n->fate[at] == N_SENT || (n->fate[at] == N_MISSING && !drop)) {
		guint expect = naive_send (n, at, in.picture_id);
		g_assert_cmpuint (descriptor_map_vp8 (m, &in).picture_id, ==, expect & mask);
	} else {
		naive_drop (n, at);
		descriptor_map_skip (m, &in);
	}
}

static void test_random_drops (void)
{
	for (guint round = 0; round < 60; round++) {
		DescriptorMap m;
		g_autofree NaiveMap *n = g_new0 (NaiveMap, 1);
		guint bits = round % 2 ? 15 : 7;
		descriptor_map_init (&m);
		for (guint source = 0; source < 4; source++) {
			guint first = (guint) g_test_rand_int_range (0, 32768);
			int length = g_test_rand_int_range (1, N_PICTURES), drops = g_test_rand_int_range (0, 80);
			memset (n->fate, 0, sizeof n->fate);
			n->base = -1;
			descriptor_map_switch (&m);
			for (int at = 0; at < length; at++) {
				for (int packets = g_test_rand_int_range (0, 4); packets > 0; packets--)
					offer_picture (&m, n, at, g_test_rand_int_range (0, 100) < drops, first, bits);
				int late = at - g_test_rand_int_range (0, 60);
				if (late >= 0 && g_test_rand_int_range (0, 3) == 0)
					offer_picture (&m, n, late, g_test_rand_int_range (0, 100) < drops, first, bits);
			}
		}
	}
}

/* ---- sizes ---- */

/* Writes bits as an encoder does. */
typedef struct BitWriter {
	guint8 bytes[200];
	guint n;	/* bits */
} BitWriter;

static void put_bits (BitWriter *w, guint value, guint n)
{
	for (; n > 0; n--, w->n++)
		w->bytes[w->n / 8] |= (guint8) ((value >> (n - 1) & 1) << (7 - w->n % 8));
}

static void put_ue (BitWriter *w, guint value)
{
	guint n = 0;
	while ((value + 1) >> (n + 1))
		n++;
	put_bits (w, 0, n);
	put_bits (w, value + 1, n + 1);
}

static void put_se (BitWriter *w, int value)
{
	put_ue (w, value > 0 ? (guint) value * 2 - 1 : (guint) -value * 2);
}

typedef struct Sps {
	const char *name;
	guint profile, chroma, order, columns, rows, fields, crop[4];	/* crop: left, right, top, bottom; in units */
	gboolean separate, scaling, order_frames;
	guint width, height;
} Sps;

static const Sps sizes[] = {
	{ "baseline 640x480", 66, 1, 0, 40, 30, 0, { 0 }, .width = 640, .height = 480 },
	{ "baseline 1280x720", 66, 1, 2, 80, 45, 0, { 0 }, .width = 1280, .height = 720 },
	{ "1080 of 1088 rows", 77, 1, 0, 120, 68, 0, { 0, 0, 0, 4 }, .width = 1920, .height = 1080 },
	{ "cropped on all sides", 66, 1, 0, 20, 12, 0, { 1, 2, 3, 4 }, .width = 314, .height = 178 },
	{ "high", 100, 1, 0, 40, 23, 0, { 0, 0, 0, 4 }, .width = 640, .height = 360 },
	{ "high with scaling lists", 100, 1, 0, 40, 23, 0, { 0, 0, 0, 4 }, .scaling = TRUE, .width = 640, .height = 360 },
	{ "high 4:2:2", 122, 2, 0, 40, 23, 0, { 1, 0, 0, 8 }, .width = 638, .height = 360 },
	{ "high 4:4:4", 244, 3, 0, 40, 23, 0, { 1, 0, 0, 8 }, .scaling = TRUE, .width = 639, .height = 360 },
	{ "three planes apart", 244, 3, 0, 40, 23, 0, { 1, 0, 0, 8 }, .separate = TRUE, .width = 639, .height = 360 },
	{ "grey", 100, 0, 0, 40, 23, 0, { 1, 0, 0, 8 }, .width = 639, .height = 360 },
	{ "fields", 100, 1, 0, 120, 34, 1, { 0, 0, 0, 2 }, .width = 1920, .height = 1080 },
	{ "picture order 1", 77, 1, 1, 20, 12, 0, { 0 }, .order_frames = TRUE, .width = 320, .height = 192 },
	{ "too wide", 66, 1, 0, 1025, 12, 0, { 0 }, .width = 0 },
	{ "nothing left by cropping", 66, 1, 0, 20, 12, 0, { 80, 80, 0, 0 }, .width = 0 },
	{ "less than nothing left", 66, 1, 0, 20, 12, 0, { 0, 0, 2000000000, 2000000000 }, .width = 0 },
};

static void put_high (BitWriter *w, const Sps *sps)
{
	put_ue (w, sps->chroma);
	if (sps->chroma == 3)
		put_bits (w, sps->separate, 1);
	put_ue (w, 0);
	put_ue (w, 0);
	put_bits (w, 0, 1);
	put_bits (w, sps->scaling, 1);
	for (guint i = 0; sps->scaling && i < (sps->chroma == 3 ? 12 : 8); i++) {
		put_bits (w, i % 2, 1);
		if (i == 3)
			put_se (w, -8);	/* to 0: the rest is not there */
		else if (i % 2)
			for (guint k = 0; k < (i < 6 ? 16 : 64); k++)
				put_se (w, k % 3 == 0 ? 2 : -1);
	}
}

static void put_sps (BitWriter *w, const Sps *sps)
{
	put_bits (w, 0x67, 8);
	put_bits (w, sps->profile, 8);
	put_bits (w, 0, 8);
	put_bits (w, 31, 8);
	put_ue (w, 0);
	if (sps->profile >= 100)
		put_high (w, sps);
	put_ue (w, 4);
	put_ue (w, sps->order);
	if (sps->order == 0) {
		put_ue (w, 2);
	} else if (sps->order == 1) {
		put_bits (w, 0, 1);
		put_se (w, -3);
		put_se (w, 5);
		put_ue (w, 2);
		put_se (w, 1000);
		put_se (w, -1000);
	}
	put_ue (w, 4);
	put_bits (w, 0, 1);
	put_ue (w, sps->columns - 1);
	put_ue (w, sps->rows - 1);
	put_bits (w, !sps->fields, 1);
	put_bits (w, 0, sps->fields ? 2 : 1);
	gboolean cropped = (sps->crop[0] | sps->crop[1] | sps->crop[2] | sps->crop[3]) != 0;
	put_bits (w, cropped, 1);
	for (guint i = 0; cropped && i < 4; i++)
		put_ue (w, sps->crop[i]);
	put_bits (w, 0, 1);
	put_bits (w, 1, 1);
}

/* Puts a 3 between two zeros and what a decoder would take for a start code. */
static gsize escape (const BitWriter *w, guint8 *out)
{
	gsize n = 0;
	guint zeros = 0;
	for (guint i = 0; i < (w->n + 7) / 8; i++) {
		if (zeros == 2 && w->bytes[i] <= 3) {
			out[n++] = 3;
			zeros = 0;
		}
		out[n++] = w->bytes[i];
		zeros = w->bytes[i] == 0 ? zeros + 1 : 0;
	}
	return n;
}

static void check_size (const guint8 *payload, gsize bytes, const Sps *sps)
{
	guint width = 7, height = 9;
	g_autofree guint8 *exact = exact_copy (payload, bytes);
	g_assert_cmpint (descriptor_size (CODEC_H264, exact, bytes, &width, &height), ==, sps->width != 0);
	g_assert_cmpuint (width, ==, sps->width != 0 ? sps->width : 7);
	g_assert_cmpuint (height, ==, sps->width != 0 ? sps->height : 9);
	for (gsize cut = 0; cut < bytes; cut++) {
		g_autofree guint8 *shorter = exact_copy (payload, cut);
		descriptor_size (CODEC_H264, shorter, cut, &width, &height);
	}
}

static void test_h264_sizes (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
		BitWriter w = { .n = 0 };
		guint8 unit[300], stap[320] = { 0x78, 0, 2, 0x09, 0x10, 0 };
		put_sps (&w, &sizes[i]);
		gsize bytes = escape (&w, unit);
		g_test_message ("%s, %u bytes", sizes[i].name, (guint) bytes);
		check_size (unit, bytes, &sizes[i]);
		stap[6] = (guint8) bytes;
		memcpy (stap + 7, unit, bytes);
		check_size (stap, 7 + bytes, &sizes[i]);
	}
}

static void test_other_sizes (void)
{
	static const struct { const char *name; Codec codec; guint8 payload[16]; gsize bytes; guint width, height; } others[] = {
		{ "vp8", CODEC_VP8, { 0x10, 0x50, 1, 0, 0x9d, 1, 0x2a, 0x80, 2, 0xe0, 1 }, 11, 640, 480 },
		{ "vp8 scaled for display", CODEC_VP8, { 0x10, 0x50, 1, 0, 0x9d, 1, 0x2a, 0x80, 0x42, 0xe0, 0x81 }, 11, 640, 480 },
		{ "vp8 extended", CODEC_VP8, { 0x90, 0x80, 1, 0x50, 1, 0, 0x9d, 1, 0x2a, 0x80, 2, 0xe0, 1 }, 13, 640, 480 },
		{ "vp8 delta", CODEC_VP8, { 0x10, 0x51, 1, 0, 0x9d, 1, 0x2a, 0x80, 2, 0xe0, 1 }, 11, 0, 0 },
		{ "vp8 cut", CODEC_VP8, { 0x10, 0x50, 1, 0, 0x9d, 1, 0x2a, 0x80, 2, 0xe0 }, 10, 0, 0 },
		{ "vp8 no start code", CODEC_VP8, { 0x10, 0x50, 1, 0, 0x9d, 1, 0x2b, 0x80, 2, 0xe0, 1 }, 11, 0, 0 },
		{ "vp8 no height", CODEC_VP8, { 0x10, 0x50, 1, 0, 0x9d, 1, 0x2a, 0x80, 2, 0, 0xc0 }, 11, 0, 0 },
		{ "vp9", CODEC_VP9, { 0x8a, 0x81, 2, 0x82, 1, 1, 1, 1 }, 8, 0, 0 },
		{ "h264 picture", CODEC_H264, { 0x65, 0x88, 0x84, 1, 1 }, 5, 0, 0 },
		{ "h264 fragment", CODEC_H264, { 0x7c, 0x87, 66, 0, 31, 0xff }, 6, 0, 0 },
		{ "opus", CODEC_OPUS, { 0x10, 0x50, 1, 0, 0x9d, 1, 0x2a, 0x80, 2, 0xe0, 1 }, 11, 0, 0 },
	};
	for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
		guint width = 0, height = 0;
		g_autofree guint8 *payload = exact_copy (others[i].payload, others[i].bytes);
		g_test_message ("%s", others[i].name);
		g_assert_cmpint (descriptor_size (others[i].codec, payload, others[i].bytes, &width, &height), ==, others[i].width != 0);
		g_assert_cmpuint (width, ==, others[i].width);
		g_assert_cmpuint (height, ==, others[i].height);
	}
}

/* Random payloads, and cut or damaged good ones: nothing outside is touched, writing back restores every byte. */
static void test_random (void)
{
	DescriptorMap m;
	descriptor_map_init (&m);
	for (guint i = 0; i < 50000; i++) {
		guint8 bytes[MAX_BYTES];
		guint row = (guint) g_test_rand_int_range (0, G_N_ELEMENTS (keyframes));
		gsize n = (gsize) g_test_rand_int_range (0, MAX_BYTES + 1);
		memcpy (bytes, keyframes[row].payload, sizeof bytes);
		for (guint damage = 0; damage < i % 4; damage++)
			bytes[g_test_rand_int_range (0, MAX_BYTES)] = (guint8) g_test_rand_int_range (0, 256);
		g_autofree guint8 *payload = exact_copy (bytes, n);
		for (Codec codec = CODEC_NONE; codec <= CODEC_N; codec++)
			descriptor_is_keyframe (codec, payload, n);
		guint width, height;
		for (Codec codec = CODEC_NONE; codec <= CODEC_N; codec++)
			descriptor_size (codec, payload, n, &width, &height);
		Vp8Descriptor d;
		if (!descriptor_vp8_parse (payload, n, &d))
			continue;
		Vp8Descriptor out = descriptor_map_vp8 (&m, &d);
		descriptor_vp8_write (payload, &out);
		descriptor_vp8_write (payload, &d);
		g_assert_cmpmem (payload, n, bytes, n);
	}
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/descriptor/keyframes", test_keyframes);
	g_test_add_func ("/descriptor/vp8", test_vp8);
	g_test_add_func ("/descriptor/maps", test_maps);
	g_test_add_func ("/descriptor/mixed-widths", test_mixed_widths);
	g_test_add_func ("/descriptor/random-drops", test_random_drops);
	g_test_add_func ("/descriptor/h264-sizes", test_h264_sizes);
	g_test_add_func ("/descriptor/other-sizes", test_other_sizes);
	g_test_add_func ("/descriptor/random", test_random);
	return g_test_run ();
}
