/* Offers before the core sees them: rows of lines in and out, and what a browser really sends. */
#include "transports/api/offer.h"

#include <string.h>

#define HEAD "v=0\n"
#define VIDEO "m=video 9 UDP/TLS/RTP/SAVPF 96 97\na=mid:1\n"
#define CODECS "a=rtpmap:96 VP8/90000\na=rtpmap:97 rtx/90000\na=fmtp:97 apt=96\n"

typedef struct {
	const char *name;
	const char *sdp;     /* lines end with \n */
	const char *expect;  /* must be in the result, or NULL */
	const char *absent;  /* must not be, or NULL */
	const char *refusal; /* must be in the reason; NULL: accepted */
} Row;

static const Row rows[] = {
	{ "setup", HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0\na=setup:actpass\n", "a=setup:active\r\n", "actpass", NULL },
	{ "setup-of-session", HEAD "a=setup:actpass\nm=audio 9 X 111\na=mid:0\n", "a=setup:active\r\n", "actpass", NULL },
	{ "setup-passive-stays", HEAD "m=audio 9 X 111\na=mid:0\na=setup:passive\n", "a=setup:passive\r\n", NULL, NULL },
	{ "setup-longer-word-stays", HEAD "m=audio 9 X 111\na=mid:0\na=setup:actpassx\n", "a=setup:actpassx\r\n", NULL, NULL },
	{ "sending-loses-rtx-type", HEAD VIDEO "a=sendonly\n" CODECS, "SAVPF 96\r\n", "97", NULL },
	{ "no-direction-is-sending", HEAD VIDEO CODECS, "SAVPF 96\r\n", "97", NULL },
	{ "direction-after-the-codecs", HEAD VIDEO CODECS "a=recvonly\n", "SAVPF 96 97\r\n", NULL, NULL },
	{ "rtx-in-capitals", HEAD VIDEO "a=rtpmap:96 VP8/90000\na=rtpmap:97 RTX/90000\n", "SAVPF 96\r\n", "97", NULL },
	{ "sending-loses-rtx-ssrc", HEAD VIDEO CODECS "a=ssrc-group:FID 11 22\na=ssrc:11 cname:a\na=ssrc:22 cname:b\n",
	  "a=ssrc:11 cname:a\r\n", "22", NULL },
	{ "simulcast-group-stays", HEAD VIDEO CODECS "a=ssrc-group:SIM 11 12\na=ssrc:11 cname:a\n", "a=ssrc-group:SIM 11 12\r\n", NULL, NULL },
	{ "receiving-gets-a-group", HEAD VIDEO CODECS "a=recvonly\n", "a=ssrc-group:FID ", NULL, NULL },
	{ "receiving-audio-gets-none", HEAD "m=audio 9 X 111\na=mid:0\na=recvonly\na=rtpmap:97 rtx/48000\n", NULL, "FID", NULL },
	{ "without-rtx-none", HEAD VIDEO "a=recvonly\na=rtpmap:96 VP8/90000\n", NULL, "FID", NULL },
	{ "apt-without-codec", HEAD VIDEO "a=rtpmap:97 rtx/90000\na=fmtp:97 apt=96\n", NULL, NULL, "apt needs" },
	{ "apt-with-damaged-codec", HEAD VIDEO "a=rtpmap:96 VP8/9x\na=rtpmap:97 rtx/90000\na=fmtp:97 apt=96\n", NULL, NULL, "apt needs" },
	{ "carriage-returns", "v=0\r\nm=audio 9 X 111\r\na=mid:0\r\na=setup:actpass\r\n", "a=mid:0\r\na=setup:active\r\n", "\r\r", NULL },
	{ "no-last-newline", HEAD "m=audio 9 X 111\na=mid:0", "a=mid:0\r\n", NULL, NULL },
	{ "empty", "", NULL, NULL, "begin with v=0" },
	{ "no-version", "m=audio 9 X 111\na=mid:0\n", NULL, NULL, "begin with v=0" },
	{ "no-sections", HEAD "s=-\n", NULL, NULL, "no m= line" },
	{ "not-a-line", HEAD "hello\n", NULL, NULL, "Line 2" },
	{ "application", HEAD "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:0\n", NULL, NULL, "m=application" },
	{ "application-switched-off", HEAD "m=audio 9 X 1\na=mid:0\nm=application 0 UDP/DTLS/SCTP x\na=mid:1\n", NULL, NULL, "m=application" },
	{ "text", HEAD "m=text 9 X 1\na=mid:0\n", NULL, NULL, "audio or video" },
	{ "no-mid", HEAD "m=audio 9 X 111\n", NULL, NULL, "exactly one a=mid" },
	{ "two-mids", HEAD "m=audio 9 X 111\na=mid:0\na=mid:1\n", NULL, NULL, "exactly one a=mid" },
	{ "long-mid", HEAD "m=audio 9 X 111\na=mid:0123456789abcdef\n", NULL, NULL, "1 to 15" },
	{ "mid-15", HEAD "m=audio 9 X 111\na=mid:0123456789abcde\n", "abcde", NULL, NULL },
	{ "odd-mid", HEAD "m=audio 9 X 111\na=mid:a b\n", NULL, NULL, "1 to 15" },
	{ "same-mid", HEAD "m=audio 9 X 111\na=mid:0\nm=audio 9 X 111\na=mid:0\n", NULL, NULL, "twice" },
	{ "ssrc-0", HEAD "m=audio 9 X 111\na=mid:0\na=ssrc:0 cname:x\n", NULL, NULL, "0 or 1" },
	{ "ssrc-1", HEAD "m=audio 9 X 111\na=mid:0\na=ssrc:1 cname:x\n", NULL, NULL, "0 or 1" },
	{ "ssrc-10", HEAD "m=audio 9 X 111\na=mid:0\na=ssrc:10 cname:x\n", "a=ssrc:10 ", NULL, NULL },
	{ "only-rtx", HEAD "m=video 9 X 97\na=mid:0\na=rtpmap:97 rtx/90000\n", NULL, NULL, "no codec" },
};

static char *
rewrite (const char *sdp, guint32 seed, Refusal *refusal)
{
	return offer_rewrite (sdp, strlen (sdp), seed, refusal);
}

static void
test_row (gconstpointer data)
{
	const Row *row = data;
	Refusal refusal = { 0 };
	g_autofree char *result = rewrite (row->sdp, 7, &refusal);

	if (row->refusal) {
		g_assert_null (result);
		g_assert_nonnull (strstr (refusal.reason, row->refusal));
		g_assert_cmpint (refusal.code, ==, JANUS_CODE_INVALID_SDP);
		return;
	}
	g_assert_nonnull (result);
	g_assert_true (row->expect == NULL || strstr (result, row->expect) != NULL);
	g_assert_true (row->absent == NULL || strstr (result, row->absent) == NULL);
}

static char *
fixture (const char *name)
{
	g_autofree char *path = g_test_build_filename (G_TEST_DIST, "tests", "api", "fixtures", name, NULL);
	char *text;

	g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
	return text;
}

static guint
count (const char *text, const char *word)
{
	guint n = 0;

	while ((text = strstr (text, word))) {
		n++;
		text += strlen (word);
	}
	return n;
}

static void
test_publish (void)
{
	g_autofree char *sdp = fixture ("chromium-publish.sdp");
	Refusal refusal;
	g_autofree char *result = rewrite (sdp, 7, &refusal);

	g_assert_nonnull (result);
	g_assert_cmpuint (count (sdp, "rtx/90000"), >, 0);
	g_assert_cmpuint (count (result, "rtx/90000"), ==, 0);
	g_assert_cmpuint (count (result, "apt="), ==, 0);
	g_assert_cmpuint (count (result, "FID"), ==, 0);
	g_assert_cmpuint (count (result, "a=setup:active\r\n"), ==, count (sdp, "a=setup:actpass"));
	g_assert_cmpuint (count (result, "m="), ==, count (sdp, "m="));
	/* every payload type that is left has its codec, and the other way round */
	g_assert_cmpuint (count (result, "VP8/90000"), ==, count (sdp, "VP8/90000"));
	g_assert_nonnull (strstr (result, "m=video 9 UDP/TLS/RTP/SAVPF 96 102 104 "));
}

static void
test_view (void)
{
	g_autofree char *sdp = fixture ("chromium-view.sdp");
	Refusal refusal;
	g_autofree char *result = rewrite (sdp, 7, &refusal);
	g_autofree char *again = rewrite (sdp, 7, &refusal);
	g_autofree char *other = rewrite (sdp, 8, &refusal);

	g_assert_nonnull (result);
	g_assert_true (g_strcmp0 (result, again) == 0);
	g_assert_true (g_strcmp0 (result, other) != 0);
	g_assert_cmpuint (count (result, "rtx/90000"), ==, count (sdp, "rtx/90000"));
	g_assert_cmpuint (count (result, "a=ssrc-group:FID "), ==, 1);
	/* in the first video section and nowhere else */
	const char *group = strstr (result, "a=ssrc-group:FID ");
	const char *first = strstr (result, "m=video");
	g_assert_true (group > first && group < strstr (first + 1, "m=video"));
}

/* A second look changes nothing more. */
static void
test_stable (void)
{
	static const char *const names[] = { "chromium-publish.sdp", "chromium-view.sdp", "chromium-simulcast.sdp" };

	for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
		g_autofree char *sdp = fixture (names[i]);
		Refusal refusal;
		g_autofree char *once = rewrite (sdp, 7, &refusal);
		g_autofree char *twice = once ? rewrite (once, 7, &refusal) : NULL;

		g_assert_true (g_strcmp0 (once, twice) == 0);
	}
}

