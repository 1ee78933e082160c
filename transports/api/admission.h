/* admission.h: who may open a WebSocket, at /janus or /api/v1/events.
 * Thread: sockets. Ownership: claims are the caller's. */
#ifndef API_ADMISSION_H
#define API_ADMISSION_H

#include "server.h"

/* Path, sub-protocol, rate and number of sockets, origin, token: in this order. TRUE, or the error to answer with.
 * `peer` gets the address' entry. */
gboolean admission_check (struct lws *wsi, const char *upgrade, GError **error);
/* What the token of the socket grants; NULL with an error when it does not open this door. */
CuriaClaims *admission_claims (struct lws *wsi, GError **error);
/* Which of the two paths the answer to the socket concerns; /janus where it is neither. */
const char *admission_path (struct lws *wsi);

#endif
