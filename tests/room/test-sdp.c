/* Offers read and answers written. */
#include "config.h"
#include "plugins/room/sdp.h"

#include <string.h>

#include "curia-error.h"
#include "plugins/room/sdp-format.h"

static const char head[] = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=extmap-allow-mixed\r\n";

static const char audio[] =
	"m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0\r\nc=IN IP4 0.0.0.0\r\na=sendonly\r\na=mid:a1\r\n"
	"a=extmap:14 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=extmap:3/recvonly http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
	"a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=extmap:15 urn:3gpp:video-orientation\r\n"
	"a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
	"a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=rtpmap:9 G722/8000\r\n";

static const char video[] =
	"m=video 9 UDP/TLS/RTP/SAVPF 96 98 100 102 104 106 108\r\nc=IN IP4 0.0.0.0\r\na=recvonly\r\na=mid:v1\r\n"
	"a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\na=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
	"a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=extmap:13 urn:3gpp:video-orientation\r\n"
	"a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay\r\n"
	"a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 transport-cc\r\na=rtpmap:98 VP9/90000\r\na=fmtp:98 profile-id=2\r\na=rtpmap:100 VP9/90000\r\na=fmtp:100 profile-id=0\r\n"
	"a=rtpmap:102 H264/90000\r\na=fmtp:102 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f\r\n"
	"a=rtpmap:104 H264/90000\r\na=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f\r\n"
	"a=rtpmap:106 H264/90000\r\na=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42E01F\r\n"
	"a=rtpmap:108 AV1/90000\r\n";

static SdpOffer *parse (const char *text)
{
	g_autoptr (GError) error = NULL;
	SdpOffer *offer = sdp_offer_parse (text, &error);
	g_assert_no_error (error);
	return offer;
}

static void test_read (void)
{
	g_autofree char *text = g_strconcat (head, audio, video, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\n",
		"m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:gone\r\na=rtpmap:96 VP8/90000\r\n", NULL);
	g_autoptr (SdpOffer) offer = parse (text);
	g_assert_cmpuint (offer->n, ==, 4);
	const SdpSection *a = &offer->sections[0], *v = &offer->sections[1];
	g_assert_cmpstr (a->mid, ==, "a1");
	g_assert_true (a->audio && !a->video && !a->rejected);
	g_assert_cmpint (a->direction, ==, SDP_SENDONLY);
	g_assert_cmpint (a->payload_type[CODEC_OPUS], ==, 111);
	g_assert_cmpint (a->payload_type[CODEC_VP8], ==, -1);
	g_assert_true (a->transport_cc[CODEC_OPUS]);
	g_assert_cmpint (a->extension[SDP_EXT_AUDIO_LEVEL], ==, 14);
	g_assert_cmpint (a->extension[SDP_EXT_TRANSPORT_CC], ==, 3);
	g_assert_cmpint (a->extension[SDP_EXT_ORIENTATION], ==, 0); /* 15 does not fit into a one-byte extension */
	g_assert_cmpint (v->payload_type[CODEC_VP8], ==, 96);
	g_assert_cmpint (v->payload_type[CODEC_VP9], ==, 100);
	g_assert_cmpint (v->payload_type[CODEC_H264], ==, 106);
	g_assert_cmpint (v->payload_type[CODEC_AV1], ==, 108);
	g_assert_cmpint (v->payload_type[CODEC_OPUS], ==, -1);
	g_assert_cmpint (v->direction, ==, SDP_RECVONLY);
	g_assert_false (offer->sections[2].audio || offer->sections[2].video);
	g_assert_true (offer->sections[3].rejected);
	g_assert_cmpint (sdp_offer_find (offer, "v1"), ==, 1);
	g_assert_cmpint (sdp_offer_find (offer, "v2"), ==, -1);
}

static void test_write_receiving (void)
{
	g_autofree char *text = g_strconcat (head, audio, NULL);
	g_autoptr (SdpOffer) offer = parse (text);
	SdpReply replies[] = { { .codec = CODEC_OPUS, .format = "usedtx=1", .bitrate_bps = 64000 } };
	g_autofree char *answer = sdp_answer_write (offer, replies);
	g_assert_cmpstr (answer, ==, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=Curia\r\nt=0 0\r\n"
		"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 127.0.0.1\r\nb=TIAS:64000\r\na=recvonly\r\n"
		"a=rtpmap:111 opus/48000/2\r\na=fmtp:111 usedtx=1\r\na=rtcp-fb:111 transport-cc\r\n"
		"a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=extmap:14 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
		"a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n");
}

