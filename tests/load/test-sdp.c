/* test-sdp.c: our offers say what they should, are read back as they were, and answers fit offers. */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "tools/load/sdp.h"

static Sdp *an_offer (void)
{
	Sdp *sdp = sdp_new ();
	g_strlcpy (sdp->ufrag, "frag", sizeof sdp->ufrag);
	g_strlcpy (sdp->password, "secret", sizeof sdp->password);
	g_strlcpy (sdp->fingerprint, "sha-256 AB:CD", sizeof sdp->fingerprint);
	g_strlcpy (sdp->setup, "actpass", sizeof sdp->setup);
	sdp->candidates[0] = (struct sockaddr_in) { .sin_family = AF_INET, .sin_port = htons (4444) };
	inet_pton (AF_INET, "10.99.0.2", &sdp->candidates[0].sin_addr);
	sdp->n_candidates = 1;
	sdp_add (sdp, "0", FALSE, SDP_SENDONLY)->ssrc = 4711;
	SdpSection *camera = sdp_add (sdp, "1", TRUE, SDP_SENDONLY);
	camera->n_rids = 3;
	memcpy (camera->rids, (char[3][SDP_RID_BYTES]) { "h", "m", "l" }, sizeof camera->rids);
	sdp_add (sdp, "2", TRUE, SDP_RECVONLY);
	return sdp;
}

static void test_offer (void)
{
	static const char *const lines[] = { "a=group:BUNDLE 0 1 2\r\n", "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", "a=ssrc:4711 cname:load\r\n",
		"a=candidate:1 1 udp 2130706431 10.99.0.2 4444 typ host\r\n", "a=rid:m send\r\n", "a=simulcast:send h;m;l\r\n",
		"a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n", "a=fmtp:97 apt=96\r\n", "a=recvonly\r\n", "a=setup:actpass\r\n" };
	g_autoptr (Sdp) sdp = an_offer ();
	g_autofree char *text = sdp_write (sdp);
	for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
		g_test_message ("%s", lines[i]);
		g_assert_nonnull (strstr (text, lines[i]));
	}
}

static void test_round (void)
{
	g_autoptr (Sdp) sdp = an_offer ();
	g_autofree char *text = sdp_write (sdp);
	g_autoptr (Sdp) read = sdp_read (text, NULL);
	g_assert_nonnull (read);
	g_assert_cmpmem (read, sizeof *read, sdp, sizeof *sdp);
}

/* As Janus answers and offers. */
static void test_janus (void)
{
	static const char text[] = "v=0\r\no=- 1 1 IN IP4 10.99.0.1\r\ns=x\r\nt=0 0\r\na=fingerprint:sha-256 01:02\r\na=ice-ufrag:ab\r\na=ice-pwd:cd\r\n"
		"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendonly\r\na=mid:a\r\na=rtpmap:111 opus/48000/2\r\na=setup:active\r\na=ssrc:11 cname:janus\r\n"
		"a=candidate:1 1 udp 2015363327 10.99.0.1 40000 typ host\r\na=candidate:2 1 tcp 5 10.99.0.1 9 typ host tcptype active\r\n"
		"m=video 9 UDP/TLS/RTP/SAVPF 100 101\r\na=sendonly\r\na=mid:b\r\na=rtpmap:100 VP8/90000\r\na=rtpmap:101 rtx/90000\r\na=fmtp:101 apt=100\r\n"
		"a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
		"a=ssrc-group:FID 22 33\r\na=ssrc:22 cname:janus\r\na=ssrc:33 cname:janus\r\na=candidate:1 1 udp 2015363327 10.99.0.1 40000 typ host\r\n"
		"m=video 0 UDP/TLS/RTP/SAVPF 98\r\na=mid:c\r\na=inactive\r\na=rtpmap:98 VP9/90000\r\n";
	g_autoptr (Sdp) offer = sdp_read (text, NULL);
	g_assert_cmpuint (offer->n, ==, 3);
	g_assert_cmpuint (offer->n_candidates, ==, 1);
	g_assert_cmpstr (offer->setup, ==, "active");
	g_assert_cmpuint (offer->sections[0].ssrc, ==, 11);
	g_assert_cmpuint (offer->sections[1].ssrc, ==, 22);
	g_assert_cmpuint (offer->sections[1].repair_ssrc, ==, 33);
	g_assert_cmpint (offer->sections[1].repair_type, ==, 101);
	g_assert_cmpint (offer->sections[2].payload_type, ==, -1);
	g_autoptr (Sdp) answer = sdp_answer_to (offer);
	g_assert_cmpint (answer->sections[1].direction, ==, SDP_RECVONLY);
	g_assert_cmpint (answer->sections[1].payload_type, ==, 100);
	g_assert_cmpuint (answer->sections[1].ids[EXT_TRANSPORT_CC], ==, 0);
	g_assert_cmpuint (answer->sections[1].ids[EXT_MID], ==, 4);
	g_assert_true (answer->sections[2].rejected);
	g_autofree char *written = sdp_write (answer);
	g_assert_nonnull (strstr (written, "a=group:BUNDLE a b\r\n"));
	g_assert_nonnull (strstr (written, "m=video 0 "));
}

static void test_damaged (void)
{
	g_autoptr (Sdp) sdp = an_offer ();
	g_autofree char *text = sdp_write (sdp);
	gsize length = strlen (text);
	g_assert_null (sdp_read ("", NULL));
	g_assert_null (sdp_read ("v=0\r\nm=audio\r\n", NULL));
	for (guint i = 0; i < 2000; i++) {
		g_autofree char *copy = g_strdup (text);
		copy[g_random_int_range (4, length)] = g_random_int_range (1, 256);
		copy[g_random_int_range (4, length)] = g_random_boolean () ? '\n' : '\0';
		g_autoptr (Sdp) read = sdp_read (copy, NULL);
		if (read)
			g_assert_cmpuint (read->n, <=, 8);
	}
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/load/sdp/offer", test_offer);
	g_test_add_func ("/load/sdp/round", test_round);
	g_test_add_func ("/load/sdp/janus", test_janus);
	g_test_add_func ("/load/sdp/damaged", test_damaged);
	return g_test_run ();
}
