/* origin.h: which pages may talk to us from a browser.
 * Thread: any (pure). Ownership: none. */
#ifndef API_ORIGIN_H
#define API_ORIGIN_H

#include <glib.h>

/* Origin header against the Host header, api.public_url ("" for none) and api.allowed_origins (NULL-terminated, or NULL).
 * No Origin is fine: then it is no browser. "null" (a sandboxed page, a file) is not. */
gboolean origin_is_welcome (const char *origin, const char *host, const char *public_url, const char *const *allowed);
/* Only what is listed: those may also read answers (CORS). */
gboolean origin_is_listed (const char *origin, const char *const *allowed);
/* The host[:port] of "https://host:port/path", or NULL. Caller frees. */
char *origin_authority (const char *url);

#endif
