/* one-time.h: links that work once: the first administrator's, and those that set a password.
 * Thread: workers; the use of one hashes, and has a pool of its own. Ownership: see routes.h. */
#ifndef API_ONE_TIME_H
#define API_ONE_TIME_H

#include "curia-store-accounts.h"
#include "routes.h"

/* The part of a link before its secret: a fragment, which browsers send to nobody. */
#define ONE_TIME_PAGE "/sign-in#once="

gboolean api_one_time_look (ApiCall *call, GError **error);
gboolean api_one_time_use (ApiCall *call, GError **error);
/* A link with which the account's owner chooses a password: url and expires_at. Caller owns. NULL with an error. [worker] */
json_t *api_one_time_make (ApiCall *call, const CuriaAccount *account, GError **error);
/* What the store knows of a link's secret. Caller frees. [any] */
char *api_one_time_digest (const char *secret);

#endif
