/* oidc-client.h: the provider of OpenID Connect that the options name: its document and keys, fetched when they are needed and
 * kept for a while, and the way from an authorization code to a person.
 * Thread: workers; locks inside. Ownership: results belong to the caller. Blocking: some seconds at most. */
#ifndef API_OIDC_CLIENT_H
#define API_OIDC_CLIENT_H

#include "curia-options.h"
#include "oidc-check.h"
#include "oidc-request.h"

typedef struct OidcClient OidcClient;

/* NULL without an error when oidc.name is empty; INVALID_FIELD for options that do not go together. The options outlive it. */
OidcClient *oidc_client_new (const CuriaOptions *options, GError **error);
void oidc_client_free (OidcClient *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OidcClient, oidc_client_free)
const char *oidc_client_issuer (const OidcClient *self);
/* Whether `state` is used for the first time; it is no more then. */
gboolean oidc_client_spend (OidcClient *self, const OidcState *state, gint64 now_s);

/* Where to send the browser. UNAVAILABLE while the provider is away: at once for some seconds after it was found so. */
char *oidc_client_url (OidcClient *self, const char *redirect_uri, const OidcState *state, GError **error);
/* Trades the code for an ID token, and believes it or not. UNAUTHORIZED, UNAVAILABLE. */
OidcPerson *oidc_client_finish (OidcClient *self, const char *code, const char *redirect_uri, const OidcState *state, gint64 now_s,
	GError **error);

#endif
