/* hub.h: the Janus side of the /janus sockets: takes clients' messages in, hands the core what may pass, in order, and
 * brings answers and events back to the connection that has the session.
 * Thread: sockets; hub_answer and hub_session_over are for any (they queue).
 * Ownership: the hub owns sessions; connections belong to websocket.c and tell the hub when they come and go. */
#ifndef API_HUB_H
#define API_HUB_H

#include <glib.h>
#include <jansson.h>
#include "curia-token.h"

struct Server;
typedef struct Hub Hub;
typedef struct Session Session;
typedef struct Connection Connection;

/* What the hub needs of the Janus core; plugin.c has the real one, tests have a fake. All but `open` are called on the
 * sockets' thread; a link holds one reference of its session until `close` and all that the core holds are done. */
typedef struct {
	gpointer (*open) (Session *session);
	void (*close) (gpointer link);
	/* Takes `message`; the answer comes through hub_answer with the same serial. Must not block. */
	void (*request) (gpointer link, gsize serial, json_t *message);
	/* The core is to end everything behind this link now. No lock of ours is held. */
	void (*gone) (gpointer link);
} Core;

typedef struct {
	gsize output_queue_bytes, output_total_bytes; /* of one connection; of all */
	guint max_dropped, max_dropped_per_address;   /* sessions that wait for somebody to come back */
	const char *secret; /* marks our own requests to the rooms */
} HubLimits;

Hub *hub_new (struct Server *server, const Core *core, const HubLimits *limits);
/* Janus is stopping: sockets that close from here on are not told to the core, whose workers are gone soon. [sockets] */
void hub_close (Hub *self);
/* Ends every session at once (core->gone). After the sockets are closed. */
void hub_free (Hub *self);

/* A message from the core for a session; serial 0: an event. Takes `message`. [any] */
void hub_answer (Session *session, gsize serial, json_t *message);
/* The core has ended the session. [any] */
void hub_session_over (Session *session);
Session *session_ref (Session *self);
void session_unref (gpointer self);

/* A complete text message of a client. */
void hub_receive (Hub *self, Connection *connection, const char *text, gsize bytes, gint64 now_us);
/* The connection is gone: its sessions wait for another one until `deadline_us`. */
void hub_drop (Hub *self, Connection *connection, gint64 deadline_us, gint64 now_us);
/* Every quarter of a second: keeps sessions alive in the core, ends those nobody came back for. */
void hub_tick (Hub *self, gint64 now_us);
guint hub_sessions (const Hub *self);
typedef struct {
	guint sessions, dropped; /* of all, those that wait for their client */
	gsize queued_bytes;      /* for all clients together, as of the last tick */
} HubCounts;
HubCounts hub_counts (const Hub *self);

#endif
