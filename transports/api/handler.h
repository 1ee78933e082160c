/* handler.h: what a REST handler sees of a request and gives as a response; knows nothing of sockets.
 * Thread: handlers run on workers and may block (store, bus) but not for long. Ownership: the request is borrowed, the
 * response's body is the response's. */
#ifndef API_HANDLER_H
#define API_HANDLER_H

#include <glib.h>
#include <jansson.h>
#include "curia-error.h"
#include "curia-node.h"

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
	const char *host;             /* Host header: "meet.example.org:8443" */
	gboolean tls;
	const char *peer;             /* remote address, text without port */
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
	char *allow;                  /* owned; Allow header ("GET, HEAD, POST") or NULL; set with 405 */
	int retry_after_s;            /* 0: none */
	gboolean problem;             /* content type application/problem+json */
	const char *operation;        /* static: the row's; NULL: there was none */
} ApiResponse;

/* Routes and answers one request below /api/v1, /healthz or /readyz: always fills the response, errors included. In
 * routes.c. [worker] */
void api_routes_handle (const ApiRequest *request, ApiResponse *response);
/* Whether routes.c wants this path (else it is a static file). [any] */
gboolean api_routes_owns (const char *path);
/* Whether what is asked there is answered without waiting for the store or another node: files, and the rows that say so. [any] */
gboolean api_routes_are_prompt (const char *path);
/* Forgets what handlers remember between requests (answers kept for Idempotency-Key); when the transport is destroyed,
 * after its workers have stopped. [any] */
void api_routes_forget (void);
/* Frees what a response owns. [any] */
void api_response_clear (ApiResponse *response);
/* The server's own errors (429, 413, ...) in the same shape. [any] */
void api_response_fail (ApiResponse *response, const GError *error, const char *path);

#endif
