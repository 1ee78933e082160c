/* oidc.h: signing in at a provider of OpenID Connect: by authorization code with PKCE. Thread: workers; the answers wait for the
 * provider, so they come from the pool that may wait. Ownership: see routes.h. */
#ifndef API_OIDC_H
#define API_OIDC_H

#include "routes.h"

gboolean api_oidc_list (ApiCall *call, GError **error);
gboolean api_oidc_start (ApiCall *call, GError **error);
gboolean api_oidc_callback (ApiCall *call, GError **error);
/* Whether the options of the provider go together. INVALID_FIELD. [any] */
gboolean api_oidc_check_options (const CuriaOptions *options, GError **error);
/* Forgets the provider's document and keys; when the transport is destroyed. [any] */
void api_oidc_forget (void);

extern const CuriaField api_oidc_start_query[];
extern const ApiSchema api_providers_schema;

#endif