static void
test_data (void)
{
	g_autofree char *sdp = fixture ("chromium-data.sdp");
	Refusal refusal;

	g_assert_null (rewrite (sdp, 7, &refusal));
	g_assert_nonnull (strstr (refusal.reason, "m=application"));
}

static void
test_seeds (void)
{
	for (guint32 seed = 0; seed < 20000; seed++) {
		Refusal refusal;
		g_autofree char *result = rewrite (HEAD VIDEO CODECS "a=recvonly\n", seed * 214013u, &refusal);
		guint32 media, rtx;

		g_assert_cmpint (sscanf (strstr (result, "FID "), "FID %u %u", &media, &rtx), ==, 2);
		g_assert_true (media > 1 && rtx > 1 && media != rtx);
	}
}

static void
test_bounds (void)
{
	Refusal refusal;
	g_autoptr (GString) many = g_string_new (HEAD);
	g_autoptr (GString) lines = g_string_new (HEAD);
	g_autofree char *huge = g_strnfill (OFFER_MAX_BYTES + 1, 'a');

	for (int i = 0; i <= OFFER_MAX_SECTIONS; i++)
		g_string_append_printf (many, "m=audio 9 X 0\na=mid:%d\n", i);
	g_assert_null (rewrite (many->str, 1, &refusal));
	g_assert_nonnull (strstr (refusal.reason, "sections"));
	for (int i = 0; i <= OFFER_MAX_LINES; i++)
		g_string_append (lines, "a=x\n");
	g_assert_null (rewrite (lines->str, 1, &refusal));
	g_assert_nonnull (strstr (refusal.reason, "lines"));
	g_assert_null (rewrite (huge, 1, &refusal));
	g_assert_nonnull (strstr (refusal.reason, "bytes"));
	g_assert_null (offer_rewrite ("v=0\nm=\0", 7, 1, &refusal));
}

