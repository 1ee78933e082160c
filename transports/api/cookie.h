/* cookie.h: cookies of pages, and whether a request with one comes from a page of ours.
 * Thread: any. Ownership: returned strings are the caller's. */
#ifndef API_COOKIE_H
#define API_COOKIE_H

#include "handler.h"

typedef struct {
	const char *name, *value, *path;
	gint64 max_age_s; /* 0: it is deleted */
	gboolean lax;     /* sent along when a page elsewhere leads here; else only with requests of our own pages */
} ApiCookie;

/* The value of a cookie in a Cookie header (NULL: none). NULL when it is not there, or there twice: then a neighbour of ours has
 * put one beside it, and nobody can tell which is which. [any] */
char *api_cookie_read (const char *header, const char *name);
/* A Set-Cookie header: no script can read it (HttpOnly), and it goes over TLS only (Secure), but on this very machine. [any] */
void api_cookie_set (const ApiRequest *request, ApiResponse *response, const ApiCookie *cookie);
/* Refuses requests of other sites' pages: what a browser sends with a cookie on their behalf is not what its owner wants. FORBIDDEN.
 * `script`: it must also have the header X-Curia. [worker] */
gboolean api_cookie_check_page (const ApiRequest *request, gboolean script, GError **error);

#endif
