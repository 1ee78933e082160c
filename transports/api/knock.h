/* knock.h: whether the password that somebody gives opens a meeting. Who guesses waits, by address and meeting; a password that was
 * right is known again for a while, so that a class that comes at once is not hashed one by one.
 * Thread: workers (hashing waits). Ownership: what is remembered is the process', bounded, and no password is kept. */
#ifndef API_KNOCK_H
#define API_KNOCK_H

#include "routes.h"

/* PASSWORD_NEEDED when it is wrong, TOO_MANY with Retry-After when it is too early to try, OVERLOADED. [worker] */
gboolean api_knock (ApiCall *call, const CuriaMeeting *meeting, const char *password, GError **error);
/* Forgets all; when the transport is destroyed, and in tests. [any] */
void api_knock_forget (void);

#endif
