/* join.h: hands out seats in a meeting: a token and where to go with it.
 * Thread: workers. Ownership: see routes.h. */
#ifndef API_JOIN_H
#define API_JOIN_H

#include "routes.h"

gboolean api_join (ApiCall *call, GError **error);

/* Whose seat it is. A token's identity, unless it has none or is the host token, which many may hold; then "guest:" or
 * "host:" and a hash of `seat`, the client's secret, so that who reads an identity cannot take it. Caller frees. [any] */
char *api_join_identity (const CuriaClaims *claims, const char *host_identity, const char *code, const char *seat);

#endif
