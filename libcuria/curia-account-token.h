/* curia-account-token.h: access tokens of accounts: short-lived JWTs (RFC 9068) that only this installation mints, with a key of
 * their own that no API key can stand for.
 * Thread: any. Ownership: results belong to the caller. */
#ifndef CURIA_ACCOUNT_TOKEN_H
#define CURIA_ACCOUNT_TOKEN_H

#include <glib.h>

#define CURIA_ACCOUNT_TOKEN_TTL_S 600
#define CURIA_ACCOUNT_TOKEN_KEY "accounts" /* the name of its key: curia_store_shared_secret */
#define CURIA_ACCOUNT_ROLES "user|admin"

typedef struct {
	char *account; /* sub: AC_... */
	char *session; /* sid: SE_... */
	char *role;    /* one of CURIA_ACCOUNT_ROLES, as it was when the token was minted */
	gint64 issued_s, expires_s;
} CuriaAccountToken;

void curia_account_token_free (CuriaAccountToken *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaAccountToken, curia_account_token_free)

/* Whether a JWT claims to be an access token of an account, not a token of an API key: then nothing else may verify it. */
gboolean curia_account_token_is (const char *jwt);
/* From now on, for `token`'s account, session and role. Caller frees. [any] */
char *curia_account_token_mint (const char *key, const CuriaAccountToken *token, gint64 now_s);
/* UNAUTHORIZED with a reason when it is none, damaged, of another key or expired. Whether its session still lives is another
 * question. [any] */
CuriaAccountToken *curia_account_token_verify (const char *key, const char *jwt, gint64 now_s, GError **error);

#endif
