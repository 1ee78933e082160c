/* attempts.h: who may try a password now, by address and by account: one limit for all routes that take one.
 * Thread: workers. Ownership: an attempt is the caller's, and ends exactly once. */
#ifndef API_ATTEMPTS_H
#define API_ATTEMPTS_H

#include "routes.h"
#include "throttle.h"

typedef struct {
	char *address, *account; /* keys; NULL: not counted */
} Attempt;

/* Of an account by id or e-mail address, whether there is such or not. TOO_MANY with Retry-After when it is too early; then there
 * is nothing to end. [worker] */
gboolean api_attempt_begin (ApiCall *call, const char *account, Attempt *attempt, GError **error);
/* What is counted whether it succeeds or not, such as new accounts of one address. TOO_MANY. [worker] */
gboolean api_attempt_count (ApiCall *call, const char *what, GError **error);
/* A right password clears the account's count, not the address': who has one account could try others for ever. [worker] */
void api_attempt_end (Attempt *attempt, ThrottleVerdict verdict);
/* Forgets all; when the transport is destroyed, and in tests. [any] */
void api_attempts_forget (void);

#endif