/* Damaged offers: no crash, and what passes keeps its sections. */
static void
test_random (void)
{
	g_autofree char *sdp = fixture ("chromium-view.sdp");
	gsize length = strlen (sdp);

	for (int round = 0; round < 2000; round++) {
		g_autofree char *damaged = g_strndup (sdp, length);
		Refusal refusal;

		for (int i = g_test_rand_int_range (1, 30); i > 0; i--)
			damaged[g_test_rand_int_range (0, (gint32) length)] = (char) g_test_rand_int_range (0, 256);
		g_autofree char *result = offer_rewrite (damaged, length - (gsize) g_test_rand_int_range (0, 2000), 1, &refusal);
		g_assert_true (result == NULL || strstr (result, "m=application") == NULL);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *path = g_strconcat ("/offer/row/", rows[i].name, NULL);

		g_test_add_data_func (path, &rows[i], test_row);
	}
	g_test_add_func ("/offer/publish", test_publish);
	g_test_add_func ("/offer/view", test_view);
	g_test_add_func ("/offer/stable", test_stable);
	g_test_add_func ("/offer/data", test_data);
	g_test_add_func ("/offer/seeds", test_seeds);
	g_test_add_func ("/offer/bounds", test_bounds);
	g_test_add_func ("/offer/random", test_random);
	return g_test_run ();
}
