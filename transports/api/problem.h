/* problem.h: errors as RFC 9457 problem documents. What handlers need of it is in handler.h.
 * Thread: any. Ownership: returned strings are the caller's. */
#ifndef API_PROBLEM_H
#define API_PROBLEM_H

#include "handler.h"

/* The field that an error of the kind INVALID_FIELD or MISSING_FIELD is about, or NULL. [any] */
char *api_problem_field (const GError *error);

#endif
