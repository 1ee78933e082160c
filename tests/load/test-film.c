/* test-film.c: pictures have the bitrate, the layers and the numbers that a VP8 encoder's would have. */
#include "config.h"

#include <string.h>

#include "tools/load/film.h"
#include "tools/load/rtp.h"

static const struct {
	const char *name;
	guint width, height, bitrate_bps, temporal_layers;
} rows[] = {
	{ "high", 1280, 720, 1100000, 3 }, { "middle", 640, 360, 320000, 3 }, { "low", 320, 180, 80000, 3 },
	{ "two-layers", 640, 360, 500000, 2 }, { "plain", 1280, 720, 1500000, 1 }, { "enormous", 1920, 1080, 50000000, 1 },
};

static void test_bitrate (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		Film film;
		guint64 bytes = 0;
		g_test_message ("%s", rows[i].name);
		film_init (&film, rows[i].width, rows[i].height, rows[i].bitrate_bps, rows[i].temporal_layers, 7);
		for (guint n = 0; n < 20 * FILM_FPS; n++) {
			Picture picture = film_next (&film, FALSE);
			g_assert_cmpuint (picture.packets, >, 0);
			g_assert_cmpuint (picture.packets, <=, FILM_MAX_PACKETS);
			bytes += picture.bytes;
		}
		double bps = bytes * 8 / 20.0, wanted = MIN (rows[i].bitrate_bps, FILM_FPS * 8.0 * FILM_MAX_PACKETS * RTP_MAX_PAYLOAD);
		g_assert_cmpfloat (ABS (bps - wanted), <, wanted * 0.05);
	}
}

/* Every piece is read back as what it was written. */
static void test_pieces (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		Film film;
		int last_id = -1;
		film_init (&film, rows[i].width, rows[i].height, rows[i].bitrate_bps, rows[i].temporal_layers, 3);
		film.picture_id = 0x7ff0;
		for (guint n = 0; n < 64; n++) {
			Picture picture = film_next (&film, n % 20 == 0);
			gsize sum = 0;
			for (guint piece = 0; piece < picture.packets; piece++) {
				guint8 out[RTP_MAX_BYTES];
				FilmPiece read;
				gsize bytes = film_write (&film, &picture, piece, out);
				g_assert_cmpuint (bytes, <=, RTP_MAX_PAYLOAD);
				g_assert_true (film_read (out, bytes, &read));
				g_assert_cmpint (read.starts, ==, piece == 0);
				g_assert_cmpint (read.key, ==, piece == 0 && n % 20 == 0);
				g_assert_cmpint (read.picture_id, ==, picture.picture_id);
				g_assert_cmpint (read.temporal, ==, rows[i].temporal_layers > 1 ? picture.temporal : -1);
				g_assert_cmpuint (read.height, ==, read.key ? rows[i].height : 0);
				g_assert_cmpuint (read.width, ==, read.key ? rows[i].width : 0);
				sum += bytes - read.descriptor_bytes;
			}
			g_assert_cmpuint (sum, ==, picture.bytes);
			if (last_id >= 0)
				g_assert_cmpint (picture.picture_id, ==, (last_id + 1) & 0x7fff);
			last_id = picture.picture_id;
		}
	}
}

/* 0 2 1 2, from each keyframe on; the base layer's number counts only base pictures. */
static void test_temporal (void)
{
	static const guint8 pattern[] = { 0, 2, 1, 2, 0, 2, 0, 2, 1 };
	Film film;
	film_init (&film, 640, 360, 300000, 3, 1);
	guint8 tl0 = film.tl0_picture;
	for (guint n = 0; n < G_N_ELEMENTS (pattern); n++) {
		Picture picture = film_next (&film, n == 0 || n == 6);
		g_assert_cmpuint (picture.temporal, ==, pattern[n]);
		tl0 += picture.temporal == 0;
		g_assert_cmpuint (picture.tl0_picture, ==, tl0);
	}
}

static void test_random (void)
{
	for (guint i = 0; i < 50000; i++) {
		gsize bytes = g_random_int_range (0, 16);
		g_autofree guint8 *payload = g_malloc (bytes);
		FilmPiece piece;
		for (gsize at = 0; at < bytes; at++)
			payload[at] = g_random_int ();
		if (film_read (payload, bytes, &piece))
			g_assert_cmpuint (piece.descriptor_bytes, <, bytes);
	}
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/load/film/bitrate", test_bitrate);
	g_test_add_func ("/load/film/pieces", test_pieces);
	g_test_add_func ("/load/film/temporal", test_temporal);
	g_test_add_func ("/load/film/random", test_random);
	return g_test_run ();
}
