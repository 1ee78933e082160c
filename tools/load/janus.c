#include "config.h"
#include "tools/load/janus.h"

#include <stdio.h>

#define MAX_PENDING 256

typedef struct {
	JanusAnswer answer;
	gboolean wants_event; /* an ack is not the answer */
} Pending;

struct Janus {
	WebSocket *socket;
	const JanusEvents *events;
	gpointer user;
	guint64 session, next, bytes, messages;
	GHashTable *pending; /* transaction -> Pending */
	guint depth; /* callbacks under way */
	gboolean freed;
};

static void really_free (Janus *self)
{
	g_hash_table_unref (self->pending);
	g_free (self);
}

/* The end of a callback: in it we may have been freed. */
static void leave (Janus *self)
{
	if (--self->depth == 0 && self->freed)
		really_free (self);
}

static const char *text_of (const json_t *object, const char *key)
{
	const char *text = json_string_value (json_object_get (object, key));
	return text ? text : "";
}

static json_int_t number_of (const json_t *object, const char *key)
{
	return json_integer_value (json_object_get (object, key));
}

/* ---- incoming ---- */

static void answer (Janus *self, const Pending *pending, json_t *message)
{
	json_t *error = json_object_get (message, "error");
	json_t *plugin = json_object_get (json_object_get (message, "plugindata"), "data");
	json_t *data = plugin ? plugin : json_object_get (message, "data");
	const char *sdp = json_string_value (json_object_get (json_object_get (message, "jsep"), "sdp"));
	g_autofree char *reason = NULL;
	if (json_is_object (error))
		reason = g_strdup_printf ("%" JSON_INTEGER_FORMAT " %s", number_of (error, "code"), text_of (error, "reason"));
	else if (plugin && json_object_get (plugin, "error_code"))
		reason = g_strdup_printf ("%" JSON_INTEGER_FORMAT " %s", number_of (plugin, "error_code"), text_of (plugin, "error"));
	pending->answer (self->user, data, sdp, reason);
}

static void dispatch (Janus *self, json_t *message, gsize bytes)
{
	const char *what = text_of (message, "janus"), *transaction = text_of (message, "transaction");
	Pending *pending = g_hash_table_lookup (self->pending, transaction);
	if (pending && !(g_str_equal (what, "ack") && pending->wants_event)) {
		Pending copy = *pending;
		g_hash_table_remove (self->pending, transaction);
		answer (self, &copy, message);
	} else if (g_str_equal (what, "event")) {
		self->events->event (self->user, number_of (message, "sender"),
			json_object_get (json_object_get (message, "plugindata"), "data"), bytes);
	} else if (!g_str_equal (what, "ack")) {
		self->events->told (self->user, what, number_of (message, "sender"));
	}
}

static void on_message (gpointer user, json_t *message, gsize bytes)
{
	Janus *self = user;
	self->bytes += bytes;
	self->messages++;
	self->depth++;
	dispatch (self, message, bytes);
	leave (self);
}

static void on_opened (gpointer user)
{
	Janus *self = user;
	self->depth++;
	self->events->opened (self->user);
	leave (self);
}

static void on_closed (gpointer user, const char *reason)
{
	Janus *self = user;
	self->depth++;
	self->events->closed (self->user, reason);
	leave (self);
}

static const WebSocketEvents socket_events = { on_opened, on_message, on_closed };

/* ---- outgoing ---- */

Janus *janus_open (Loop *loop, const char *url, const JanusEvents *events, gpointer user, GError **error)
{
	Janus *self = g_new0 (Janus, 1);
	*self = (Janus) { .events = events, .user = user };
	self->pending = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
	self->socket = websocket_open (loop, url, &socket_events, self, error);
	if (!self->socket)
		g_clear_pointer (&self, really_free);
	return self;
}

void janus_free (Janus *self)
{
	websocket_close (self->socket);
	self->socket = NULL;
	self->freed = TRUE;
	if (self->depth == 0)
		really_free (self);
}

static void send_request (Janus *self, json_t *request, JanusAnswer callback, gboolean wants_event)
{
	char transaction[24];
	if (!self->socket || g_hash_table_size (self->pending) >= MAX_PENDING) {
		json_decref (request);
		return;
	}
	g_snprintf (transaction, sizeof transaction, "t%" G_GUINT64_FORMAT, ++self->next);
	json_object_set_new (request, "transaction", json_string (transaction));
	if (self->session)
		json_object_set_new (request, "session_id", json_integer ((json_int_t) self->session));
	if (callback) {
		Pending *pending = g_new (Pending, 1);
		*pending = (Pending) { .answer = callback, .wants_event = wants_event };
		g_hash_table_insert (self->pending, g_strdup (transaction), pending);
	}
	websocket_send_take (self->socket, request);
}

void janus_request (Janus *self, json_t *request, JanusAnswer callback)
{
	send_request (self, request, callback, FALSE);
}

void janus_message (Janus *self, guint64 handle, json_t *body, const char *sdp_type, const char *sdp, JanusAnswer callback)
{
	json_t *request = json_pack ("{s:s s:I s:o}", "janus", "message", "handle_id", (json_int_t) handle, "body", body);
	if (sdp)
		json_object_set_new (request, "jsep", json_pack ("{s:s s:s}", "type", sdp_type, "sdp", sdp));
	send_request (self, request, callback, TRUE);
}

void janus_set_session (Janus *self, guint64 session)
{
	self->session = session;
}

guint64 janus_bytes (const Janus *self)
{
	return self->bytes;
}

guint64 janus_messages (const Janus *self)
{
	return self->messages;
}
