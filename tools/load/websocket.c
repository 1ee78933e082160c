#include "config.h"
#include "tools/load/websocket.h"

#include <libwebsockets.h>
#include <string.h>

#include "curia-error.h"

#define PROTOCOL "janus-protocol"
#define TICK_US 5000
#define MAX_SOCKETS 20000

struct Loop {
	struct lws_context *context;
	lws_sorted_usec_list_t timer;
	gboolean insecure;
	void (*tick) (gpointer user);
	gpointer user;
};

/* Lives until both its owner and libwebsockets let go of it. */
struct WebSocket {
	struct lws *wsi; /* NULL: not any more */
	gboolean closed, owned, reported;
	gboolean opening; /* what goes wrong at once is told by websocket_open */
	char *failure;
	const WebSocketEvents *events;
	gpointer user;
	GQueue queue; /* of char *, each with LWS_PRE bytes in front */
	GByteArray *incoming;
};

static void drop (WebSocket *self)
{
	if (self->owned || self->wsi)
		return;
	g_queue_clear_full (&self->queue, g_free);
	g_byte_array_unref (self->incoming);
	g_free (self->failure);
	g_free (self);
}

static void report_closed (WebSocket *self, const char *reason)
{
	if (self->closed || self->reported)
		return;
	self->reported = TRUE;
	if (self->opening) {
		self->failure = g_strdup (reason);
		return;
	}
	self->events->closed (self->user, reason);
}

static int take_frame (WebSocket *self, struct lws *wsi, const void *data, gsize bytes)
{
	if (self->closed || self->incoming->len + bytes > WEBSOCKET_MAX_MESSAGE)
		return -1;
	g_byte_array_append (self->incoming, data, bytes);
	if (!lws_is_final_fragment (wsi) || lws_remaining_packet_payload (wsi))
		return 0;
	json_t *message = json_loadb ((const char *) self->incoming->data, self->incoming->len, 0, NULL);
	gsize length = self->incoming->len;
	g_byte_array_set_size (self->incoming, 0);
	if (!message)
		return -1;
	self->events->message (self->user, message, length);
	json_decref (message);
	return self->closed ? -1 : 0;
}

static int write_next (WebSocket *self, struct lws *wsi)
{
	g_autofree char *text = g_queue_pop_head (&self->queue);
	if (self->closed)
		return -1;
	if (text && lws_write (wsi, (unsigned char *) text + LWS_PRE, strlen (text + LWS_PRE), LWS_WRITE_TEXT) < 0)
		return -1;
	if (!g_queue_is_empty (&self->queue))
		lws_callback_on_writable (wsi);
	return 0;
}

/* "HS: ws upgrade response not 101" and 401 make "the upgrade was refused with 401". */
static void report_refused (WebSocket *self, struct lws *wsi, const char *text, gsize bytes)
{
	guint status = lws_http_client_http_response (wsi);
	g_autofree char *reason = status >= 400 ? g_strdup_printf ("WebSocket refused: HTTP %u", status)
		: g_strdup_printf ("WebSocket: %.*s", (int) bytes, text ? text : "no connection");
	report_closed (self, reason);
}

static int on_lws (struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t bytes)
{
	WebSocket *self = user;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		if (self->closed)
			return -1;
		self->events->opened (self->user);
		return self->closed ? -1 : 0;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		return take_frame (self, wsi, in, bytes);
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return write_next (self, wsi);
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		report_refused (self, wsi, in, bytes);
		return 0;
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
		report_closed (self, "WebSocket closed by the server");
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		if (self && self->wsi == wsi) {
			self->wsi = NULL;
			report_closed (self, "WebSocket lost");
			drop (self);
		}
		return 0;
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED: {
		Loop *loop = lws_context_user (lws_get_context (wsi));
		loop->tick (loop->user);
		return 0;
	}
	default:
		return 0;
	}
}

static const struct lws_protocols protocols[] = { { PROTOCOL, on_lws, 0, 65536, 0, NULL, 0 }, { 0 } };

