/* oidc-account.h: whose account somebody is who signed in at a provider. Thread: workers (asks the store).
 * Ownership: the account is the caller's. */
#ifndef API_OIDC_ACCOUNT_H
#define API_OIDC_ACCOUNT_H

#include "curia-store-accounts.h"
#include "oidc-check.h"

typedef struct {
	const char *issuer;
	gboolean sets_role; /* the provider says who is an administrator */
	gint64 now_ms;
} OidcAccountRules;

/* The account that the identity is linked to; else the one of its e-mail address, if the provider says that it is verified;
 * else a new one. An account whose address nobody had verified loses its password and its sessions when it is linked: whoever
 * made it need not be who has the address. FORBIDDEN when the address is not verified, or none. */
CuriaAccount *oidc_account_of (CuriaStore *store, const OidcPerson *person, const OidcAccountRules *rules, GError **error);

#endif
