/* exchange.h: one HTTP request and its response: the worker's view of it.
 * Thread: fields say. Ownership: counted; the socket and the worker hold one each. */
#ifndef API_EXCHANGE_H
#define API_EXCHANGE_H

#include "handler.h"
#include "http.h"
#include "reply.h"
#include "server.h"

typedef enum { EXCHANGE_READING, EXCHANGE_WORKING, EXCHANGE_WRITING } ExchangeState;

struct Exchange {
	gint refs; /* atomic */
	Server *server;
	struct lws *wsi;            /* sockets; NULL when the client is gone */
	ExchangeState state;        /* sockets */
	GByteArray *body_in;        /* sockets until handed to a worker */
	gboolean head, close;       /* sockets: HEAD; close the socket afterwards */
	gsize written;              /* sockets: of the body */
	gboolean head_written;
	gint64 whole_us;            /* sockets, then the worker: when all of the request was here */
	lws_sorted_usec_list_t deadline; /* sockets: for the body, while it is read */

	/* what was asked: RO once a worker has it */
	int method;                 /* LWSHUMETH_ */
	char *path, *query, *authorization, *content_type, *idempotency_key, *accept, *host, *origin, *cookie, *user_agent,
		*if_none_match, *if_modified_since, *address, *network;
	gboolean tls, from_script;

	Reply reply;                /* the worker's, then the sockets' */
};

/* Reads the head of the request that the socket has now. [sockets] */
Exchange *exchange_new (struct lws *wsi, const char *path, int method);
/* GET where the method is none of the interface. [any] */
ApiMethod exchange_method (const Exchange *self);
Exchange *exchange_ref (Exchange *self);
void exchange_unref (gpointer self);
/* Fills the reply: by a route or by a file. [worker] */
void exchange_work (Exchange *self);

#endif
