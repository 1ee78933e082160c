#include "server.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-log.h"
#include "headers.h"
#include "http.h"
#include "origin.h"
#include "tls.h"
#include "websocket.h"

#define TICK_US (250 * 1000)
#define HEADERS_MAX_BYTES 16384 /* of one request: a token of 8 KiB and what browsers add */
#define SERVICE_BUFFER_BYTES 16384
#define HTTP_TIMEOUT_S 15
#define KEEPALIVE_S 30
#define WORKER_QUEUE 512

typedef struct {
	void (*run) (gpointer data);
	gpointer data;
	GDestroyNotify discard;
} Task;

static const struct lws_protocols protocols[] = {
	{ "http", http_callback, sizeof (HttpSlot), 0, 0, NULL, 0 },
	{ WEBSOCKET_PROTOCOL, websocket_callback, sizeof (WebsocketSlot), 0, 0, NULL, 0 },
	{ 0 },
};

Server *
server_of (struct lws *wsi)
{
	return lws_context_user (lws_get_context (wsi));
}

gboolean
server_is_tls (struct lws *wsi)
{
	return lws_is_ssl (wsi) != 0;
}

/* ---- from other threads ---- */

void
server_post (Server *self, void (*run) (gpointer data), gpointer data, GDestroyNotify discard)
{
	gboolean open;

	g_mutex_lock (&self->lock);
	open = self->open;
	if (open) {
		Task *task = g_new (Task, 1);

		*task = (Task) { run, data, discard };
		g_queue_push_tail (&self->inbox, task);
		if (!self->woken)
			lws_cancel_service (self->context);
		self->woken = TRUE;
	}
	g_mutex_unlock (&self->lock);
	if (!open)
		discard (data);
}

static void
drain (Server *self)
{
	GQueue tasks;

	g_mutex_lock (&self->lock);
	tasks = self->inbox;
	g_queue_init (&self->inbox);
	self->woken = FALSE;
	g_mutex_unlock (&self->lock);
	for (Task *task; (task = g_queue_pop_head (&tasks)); g_free (task))
		task->run (task->data);
}

static void
discard_all (Server *self)
{
	GQueue tasks;

	g_mutex_lock (&self->lock);
	tasks = self->inbox;
	g_queue_init (&self->inbox);
	self->open = FALSE;
	g_mutex_unlock (&self->lock);
	for (Task *task; (task = g_queue_pop_head (&tasks)); g_free (task))
		task->discard (task->data);
}

/* ---- the sockets' thread ---- */

static void
on_tick (lws_sorted_usec_list_t *tick)
{
	Server *self = lws_container_of (tick, Server, tick);
	gint64 now_us = curia_clock_us ();

	websocket_tick (self, now_us);
	hub_tick (self->hub, now_us);
	if (self->renewal)
		renewal_tick (self->renewal, now_us);
	lws_sul_schedule (self->context, 0, &self->tick, on_tick, TICK_US);
}

static gpointer
serve (gpointer data)
{
	Server *self = data;

	lws_sul_schedule (self->context, 0, &self->tick, on_tick, TICK_US);
	while (!g_atomic_int_get (&self->stopping)) {
		if (lws_service (self->context, 0) < 0)
			break;
		drain (self);
	}
	lws_sul_cancel (&self->tick);
	return NULL;
}

/* ---- doors ---- */

static void
on_lws_log (int level, const char *line)
{
	g_autofree char *text = g_strchomp (g_strdup (line));

	curia_log (level & LLL_ERR ? CURIA_LOG_WARNING : CURIA_LOG_DEBUG, "sockets", "%s", text);
}

