/* handler.h: what a REST handler sees of a request and gives as a response; knows nothing of sockets.
 * Thread: handlers run on workers and may block (store, bus) but not for long. Ownership: the request is borrowed, the
 * response's body is the response's. */
#ifndef API_HANDLER_H
#define API_HANDLER_H

#include <glib.h>
#include <jansson.h>
#include "curia-error.h"
#include "curia-node.h"

#define API_MAX_COOKIES 2

typedef enum { API_GET = 1, API_POST = 2, API_PUT = 4, API_PATCH = 8, API_DELETE = 16 } ApiMethod;

typedef struct {
	CuriaNode *node;
	ApiMethod method;
	const char *path;             /* decoded, without query */
	const char *query;            /* raw text after '?', or "" */
	const char *authorization;    /* header value or NULL */
	const char *content_type;     /* header value or NULL */
	const char *idempotency_key;  /* header value or NULL */
	const char *accept;           /* header value or NULL */
	const char *cookie;           /* header value or NULL */
	const char *origin;           /* header value or NULL: no browser, or a page of ours that only reads */
	const char *user_agent;       /* header value or NULL */
	gboolean from_script;         /* it has the header X-Curia: 1, which no page of another origin can send unasked */
	const char *host;             /* Host header: "meet.example.org:8443" */
	gboolean tls;
	const char *peer;             /* remote address, text without port */
	const char *network;          /* what to count it by: the address, or the /64 of IPv6; NULL: as peer */
	gboolean local;               /* which is this very machine */
	const char *body;             /* raw, NUL-terminated; length in body_bytes */
	gsize body_bytes;
} ApiRequest;

typedef struct {
	int status;                   /* always set; with 401 the server adds WWW-Authenticate: Bearer */
	json_t *body;                 /* owned; NULL: no body, or `text` */
	char *text;                   /* owned; a body that is no JSON, or NULL */
	const char *type;             /* static: content type of `text` */
	char *file;                   /* owned; the name under which browsers are to keep the body, or NULL */
	char *location;               /* owned; Location header or NULL */
	char *cookies[API_MAX_COOKIES]; /* owned; Set-Cookie headers: api_cookie_set */
	char *allow;                  /* owned; Allow header ("GET, HEAD, POST") or NULL; set with 405 */
	int retry_after_s;            /* 0: none, or what is usual for the error */
	gboolean problem;             /* content type application/problem+json */
	const char *operation;        /* static: the row's; NULL: there was none */
} ApiResponse;

/* Routes and answers one request below /api/v1, /healthz or /readyz: always fills the response, errors included. In
 * routes.c. [worker] */
void api_routes_handle (const ApiRequest *request, ApiResponse *response);
/* Whether routes.c wants this path (else it is a static file). [any] */
gboolean api_routes_owns (const char *path);
/* Who answers: each kind has threads of its own, so that nobody waits behind those who take longer. */
typedef enum {
	API_POOL_GENERAL,
	API_POOL_PROMPT,  /* waits for neither store nor other nodes: files, and the rows that say so */
	API_POOL_HASHING, /* may wait long for a password to be hashed */
	API_N_POOLS
} ApiPool;
ApiPool api_routes_pool (ApiMethod method, const char *path, const char *body, gsize bytes);
/* Forgets what handlers remember between requests (answers kept for Idempotency-Key); when the transport is destroyed,
 * after its workers have stopped. [any] */
void api_routes_forget (void);
/* Frees what a response owns. [any] */
void api_response_clear (ApiResponse *response);
/* The server's own errors (429, 413, ...) in the same shape. [any] */
void api_response_fail (ApiResponse *response, const GError *error, const char *path);

#endif
