/* doors.h: the two ports: plain HTTP and TLS, each a virtual host of libwebsockets.
 * Thread: the one that makes the server, before the sockets' thread runs. Ownership: the context owns what is opened. */
#ifndef API_DOORS_H
#define API_DOORS_H

#include "server.h"

#define DOORS_KEEPALIVE_S 30 /* a socket that asks nothing more is closed */

/* Opens those that the settings name; an error says which port could not be had. */
gboolean doors_open (Server *self, GError **error);

#endif
