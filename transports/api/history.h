/* history.h: past calls: who was in them, when, and how well it worked.
 * Thread: workers. Ownership: see routes.h. */
#ifndef API_HISTORY_H
#define API_HISTORY_H

#include "routes.h"

#define API_CSV_TYPE "text/csv; charset=utf-8; header=present"

gboolean api_history_calls (ApiCall *call, GError **error);
gboolean api_history_call (ApiCall *call, GError **error);
gboolean api_history_attendance (ApiCall *call, GError **error);
gboolean api_history_quality (ApiCall *call, GError **error);

/* Whether a client would rather have CSV: it names text/csv and not JSON. [any] */
gboolean api_history_wants_csv (const char *accept);

#endif
