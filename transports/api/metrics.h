/* metrics.h: GET /metrics: who may read what this process counts, and what the API itself counts.
 * Thread: the handler on workers, the rest as it says. Ownership: see routes.h. */
#ifndef API_METRICS_H
#define API_METRICS_H

#include "routes.h"

#define API_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Why a request or a socket was turned away before any route saw it: the values of curia_api_refused_total. */
typedef enum { API_REFUSED_RATE, API_REFUSED_ADDRESS_CONNECTIONS, API_REFUSED_CONNECTIONS, API_REFUSED_QUEUE, API_REFUSED_TOO_LARGE,
	API_REFUSED_LATE, API_REFUSED_MALFORMED, API_REFUSED_N } ApiRefused;

/* As options and request say: FORBIDDEN, UNAUTHORIZED, NOT_FOUND. Pure but for them. [any] */
gboolean api_metrics_allowed (const CuriaOptions *options, const ApiRequest *request, GError **error);
gboolean api_metrics_answer (ApiCall *call, GError **error);

/* One HTTP request: `operation` as in the route table, or "static", or NULL for no route at all. [any] */
void api_metrics_count (const char *operation, int status, gint64 duration_us);
void api_metrics_refused (ApiRefused reason);
const char *api_refused_name (ApiRefused reason);
/* Has everything at 0 that can be counted. */
void api_metrics_start (void);

#endif
