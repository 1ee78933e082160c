/* test-rtp.c: headers with extensions, and the time of sending in the payload. */
#include "config.h"

#include <string.h>

#include "tools/load/rtp.h"
#include "tools/load/voice.h"

static void test_plain (void)
{
	guint8 out[RTP_MAX_BYTES];
	RtpHeader header = { .marker = TRUE, .payload_type = 96, .seq = 0x1234, .ts = 0x01020304, .ssrc = 0x0a0b0c0d };
	RtpPacket packet;
	g_assert_cmpuint (rtp_write (out, &header), ==, 12);
	g_assert_true (rtp_read (out, 12, &packet));
	g_assert_true (packet.marker);
	g_assert_cmpuint (packet.payload_type, ==, 96);
	g_assert_cmpuint (packet.seq, ==, 0x1234);
	g_assert_cmpuint (packet.ts, ==, 0x01020304);
	g_assert_cmpuint (packet.ssrc, ==, 0x0a0b0c0d);
}

static void test_extensions (void)
{
	static const guint8 expected[] = { 0xbe, 0xde, 0, 4, 0x40, '1', 0xa0, 'h', 0x10, 0x83, 0x22, 1, 2, 3, 0x31, 0xab, 0xcd, 0, 0, 0 };
	guint8 out[RTP_MAX_BYTES];
	RtpHeader header = { .ids = { [EXT_MID] = 4, [EXT_RID] = 10, [EXT_LEVEL] = 1, [EXT_ABS_SEND_TIME] = 2, [EXT_TRANSPORT_CC] = 3 },
		.mid = "1", .rid = "h", .level = 0x83, .abs_send_time = 0x010203, .transport_seq = 0xabcd };
	RtpPacket packet;
	gsize bytes = rtp_write (out, &header);
	g_assert_cmpmem (out + 12, bytes - 12, expected, sizeof expected);
	g_assert_true (rtp_read (out, bytes, &packet));
	g_assert_cmpuint (packet.payload_at, ==, bytes);
}

static void test_damaged (void)
{
	static const struct { const char *name; guint8 packet[24]; gsize bytes; gboolean valid; gsize payload; } rows[] = {
		{ "short", { 0x80 }, 11, FALSE, 0 },
		{ "csrc-outside", { 0x8f }, 20, FALSE, 0 },
		{ "csrc", { 0x81 }, 20, TRUE, 4 },
		{ "extension-outside", { 0x90, [15] = 9 }, 20, FALSE, 0 },
		{ "padding", { 0xa0, [19] = 3 }, 20, TRUE, 5 },
		{ "padding-outside", { 0xa0, [19] = 9 }, 20, FALSE, 0 },
		{ "version", { 0x40 }, 20, FALSE, 0 },
	};
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree guint8 *exact = g_memdup2 (rows[i].packet, rows[i].bytes);
		RtpPacket packet;
		g_test_message ("%s", rows[i].name);
		g_assert_cmpint (rtp_read (exact, rows[i].bytes, &packet), ==, rows[i].valid);
		if (rows[i].valid)
			g_assert_cmpuint (packet.payload_bytes, ==, rows[i].payload);
	}
}

static void test_stamp (void)
{
	guint8 payload[40] = { 0 };
	guint64 ns;
	g_assert_false (stamp_read (payload, sizeof payload, &ns));
	stamp_write (payload + sizeof payload, 0x1122334455667788);
	g_assert_true (stamp_read (payload, sizeof payload, &ns));
	g_assert_cmpuint (ns, ==, 0x1122334455667788);
	g_assert_true (stamp_read (payload + 28, STAMP_BYTES, &ns));
	g_assert_false (stamp_read (payload + 29, STAMP_BYTES - 1, &ns));
	g_assert_false (stamp_read (payload, sizeof payload - 1, &ns));
}

static void test_voice (void)
{
	Voice voice = { .random = 1 };
	guint8 out[VOICE_MAX_BYTES], level;
	gsize sum = 0;
	for (guint i = 0; i < 1000; i++) {
		gsize bytes = voice_next (&voice, TRUE, out, &level);
		g_assert_cmpuint (bytes, >=, 60);
		g_assert_cmpuint (bytes, <=, 120);
		g_assert_true ((level & 0x80) && (level & 0x7f) < 40);
		sum += bytes;
		g_assert_cmpuint (voice_next (&voice, FALSE, out, &level), <, 60);
		g_assert_cmpuint (level, ==, 127);
	}
	g_assert_cmpuint (sum / 1000, >, 80);
	g_assert_cmpuint (sum / 1000, <, 100);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/load/rtp/plain", test_plain);
	g_test_add_func ("/load/rtp/extensions", test_extensions);
	g_test_add_func ("/load/rtp/damaged", test_damaged);
	g_test_add_func ("/load/rtp/stamp", test_stamp);
	g_test_add_func ("/load/rtp/voice", test_voice);
	return g_test_run ();
}
