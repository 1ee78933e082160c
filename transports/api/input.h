/* input.h: reads what a request brings: query text and JSON body, checked against a row's field tables.
 * Thread: any; pure. Ownership: objects handed out are the caller's. */
#ifndef API_INPUT_H
#define API_INPUT_H

#include "curia-fields.h"
#include "handler.h"

/* "limit=5&cursor=x" -> {"limit":5,"cursor":"x"}, checked strictly. A NULL table accepts and ignores any query. [any] */
json_t *api_input_query (const char *query, const CuriaField *table, GError **error);
/* The body, checked strictly; an empty body is an empty object. With a NULL table the body must be empty or {}.
 * MEDIA_TYPE, INVALID_JSON, MISSING_FIELD, INVALID_FIELD. [any] */
json_t *api_input_body (const ApiRequest *request, const CuriaField *table, GError **error);

#endif
