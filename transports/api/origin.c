#include "origin.h"

#include <string.h>

char *
origin_authority (const char *url)
{
	const char *at = NULL;

	if (g_ascii_strncasecmp (url, "https://", 8) == 0)
		at = url + 8;
	else if (g_ascii_strncasecmp (url, "http://", 7) == 0)
		at = url + 7;
	if (at == NULL || strcspn (at, "/?#") == 0)
		return NULL;
	return g_ascii_strdown (at, (gssize) strcspn (at, "/?#"));
}

gboolean
origin_is_listed (const char *origin, const char *const *allowed)
{
	for (; origin && allowed && *allowed; allowed++)
		if (g_ascii_strcasecmp (origin, *allowed) == 0)
			return TRUE;
	return FALSE;
}

gboolean
origin_is_welcome (const char *origin, const char *host, const char *public_url, const char *const *allowed)
{
	if (origin == NULL || *origin == '\0')
		return TRUE;
	if (origin_is_listed (origin, allowed))
		return TRUE;
	g_autofree char *authority = origin_authority (origin);
	g_autofree char *own = origin_authority (public_url ? public_url : "");
	if (authority == NULL)
		return FALSE;
	return (host && g_ascii_strcasecmp (authority, host) == 0) || g_strcmp0 (authority, own) == 0;
}
