/* curia-refresh-token.h: refresh tokens: a session, its generation, and a secret that only the session's tokens contain, under a
 * MAC of ours: what is forged is told from what is old without a look at the store.
 * Thread: any. Ownership: results belong to the caller. */
#ifndef CURIA_REFRESH_TOKEN_H
#define CURIA_REFRESH_TOKEN_H

#include <glib.h>

typedef struct {
	char *session;      /* SE_... */
	char *secret;       /* 32 random bytes; the store knows its SHA-256 only */
	gint64 generation;  /* 1, 2, 3... */
} CuriaRefreshToken;

/* The first of a session: generation 1, a new secret. */
CuriaRefreshToken *curia_refresh_token_new (const char *session);
void curia_refresh_token_free (CuriaRefreshToken *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaRefreshToken, curia_refresh_token_free)

/* "SE_....7.secret.mac". `key` is that of accounts' tokens. Caller frees. [any] */
char *curia_refresh_token_to_text (const CuriaRefreshToken *self, const char *key);
/* NULL when we never gave it out. [any] */
CuriaRefreshToken *curia_refresh_token_parse (const char *key, const char *text);
/* SHA-256 of a secret, as the store keeps it. Caller frees. [any] */
char *curia_refresh_token_digest (const char *secret);

#endif
