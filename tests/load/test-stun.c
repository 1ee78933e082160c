/* test-stun.c: binding messages as RFC 5769 shows them, and our own read back; ICE between two of us. */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "tools/load/ice.h"
#include "tools/load/stun.h"

/* RFC 5769 section 2.1. */
static const guint8 sample[] =
	"\x00\x01\x00\x58\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae"
	"\x80\x22\x00\x10STUN test client"
	"\x00\x24\x00\x04\x6e\x00\x01\xff"
	"\x80\x29\x00\x08\x93\x2f\xf9\xb1\x51\x26\x3b\x36"
	"\x00\x06\x00\x09\x65\x76\x74\x6a\x3a\x68\x36\x76\x59\x20\x20\x20"
	"\x00\x08\x00\x14\x9a\xea\xa7\x0c\xbf\xd8\xcb\x56\x78\x1e\xf2\xb5\xb2\xd3\xf2\x49\xc1\xb5\x71\xa2"
	"\x80\x28\x00\x04\xe5\x7a\x3b\xcf";
#define SAMPLE_BYTES (sizeof sample - 1)
#define SAMPLE_PASSWORD "VOkJxbRl1RmTxUk/WvJxBt"

static void test_sample (void)
{
	StunMessage message;
	g_assert_true (stun_read (sample, SAMPLE_BYTES, &message));
	g_assert_cmpint (message.type, ==, STUN_REQUEST);
	g_assert_cmpstr (message.username, ==, "evtj:h6vY");
	g_assert_cmpuint (message.priority, ==, 0x6e0001ff);
	g_assert_true (message.controlled);
	g_assert_false (message.controlling || message.use_candidate);
	g_assert_cmpuint (message.tie_breaker, ==, 0x932ff9b151263b36u);
	g_assert_true (stun_check (sample, SAMPLE_BYTES, &message, SAMPLE_PASSWORD));
	g_assert_false (stun_check (sample, SAMPLE_BYTES, &message, "another"));
}

/* Any changed bit is noticed, by form, fingerprint or integrity; any cut too. Only a fingerprint that is none any more is not. */
static void test_damage (void)
{
	guint8 copy[SAMPLE_BYTES];
	StunMessage message;
	for (gsize bit = 0; bit < (SAMPLE_BYTES - 8) * 8; bit++) {
		memcpy (copy, sample, SAMPLE_BYTES);
		copy[bit / 8] ^= 1 << bit % 8;
		g_assert_false (stun_read (copy, SAMPLE_BYTES, &message) && stun_check (copy, SAMPLE_BYTES, &message, SAMPLE_PASSWORD));
	}
	for (gsize bytes = 0; bytes < SAMPLE_BYTES; bytes++) {
		g_autofree guint8 *exact = g_memdup2 (sample, bytes);
		g_assert_false (stun_read (exact, bytes, &message));
	}
}

static void test_write (void)
{
	guint8 out[STUN_MAX_BYTES];
	StunMessage read, message = { .type = STUN_SUCCESS, .id = "abcdefghijk", .error_code = 487, .use_candidate = TRUE, .controlling = TRUE,
		.tie_breaker = 0x1122334455667788, .priority = 77, .mapped = { .sin_family = AF_INET, .sin_port = htons (4711) } };
	memset (message.username, 'x', sizeof message.username - 1);
	inet_pton (AF_INET, "10.1.2.3", &message.mapped.sin_addr);
	gsize bytes = stun_write (out, &message, "secret");
	g_assert_cmpuint (bytes, <=, STUN_MAX_BYTES);
	g_assert_true (stun_read (out, bytes, &read));
	g_assert_true (stun_check (out, bytes, &read, "secret"));
	g_assert_cmpstr (read.username, ==, message.username);
	g_assert_cmpint (read.error_code, ==, 487);
	g_assert_true (read.use_candidate && read.controlling);
	g_assert_cmpuint (read.tie_breaker, ==, message.tie_breaker);
	g_assert_cmpuint (read.mapped.sin_port, ==, message.mapped.sin_port);
	g_assert_cmpuint (read.mapped.sin_addr.s_addr, ==, message.mapped.sin_addr.s_addr);
	g_assert_cmpmem (read.id, STUN_ID_BYTES, message.id, STUN_ID_BYTES);
}

static const struct sockaddr_in addresses[2] = { { .sin_family = AF_INET, .sin_port = 0x1111 }, { .sin_family = AF_INET, .sin_port = 0x2222 } };

/* What `from` sends to the other, and the answer's way back. */
static void exchange (Ice *sides, int from, gint64 now_us)
{
	guint8 check[STUN_MAX_BYTES], answer[STUN_MAX_BYTES];
	struct sockaddr_in to;
	gsize bytes = ice_check (&sides[from], now_us, check, &to);
	if (!bytes)
		return;
	g_assert_cmpuint (to.sin_port, ==, addresses[!from].sin_port);
	bytes = ice_take (&sides[!from], check, bytes, &addresses[from], answer);
	g_assert_cmpuint (bytes, >, 0);
	g_assert_cmpuint (ice_take (&sides[from], answer, bytes, &addresses[!from], check), ==, 0);
}

static void test_ice (void)
{
	Ice sides[2];
	Sdp *sdp[2];
	for (int i = 0; i < 2; i++) {
		ice_init (&sides[i]);
		sdp[i] = sdp_new ();
		g_strlcpy (sdp[i]->ufrag, sides[i].ufrag, sizeof sdp[i]->ufrag);
		g_strlcpy (sdp[i]->password, sides[i].password, sizeof sdp[i]->password);
		sdp[i]->candidates[sdp[i]->n_candidates++] = addresses[i];
	}
	for (int i = 0; i < 2; i++)
		ice_set_remote (&sides[i], sdp[!i], i == 0);
	for (int i = 0; i < 2; i++) {
		g_assert_false (sides[i].selected);
		exchange (sides, i, 1000);
		g_assert_true (sides[i].selected);
		g_assert_cmpuint (sides[i].remote.sin_port, ==, addresses[!i].sin_port);
		sdp_free (sdp[i]);
	}
	/* Then it is only kept alive. */
	guint8 out[STUN_MAX_BYTES];
	struct sockaddr_in to;
	g_assert_cmpuint (ice_check (&sides[0], 1000 + ICE_CHECK_US, out, &to), >, 0);
	g_assert_cmpuint (ice_check (&sides[0], 1000 + 2 * ICE_CHECK_US, out, &to), ==, 0);
	g_assert_cmpuint (ice_check (&sides[0], 1000 + ICE_CHECK_US + ICE_KEEP_ALIVE_US, out, &to), >, 0);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/load/stun/sample", test_sample);
	g_test_add_func ("/load/stun/damage", test_damage);
	g_test_add_func ("/load/stun/write", test_write);
	g_test_add_func ("/load/stun/ice", test_ice);
	return g_test_run ();
}
