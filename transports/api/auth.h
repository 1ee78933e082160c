/* auth.h: what a route needs of its caller, and whether a request has it.
 * Thread: any. Ownership: claims handed out are the caller's. */
#ifndef API_AUTH_H
#define API_AUTH_H

#include "handler.h"

typedef enum {
	API_NEED_NOTHING,
	API_NEED_CREATE,
	API_NEED_LIST,
	API_NEED_ACTION,  /* what the rules of the path's meeting let the token's role do: see caller.h */
	API_NEED_JOIN,
	API_NEED_HISTORY, /* of which meetings the handler looks at: api_auth_covers */
	API_NEED_SERVER,  /* what concerns all meetings */
	API_NEED_ACCOUNT, /* somebody who is signed in */
} ApiNeed;

/* The grant's name in a token, or NULL for API_NEED_NOTHING. [any] */
const char *api_need_grant (ApiNeed need);
/* The option that lets guests do without a token, or NULL. [any] */
const char *api_need_guest_option (ApiNeed need);

/* Whether a token is good for the meeting of this code (NULL: none is concerned). One without a room is for all. [any] */
gboolean api_auth_covers (const CuriaClaims *claims, const char *code);
/* The meeting whose history a token opens: *code is what was asked for (NULL: nothing), afterwards in its normal form, or the
 * token's own, or NULL for all meetings. INVALID_FIELD when it is no code, FORBIDDEN. Caller frees. [any] */
gboolean api_auth_scope (const CuriaClaims *claims, const char *asked, char **code, GError **error);
/* Decides for claims already verified (NULL: no token was sent). A token that is sent must suffice, even where guests
 * need none. `code` is the meeting concerned, or NULL. UNAUTHORIZED or FORBIDDEN. [any] */
gboolean api_auth_decide (ApiNeed need, const CuriaClaims *claims, const char *code, gboolean guests, GError **error);
/* The token of an Authorization header "Bearer <token>", or NULL. Borrowed. [any] */
const char *api_auth_bearer (const char *authorization);

#endif
