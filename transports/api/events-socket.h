/* events-socket.h: the /api/v1/events WebSockets, on which applications follow what happens: what the store has after a
 * number, in order, then what is added to it.
 * Thread: sockets; the store is read by workers. Ownership: the server owns the Events; they own their sockets. */
#ifndef API_EVENTS_SOCKET_H
#define API_EVENTS_SOCKET_H

#include "server.h"

#define EVENTS_PATH "/api/v1/events"
#define EVENTS_PROTOCOL "curia-events"
#define EVENTS_MAX_SOCKETS 100
/* Of those, what tokens that name a room may have: every guest who made a meeting has one, and applications need the rest. */
#define EVENTS_MAX_ROOM_SOCKETS 50
#define EVENTS_MAX_PER_ROOM 4

/* Beside those of RFC 6455: 1001 the server stops, 1003 something was sent to us, 1008 read too slowly. */
enum { EVENTS_CLOSE_EXPIRED = 4401, EVENTS_CLOSE_NO_MEETING = 4404, EVENTS_CLOSE_GONE = 4410 };

/* What libwebsockets keeps for a socket. */
typedef struct {
	struct EventsSocket *socket;
} EventsSlot;

/* How long one message may wait for a reader: 20 s. Tests shorten it. */
extern gint64 events_patience_us;

/* Whether the query makes sense and there is room: the last question to who wants a socket. */
gboolean events_check (struct lws *wsi, const CuriaClaims *claims, GError **error);
/* Listens on the bus from here on. */
Events *events_new (Server *server);
/* Nothing more comes from the bus. [any] */
void events_shut (Events *self);
/* After workers and sockets are gone. */
void events_free (Events *self);
guint events_sockets (const Events *self);
/* Pings, closes who reads too slowly or may no longer, and looks into the store now and then: wake-ups may be lost. */
void events_tick (Events *self, gint64 now_us);
void events_close_all (Events *self, gint64 now_us);
int events_callback (struct lws *wsi, enum lws_callback_reasons reason, void *slot, void *in, size_t bytes);

#endif
