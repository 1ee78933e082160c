#include "connection.h"

#include <string.h>
#include "curia-clock.h"

Connection *connection_new (struct lws *wsi, const CuriaClaims *claims, Peer *peer, gint64 now_us)
{
	Connection *self = g_new0 (Connection, 1);

	self->wsi = wsi;
	self->server = server_of (wsi);
	self->identity = g_strdup (claims->identity);
	self->room = g_strdup (claims->room);
	self->peer = peer;
	self->peer->websockets++;
	self->in = g_byte_array_new ();
	self->sessions = g_ptr_array_new ();
	self->heard_us = self->pinged_us = now_us;
	return self;
}

void connection_free (Connection *self)
{
	self->peer->websockets--;
	g_queue_clear_full (&self->plain, g_free);
	g_ptr_array_unref (self->sessions);
	g_byte_array_unref (self->in);
	g_free (self->identity);
	g_free (self->room);
	g_free (self);
}

void connection_wake (Connection *self)
{
	if (!self->dropped)
		lws_callback_on_writable (self->wsi);
}

void connection_send (Connection *self, json_t *message)
{
	char *text = json_dumps (message, JSON_COMPACT);
	Frame *frame = frame_new (text, strlen (text), 0);

	free (text);
	self->plain_bytes += frame->bytes;
	g_queue_push_tail (&self->plain, frame);
	connection_wake (self);
	if (self->plain_bytes > self->server->settings->output_queue_bytes)
		connection_close (self, LWS_CLOSE_STATUS_POLICY_VIOLATION, "Reads too slowly", curia_clock_us ());
	if (self->plain_bytes > self->server->settings->output_queue_bytes)
		connection_close (self, LWS_CLOSE_STATUS_POLICY_VIOLATION, "Reads too slowly", curia_clock_us ());
}

void connection_close (Connection *self, int code, const char *reason, gint64 now_us)
{
	if (self->close_code)
		return;
	self->close_code = code;
	self->close_reason = reason;
	self->closing_us = now_us;
	connection_wake (self);
}

gboolean connection_is_by (const Connection *self, const char *identity, const char *room)
{
	return g_strcmp0 (self->identity, identity) == 0 && g_strcmp0 (self->room, room) == 0;
}