static gboolean
open_context (Server *self, GError **error)
{
	struct lws_context_creation_info info = {
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
			LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME,
		.user = self,
		.gid = (gid_t) -1,
		.uid = (uid_t) -1,
		.server_string = "curia",
		.max_http_header_data = HEADERS_MAX_BYTES,
		.pt_serv_buf_size = SERVICE_BUFFER_BYTES,
		.timeout_secs = HTTP_TIMEOUT_S,
	};

	lws_set_log_level (LLL_ERR | LLL_WARN, on_lws_log);
	self->context = lws_create_context (&info);
	return self->context != NULL || curia_throw (error, CURIA_ERROR_INTERNAL, "Cannot start libwebsockets");
}

/* Without IPv6 in the kernel, or with an IPv4 address, an IPv4 socket. */
static gboolean
wants_ipv6 (const char *address)
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

static gboolean
open_door (Server *self, struct lws_context_creation_info *info, const char *name, const char *address, int port, GError **error)
{
	info->vhost_name = name;
	info->port = port;
	info->iface = *address ? address : NULL;
	info->protocols = protocols;
	info->keepalive_timeout = KEEPALIVE_S;
	info->options |= LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | (wants_ipv6 (address) ? 0 : LWS_SERVER_OPTION_DISABLE_IPV6);
	if (lws_create_vhost (self->context, info) == NULL)
		return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "Cannot listen on port %d of %s: is it taken? See api.%s", port,
			*address ? address : "all addresses", strcmp (name, "https") == 0 ? "https_port" : "port");
	curia_log_info ("sockets", "%s on port %d of %s", name, port, *address ? address : "all addresses");
	return TRUE;
}

static gboolean
open_plain (Server *self, GError **error)
{
	struct lws_context_creation_info info = { .headers = headers_list (FALSE) };

	return self->settings->port == 0 || open_door (self, &info, "http", self->settings->address, self->settings->port, error);
}

/* The host that a self-signed certificate should name beside our own names. */
static char *
extra_name (const Settings *settings)
{
	char *host = origin_authority (settings->public_url);

	if (host == NULL)
		return g_hostname_is_ip_address (settings->https_address) ? g_strdup (settings->https_address) : NULL;
	if (*host == '[')
		memmove (host, host + 1, strlen (host));
	host[strcspn (host, strchr (host, ']') ? "]" : ":")] = '\0';
	return host;
}

static gboolean
find_certificate (const Settings *settings, char **certificate, char **key, GError **error)
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

static gboolean
open_tls (Server *self, GError **error)
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

/* ---- life ---- */

Server *
server_new (CuriaNode *node, const Core *core, GError **error)
{
	g_autoptr (Settings) settings = settings_new (curia_node_options (node), error);
	Server *self;

	if (settings == NULL)
		return NULL;
	self = g_new0 (Server, 1);
	g_mutex_init (&self->lock);
	self->node = node;
	self->settings = g_steal_pointer (&settings);
	self->peers = peers_new (&(PeerLimits) { self->settings->max_connections, self->settings->max_connections_per_address,
		self->settings->requests_per_s });
	self->connections = g_ptr_array_new ();
	self->workers = workers_new (self->settings->workers, WORKER_QUEUE);
	self->hub = hub_new (self, core, &(HubLimits) { self->settings->output_queue_bytes, curia_node_secret (node) });
	if (!open_context (self, error) || !open_plain (self, error) || !open_tls (self, error)) {
		server_free (self);
		return NULL;
	}
	self->open = TRUE;
	self->thread = g_thread_new ("curia-sockets", serve, self);
	return self;
}

void
server_free (Server *self)
{
	g_atomic_int_set (&self->stopping, TRUE);
	if (self->thread) {
		lws_cancel_service (self->context);
		g_thread_join (self->thread);
	}
	/* first who may still post, then the sockets, then what they left in the inbox */
	workers_free (self->workers);
	hub_close (self->hub);
	if (self->context)
		lws_context_destroy (self->context);
	discard_all (self);
	hub_free (self->hub);
	g_ptr_array_unref (self->connections);
	g_clear_pointer (&self->renewal, renewal_free);
	peers_free (self->peers);
	settings_free (self->settings);
	g_mutex_clear (&self->lock);
	g_free (self);
}