static void test_write_sending (void)
{
	g_autofree char *text = g_strconcat (head, video, NULL);
	g_autoptr (SdpOffer) offer = parse (text);
	SdpReply replies[] = { { .codec = CODEC_H264, .send = TRUE, .stream = "v1", .track = "video" } };
	g_autofree char *answer = sdp_answer_write (offer, replies);
	g_assert_cmpstr (strstr (answer, "m="), ==, "m=video 9 UDP/TLS/RTP/SAVPF 106\r\nc=IN IP4 127.0.0.1\r\na=sendonly\r\na=msid:v1 video\r\n"
		"a=rtpmap:106 H264/90000\r\na=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42E01F\r\n"
		"a=rtcp-fb:106 ccm fir\r\na=rtcp-fb:106 nack\r\na=rtcp-fb:106 nack pli\r\na=rtcp-fb:106 goog-remb\r\n"
		"a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n"
		"a=extmap:13 urn:3gpp:video-orientation\r\n");
	g_assert_null (strstr (answer, "transport")); /* so that the viewer's estimate comes as REMB */
}

static void test_write_refusing (void)
{
	g_autofree char *text = g_strconcat (head, video, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n",
		"m=audio 9 UDP/TLS/RTP/SAVPF 9\r\na=rtpmap:9 G722/8000\r\n", NULL);
	g_autoptr (SdpOffer) offer = parse (text);
	SdpReply replies[3] = { { 0 } };
	g_autofree char *answer = sdp_answer_write (offer, replies);
	/* A section that may be used later stays with port 9: with 0 Janus would take its SSRC away for good. */
	g_assert_nonnull (strstr (answer, "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 127.0.0.1\r\na=inactive\r\n"));
	g_assert_nonnull (strstr (answer, "m=application 0 UDP/DTLS/SCTP 0\r\n"));
	g_assert_nonnull (strstr (answer, "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\n"));
	g_assert_null (strstr (answer, "abs-send-time"));
}

static void test_missing_mid (void)
{
	/* Janus drops the mid of a section when it equals a payload type that it drops. */
	g_autofree char *text = g_strconcat (head, "m=audio 9 RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n",
		"m=audio 9 RTP/SAVPF 111\r\na=mid:bad mid\r\na=rtpmap:111 opus/48000/2\r\n", NULL);
	g_autoptr (SdpOffer) offer = parse (text);
	g_assert_cmpstr (offer->sections[0].mid, ==, "0");
	g_assert_cmpstr (offer->sections[1].mid, ==, "1");
}

static void test_damaged (void)
{
	static const char *const rows[] = {
		"", "v=1\r\n", "v=0\r\n", "m=audio 9 X 1\r\n", "v=0\r\nm=audio\r\n", "v=0\r\nm=audio 9 RTP/SAVPF\r\n", "v=0\r\nm=\r\n",
		"v=0\r\nm=audio 9 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA 111\r\n",
	};
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GError) error = NULL;
		g_test_message ("%s", rows[i]);
		g_assert_null (sdp_offer_parse (rows[i], &error));
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_SDP);
	}
	GString *many = g_string_new ("v=0\r\n");
	for (int i = 0; i <= SDP_MAX_SECTIONS; i++)
		g_string_append (many, "m=audio 9 RTP/SAVPF 111\r\n");
	g_autoptr (GError) error = NULL;
	g_assert_null (sdp_offer_parse (many->str, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_SDP);
	g_string_free (many, TRUE);
	/* Odd, but not damaged: what cannot be read is not there. */
	static const char *const odd[] = {
		"a=rtpmap:", "a=rtpmap:111", "a=rtpmap:999 opus/48000/2", "a=rtpmap:111 opus", "a=rtpmap:111 opus/", "a=fmtp:111", "a=fmtp:-1 x",
		"a=extmap:", "a=extmap:0 urn:3gpp:video-orientation", "a=extmap:99999999999999999999 x", "a=rtcp-fb:* nack", "a=mid:", "a", "a=", "=", "m",
	};
	for (guint i = 0; i < G_N_ELEMENTS (odd); i++) {
		g_autofree char *text = g_strconcat ("v=0\nm=audio 9 RTP/SAVPF x 111 -5 300 111\n", odd[i], "\n", NULL);
		g_autoptr (SdpOffer) offer = parse (text);
		g_assert_cmpint (offer->sections[0].payload_type[CODEC_OPUS], ==, -1);
	}
}

