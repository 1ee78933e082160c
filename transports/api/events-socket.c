#include "events-socket.h"

#include <string.h>
#include "admission.h"
#include "auth.h"
#include "curia-clock.h"
#include "curia-log.h"
#include "events-read.h"
#include "input.h"
#include "replay.h"
#include "request.h"

#define POLL_US (5 * G_USEC_PER_SEC)
#define CLOSE_WAIT_US (2 * G_USEC_PER_SEC) /* for a slow reader to take our last words */

gint64 events_patience_us = 20 * G_USEC_PER_SEC;

struct Events {
	Server *server;
	guint subscription;
	gint woken;         /* atomic: a wake-up is on its way already */
	GPtrArray *sockets; /* of EventsSocket */
};

/* Counted: a worker that reads for it holds one. */
typedef struct EventsSocket {
	gint refs; /* atomic */
	Events *events;
	struct lws *wsi;     /* NULL when the client is gone */
	EventsCursor cursor; /* the worker's while it reads */
	char *room;          /* code of the only meeting that the token is for, or NULL */
	gint64 expires_s;    /* of the token */
	gboolean reading;    /* by a worker */
	gboolean dirty;      /* the store may have more */
	GQueue frames;       /* of one look at most: the next is taken when they are written */
	gint64 polled_us, progress_us, heard_us, pinged_us, closing_us;
	gboolean ping_due;
	int close_code;      /* 0: stays open */
	const char *close_reason; /* static */
} EventsSocket;

static void unref (gpointer data)
{
	EventsSocket *self = data;

	if (!g_atomic_int_dec_and_test (&self->refs))
		return;
	events_cursor_clear (&self->cursor);
	g_free (self->room);
	g_queue_clear_full (&self->frames, g_free);
	g_free (self);
}

static void close_soon (EventsSocket *self, int code, const char *reason, gint64 now_us)
{
	if (self->close_code || self->wsi == NULL)
		return;
	self->close_code = code;
	self->close_reason = reason;
	self->closing_us = now_us;
	lws_callback_on_writable (self->wsi);
}

/* ---- reading the store ---- */

typedef struct {
	EventsSocket *socket;
	GPtrArray *texts; /* NULL: the store could not be read */
	gboolean more;
} Look;

static void look_free (gpointer data)
{
	Look *self = data;

	g_clear_pointer (&self->texts, g_ptr_array_unref);
	unref (self->socket);
	g_free (self);
}

static void look_if_due (EventsSocket *self);

static void on_looked (gpointer data)
{
	Look *look = data;
	EventsSocket *self = look->socket;
	gint64 now_us = curia_clock_us ();

	self->reading = FALSE;
	self->dirty |= look->more;
	for (guint i = 0; self->wsi && look->texts && i < look->texts->len; i++) {
		const char *text = look->texts->pdata[i];

		g_queue_push_tail (&self->frames, frame_new (text, strlen (text), 0));
	}
	if (self->cursor.close_code)
		close_soon (self, self->cursor.close_code, self->cursor.close_reason, now_us);
	self->progress_us = now_us;
	if (self->frames.length)
		lws_callback_on_writable (self->wsi);
	else
		look_if_due (self);
	look_free (look);
}

static void look (gpointer data)
{
	Look *look = data;
	Server *server = look->socket->events->server;
	g_autoptr (GError) error = NULL;

	look->texts = events_read (curia_node_store (server->node), &look->socket->cursor, &look->more, &error);
	if (error)
		curia_log_debug ("events", "cannot read: %s", error->message);
	server_post (server, on_looked, look, look_free);
}

static void look_if_due (EventsSocket *self)
{
	Look *next;

	if (!self->dirty || self->reading || self->frames.length || self->close_code || self->wsi == NULL)
		return;
	next = g_new0 (Look, 1);
	next->socket = self;
	g_atomic_int_inc (&self->refs);
	self->dirty = FALSE;
	self->reading = TRUE;
	self->polled_us = curia_clock_us ();
	if (workers_push (self->events->server->pools[API_POOL_GENERAL], look, next, look_free))
		return;
	self->reading = FALSE; /* tried again when the store is polled */
	look_free (next);
}

static void on_wake (gpointer data)
{
	Events *self = data;

	g_atomic_int_set (&self->woken, FALSE);
	for (guint i = 0; i < self->sockets->len; i++) {
		EventsSocket *socket = self->sockets->pdata[i];

		socket->dirty = TRUE;
		look_if_due (socket);
	}
}

