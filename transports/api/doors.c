#include "doors.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-log.h"
#include "events-socket.h"
#include "headers.h"
#include "http.h"
#include "origin.h"
#include "tls.h"
#include "websocket.h"

static const struct lws_protocols protocols[] = {
	{ "http", http_callback, sizeof (HttpSlot), 0, 0, NULL, 0 },
	{ WEBSOCKET_PROTOCOL, websocket_callback, sizeof (WebsocketSlot), 0, 0, NULL, 0 },
	{ EVENTS_PROTOCOL, events_callback, sizeof (EventsSlot), 0, 0, NULL, 0 },
	{ 0 },
};

/* Without IPv6 in the kernel, or with an IPv4 address, an IPv4 socket. */
static gboolean wants_ipv6 (const char *address)
{
	struct in_addr v4;
	int probe;

	if (inet_pton (AF_INET, address, &v4) == 1)
		return FALSE;
	probe = socket (AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (probe >= 0)
		close (probe);
	return probe >= 0;
}

static gboolean open_door (Server *self, struct lws_context_creation_info *info, const char *name, const char *address, int port,
	GError **error)
{
	info->vhost_name = name;
	info->port = port;
	info->iface = *address ? address : NULL;
	info->protocols = protocols;
	info->keepalive_timeout = DOORS_KEEPALIVE_S;
	info->options |= LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | (wants_ipv6 (address) ? 0 : LWS_SERVER_OPTION_DISABLE_IPV6);
	if (lws_create_vhost (self->context, info) == NULL)
		return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "Cannot listen on port %d of %s: is it taken? See api.%s", port,
			*address ? address : "all addresses", strcmp (name, "https") == 0 ? "https_port" : "port");
	curia_log_info ("sockets", "%s on port %d of %s", name, port, *address ? address : "all addresses");
	return TRUE;
}

static gboolean open_plain (Server *self, GError **error)
{
	struct lws_context_creation_info info = { .headers = headers_list (FALSE) };

	return self->settings->port == 0 || open_door (self, &info, "http", self->settings->address, self->settings->port, error);
}

/* The host that a self-signed certificate should name beside our own names. */
static char *extra_name (const Settings *settings)
{
	char *host = origin_authority (settings->public_url);

	if (host == NULL)
		return g_hostname_is_ip_address (settings->https_address) ? g_strdup (settings->https_address) : NULL;
	if (*host == '[')
		memmove (host, host + 1, strlen (host));
	host[strcspn (host, strchr (host, ']') ? "]" : ":")] = '\0';
	return host;
}

static gboolean find_certificate (const Settings *settings, char **certificate, char **key, GError **error)
{
	if (*settings->certificate) {
		*certificate = g_strdup (settings->certificate);
		*key = g_strdup (settings->private_key);
		return tls_check (*certificate, *key, error);
	}
	g_autofree char *extra = extra_name (settings);
	g_auto (GStrv) names = tls_names (extra);
	return tls_self_signed (settings->state_folder, (const char *const *) names, certificate, key, error);
}

static gboolean open_tls (Server *self, GError **error)
{
	g_autofree char *certificate = NULL, *key = NULL;
	struct lws_context_creation_info info = { .headers = headers_list (*self->settings->certificate != '\0') };

	if (self->settings->https_port == 0)
		return TRUE;
	if (!find_certificate (self->settings, &certificate, &key, error))
		return FALSE;
	self->renewal = renewal_new (certificate, key, curia_clock_us ());
	info.ssl_cert_filepath = certificate;
	info.ssl_private_key_filepath = key;
	info.ssl_cipher_list = TLS_CIPHERS;
	info.ssl_options_set = SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION;
	info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT; /* on a virtual host it means: with TLS */
	info.alpn = "http/1.1";
	return open_door (self, &info, "https", self->settings->https_address, self->settings->https_port, error);
}

gboolean doors_open (Server *self, GError **error)
{
	return open_plain (self, error) && open_tls (self, error);
}
