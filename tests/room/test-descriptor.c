/* test-descriptor.c: keyframes of every codec, VP8 numbers, and that no payload makes us read or write past its end. */
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
static guint8 *
exact_copy (const guint8 *payload, gsize bytes)
{
	return g_memdup2 (payload, bytes);
}

static void
test_keyframes (void)
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

static void
assert_same (const Vp8Descriptor *a, const Vp8Descriptor *b)
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

static void
test_vp8 (void)
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

/* ---- numbers over switches: `in` is "picture_id:tl0" per packet, ">" a switch, "-" for absent ---- */
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
};

static Vp8Descriptor
read_word (const char *word, guint8 bits)
{
	const char *tl0 = strchr (word, ':') + 1;
	Vp8Descriptor d = { .has_tl0 = tl0[0] != '-', .tl0 = (guint8) atoi (tl0) };
	if (word[0] != '-') {
		d.picture_id_bits = bits;
		d.picture_id = (guint16) atoi (word);
	}
	return d;
}

static void
write_word (GString *text, const Vp8Descriptor *d)
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

static void
test_maps (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (maps); i++) {
		DescriptorMap m;
		descriptor_map_init (&m);
		g_auto (GStrv) words = g_strsplit (maps[i].in, " ", -1);
		g_autoptr (GString) out = g_string_new (NULL);
		for (guint w = 0; words[w] != NULL; w++) {
			if (words[w][0] == '>') {
				descriptor_map_switch (&m);
				continue;
			}
			Vp8Descriptor in = read_word (words[w], maps[i].bits), mapped = descriptor_map_vp8 (&m, &in);
			write_word (out, &mapped);
		}
		g_strchomp (out->str);
		g_test_message ("%s", maps[i].name);
		g_assert_cmpstr (out->str, ==, maps[i].expect);
	}
}

/* From 15 bits to 7 and back: always the next picture, as far as the narrower field can tell. */
static void
test_mixed_widths (void)
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

/* Random payloads, and cut or damaged good ones: nothing outside is touched, writing back restores every byte. */
static void
test_random (void)
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
		Vp8Descriptor d;
		if (!descriptor_vp8_parse (payload, n, &d))
			continue;
		Vp8Descriptor out = descriptor_map_vp8 (&m, &d);
		descriptor_vp8_write (payload, &out);
		descriptor_vp8_write (payload, &d);
		g_assert_cmpmem (payload, n, bytes, n);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/descriptor/keyframes", test_keyframes);
	g_test_add_func ("/descriptor/vp8", test_vp8);
	g_test_add_func ("/descriptor/maps", test_maps);
	g_test_add_func ("/descriptor/mixed-widths", test_mixed_widths);
	g_test_add_func ("/descriptor/random", test_random);
	return g_test_run ();
}
