/* test-red.c: packets of RFC 2198 as rows of bytes, and read back by a second implementation from random traffic. */
#include "config.h"
#include <string.h>

#include "plugins/room/red.h"

#define OPUS 111

static void remember (RedHistory *h, guint16 seq, guint32 ts, const char *text)
{
	red_remember (h, seq, ts, (const guint8 *) text, strlen (text));
}

/* ---- rows: frames "seq@ts:text", then one that is written ---- */
static const struct {
	const char *name, *history, *frame;
	guint8 expect[40];
	gsize bytes;
} rows[] = {
	{ "nothing before", "", "7@9600:new", { 111, 'n', 'e', 'w' }, 4 },
	{ "one before", "6@8640:ab", "7@9600:new", { 0x80 | 111, 960 >> 6, (960 & 0x3f) << 2, 2, 111, 'a', 'b', 'n', 'e', 'w' }, 10 },
	{ "two before, the oldest first", "5@7680:x 6@8640:ab", "7@9600:n",
		{ 0x80 | 111, 1920 >> 6, (1920 & 0x3f) << 2, 1, 0x80 | 111, 960 >> 6, (960 & 0x3f) << 2, 2, 111, 'x', 'a', 'b', 'n' }, 13 },
	{ "not three", "4@6720:w 5@7680:x 6@8640:ab", "7@9600:n",
		{ 0x80 | 111, 1920 >> 6, (1920 & 0x3f) << 2, 1, 0x80 | 111, 960 >> 6, (960 & 0x3f) << 2, 2, 111, 'x', 'a', 'b', 'n' }, 13 },
	{ "a gap ends the row", "4@6720:w 6@8640:ab", "7@9600:n", { 0x80 | 111, 960 >> 6, (960 & 0x3f) << 2, 2, 111, 'a', 'b', 'n' }, 8 },
	{ "nothing right before", "5@7680:x", "7@9600:n", { 111, 'n' }, 2 },
	{ "over the wrap", "65535@4294966816:x", "0@480:n", { 0x80 | 111, 960 >> 6, (960 & 0x3f) << 2, 1, 111, 'x', 'n' }, 7 },
	{ "as far as 14 bits go", "6@0:x", "7@16383:n", { 0x80 | 111, 0xff, 0xfc, 1, 111, 'x', 'n' }, 7 },
	{ "too far for 14 bits", "6@0:x", "7@16384:n", { 111, 'n' }, 2 },
	{ "time that goes back", "6@9600:x", "7@8640:n", { 111, 'n' }, 2 },
	{ "a late frame has no former ones", "5@7680:x 7@9600:y", "6@8640:n", { 111, 'n' }, 2 },
	{ "a late frame is not remembered", "5@7680:x 7@9600:y 6@8640:z", "8@10560:n",
		{ 0x80 | 111, 960 >> 6, (960 & 0x3f) << 2, 1, 111, 'y', 'n' }, 7 },
	{ "a frame twice", "6@8640:x 6@8640:y", "7@9600:n", { 0x80 | 111, 960 >> 6, (960 & 0x3f) << 2, 1, 111, 'x', 'n' }, 7 },
	{ "a source that began anew", "6000@5:x 6@8640:y", "7@9600:n", { 0x80 | 111, 960 >> 6, (960 & 0x3f) << 2, 1, 111, 'y', 'n' }, 7 },
};

static void read_frame (const char *word, guint16 *seq, guint32 *ts, const char **text)
{
	*seq = (guint16) g_ascii_strtoull (word, NULL, 10);
	*ts = (guint32) g_ascii_strtoull (strchr (word, '@') + 1, NULL, 10);
	*text = strchr (word, ':') + 1;
}

static void test_rows (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		RedHistory h;
		guint16 seq;
		guint32 ts;
		const char *text;
		guint8 out[RED_MAX_BYTES];
		red_init (&h);
		g_auto (GStrv) words = g_strsplit (rows[i].history, " ", -1);
		for (guint w = 0; words[w] && words[w][0]; w++) {
			read_frame (words[w], &seq, &ts, &text);
			remember (&h, seq, ts, text);
		}
		read_frame (rows[i].frame, &seq, &ts, &text);
		gsize bytes = red_write (&h, OPUS, seq, ts, (const guint8 *) text, strlen (text), out);
		g_test_message ("%s", rows[i].name);
		g_assert_cmpmem (out, bytes, rows[i].expect, rows[i].bytes);
	}
}