static void test_formats (void)
{
	static const struct {
		const char *rtpmap;
		Codec codec;
	} maps[] = {
		{ "opus/48000/2", CODEC_OPUS }, { "OPUS/48000/2", CODEC_OPUS }, { "vp8/90000", CODEC_VP8 }, { "AV1/90000", CODEC_AV1 },
		{ "VP8/1000", CODEC_NONE }, { "VP8", CODEC_NONE }, { "rtx/90000", CODEC_NONE }, { "", CODEC_NONE }, { NULL, CODEC_NONE },
	};
	for (guint i = 0; i < G_N_ELEMENTS (maps); i++)
		g_assert_cmpint (sdp_format_codec (maps[i].rtpmap), ==, maps[i].codec);
	static const struct {
		Codec codec;
		const char *better, *worse; /* NULL: not usable */
	} scores[] = {
		{ CODEC_H264, "packetization-mode=1;profile-level-id=42e01f", "packetization-mode=1;profile-level-id=4d001f" },
		{ CODEC_H264, "packetization-mode=1;profile-level-id=42001f", "packetization-mode=1;profile-level-id=64001f" },
		{ CODEC_H264, "profile-level-id=64001f; packetization-mode=1", "packetization-mode=0;profile-level-id=42e01f" },
		{ CODEC_VP9, "profile-id=0", "profile-id=1" },
		{ CODEC_AV1, "level-idx=5;profile=0;tier=0", "level-idx=5;profile=1;tier=0" },
	};
	for (guint i = 0; i < G_N_ELEMENTS (scores); i++)
		g_assert_cmpint (sdp_format_score (scores[i].codec, scores[i].better), >, sdp_format_score (scores[i].codec, scores[i].worse));
	g_assert_cmpint (sdp_format_score (CODEC_H264, NULL), ==, 0);
	g_assert_cmpint (sdp_format_score (CODEC_VP9, NULL), >, 0);
	g_assert_cmpint (sdp_format_score (CODEC_NONE, "x"), ==, 0);
}

/* Whatever is cut out of or changed in an offer: no crash, and the answer has a section for each of its sections. */
static void test_random (void)
{
	g_autofree char *text = g_strconcat (head, audio, video, NULL);
	for (int round = 0; round < 20000; round++) {
		g_autofree char *mutated = g_strdup (text);
		gsize length = strlen (mutated);
		for (int i = g_test_rand_int_range (1, 8); i > 0; i--)
			mutated[g_test_rand_int_range (5, length)] = g_test_rand_int_range (1, 128);
		if (round % 3 == 0)
			mutated[g_test_rand_int_range (5, length)] = 0;
		g_autoptr (GError) error = NULL;
		g_autoptr (SdpOffer) offer = sdp_offer_parse (mutated, &error);
		g_assert_true ((offer == NULL) == (error != NULL));
		if (!offer)
			continue;
		SdpReply replies[SDP_MAX_SECTIONS] = { 0 };
		for (guint i = 0; i < offer->n; i++) {
			Codec codec = offer->sections[i].audio ? CODEC_OPUS : CODEC_VP9;
			if (offer->sections[i].payload_type[codec] >= 0)
				replies[i] = (SdpReply) { .codec = codec, .send = i % 2, .stream = "s", .track = "t" };
		}
		g_autofree char *answer = sdp_answer_write (offer, replies);
		guint sections = 0;
		for (const char *m = strstr (answer, "\r\nm="); m; m = strstr (m + 1, "\r\nm="))
			sections++;
		g_assert_cmpuint (sections, ==, offer->n);
	}
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/sdp/read", test_read);
	g_test_add_func ("/sdp/write/receiving", test_write_receiving);
	g_test_add_func ("/sdp/write/sending", test_write_sending);
	g_test_add_func ("/sdp/write/refusing", test_write_refusing);
	g_test_add_func ("/sdp/missing-mid", test_missing_mid);
	g_test_add_func ("/sdp/damaged", test_damaged);
	g_test_add_func ("/sdp/formats", test_formats);
	g_test_add_func ("/sdp/random", test_random);
	return g_test_run ();
}
