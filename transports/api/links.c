#include "links.h"

#include <string.h>

#define HOST_MAX 255

static gboolean
port_valid (const char *text)
{
	guint64 port = 0;
	return g_ascii_string_to_unsigned (text, 10, 1, 65535, &port, NULL);
}

/* A DNS name or an IPv4 address, roughly: what matters is that nothing else gets into a link. */
static gboolean
name_valid (const char *text, gsize length)
{
	for (gsize i = 0; i < length; i++)
		if (!g_ascii_isalnum (text[i]) && text[i] != '-' && (text[i] != '.' || i == 0))
			return FALSE;
	return length > 0;
}

static gboolean
v6_valid (const char *host, const char **rest)
{
	const char *end = strchr (host, ']');
	if (end == NULL)
		return FALSE;
	*rest = end + 1;
	g_autofree char *address = g_strndup (host + 1, end - host - 1);
	return strchr (address, ':') != NULL && strchr (address, '%') == NULL && g_hostname_is_ip_address (address);
}

gboolean
api_links_host_valid (const char *host)
{
	if (host == NULL || strlen (host) > HOST_MAX)
		return FALSE;
	const char *rest = host + strcspn (host, ":");
	if (host[0] == '[' ? !v6_valid (host, &rest) : !name_valid (host, rest - host))
		return FALSE;
	return *rest == '\0' || (*rest == ':' && port_valid (rest + 1));
}

char *
api_links_base (const char *public_url, const char *host, gboolean tls, int port)
{
	if (public_url != NULL && public_url[0] != '\0') {
		gsize length = strlen (public_url);
		while (length > 0 && public_url[length - 1] == '/')
			length--;
		return g_strndup (public_url, length);
	}
	const char *scheme = tls ? "https" : "http";
	if (api_links_host_valid (host))
		return g_strdup_printf ("%s://%s", scheme, host);
	return g_strdup_printf ("%s://localhost:%d", scheme, port);
}

char *
api_links_base_of (const ApiRequest *request)
{
	const CuriaOptions *options = curia_node_options (request->node);
	int port = (int) curia_options_int (options, request->tls ? "api.https_port" : "api.port");
	return api_links_base (curia_options_string (options, "api.public_url"), request->host, request->tls, port);
}

char *
api_links_socket (const char *base)
{
	const char *rest = g_str_has_prefix (base, "http") ? base + 4 : base;
	return g_strdup_printf ("ws%s/janus", rest);
}

char *
api_links_meeting (const char *base, const char *code)
{
	return g_strdup_printf ("%s/m/%s", base, code);
}
