#include "request.h"

#include <string.h>
#include "peers.h"

#define MAX_QUERY 8192
#define MAX_TOKEN 8192
#define BEARER "Bearer "

char *
request_header (struct lws *wsi, enum lws_token_indexes token, gsize max)
{
	int length = lws_hdr_total_length (wsi, token);
	g_autofree char *text = length > 0 && (gsize) length <= max ? g_malloc0 ((gsize) length + 1) : NULL;

	if (text == NULL || lws_hdr_copy (wsi, text, length + 1, token) < 0)
		return NULL;
	return g_steal_pointer (&text);
}

char *
request_custom (struct lws *wsi, const char *name, gsize max)
{
	int length = lws_hdr_custom_length (wsi, name, (int) strlen (name));
	g_autofree char *text = length > 0 && (gsize) length <= max ? g_malloc0 ((gsize) length + 1) : NULL;

	if (text == NULL || lws_hdr_custom_copy (wsi, text, length + 1, name, (int) strlen (name)) < 0)
		return NULL;
	return g_strstrip (g_steal_pointer (&text));
}

/* libwebsockets has undone the escapes; handlers expect them, as "&" may be in a value. */
char *
request_query (struct lws *wsi)
{
	g_autoptr (GString) query = g_string_new (NULL);
	g_autofree char *argument = g_malloc (MAX_QUERY);

	for (int i = 0; query->len < MAX_QUERY; i++) {
		int length = lws_hdr_copy_fragment (wsi, argument, MAX_QUERY, WSI_TOKEN_HTTP_URI_ARGS, i);
		char *value;

		if (length < 0)
			break;
		value = strchr (argument, '=');
		if (value)
			*value++ = '\0';
		g_string_append (query, query->len ? "&" : "");
		g_string_append_uri_escaped (query, argument, NULL, FALSE);
		if (value) {
			g_string_append_c (query, '=');
			g_string_append_uri_escaped (query, value, NULL, FALSE);
		}
	}
	return g_string_free (g_steal_pointer (&query), FALSE);
}

char *
request_argument (struct lws *wsi, const char *name, gsize max)
{
	g_autofree char *prefix = g_strconcat (name, "=", NULL);
	g_autofree char *text = g_malloc0 (max + strlen (prefix) + 1);
	const char *value = lws_get_urlarg_by_name (wsi, prefix, text, (int) (max + strlen (prefix) + 1));

	return value && *value ? g_strdup (value) : NULL;
}

char *
request_token (struct lws *wsi)
{
	g_autofree char *header = request_header (wsi, WSI_TOKEN_HTTP_AUTHORIZATION, MAX_TOKEN + strlen (BEARER));

	if (header && g_ascii_strncasecmp (header, BEARER, strlen (BEARER)) == 0)
		return g_strdup (g_strstrip (header + strlen (BEARER)));
	return request_argument (wsi, "access_token", MAX_TOKEN);
}

static char *
socket_address (struct lws *wsi)
{
	char address[64] = "";

	lws_get_peer_simple (wsi, address, sizeof address);
	return g_strdup (*address ? address : "unknown");
}

char *
request_address (struct lws *wsi)
{
	g_autofree char *address = socket_address (wsi);
	g_autofree char *forwarded = peers_is_loopback (address) ? request_header (wsi, WSI_TOKEN_X_FORWARDED_FOR, 512) : NULL;
	const char *last = forwarded ? strrchr (forwarded, ',') : NULL;

	if (forwarded == NULL)
		return g_steal_pointer (&address);
	/* the last one is what the proxy itself has seen */
	last = g_strstrip (last ? (char *) last + 1 : forwarded);
	return g_hostname_is_ip_address (last) ? g_strdup (last) : g_steal_pointer (&address);
}

gboolean
request_is_tls (struct lws *wsi)
{
	if (lws_is_ssl (wsi))
		return TRUE;
	g_autofree char *address = socket_address (wsi);
	g_autofree char *proto = peers_is_loopback (address) ? request_custom (wsi, "x-forwarded-proto:", 16) : NULL;
	return g_strcmp0 (proto, "https") == 0;
}

gint64
request_length (struct lws *wsi)
{
	g_autofree char *text = request_header (wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, 20);
	guint64 length;

	if (lws_hdr_total_length (wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
		return -2;
	if (lws_hdr_total_length (wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0)
		return -1;
	if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &length, NULL))
		return -2;
	return (gint64) length;
}
