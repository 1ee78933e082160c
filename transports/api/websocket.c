#include "websocket.h"

#include <string.h>
#include "admission.h"
#include "connection.h"
#include "curia-clock.h"
#include "curia-log.h"
#include "reply.h"
#include "request.h"
#include "session.h"

#define REPLY_BYTES 8192
#define CLOSE_WAIT_US (2 * G_USEC_PER_SEC) /* for a slow reader to take our last words */
#define RELOAD_US (3 * G_USEC_PER_SEC)     /* grace for a page that goes away: it may be a reload */
#define BURST_S 2                          /* seconds' worth of messages that may come at once */
#define MESSAGE_UNIT_BYTES 16384 /* a large message counts as several: parsing it costs as much */

/* ---- opening ---- */

static int
write_refusal (struct lws *wsi, const GError *error)
{
	guint8 buffer[LWS_PRE + REPLY_BYTES], *at = buffer + LWS_PRE;
	Reply reply = { 0 };
	gsize size = 0;
	const guint8 *body;
	int failed;

	reply_fail (&reply, admission_path (wsi), (CuriaErrorCode) error->code, "%s", error->message);
	body = g_bytes_get_data (reply.body, &size);
	failed = reply_write_head (&reply, wsi, TRUE, &at, buffer + sizeof buffer) || (gsize) (buffer + sizeof buffer - at) < size;
	if (!failed) {
		memcpy (at, body, size);
		failed = lws_write (wsi, buffer + LWS_PRE, (size_t) (at + size - (buffer + LWS_PRE)), LWS_WRITE_HTTP) < 0;
	}
	reply_clear (&reply);
	return failed ? -1 : 1;
}

int
websocket_admit (struct lws *wsi, const char *upgrade)
{
	g_autoptr (GError) error = NULL;

	if (admission_check (wsi, upgrade, &error))
		return 0;
	curia_log_debug ("websocket", "refused: %s", error->message);
	return write_refusal (wsi, error);
}

static int
on_established (struct lws *wsi, WebsocketSlot *slot)
{
	Server *server = server_of (wsi);
	gint64 now_us = curia_clock_us ();
	g_autoptr (CuriaClaims) claims = admission_claims (wsi, NULL);

	if (claims == NULL)
		return -1;
	g_autofree char *address = request_address (wsi);
	slot->connection = connection_new (wsi, claims, peers_lookup (server->peers, address, now_us), now_us);
	g_ptr_array_add (server->connections, slot->connection);
	curia_cluster_set_connections (curia_node_cluster (server->node), server->connections->len);
	return 0;
}

/* ---- closing ---- */

static void
drop (Connection *self, gint64 heard_us)
{
	if (self->dropped)
		return;
	self->dropped = TRUE;
	gint64 grace_us = self->server->settings->grace_us;
	hub_drop (self->server->hub, self, heard_us + (self->leaving ? MIN (grace_us, RELOAD_US) : grace_us), curia_clock_us ());
}

static void
kill_socket (Connection *self)
{
	lws_set_timeout (self->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
}

static int
on_closed (WebsocketSlot *slot)
{
	Connection *self = slot ? slot->connection : NULL;

	if (self == NULL)
		return 0;
	slot->connection = NULL;
	drop (self, curia_clock_us ());
	g_ptr_array_remove_fast (self->server->connections, self);
	curia_cluster_set_connections (curia_node_cluster (self->server->node), self->server->connections->len);
	connection_free (self);
	return 0;
}

static int
say_close (Connection *self)
{
	curia_log_info ("websocket", "closing with %d: %s", self->close_code, self->close_reason);
	lws_close_reason (self->wsi, (enum lws_close_status) self->close_code, (unsigned char *) self->close_reason,
		strlen (self->close_reason));
	drop (self, curia_clock_us ());
	return -1;
}

/* ---- coming in ---- */

static int
refuse_message (Connection *self, int code, const char *reason)
{
	connection_close (self, code, reason, curia_clock_us ());
	return say_close (self);
}

static int
on_receive (Connection *self, const guint8 *data, gsize bytes)
{
	const Settings *settings = self->server->settings;
	gint64 now_us = curia_clock_us ();

	self->heard_us = now_us;
	if (self->close_code)
		return 0;
	if (lws_frame_is_binary (self->wsi))
		return refuse_message (self, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, "Text messages only");
	if (self->in->len + bytes > settings->max_message_bytes)
		return refuse_message (self, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "The message is too large");
	g_byte_array_append (self->in, data, (guint) bytes);
	if (!lws_is_final_fragment (self->wsi) || lws_remaining_packet_payload (self->wsi))
		return 0;
	if (!bucket_take (&self->messages, settings->messages_per_s, settings->messages_per_s * BURST_S,
			1 + self->in->len / MESSAGE_UNIT_BYTES, now_us))
		return refuse_message (self, LWS_CLOSE_STATUS_POLICY_VIOLATION, "Too many messages");
	hub_receive (self->server->hub, self, (const char *) self->in->data, self->in->len, now_us);
	g_byte_array_set_size (self->in, 0);
	return 0;
}

static int
on_pong (Connection *self, const char *payload, gsize bytes)
{
	g_autofree char *text = g_strndup (payload, MIN (bytes, 20));
	guint64 number;

	self->heard_us = curia_clock_us ();
	if (g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT32, &number, NULL))
		for (guint i = 0; i < self->sessions->len; i++)
			session_on_pong (self->sessions->pdata[i], (guint32) number);
	return 0;
}

