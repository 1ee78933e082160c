/* http.h: HTTP requests: read on the sockets' thread, answered on a worker, written on the sockets' thread.
 * Thread: sockets. Ownership: an exchange lives until both the socket and the worker have let it go. */
#ifndef API_HTTP_H
#define API_HTTP_H

#include <glib.h>
#include <libwebsockets.h>

typedef struct Exchange Exchange;

/* What libwebsockets keeps for a socket. */
typedef struct {
	Exchange *exchange;
} HttpSlot;

/* Whether the socket is within the limits of connections, now that it can be told: TOO_MANY, OVERLOADED. [sockets] */
gboolean http_check_room (struct lws *wsi, GError **error);
/* Protocol 0 of every door; also sees sockets come and go. */
int http_callback (struct lws *wsi, enum lws_callback_reasons reason, void *slot, void *in, size_t bytes);

#endif
