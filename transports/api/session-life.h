/* session-life.h: whether the session of an access token still lives. Asked of the store, and remembered for some seconds: so
 * long a token may outlive a sign-out on another node.
 * Thread: workers (asks the store). Ownership: none. */
#ifndef API_SESSION_LIFE_H
#define API_SESSION_LIFE_H

#include "curia-account-token.h"
#include "handler.h"

/* Of a verified token; its role becomes the account's of now. SESSION_ENDED. [worker] */
gboolean api_session_check (CuriaNode *node, CuriaAccountToken *token, gint64 now_ms, GError **error);
/* Forgets what is remembered: after a session ended here, and when the transport is destroyed. [any] */
void api_session_forget (void);

#endif