static void forget (gpointer data)
{
	(void) data;
}

/* [bus] */
static void on_bus (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	Events *self = data;

	(void) topic, (void) message;
	if (request)
		curia_bus_answer (request, NULL, NULL);
	else if (g_atomic_int_compare_and_exchange (&self->woken, FALSE, TRUE))
		server_post (self->server, on_wake, self, forget);
}

/* ---- opening and closing ---- */

static const CuriaField query_fields[] = {
	{ .name = "after", .type = CURIA_FIELD_INT, .min = 0, .max = G_MAXINT64 },
	{ .name = "meeting", .type = CURIA_FIELD_STRING },
	{ .name = "access_token", .type = CURIA_FIELD_STRING },
	{ 0 },
};

/* *after is -1 when only what is new is wanted; *code NULL for all meetings. */
static gboolean read_query (struct lws *wsi, const CuriaClaims *claims, gint64 *after, char **code, GError **error)
{
	g_autofree char *text = request_query (wsi);
	json_auto_t *query = api_input_query (text, query_fields, error);

	*code = NULL;
	*after = curia_json_int (query, "after", -1);
	return query && api_auth_scope (claims, curia_json_string (query, "meeting", NULL), code, error);
}

/* Of tokens that name a room: all of them, or those of one. */
static guint count_room_sockets (const Events *self, const char *room)
{
	guint n = 0;

	for (guint i = 0; i < self->sockets->len; i++) {
		const EventsSocket *socket = self->sockets->pdata[i];

		n += socket->room != NULL && (room == NULL || strcmp (socket->room, room) == 0);
	}
	return n;
}

/* `room` is that of the token, or NULL. */
static gboolean check_space (const Events *self, const char *room, GError **error)
{
	if (room && count_room_sockets (self, room) >= EVENTS_MAX_PER_ROOM)
		return curia_throw (error, CURIA_ERROR_TOO_MANY, "Tokens of this meeting have all of the %d sockets for events that one meeting's"
			" may have on a server", EVENTS_MAX_PER_ROOM);
	if (room && count_room_sockets (self, NULL) >= EVENTS_MAX_ROOM_SOCKETS)
		return curia_throw (error, CURIA_ERROR_OVERLOADED, "The server has all of the %d sockets for events that tokens with a room"
			" may have", EVENTS_MAX_ROOM_SOCKETS);
	return self->sockets->len < EVENTS_MAX_SOCKETS
		|| curia_throw (error, CURIA_ERROR_OVERLOADED, "The server has all of the %d sockets for events that it may have",
			EVENTS_MAX_SOCKETS);
}

gboolean events_check (struct lws *wsi, const CuriaClaims *claims, GError **error)
{
	g_autofree char *code = NULL;
	gint64 after;

	return read_query (wsi, claims, &after, &code, error) &&
		check_space (server_of (wsi)->events, claims->room ? code : NULL, error);
}

static int on_established (struct lws *wsi, EventsSlot *slot)
{
	Server *server = server_of (wsi);
	g_autoptr (CuriaClaims) claims = admission_claims (wsi, NULL);
	g_autofree char *code = NULL;
	gint64 now_us = curia_clock_us (), after;

	if (claims == NULL || !read_query (wsi, claims, &after, &code, NULL))
		return -1;
	EventsSocket *self = slot->socket = g_new0 (EventsSocket, 1);
	*self = (EventsSocket) { .refs = 1, .events = server->events, .wsi = wsi, .expires_s = claims->expires_s, .dirty = TRUE,
		.progress_us = now_us, .heard_us = now_us, .pinged_us = now_us,
		.room = claims->room ? g_strdup (code) : NULL, .cursor = { .after = after } };
	self->cursor.code = g_steal_pointer (&code);
	g_ptr_array_add (server->events->sockets, self);
	look_if_due (self);
	return 0;
}

static int on_closed (EventsSlot *slot)
{
	EventsSocket *self = slot ? slot->socket : NULL;

	if (self == NULL)
		return 0;
	slot->socket = NULL;
	self->wsi = NULL;
	g_ptr_array_remove_fast (self->events->sockets, self);
	unref (self);
	return 0;
}

/* ---- what goes out, and what must not come in ---- */

static int say_close (EventsSocket *self)
{
	curia_log_info ("events", "closing with %d: %s", self->close_code, self->close_reason);
	lws_close_reason (self->wsi, (enum lws_close_status) self->close_code, (unsigned char *) self->close_reason,
		strlen (self->close_reason));
	return -1;
}

