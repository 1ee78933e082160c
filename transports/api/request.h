/* request.h: reads what a client sent in its head: method, address, headers.
 * Thread: sockets, while libwebsockets still has the head. Ownership: strings are the caller's, NULL when absent. */
#ifndef API_REQUEST_H
#define API_REQUEST_H

#include <glib.h>
#include <libwebsockets.h>

/* A header, whole; NULL when absent or longer than `max`. */
char *request_header (struct lws *wsi, enum lws_token_indexes token, gsize max);
/* One that libwebsockets has no token for, as "idempotency-key:". */
char *request_custom (struct lws *wsi, const char *name, gsize max);
/* The text after '?', each argument escaped again, "" when none. */
char *request_query (struct lws *wsi);
/* An argument of the query, "access_token" for instance. */
char *request_argument (struct lws *wsi, const char *name, gsize max);
/* The token of "Authorization: Bearer ..." or of ?access_token=. */
char *request_token (struct lws *wsi);
/* The address of the client: behind a proxy on this host, what the proxy says. */
char *request_address (struct lws *wsi);
/* Whether the client speaks TLS to us, or to a proxy on this host. */
gboolean request_is_tls (struct lws *wsi);
/* Bytes of body to come, -1 when that is not said, -2 when what is said makes no sense. */
gint64 request_length (struct lws *wsi);

#endif
