/* headers.h: the security headers that every HTTP response carries.
 * Thread: any (const tables). Ownership: the list is static. */
#ifndef API_HEADERS_H
#define API_HEADERS_H

#include <glib.h>
#include <libwebsockets.h>

/* For a virtual host; `strict_transport` adds HSTS: only with a certificate that browsers trust, else a visitor who once
 * accepted a self-made one is locked out. */
const struct lws_protocol_vhost_options *headers_list (gboolean strict_transport);

#endif