static int write_ping (EventsSocket *self)
{
	guint8 buffer[LWS_PRE + 1] = { [LWS_PRE] = '.' }; /* libwebsockets keeps pongs without a payload to itself */

	self->ping_due = FALSE;
	return lws_write (self->wsi, buffer + LWS_PRE, 1, LWS_WRITE_PING) < 0 ? -1 : 0;
}

static int write_frame (EventsSocket *self)
{
	g_autofree Frame *frame = g_queue_pop_head (&self->frames);

	self->progress_us = curia_clock_us ();
	return lws_write (self->wsi, frame->text, frame->bytes, LWS_WRITE_TEXT) < 0 ? -1 : 0;
}

static int on_writable (EventsSocket *self)
{
	int result;

	if (self->close_code)
		return say_close (self);
	if (self->ping_due)
		result = write_ping (self);
	else if (self->frames.length)
		result = write_frame (self);
	else
		return 0;
	if (self->frames.length || self->ping_due)
		lws_callback_on_writable (self->wsi);
	else
		look_if_due (self);
	return result;
}

static int on_receive (EventsSocket *self)
{
	close_soon (self, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, "Nothing is taken here", curia_clock_us ());
	return say_close (self);
}

int events_callback (struct lws *wsi, enum lws_callback_reasons reason, void *data, void *in, size_t bytes)
{
	EventsSlot *slot = data;

	(void) in, (void) bytes;
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED: return on_established (wsi, slot);
	case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
	case LWS_CALLBACK_CLOSED: return on_closed (slot);
	case LWS_CALLBACK_RECEIVE: return slot->socket ? on_receive (slot->socket) : -1;
	case LWS_CALLBACK_RECEIVE_PONG:
		if (slot->socket)
			slot->socket->heard_us = curia_clock_us ();
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE: return slot->socket ? on_writable (slot->socket) : -1;
	default: return 0;
	}
}

/* ---- time ---- */

static void kill_socket (EventsSocket *self)
{
	lws_set_timeout (self->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
}

static void poll_store (EventsSocket *self, gint64 now_us)
{
	if (now_us - self->polled_us < POLL_US)
		return;
	self->dirty = TRUE;
	look_if_due (self);
}

static void tick (EventsSocket *self, const Settings *settings, gint64 now_us)
{
	if (self->close_code && now_us - self->closing_us > CLOSE_WAIT_US) {
		kill_socket (self);
	} else if (now_us - self->heard_us >= settings->silence_us && self->frames.length == 0) {
		kill_socket (self);
	} else if (self->frames.length && now_us - self->progress_us > events_patience_us) {
		close_soon (self, LWS_CLOSE_STATUS_POLICY_VIOLATION, "Reads too slowly", now_us);
	} else if (curia_clock_wall_ms () / 1000 >= self->expires_s) {
		close_soon (self, EVENTS_CLOSE_EXPIRED, "The token has expired", now_us);
	} else {
		poll_store (self, now_us);
		if (now_us - self->pinged_us < settings->ping_us)
			return;
		self->pinged_us = now_us;
		self->ping_due = TRUE;
		lws_callback_on_writable (self->wsi);
	}
}

void events_tick (Events *self, gint64 now_us)
{
	for (guint i = 0; i < self->sockets->len; i++)
		tick (self->sockets->pdata[i], self->server->settings, now_us);
}

void events_close_all (Events *self, gint64 now_us)
{
	for (guint i = 0; i < self->sockets->len; i++)
		close_soon (self->sockets->pdata[i], LWS_CLOSE_STATUS_GOINGAWAY, "The server stops", now_us);
}

guint events_sockets (const Events *self)
{
	return self->sockets->len;
}

/* ---- life ---- */

Events *events_new (Server *server)
{
	Events *self = g_new0 (Events, 1);

	self->server = server;
	self->sockets = g_ptr_array_new ();
	self->subscription = curia_bus_subscribe (curia_node_bus (server->node), "events", on_bus, self);
	return self;
}

void events_shut (Events *self)
{
	if (self->subscription)
		curia_bus_unsubscribe (curia_node_bus (self->server->node), self->subscription);
	self->subscription = 0;
}

void events_free (Events *self)
{
	g_ptr_array_unref (self->sockets);
	g_free (self);
}
