/* test-rtcp.c: reports and requests, byte by byte where it matters, and read back. */
#include "config.h"

#include <string.h>

#include "tools/load/rtcp.h"

static void test_report (void)
{
	static const guint8 expected[] = { 0x81, 201, 0, 7, 0, 0, 0, 1, 1, 2, 3, 4, 25, 0xff, 0xff, 0xfe, 0, 1, 0, 2, 0, 0, 0, 9,
		0xaa, 0xbb, 0xcc, 0xdd, 0, 1, 0, 0 };
	guint8 out[RTCP_MAX_BYTES];
	ReportBlock block = { .ssrc = 0x01020304, .fraction_lost = 25, .lost = -2, .highest = 0x10002, .jitter = 9, .last_sr = 0xaabbccdd,
		.since_sr = 65536 };
	gsize bytes = rtcp_write_rr (out, 0, 1, &block);
	g_assert_cmpmem (out, bytes, expected, sizeof expected);
}

static void test_remb (void)
{
	static const struct { guint64 bps, read; } rows[] = { { 0, 0 }, { 262143, 262143 }, { 262144, 262144 }, { 1000001, 1000000 }, { 20000001, 20000000 } };
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		guint8 out[RTCP_MAX_BYTES];
		RtcpPart part;
		gsize at = 0, bytes = rtcp_write_remb (out, 0, 1, rows[i].bps, (guint32[]) { 7, 8 }, 2);
		g_assert_true (rtcp_next (out, bytes, &at, &part));
		g_assert_cmpuint (part.type, ==, RTCP_PSFB);
		g_assert_cmpuint (part.format, ==, PSFB_AFB);
		g_assert_cmpmem (part.body + 8, 4, "REMB", 4);
		guint32 word = rtcp_word (&part, 3);
		g_assert_cmpuint (word >> 24, ==, 2);
		g_assert_cmpuint ((guint64) (word & 0x3ffff) << (word >> 18 & 63), ==, rows[i].read);
		g_assert_cmpuint (rtcp_word (&part, 5), ==, 8);
	}
}

/* All that was asked for is in the pairs, nothing else, over the wrap. */
static void test_nack (void)
{
	for (guint round = 0; round < 200; round++) {
		guint8 out[RTCP_MAX_BYTES];
		guint16 seqs[100], seq = 65500 + round;
		guint written, found = 0, n = 1 + round % G_N_ELEMENTS (seqs);
		gsize at = 0;
		RtcpPart part;
		for (guint i = 0; i < n; i++)
			seqs[i] = seq += g_random_int_range (1, 30);
		gsize bytes = rtcp_write_nack (out, 0, 1, 5, seqs, n, &written);
		g_assert_cmpuint (written, ==, n);
		g_assert_true (rtcp_next (out, bytes, &at, &part));
		g_assert_cmpuint (at, ==, bytes);
		g_assert_cmpuint (rtcp_word (&part, 1), ==, 5);
		for (guint pair = 2; pair < part.bytes / 4; pair++) {
			guint32 word = rtcp_word (&part, pair);
			for (int bit = -1; bit < 16; bit++)
				if (bit < 0 || word >> bit & 1)
					g_assert_cmpuint ((guint16) ((word >> 16) + bit + 1), ==, seqs[found++]);
		}
		g_assert_cmpuint (found, ==, n);
	}
}

static void test_compound (void)
{
	static const guint8 types[] = { RTCP_SR, RTCP_SDES, RTCP_PSFB };
	guint8 out[RTCP_MAX_BYTES];
	RtcpPart part;
	gsize bytes = rtcp_write_sr (out, 0, 9, 0x1122334455667788, 3, 4, 5), at = 0;
	bytes = rtcp_write_sdes (out, bytes, 9, "load");
	bytes = rtcp_write_pli (out, bytes, 1, 9);
	for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
		g_assert_true (rtcp_next (out, bytes, &at, &part));
		g_assert_cmpuint (part.type, ==, types[i]);
	}
	g_assert_false (rtcp_next (out, bytes, &at, &part));
	for (gsize cut = 0; cut < bytes; cut++) {
		g_autofree guint8 *exact = g_memdup2 (out, cut);
		for (at = 0; rtcp_next (exact, cut, &at, &part);)
			rtcp_word (&part, 100);
		g_assert_cmpuint (at, <=, cut);
	}
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/load/rtcp/report", test_report);
	g_test_add_func ("/load/rtcp/remb", test_remb);
	g_test_add_func ("/load/rtcp/nack", test_nack);
	g_test_add_func ("/load/rtcp/compound", test_compound);
	return g_test_run ();
}
