/* test-rtp.c: where the payload is, and that no header can point outside of its packet. */
#include <string.h>

#include "plugins/room/rtp.h"

/* What follows the packet's first byte and M/PT byte: seq 0x1234, ts 0x01020304, ssrc 0x0a0b0c0d. */
#define FIXED 0x12, 0x34, 0x01, 0x02, 0x03, 0x04, 0x0a, 0x0b, 0x0c, 0x0d

static const struct {
	const char *name;
	guint8 packet[40];
	gsize bytes;
	gboolean valid;
	gsize payload_at, payload_bytes;
} rows[] = {
	{ "plain", { 0x80, 0xe0, FIXED, 1, 2, 3 }, 15, TRUE, 12, 3 },
	{ "no-payload", { 0x80, 0xe0, FIXED }, 12, TRUE, 12, 0 },
	{ "short", { 0x80, 0xe0, FIXED }, 11, FALSE, 0, 0 },
	{ "empty", { 0 }, 0, FALSE, 0, 0 },
	{ "version-1", { 0x40, 0xe0, FIXED, 1 }, 13, FALSE, 0, 0 },
	{ "csrc", { 0x82, 0xe0, FIXED, 0, 0, 0, 1, 0, 0, 0, 2, 9 }, 21, TRUE, 20, 1 },
	{ "csrc-outside", { 0x8f, 0xe0, FIXED, 1, 2, 3, 4 }, 16, FALSE, 0, 0 },
	{ "extension", { 0x90, 0xe0, FIXED, 0xbe, 0xde, 0, 1, 0x10, 5, 0, 0, 9 }, 21, TRUE, 20, 1 },
	{ "extension-empty", { 0x90, 0xe0, FIXED, 0xbe, 0xde, 0, 0, 9, 8 }, 18, TRUE, 16, 2 },
	{ "extension-empty-no-payload", { 0x90, 0xe0, FIXED, 0xbe, 0xde, 0, 0 }, 16, TRUE, 16, 0 },
	{ "extension-outside", { 0x90, 0xe0, FIXED, 0xbe, 0xde, 0xff, 0xff, 9, 8 }, 18, FALSE, 0, 0 },
	{ "extension-cut", { 0x90, 0xe0, FIXED, 0xbe, 0xde, 0 }, 15, FALSE, 0, 0 },
	{ "csrc-and-extension", { 0x91, 0xe0, FIXED, 0, 0, 0, 1, 0xbe, 0xde, 0, 0, 7 }, 21, TRUE, 20, 1 },
	{ "padding", { 0xa0, 0xe0, FIXED, 1, 2, 0, 0, 3 }, 17, TRUE, 12, 2 },
	{ "padding-only", { 0xa0, 0xe0, FIXED, 0, 0, 0, 4 }, 16, TRUE, 12, 0 },
	{ "padding-outside", { 0xa0, 0xe0, FIXED, 0, 0, 0, 5 }, 16, FALSE, 0, 0 },
	{ "padding-zero", { 0xa0, 0xe0, FIXED, 0, 0, 0, 0 }, 16, FALSE, 0, 0 },
	{ "padding-without-payload", { 0xa0, 0xe0, FIXED }, 12, FALSE, 0, 0 },
};

static void
test_rows (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree guint8 *exact = g_memdup2 (rows[i].packet, rows[i].bytes);
		RtpPacket p = { 0 };
		g_test_message ("%s", rows[i].name);
		g_assert_cmpint (rtp_parse (exact, rows[i].bytes, &p), ==, rows[i].valid);
		if (!rows[i].valid)
			continue;
		g_assert_true (p.marker);
		g_assert_cmpuint (p.payload_type, ==, 0x60);
		g_assert_cmpuint (p.seq, ==, 0x1234);
		g_assert_cmpuint (p.ts, ==, 0x01020304);
		g_assert_cmpuint (p.ssrc, ==, 0x0a0b0c0d);
		g_assert_cmpuint (p.payload_at, ==, rows[i].payload_at);
		g_assert_cmpuint (p.payload_bytes, ==, rows[i].payload_bytes);
	}
}

/* A header written over CSRCs and extension gives the same packet without them. */
static void
test_write (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		guint8 packet[40];
		RtpPacket p, again;
		memcpy (packet, rows[i].packet, sizeof packet);
		if (!rtp_parse (packet, rows[i].bytes, &p))
			continue;
		guint8 *start = packet + p.payload_at - RTP_HEADER_BYTES;
		rtp_write_header (start, &p);
		g_assert_true (rtp_parse (start, RTP_HEADER_BYTES + p.payload_bytes, &again));
		g_assert_cmpuint (again.payload_at, ==, RTP_HEADER_BYTES);
		g_assert_cmpuint (again.payload_bytes, ==, p.payload_bytes);
		g_assert_cmpmem (start + 1, RTP_HEADER_BYTES - 1, rows[i].packet + 1, RTP_HEADER_BYTES - 1);
	}
}

static void
test_random (void)
{
	for (guint i = 0; i < 20000; i++) {
		gsize bytes = (gsize) g_test_rand_int_range (0, 64);
		g_autofree guint8 *packet = g_malloc (bytes);
		for (gsize at = 0; at < bytes; at++)
			packet[at] = (guint8) g_test_rand_int_range (0, 256);
		if (bytes > 0)
			packet[0] = 0x80 | (packet[0] & 0x3f);
		RtpPacket p;
		if (rtp_parse (packet, bytes, &p))
			g_assert_cmpuint (p.payload_at + p.payload_bytes, <=, bytes);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/rtp/rows", test_rows);
	g_test_add_func ("/rtp/write", test_write);
	g_test_add_func ("/rtp/random", test_random);
	return g_test_run ();
}
