/* sign-in.h: sessions: signing in and out, refreshing, and which there are.
 * Thread: workers; rows that hash passwords have a pool of their own. Ownership: see routes.h. */
#ifndef API_SIGN_IN_H
#define API_SIGN_IN_H

#include "curia-store-accounts.h"
#include "routes.h"

gboolean api_sessions_create (ApiCall *call, GError **error);
gboolean api_sessions_refresh (ApiCall *call, GError **error);
gboolean api_sessions_list (ApiCall *call, GError **error);
gboolean api_sessions_end (ApiCall *call, GError **error);         /* {id} of one's own */
gboolean api_sessions_end_current (ApiCall *call, GError **error);
gboolean api_sessions_end_all (ApiCall *call, GError **error);

/* Signs an account in: a session of a fresh id, whatever cookie was sent; the cookie, and the answer of api_signed_in_schema.
 * A session that the browser had before ends. SESSION_ENDED when the account is disabled. [worker] */
gboolean api_sign_in (ApiCall *call, const CuriaAccount *account, GError **error);
/* The same without a body: for answers that lead to a page, which then refreshes the session. [worker] */
gboolean api_sign_in_cookie (ApiCall *call, const CuriaAccount *account, GError **error);

#endif
