/* websocket.h: the /janus WebSockets: who may open one, what comes in and goes out, and when one counts as gone.
 * Thread: sockets. Ownership: the connections of a server are in its list. */
#ifndef API_WEBSOCKET_H
#define API_WEBSOCKET_H

#include "server.h"

#define WEBSOCKET_PATH "/janus"
#define WEBSOCKET_PROTOCOL "janus-protocol"

/* What libwebsockets keeps for a socket. */
typedef struct {
	Connection *connection;
} WebsocketSlot;

/* Whether a socket may become a WebSocket: 0 yes; 1 no, and the refusal is written; -1 no, hang up. */
int websocket_admit (struct lws *wsi, const char *upgrade);
int websocket_callback (struct lws *wsi, enum lws_callback_reasons reason, void *slot, void *in, size_t bytes);
/* Pings, and drops who has been silent for too long. */
void websocket_tick (Server *server, gint64 now_us);

#endif
