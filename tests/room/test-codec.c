/* test-codec.c: names and clock rates of codecs. */
#include "plugins/room/codec.h"

static const struct {
	const char *text;
	Codec codec;
	const char *name;
	guint32 clock_rate;
	gboolean video;
} rows[] = {
	{ "opus", CODEC_OPUS, "opus", 48000, FALSE },
	{ "OPUS", CODEC_OPUS, "opus", 48000, FALSE },
	{ "VP8", CODEC_VP8, "vp8", 90000, TRUE },
	{ "vp9", CODEC_VP9, "vp9", 90000, TRUE },
	{ "H264", CODEC_H264, "h264", 90000, TRUE },
	{ "AV1", CODEC_AV1, "av1", 90000, TRUE },
	{ "none", CODEC_NONE, "none", 0, FALSE },
	{ "", CODEC_NONE, "none", 0, FALSE },
	{ "vp88", CODEC_NONE, "none", 0, FALSE },
	{ NULL, CODEC_NONE, "none", 0, FALSE },
};

static void
test_rows (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		Codec codec = codec_lookup (rows[i].text);
		g_assert_cmpint (codec, ==, rows[i].codec);
		g_assert_cmpstr (codec_name (codec), ==, rows[i].name);
		g_assert_cmpuint (codec_clock_rate (codec), ==, rows[i].clock_rate);
		g_assert_cmpint (codec_is_video (codec), ==, rows[i].video);
	}
	g_assert_cmpstr (codec_name (CODEC_N), ==, "none");
	g_assert_false (codec_is_video (CODEC_N));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/codec/rows", test_rows);
	return g_test_run ();
}
