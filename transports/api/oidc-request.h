/* oidc-request.h: one sign-in at a provider: what we send there, what we remember of it meanwhile, where it may end.
 * Thread: any; pure but for chance. Ownership: results belong to the caller. */
#ifndef API_OIDC_REQUEST_H
#define API_OIDC_REQUEST_H

#include "curia-seal.h"

#define OIDC_STATE_TTL_S 600
#define OIDC_HOME "/meetings"

/* What the browser carries from the start to the callback, sealed, in a cookie: nobody else can make one or look into it. */
typedef struct {
	char *state;    /* in the URL, both ways */
	char *nonce;    /* in the ID token */
	char *verifier; /* PKCE (RFC 7636) */
	char *next;     /* a local path */
	gint64 expires_s;
} OidcState;

/* With fresh secrets; `next` is OIDC_HOME unless it is a local path. */
OidcState *oidc_state_new (const char *next, gint64 now_s);
void oidc_state_free (OidcState *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OidcState, oidc_state_free)
char *oidc_state_lock (const OidcState *self, const CuriaSeal *seal, const char *provider);
/* UNAUTHORIZED when it is none of ours, has expired or is of another sign-in than `state`. */
OidcState *oidc_state_unlock (const CuriaSeal *seal, const char *provider, const char *sealed, const char *state, gint64 now_s,
	GError **error);

/* A path of this server, which no browser takes for another one: "/x", not "//x", "/\x" or "/<tab>/x". */
gboolean oidc_next_is_local (const char *next);

/* RFC 7636, S256. */
char *oidc_challenge (const char *verifier);
/* Where the browser is sent. */
char *oidc_authorization_url (const char *endpoint, const char *client_id, const char *redirect_uri, const OidcState *state);
/* The body for the token endpoint; client_secret NULL: it goes into the header; "": there is none. */
char *oidc_token_body (const char *code, const char *client_id, const char *client_secret, const char *redirect_uri,
	const char *verifier);
/* "Basic ..." of RFC 6749, 2.3.1. */
char *oidc_basic (const char *client_id, const char *client_secret);

#endif
