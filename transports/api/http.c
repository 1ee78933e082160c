#include "http.h"

#include <string.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "doors.h"
#include "events-socket.h"
#include "exchange.h"
#include "metrics.h"
#include "origin.h"
#include "peers.h"
#include "request.h"
#include "websocket.h"

#define CHUNK_BYTES (64 * 1024)
#define HEAD_BYTES 8192
#define DISCARD_MAX_BYTES (1024 * 1024) /* of a refused body, read so that the client sees the answer */
#define FILE_COST 0.1                   /* a page is many files: each counts as a tenth of a request */
#define WORK_TIMEOUT_S 60

#define ALLOW_ALL "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

/* ---- sockets come and go ---- */

/* What is known of a socket while it lives. */
typedef struct {
	Peer *peer;
	PeersRoom room; /* when it came */
	struct lws *wsi;
	lws_sorted_usec_list_t head_due; /* until then a whole head of a request must be here */
} Arrival;

/* libwebsockets' own time-out begins anew with each byte. */
static void on_head_late (lws_sorted_usec_list_t *due)
{
	lws_set_timeout (lws_container_of (due, Arrival, head_due)->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
}

static void expect_head (struct lws *wsi, gint64 wait_us)
{
	Arrival *self = lws_get_opaque_user_data (wsi);

	if (self)
		lws_sul_schedule (lws_get_context (wsi), 0, &self->head_due, on_head_late, wait_us);
}

/* It is here. */
static void take_head (struct lws *wsi)
{
	Arrival *self = lws_get_opaque_user_data (wsi);

	if (self)
		lws_sul_cancel (&self->head_due);
}

static int on_accept (struct lws *listener, const struct lws_filter_network_conn_args *arrival)
{
	Server *server = server_of (listener);
	char address[64] = "";

	lws_sa46_write_numeric_address ((lws_sockaddr46 *) &arrival->cli_addr, address, sizeof address);
	return g_atomic_int_get (&server->stopping) || peers_room (server->peers, address, curia_clock_us ()) == PEERS_SHUT;
}

static int on_open (struct lws *wsi)
{
	Peers *peers = server_of (wsi)->peers;
	gint64 now_us = curia_clock_us ();
	char address[64] = "";

	if (lws_get_opaque_user_data (wsi))
		return 0;
	lws_get_peer_simple (wsi, address, sizeof address);
	Arrival *self = g_new0 (Arrival, 1);
	self->wsi = wsi;
	self->room = peers_room (peers, address, now_us);
	self->peer = peers_open (peers, address, now_us);
	lws_set_opaque_user_data (wsi, self);
	expect_head (wsi, server_of (wsi)->settings->request_us);
	return 0;
}

static int on_gone (struct lws *wsi)
{
	g_autofree Arrival *self = lws_get_opaque_user_data (wsi);

	if (self) {
		lws_sul_cancel (&self->head_due);
		peers_close (server_of (wsi)->peers, self->peer);
	}
	lws_set_opaque_user_data (wsi, NULL);
	return 0;
}

gboolean http_check_room (struct lws *wsi, GError **error)
{
	const Settings *settings = server_of (wsi)->settings;
	const Arrival *arrival = lws_get_opaque_user_data (wsi);
	PeersRoom room = arrival ? arrival->room : PEERS_WELCOME;

	if (room != PEERS_WELCOME)
		api_metrics_refused (room == PEERS_ADDRESS_FULL ? API_REFUSED_ADDRESS_CONNECTIONS : API_REFUSED_CONNECTIONS);
	if (room == PEERS_ADDRESS_FULL)
		return curia_throw (error, CURIA_ERROR_TOO_MANY, "Your address has all of the %u connections that api.max_connections_per_address "
			"allows", settings->max_connections_per_address);
	if (room == PEERS_FULL)
		return curia_throw (error, CURIA_ERROR_OVERLOADED, "The server has all of the %u connections that api.max_connections allows",
			settings->max_connections);
	return TRUE;
}

/* ---- a request ---- */

/* The reply is there: write it when the socket can. */
static int answer (Exchange *self)
{
	self->state = EXCHANGE_WRITING;
	lws_sul_cancel (&self->deadline);
	if (self->wsi) {
		lws_rx_flow_control (self->wsi, 1); /* while it is held back, nothing is writable either */
		lws_callback_on_writable (self->wsi);
	}
	return 0;
}

static void on_worked (gpointer data)
{
	Exchange *self = data;

	answer (self);
	exchange_unref (self);
}

static void work (gpointer data)
{
	Exchange *self = data;

	exchange_work (self);
	server_post (self->server, on_worked, self, exchange_unref);
}

static int dispatch (Exchange *self)
{
	Workers *workers = self->server->pools[api_routes_pool (exchange_method (self), self->path,
		(const char *) self->body_in->data, self->body_in->len)];

	self->state = EXCHANGE_WORKING;
	self->whole_us = curia_clock_us ();
	lws_sul_cancel (&self->deadline);
	/* a client that says more, or hangs up, is looked at when we have answered */
	lws_rx_flow_control (self->wsi, 0);
	lws_set_timeout (self->wsi, PENDING_TIMEOUT_HTTP_CONTENT, WORK_TIMEOUT_S);
	if (workers_push (workers, work, exchange_ref (self), exchange_unref))
		return 0;
	exchange_unref (self);
	api_metrics_refused (API_REFUSED_QUEUE);
	reply_fail (&self->reply, self->path, CURIA_ERROR_OVERLOADED, "Too many requests are waiting");
	return answer (self);
}

/* Who asks too much is counted where that is found out. */
static void count_refusal (CuriaErrorCode code)
{
	switch (code) {
	case CURIA_ERROR_TOO_LARGE: api_metrics_refused (API_REFUSED_TOO_LARGE); break;
	case CURIA_ERROR_LATE: api_metrics_refused (API_REFUSED_LATE); break;
	case CURIA_ERROR_INVALID_REQUEST: api_metrics_refused (API_REFUSED_MALFORMED); break;
	default: break;
	}
}

static int refuse (Exchange *self, gint64 length, CuriaErrorCode code, const char *text)
{
	self->close |= length > DISCARD_MAX_BYTES;
	count_refusal (code);
	reply_fail (&self->reply, self->path, code, "%s", text);
	return answer (self);
}

/* What a browser asks before a request from another origin; for everybody else, what there is. Cookies are for our own pages: nothing
 * here allows credentials, nor the header X-Curia, without which no cookie is looked at. */
static int answer_options (Exchange *self)
{
	reply_clear (&self->reply);
	self->reply.status = 204;
	reply_header (&self->reply, "allow:", ALLOW_ALL);
	if (origin_is_listed (self->origin, (const char *const *) self->server->settings->allowed_origins)) {
		reply_header (&self->reply, "access-control-allow-origin:", self->origin);
		reply_header (&self->reply, "access-control-allow-methods:", ALLOW_ALL);
		reply_header (&self->reply, "access-control-allow-headers:", "authorization, content-type, idempotency-key");
		reply_header (&self->reply, "access-control-max-age:", "600");
		reply_header (&self->reply, "vary:", "Origin");
	}
	return answer (self);
}

static gboolean is_within_rate (Exchange *self)
{
	gint64 now_us = curia_clock_us ();
	Peer *peer = peers_lookup (self->server->peers, self->address, now_us);

	gboolean within = peers_take (self->server->peers, peer, api_routes_owns (self->path) ? 1 : FILE_COST, now_us);

	if (!within)
		api_metrics_refused (API_REFUSED_RATE);
	return within;
}

static gboolean has_body (int method)
{
	return method == LWSHUMETH_POST || method == LWSHUMETH_PUT || method == LWSHUMETH_PATCH;
}

/* Its body comes in drops: libwebsockets' own time-out begins anew with each. */
static void on_late (lws_sorted_usec_list_t *deadline)
{
	Exchange *self = lws_container_of (deadline, Exchange, deadline);

	refuse (self, G_MAXINT64, CURIA_ERROR_LATE, "The body took longer than api.request_ms");
}

/* Whether what we read was kept back with other input: requests sent before the last one was answered. For one with a body
 * libwebsockets (4.1) would take the head itself for the body, and then look for more of it for ever. It tells of input kept
 * back for any socket, not which; that is so seldom that another one's request may be cut off by it, too. */
static gboolean is_kept_back (struct lws *wsi)
{
	return lws_service_adjust_timeout (lws_get_context (wsi), 1, 0) == 0;
}

static int on_head (struct lws *wsi, HttpSlot *slot, const char *path)
{
	char *uri;
	int uri_length;
	int method = lws_http_get_uri_and_method (wsi, &uri, &uri_length);
	gint64 length = request_length (wsi);
	g_autoptr (GError) crowded = NULL;
	Exchange *self;

	take_head (wsi);
	if (lws_hdr_total_length (wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 && length != 0 && is_kept_back (wsi))
		return -1;
	self = slot->exchange = exchange_new (wsi, path, method);

	/* without a length libwebsockets would wait for a body: answer, then close */
	self->close = length == -2 || (length == -1 && has_body (method));
	if (length == -2)
		return refuse (self, length, CURIA_ERROR_INVALID_REQUEST, "The body needs one Content-Length, and no Transfer-Encoding");
	if (length > (gint64) self->server->settings->max_body_bytes)
		return refuse (self, length, CURIA_ERROR_TOO_LARGE, "The body is larger than api.max_body_bytes");
	if (!http_check_room (wsi, &crowded)) {
		self->close = TRUE;
		return refuse (self, length, (CuriaErrorCode) crowded->code, crowded->message);
	}
	if (!is_within_rate (self))
		return refuse (self, length, CURIA_ERROR_TOO_MANY, "Too many requests from this address");
	if (strcmp (path, WEBSOCKET_PATH) == 0)
		return refuse (self, length, CURIA_ERROR_INVALID_REQUEST, "This is a WebSocket: upgrade, with sub-protocol "
			WEBSOCKET_PROTOCOL);
	if (strcmp (path, EVENTS_PATH) == 0)
		return refuse (self, length, CURIA_ERROR_INVALID_REQUEST, "This is a WebSocket: upgrade, with sub-protocol "
			EVENTS_PROTOCOL);
	if (method == LWSHUMETH_OPTIONS)
		return answer_options (self);
	if (length <= 0)
		return dispatch (self);
	lws_sul_schedule (lws_get_context (wsi), 0, &self->deadline, on_late, self->server->settings->request_us);
	return 0;
}

static int on_body (HttpSlot *slot, const guint8 *data, gsize bytes)
{
	Exchange *self = slot->exchange;

	if (self == NULL || self->state != EXCHANGE_READING)
		return 0;
	if (self->body_in->len + bytes > self->server->settings->max_body_bytes)
		return -1;
	g_byte_array_append (self->body_in, data, (guint) bytes);
	return 0;
}

static int on_body_complete (HttpSlot *slot)
{
	return slot->exchange && slot->exchange->state == EXCHANGE_READING ? dispatch (slot->exchange) : 0;
}

/* ---- the response ---- */

static int finish (HttpSlot *slot)
{
	struct lws *wsi = slot->exchange->wsi;
	gboolean close = slot->exchange->close;
	gint64 request_us = slot->exchange->server->settings->request_us;

	slot->exchange->wsi = NULL;
	g_clear_pointer (&slot->exchange, exchange_unref);
	if (close || lws_http_transaction_completed (wsi))
		return -1;
	expect_head (wsi, DOORS_KEEPALIVE_S * G_USEC_PER_SEC + request_us);
	return 0;
}

/* Writes the next piece, together with the head when it is the first. */
static int write_piece (Exchange *self, gsize *left)
{
	gsize size = 0;
	const guint8 *body = self->reply.body && !self->head ? g_bytes_get_data (self->reply.body, &size) : NULL;
	gsize piece = MIN (size - self->written, CHUNK_BYTES);
	g_autofree guint8 *buffer = g_malloc (LWS_PRE + HEAD_BYTES + piece);
	guint8 *at = buffer + LWS_PRE;

	if (!self->head_written && reply_write_head (&self->reply, self->wsi, self->close, &at, at + HEAD_BYTES))
		return -1;
	self->head_written = TRUE;
	if (piece) {
		memcpy (at, body + self->written, piece);
		at += piece;
		self->written += piece;
	}
	*left = size - self->written;
	return lws_write (self->wsi, buffer + LWS_PRE, (size_t) (at - (buffer + LWS_PRE)), LWS_WRITE_HTTP) < 0 ? -1 : 0;
}

static int on_writable (HttpSlot *slot)
{
	Exchange *self = slot->exchange;
	gsize left = 0;

	if (self == NULL || self->state != EXCHANGE_WRITING)
		return 0;
	if (write_piece (self, &left) < 0)
		return -1;
	if (left == 0)
		return finish (slot);
	lws_set_timeout (self->wsi, PENDING_TIMEOUT_HTTP_CONTENT, WORK_TIMEOUT_S);
	lws_callback_on_writable (self->wsi);
	return 0;
}

static int on_close (HttpSlot *slot)
{
	if (slot && slot->exchange) {
		lws_sul_cancel (&slot->exchange->deadline);
		slot->exchange->wsi = NULL;
		g_clear_pointer (&slot->exchange, exchange_unref);
	}
	return 0;
}

int http_callback (struct lws *wsi, enum lws_callback_reasons reason, void *slot, void *in, size_t bytes)
{
	switch (reason) {
	case LWS_CALLBACK_FILTER_NETWORK_CONNECTION: return on_accept (wsi, slot);
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED: return on_open (wsi);
	case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS: server_of (wsi)->renewal->context = slot; return 0;
	case LWS_CALLBACK_WSI_DESTROY: return on_gone (wsi);
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: take_head (wsi); return websocket_admit (wsi, in);
	case LWS_CALLBACK_HTTP: return on_head (wsi, slot, in);
	case LWS_CALLBACK_HTTP_BODY: return on_body (slot, in, bytes);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION: return on_body_complete (slot);
	case LWS_CALLBACK_HTTP_WRITEABLE: return on_writable (slot);
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
	case LWS_CALLBACK_CLOSED_HTTP: return on_close (slot);
	case LWS_CALLBACK_ESTABLISHED: /* a WebSocket without our sub-protocol: refused earlier */
	case LWS_CALLBACK_RAW_ADOPT:
	case LWS_CALLBACK_RAW_RX: return -1;
	default: return 0;
	}
}