static void on_timer (lws_sorted_usec_list_t *timer)
{
	Loop *self = lws_container_of (timer, Loop, timer);
	lws_sul_schedule (self->context, 0, &self->timer, on_timer, TICK_US);
	self->tick (self->user);
}

Loop *loop_new (gboolean insecure, void (*tick) (gpointer user), gpointer user, GError **error)
{
	Loop *self = g_new0 (Loop, 1);
	*self = (Loop) { .insecure = insecure, .tick = tick, .user = user };
	lws_set_log_level (0, NULL);
	struct lws_context_creation_info info = { .port = CONTEXT_PORT_NO_LISTEN, .protocols = protocols, .user = self, .gid = -1, .uid = -1,
		.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT, .fd_limit_per_thread = MAX_SOCKETS, .pt_serv_buf_size = 65536 };
	self->context = lws_create_context (&info);
	if (!self->context) {
		curia_throw (error, CURIA_ERROR_INTERNAL, "libwebsockets could not be set up");
		g_free (self);
		return NULL;
	}
	lws_sul_schedule (self->context, 0, &self->timer, on_timer, TICK_US);
	return self;
}

void loop_free (Loop *self)
{
	lws_context_destroy (self->context);
	g_free (self);
}

gboolean loop_run_once (Loop *self)
{
	return lws_service (self->context, 0) >= 0;
}

void loop_wake (Loop *self)
{
	lws_cancel_service (self->context);
}

/* ---- one socket ---- */

WebSocket *websocket_open (Loop *loop, const char *url, const WebSocketEvents *events, gpointer user, GError **error)
{
	g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, error);
	if (!uri)
		return NULL;
	gboolean secure = g_str_equal (g_uri_get_scheme (uri), "wss");
	g_autofree char *path = g_strdup_printf ("%s%s%s", *g_uri_get_path (uri) ? g_uri_get_path (uri) : "/",
		g_uri_get_query (uri) ? "?" : "", g_uri_get_query (uri) ? g_uri_get_query (uri) : "");
	WebSocket *self = g_new0 (WebSocket, 1);
	*self = (WebSocket) { .owned = TRUE, .events = events, .user = user, .incoming = g_byte_array_new () };
	struct lws_client_connect_info info = { .context = loop->context, .address = g_uri_get_host (uri), .host = g_uri_get_host (uri),
		.origin = g_uri_get_host (uri), .path = path, .protocol = PROTOCOL, .local_protocol_name = PROTOCOL, .userdata = self,
		.port = g_uri_get_port (uri) > 0 ? g_uri_get_port (uri) : secure ? 443 : 80, .pwsi = &self->wsi };
	if (secure)
		info.ssl_connection = LCCSCF_USE_SSL | (loop->insecure ? LCCSCF_ALLOW_SELFSIGNED | LCCSCF_ALLOW_INSECURE
			| LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK | LCCSCF_ALLOW_EXPIRED : 0);
	self->opening = TRUE;
	struct lws *wsi = lws_client_connect_via_info (&info);
	self->opening = FALSE;
	if (wsi && !self->failure)
		return self;
	curia_throw (error, CURIA_ERROR_UNAVAILABLE, "%s", self->failure ? self->failure : "WebSocket: no connection");
	if (!wsi)
		self->wsi = NULL;
	websocket_close (self);
	return NULL;
}

void websocket_send_take (WebSocket *self, json_t *message)
{
	g_autofree char *text = json_dumps (message, JSON_COMPACT);
	json_decref (message);
	if (self->closed || !self->wsi || !text)
		return;
	if (g_queue_get_length (&self->queue) >= WEBSOCKET_MAX_QUEUE) {
		report_closed (self, "WebSocket: too much waits to be sent");
		return;
	}
	gsize bytes = strlen (text);
	char *framed = g_malloc (LWS_PRE + bytes + 1);
	memcpy (framed + LWS_PRE, text, bytes + 1);
	g_queue_push_tail (&self->queue, framed);
	lws_callback_on_writable (self->wsi);
}

void websocket_close (WebSocket *self)
{
	self->closed = TRUE;
	self->owned = FALSE;
	if (self->wsi)
		lws_set_timeout (self->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
	drop (self);
}
