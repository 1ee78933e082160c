/* health.h: whether the process lives, and whether it can serve meetings.
 * Thread: workers. Ownership: see routes.h. */
#ifndef API_HEALTH_H
#define API_HEALTH_H

#include "routes.h"

gboolean api_health_live (ApiCall *call, GError **error);
/* Store, bus and room; UNAVAILABLE names the first part that is not ready. [worker] */
gboolean api_health_ready (ApiCall *call, GError **error);

#endif