/* 1001 is what a browser says when a page is left; no script can say it. */
static int
on_peer_close (Connection *self, const guint8 *payload, gsize bytes)
{
	self->leaving = bytes >= 2 && (payload[0] << 8 | payload[1]) == LWS_CLOSE_STATUS_GOINGAWAY;
	return 0;
}

/* ---- going out ---- */

static int
write_ping (Connection *self)
{
	guint8 buffer[LWS_PRE + 20];
	int bytes = g_snprintf ((char *) buffer + LWS_PRE, 20, "%u", ++self->ping_no);

	self->ping_due = FALSE;
	for (guint i = 0; i < self->sessions->len; i++)
		session_on_ping (self->sessions->pdata[i], self->ping_no);
	return lws_write (self->wsi, buffer + LWS_PRE, (size_t) bytes, LWS_WRITE_PING) < 0 ? -1 : 0;
}

static int
write_frame (Connection *self, Frame *frame)
{
	return lws_write (self->wsi, frame->text, frame->bytes, LWS_WRITE_TEXT) < 0 ? -1 : 0;
}

static int
write_plain (Connection *self)
{
	g_autofree Frame *frame = g_queue_pop_head (&self->plain);

	self->plain_bytes -= frame->bytes;
	return write_frame (self, frame);
}

/* The sessions of a connection take turns. */
static Frame *
next_frame (Connection *self)
{
	for (guint i = 0; i < self->sessions->len; i++) {
		Session *session = self->sessions->pdata[self->turn++ % self->sessions->len];
		Frame *frame = replay_next (session->replay);

		if (frame)
			return frame;
	}
	return NULL;
}

static int
on_writable (Connection *self)
{
	Frame *frame;
	int result;

	if (self->close_code)
		return say_close (self);
	if (self->dropped)
		return 0;
	if (self->ping_due)
		result = write_ping (self);
	else if (self->plain.length)
		result = write_plain (self);
	else if ((frame = next_frame (self)))
		result = write_frame (self, frame);
	else
		return 0;
	lws_callback_on_writable (self->wsi);
	return result;
}

/* ---- time ---- */

static void
tick (Connection *self, const Settings *settings, gint64 now_us)
{
	if (self->close_code && now_us - self->closing_us > CLOSE_WAIT_US) {
		drop (self, now_us);
		kill_socket (self);
	} else if (!self->dropped && now_us - self->heard_us >= settings->silence_us) {
		curia_log_info ("websocket", "nothing heard for %" G_GINT64_FORMAT " ms", (now_us - self->heard_us) / 1000);
		drop (self, self->heard_us);
		kill_socket (self);
	} else if (now_us - self->pinged_us >= settings->ping_us) {
		self->pinged_us = now_us;
		self->ping_due = TRUE;
		connection_wake (self);
	}
}

void
websocket_tick (Server *server, gint64 now_us)
{
	for (guint i = 0; i < server->connections->len; i++)
		tick (server->connections->pdata[i], server->settings, now_us);
}

int
websocket_callback (struct lws *wsi, enum lws_callback_reasons reason, void *data, void *in, size_t bytes)
{
	WebsocketSlot *slot = data;

	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED: return on_established (wsi, slot);
	case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
	case LWS_CALLBACK_CLOSED: return on_closed (slot);
	case LWS_CALLBACK_RECEIVE: return slot->connection ? on_receive (slot->connection, in, bytes) : -1;
	case LWS_CALLBACK_RECEIVE_PONG: return slot->connection ? on_pong (slot->connection, in, bytes) : -1;
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: return slot->connection ? on_peer_close (slot->connection, in, bytes) : 0;
	case LWS_CALLBACK_SERVER_WRITEABLE: return slot->connection ? on_writable (slot->connection) : -1;
	default: return 0;
	}
}
