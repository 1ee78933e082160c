/* connection.h: one open /janus WebSocket: who it is, what waits to be written, when it was last heard.
 * Thread: sockets. Ownership: websocket.c makes and frees it with the socket; sessions are the hub's. */
#ifndef API_CONNECTION_H
#define API_CONNECTION_H

#include "bucket.h"
#include "hub.h"
#include "peers.h"
#include "replay.h"
#include "server.h"

#define CONNECTION_MAX_SESSIONS 4

struct Connection {
	struct lws *wsi;
	Server *server;
	char *identity, *room;  /* of the token */
	Peer *peer;
	GByteArray *in;         /* of a message that is not complete */
	Bucket messages;
	GQueue plain;           /* of Frame: what belongs to no session; goes out first */
	gsize plain_bytes;
	GPtrArray *sessions;    /* of Session, the hub's */
	guint turn;             /* whose frame is next */
	gint64 heard_us, pinged_us, closing_us;
	guint32 ping_no;
	gboolean ping_due, dropped;
	gboolean leaving;       /* the browser said that its page goes away */
	int close_code;         /* 0: stays open */
	const char *close_reason; /* static */
};

Connection *connection_new (struct lws *wsi, const CuriaClaims *claims, Peer *peer, gint64 now_us);
void connection_free (Connection *self);
/* Queues a JSON object that belongs to no session. */
void connection_send (Connection *self, json_t *message);
/* There is something to write. */
void connection_wake (Connection *self);
/* Closes soon, with a code of RFC 6455; the first reason wins. `reason` is static. */
void connection_close (Connection *self, int code, const char *reason, gint64 now_us);
/* Whether a token's identity is the one that made this. */
gboolean connection_is_by (const Connection *self, const char *identity, const char *room);

#endif
