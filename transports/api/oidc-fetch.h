/* oidc-fetch.h: one request to a provider of OpenID Connect, whose answer must be JSON. The only file of the sign-in that
 * uses the network. Thread: workers. Ownership: results belong to the caller. Blocking: 5 s at most. */
#ifndef API_OIDC_FETCH_H
#define API_OIDC_FETCH_H

#include <glib.h>
#include <jansson.h>

typedef struct {
	const char *url;
	const char *form;          /* the body of a POST; NULL: GET */
	const char *authorization; /* or NULL */
	gboolean allow_http;
	const char *ca_file;       /* "": the system's */
} OidcFetch;

/* UNAVAILABLE when there is no answer with a JSON object in time; *status (NULL: whoever does not ask) is then 0 or the
 * answer's. Redirects are not followed. No message holds what was sent. */
json_t *oidc_fetch (const OidcFetch *fetch, long *status, GError **error);

#endif
