/* Offers as the core hands them to the room, and the answers to them. */
#include "fuzz.h"

#include <string.h>
#include "plugins/room/sdp.h"

static guint
count_sections (const char *sdp)
{
	guint n = 0;

	for (const char *m = strstr (sdp, "\r\nm="); m != NULL; m = strstr (m + 1, "\r\nm="))
		n++;
	return n;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
	SdpReply replies[SDP_MAX_SECTIONS] = { 0 };
	g_autofree char *text = g_strndup ((const char *) data, size);
	g_autoptr (GError) error = NULL;
	g_autoptr (SdpOffer) offer = sdp_offer_parse (text, &error);

	FUZZ_EXPECT ((offer == NULL) == (error != NULL));
	if (offer == NULL)
		return 0;
	for (guint i = 0; i < offer->n; i++)
		for (int codec = CODEC_NONE + 1; codec < CODEC_N; codec++)
			if (offer->sections[i].payload_type[codec] >= 0)
				replies[i] = (SdpReply) { .codec = codec, .send = i % 2, .stream = "s", .track = "t" };
	g_autofree char *answer = sdp_answer_write (offer, replies);
	FUZZ_EXPECT (count_sections (answer) == offer->n);
	FUZZ_EXPECT (strlen (answer) <= 2 * size + 1024 * (offer->n + 1));
	g_autoptr (SdpOffer) back = sdp_offer_parse (answer, NULL);
	FUZZ_EXPECT (back != NULL && back->n == offer->n);
	return 0;
}
