/* caller.h: who asks: the token of a request, an application's or an account's, and what it is good for in a meeting.
 * Thread: workers (asks the store where a meeting or an account is concerned). Ownership: a caller owns what it holds. */
#ifndef API_CALLER_H
#define API_CALLER_H

#include "auth.h"
#include "curia-account-token.h"

typedef struct {
	CuriaClaims *claims;        /* what the token grants; an account's: what the account may do here. NULL: there is none */
	CuriaAccountToken *account; /* who is signed in, or NULL: then it is the token of an application or of a seat */
	CuriaMeeting *meeting;      /* the one concerned, when it had to be looked at; or NULL */
	CuriaRole role;             /* in it */
	gboolean member;            /* an account that has a role of its own in it, or owns it */
} ApiCaller;

void api_caller_clear (ApiCaller *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ApiCaller, api_caller_clear)

/* Verifies the request's token, if there is any, and decides whether it is enough; `action` is for API_NEED_ACTION, `code` the
 * meeting concerned or NULL. A token that is sent must suffice, even where guests need none. What was found out is in *caller also
 * when it is refused. UNAUTHORIZED, SESSION_ENDED, FORBIDDEN, REMOVED, NO_SUCH_MEETING, UNAVAILABLE. [worker] */
gboolean api_caller_check (const ApiRequest *request, ApiNeed need, CuriaAction action, const char *code, gint64 now_s,
	ApiCaller *caller, GError **error);
/* The role that a token of an application or a seat stands for; a grant roomAdmin is at least a host's. [any] */
CuriaRole api_caller_role_of (const CuriaClaims *claims);

#endif
