/* server.h: the sockets' thread: one libwebsockets context with a plain and a TLS door, and the way into it for others.
 * Thread: everything here belongs to the sockets' thread, but server_post, which is for any.
 * Ownership: the server owns its members; it is made and freed by plugin.c. */
#ifndef API_SERVER_H
#define API_SERVER_H

#include <libwebsockets.h>
#include "curia-node.h"
#include "handler.h"
#include "hub.h"
#include "peers.h"
#include "renewal.h"
#include "settings.h"
#include "workers.h"

typedef struct Events Events;

typedef struct Server {
	CuriaNode *node;       /* RO */
	Settings *settings;    /* RO */
	Workers *pools[API_N_POOLS]; /* RO */
	Peers *peers;          /* sockets */
	Hub *hub;              /* sockets, but for its calls marked [any] */
	GPtrArray *connections; /* sockets: of Connection, websocket.c's */
	Events *events;        /* sockets; events-socket.c's */
	Renewal *renewal;      /* sockets; NULL without TLS */
	struct lws_context *context;
	GThread *thread;
	gint stopping;         /* atomic */
	lws_sorted_usec_list_t tick; /* sockets */

	GMutex lock;           /* leaf: below are what it guards */
	GQueue inbox;          /* of Task */
	gboolean open;         /* the context can be woken */
	gboolean woken;        /* it has been, and has not looked yet */
} Server;

/* Opens the doors and starts the thread. Says which port could not be had. */
Server *server_new (CuriaNode *node, const Core *core, GError **error);
/* Closes every socket, ends the thread; then no callback of ours runs any more. */
void server_free (Server *self);

/* Has `run` called with `data` by the sockets' thread, in order; `discard` instead when the server is gone. [any] */
void server_post (Server *self, void (*run) (gpointer data), gpointer data, GDestroyNotify discard);
/* The server a socket belongs to. [sockets] */
Server *server_of (struct lws *wsi);

#endif
