/* openapi.h: the OpenAPI 3.1 document, made from the rows that also dispatch requests, so that it cannot go stale.
 * Thread: any; pure. Ownership: the document is the caller's. */
#ifndef API_OPENAPI_H
#define API_OPENAPI_H

#include "routes.h"

#define API_PROBLEM_SCHEMA "Problem"

json_t *api_openapi_document (void);
gboolean api_openapi_answer (ApiCall *call, GError **error);

#endif
