/* links.h: the addresses that answers contain: where this server is, seen from the client.
 * Thread: any; pure but for the request's node. Ownership: returned strings are the caller's. */
#ifndef API_LINKS_H
#define API_LINKS_H

#include "handler.h"

/* Whether text is a Host header worth repeating: name, IPv4 or [IPv6], and a port or none. [any] */
gboolean api_links_host_valid (const char *host);
/* "https://meet.example.org" without a slash at the end: public_url when set, else scheme and Host, else localhost and
 * the port when Host has no host's shape. [any] */
char *api_links_base (const char *public_url, const char *host, gboolean tls, int port);
char *api_links_base_of (const ApiRequest *request);
/* "https://..." -> "wss://.../janus". [any] */
char *api_links_socket (const char *base);
/* The page of a meeting. [any] */
char *api_links_meeting (const char *base, const char *code);

#endif
