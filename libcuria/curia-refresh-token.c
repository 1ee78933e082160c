#include "curia-refresh-token.h"

#include <string.h>
#include "curia-id.h"

#define SECRET_BYTES 32
#define MAX_BYTES 256
#define USE "curia refresh token\n" /* its MAC is none of anything else that the key signs */

CuriaRefreshToken *
curia_refresh_token_new (const char *session)
{
	CuriaRefreshToken *self = g_new (CuriaRefreshToken, 1);

	*self = (CuriaRefreshToken) { g_strdup (session), curia_id_secret (SECRET_BYTES), 1 };
	return self;
}

void
curia_refresh_token_free (CuriaRefreshToken *self)
{
	if (self == NULL)
		return;
	g_free (self->session);
	g_free (self->secret);
	g_free (self);
}

static char *
mac_of (const char *key, const char *text)
{
	g_autofree char *used = g_strconcat (USE, text, NULL);

	return g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *) key, strlen (key), used, -1);
}

char *
curia_refresh_token_to_text (const CuriaRefreshToken *self, const char *key)
{
	g_autofree char *text = g_strdup_printf ("%s.%" G_GINT64_FORMAT ".%s", self->session, self->generation, self->secret);
	g_autofree char *mac = mac_of (key, text);

	return g_strconcat (text, ".", mac, NULL);
}

CuriaRefreshToken *
curia_refresh_token_parse (const char *key, const char *text)
{
	g_autofree char *signed_text = NULL, *mac = NULL;
	g_auto (GStrv) parts = NULL;
	const char *dot = text != NULL && strlen (text) <= MAX_BYTES ? strrchr (text, '.') : NULL;
	CuriaRefreshToken *self;

	if (dot == NULL)
		return NULL;
	signed_text = g_strndup (text, (gsize) (dot - text));
	mac = mac_of (key, signed_text);
	if (!curia_id_secret_equal (mac, dot + 1))
		return NULL;
	parts = g_strsplit (signed_text, ".", -1); /* ours, so there are three */
	self = g_new (CuriaRefreshToken, 1);
	*self = (CuriaRefreshToken) { g_strdup (parts[0]), g_strdup (parts[2]), g_ascii_strtoll (parts[1], NULL, 10) };
	return self;
}

char *
curia_refresh_token_digest (const char *secret)
{
	return g_compute_checksum_for_string (G_CHECKSUM_SHA256, secret, -1);
}
