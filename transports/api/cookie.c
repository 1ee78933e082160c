#include "cookie.h"

#include <string.h>

#include "origin.h"

char *
api_cookie_read (const char *header, const char *name)
{
	g_auto (GStrv) pairs = g_strsplit (header != NULL ? header : "", ";", 200);
	gsize length = strlen (name);
	const char *found = NULL;
	for (char **pair = pairs; *pair != NULL; pair++) {
		g_strstrip (*pair);
		if (strncmp (*pair, name, length) != 0 || (*pair)[length] != '=')
			continue;
		if (found != NULL)
			return NULL;
		found = *pair + length + 1;
	}
	return g_strdup (found);
}

void
api_cookie_set (const ApiRequest *request, ApiResponse *response, const ApiCookie *cookie)
{
	gboolean plain = !request->tls && request->local;
	char *text = g_strdup_printf ("%s=%s; Path=%s; Max-Age=%" G_GINT64_FORMAT "; HttpOnly; SameSite=%s%s", cookie->name,
		cookie->value, cookie->path, cookie->max_age_s, cookie->lax ? "Lax" : "Strict", plain ? "" : "; Secure");
	for (guint i = 0; i < API_MAX_COOKIES; i++)
		if (response->cookies[i] == NULL) {
			response->cookies[i] = text;
			return;
		}
	g_assert_not_reached ();
}

gboolean
api_cookie_check_page (const ApiRequest *request, gboolean script, GError **error)
{
	const char *public_url = curia_options_string (curia_node_options (request->node), "api.public_url");
	if (!origin_is_welcome (request->origin, request->host, public_url, NULL))
		return curia_throw (error, CURIA_ERROR_FORBIDDEN, "Only pages of this server may do this");
	if (script && !request->from_script)
		return curia_throw (error, CURIA_ERROR_FORBIDDEN, "This needs the header X-Curia: 1");
	return TRUE;
}
