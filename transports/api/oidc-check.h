/* oidc-check.h: what a provider of OpenID Connect says, and whether it is believed: its document, its keys, its ID tokens.
 * Thread: any; pure. Ownership: results belong to the caller. */
#ifndef API_OIDC_CHECK_H
#define API_OIDC_CHECK_H

#include "curia-jws.h"

#define OIDC_TOKEN_MAX_BYTES 16384

/* ---- OpenID Connect Discovery 1.0 ---- */

typedef struct {
	char *authorization_endpoint, *token_endpoint, *jwks_uri;
	char *userinfo_endpoint; /* or NULL */
	gboolean secret_in_body; /* client_secret_post; else Basic */
} OidcDocument;

/* UNAVAILABLE with a reason when it is not `issuer`'s, lacks what is needed (code, RS256 or ES256, S256 if it says what it has) or
 * names addresses that are not https (http as well when allowed). */
OidcDocument *oidc_document_parse (json_t *json, const char *issuer, gboolean allow_http, GError **error);
void oidc_document_free (OidcDocument *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OidcDocument, oidc_document_free)
/* https://, or http:// when allowed, with a host and without a fragment. */
gboolean oidc_url_is_fine (const char *url, gboolean allow_http);

/* ---- its keys ---- */

typedef struct OidcKeys OidcKeys;

/* Those of a JWK set that can verify RS256 or ES256, 50 at most; others are no error. UNAVAILABLE when it is no set. */
OidcKeys *oidc_keys_parse (json_t *json, GError **error);
void oidc_keys_free (OidcKeys *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OidcKeys, oidc_keys_free)
/* The key of this id, or (NULL) the only one of the algorithm. NULL when there is none. Caller unrefs. */
CuriaJwsKey *oidc_keys_lookup (const OidcKeys *self, const char *kid, CuriaJwsAlgorithm algorithm);

/* ---- ID tokens (OpenID Connect Core 1.0, 3.1.3.7) ---- */

typedef struct {
	const char *issuer, *client_id, *nonce;
	gint64 now_s;
} OidcExpected;

/* Of a payload whose signature is good. UNAUTHORIZED with a reason. */
gboolean oidc_token_check (json_t *payload, const OidcExpected *expected, GError **error);

typedef struct {
	char *subject;
	char *email;   /* as it stands there, or NULL */
	gboolean email_verified;
	char *name;    /* "" when none is said */
	gboolean admin;
} OidcPerson;

/* Adds claims of the userinfo endpoint to those of the ID token, which win; FALSE when they are of another subject. */
gboolean oidc_claims_merge (json_t *payload, json_t *userinfo);
/* Who it is. Admin when the claim at `role_claim` ("groups", "realm_access.roles"; "": none) is, or holds, one of
 * `admin_values`. */
OidcPerson *oidc_person_new (json_t *payload, const char *role_claim, const char *const *admin_values);
void oidc_person_free (OidcPerson *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OidcPerson, oidc_person_free)

#endif