static void test_lengths (void)
{
	static const struct { gsize former, frame, bytes; } lengths[] = {
		{ 400, 100, 4 + 1 + 400 + 100 }, { 401, 100, 1 + 100 }, { 400, 795, 4 + 1 + 400 + 795 }, { 400, 796, 1 + 796 },
		{ 1, 1199, 1200 }, { 1, 1200, 0 }, { 0, 10, 11 }, { 10, 0, 0 },
	};
	static const guint8 payload[2000] = { 1 };
	for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
		RedHistory h;
		guint8 out[RED_MAX_BYTES];
		red_init (&h);
		red_remember (&h, 6, 0, payload, lengths[i].former);
		g_assert_cmpuint (red_write (&h, OPUS, 7, 960, payload, lengths[i].frame, out), ==, lengths[i].bytes);
	}
}

/* ---- the second implementation: reads a packet as a receiver does ---- */
typedef struct Block {
	guint8 type;
	guint32 ts;
	gsize bytes;
	const guint8 *payload;
} Block;

static guint read_packet (const guint8 *red, gsize bytes, guint32 ts, Block blocks[8])
{
	guint n = 0;
	gsize at = 0, sum = 0;
	for (; red[at] & 0x80; at += 4) {
		g_assert_cmpuint (at + 4, <, bytes);
		guint32 word = (guint32) red[at] << 24 | (guint32) red[at + 1] << 16 | (guint32) red[at + 2] << 8 | red[at + 3];
		blocks[n] = (Block) { .type = word >> 24 & 0x7f, .ts = ts - (word >> 10 & 0x3fff), .bytes = word & 0x3ff };
		sum += blocks[n++].bytes;
	}
	blocks[n] = (Block) { .type = red[at++], .ts = ts };
	g_assert_cmpuint (at + sum, <, bytes);
	blocks[n++].bytes = bytes - at - sum;
	for (guint i = 0; i < n; i++) {
		blocks[i].payload = red + at;
		at += blocks[i].bytes;
	}
	return n;
}

/* Frames whose content follows from their number. */
static gsize fill_frame (guint16 seq, guint8 *payload)
{
	gsize bytes = 1 + seq * 37u % 450;
	for (gsize i = 0; i < bytes; i++)
		payload[i] = (guint8) (seq * 7 + i);
	return bytes;
}

static void check_packet (const guint8 *red, gsize bytes, guint16 seq, guint32 ts, guint8 type)
{
	Block blocks[8];
	guint n = read_packet (red, bytes, ts, blocks);
	g_assert_cmpuint (n, <=, RED_DISTANCE + 1);
	for (guint i = 0; i < n; i++) {
		guint8 payload[450];
		guint16 of = (guint16) (seq - (n - 1 - i));
		gsize expect = fill_frame (of, payload);
		g_assert_cmpuint (blocks[i].type, ==, type);
		g_assert_cmpuint (blocks[i].ts, ==, (guint32) (of * 960u));
		g_assert_cmpmem (blocks[i].payload, blocks[i].bytes, payload, expect);
	}
}

static void test_random (void)
{
	RedHistory h;
	guint n_full = 0;
	red_init (&h);
	guint16 seq = (guint16) g_test_rand_int_range (0, 30000);
	for (guint round = 0; round < 20000; round++) {
		guint8 payload[450], red[RED_MAX_BYTES];
		seq += (guint16) (g_test_rand_int_range (0, 10) == 0 ? g_test_rand_int_range (-2, 4) : 1);
		gsize bytes = fill_frame (seq, payload);
		gsize written = red_write (&h, OPUS, seq, seq * 960u, payload, bytes, red);
		g_assert_cmpuint (written, <=, RED_MAX_BYTES);
		check_packet (red, written, seq, seq * 960u, OPUS);
		red_set_type (red, written, 96);
		check_packet (red, written, seq, seq * 960u, 96);
		n_full += written > bytes + 1;
		red_remember (&h, seq, seq * 960u, payload, bytes);
		seq = seq >= 60000 ? 0 : seq;
	}
	g_assert_cmpuint (n_full, >, 10000);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/red/rows", test_rows);
	g_test_add_func ("/red/lengths", test_lengths);
	g_test_add_func ("/red/random", test_random);
	return g_test_run ();
}
