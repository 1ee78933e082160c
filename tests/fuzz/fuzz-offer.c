/* SDP offers before the core sees them. The first four bytes are the seed. */
#include "fuzz.h"

#include <string.h>
#include "transports/api/offer.h"

static gboolean
has_line (const char *sdp, const char *begin)
{
	g_autofree char *after_break = g_strconcat ("\r\n", begin, NULL);

	return strstr (sdp, after_break) != NULL;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
	Refusal refusal = { 0 };
	guint32 seed;

	if (size < sizeof seed)
		return 0;
	memcpy (&seed, data, sizeof seed);
	g_autofree char *sdp = g_strndup ((const char *) data + sizeof seed, size - sizeof seed);
	g_autofree char *once = offer_rewrite ((const char *) data + sizeof seed, size - sizeof seed, seed, &refusal);
	if (once == NULL) {
		FUZZ_EXPECT (refusal.code == JANUS_CODE_INVALID_SDP && *refusal.reason);
		return 0;
	}
	FUZZ_EXPECT (g_str_has_prefix (once, "v=0"));
	FUZZ_EXPECT (!has_line (once, "m=application"));
	FUZZ_EXPECT (!has_line (once, "a=setup:actpass\r\n"));
	FUZZ_EXPECT (strlen (once) <= 2 * size + 256);
	g_autofree char *twice = offer_rewrite (once, strlen (once), seed, &refusal);
	FUZZ_EXPECT (twice != NULL && strcmp (once, twice) == 0);
	return 0;
}
