#include "curia-token.h"

#include <string.h>
#include "curia-claims.h"
#include "curia-error.h"

#define LEEWAY_S 60   /* how far the minter's clock may be off */
#define BACKDATE_S 10 /* for verifiers without leeway */
#define SHA256_BYTES 32

char *
curia_token_mint (const CuriaKeyring *keys, const CuriaClaims *claims, gint64 now_s, gint64 ttl_s, GError **error)
{
	json_auto_t *payload = NULL;
	g_autofree char *text = NULL, *token = NULL;
	g_autoptr (CuriaKey) key = NULL;

	if (curia_keyring_first (keys) == NULL) {
		curia_throw (error, CURIA_ERROR_INTERNAL, "there is no key to sign tokens with");
		return NULL;
	}
	key = curia_keyring_lookup (keys, curia_keyring_first (keys), now_s);
	payload = claims_to_json (claims, curia_key_id (key), now_s - BACKDATE_S, now_s + ttl_s);
	json_object_set_new (payload, "iat", json_integer (now_s));
	/* a token that would be refused later must not leave the house */
	if (!curia_fields_check (payload, claim_fields, FALSE, error))
		return NULL;
	text = json_dumps (payload, JSON_COMPACT);
	token = curia_jws_sign (curia_key_jws (key), text, error);
	if (token != NULL && strlen (token) > MAX_TOKEN_BYTES) {
		curia_throw (error, CURIA_ERROR_TOO_LARGE, "the token has more than %d bytes", MAX_TOKEN_BYTES);
		return NULL;
	}
	return g_steal_pointer (&token);
}

static char *
sha256_base64 (const char *text)
{
	g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
	guint8 bytes[SHA256_BYTES];
	gsize n = sizeof bytes;

	g_checksum_update (sum, (const guchar *) text, (gssize) strlen (text));
	g_checksum_get_digest (sum, bytes, &n);
	return g_base64_encode (bytes, n);
}

char *
curia_token_sign_body (
	const CuriaKeyring *keys, const char *key_id, const char *body, gint64 now_s, gint64 ttl_s, GError **error)
{
	g_autoptr (CuriaKey) key = curia_keyring_lookup (keys, key_id, now_s);
	g_autofree char *hash = sha256_base64 (body), *text = NULL;
	json_auto_t *payload = NULL;

	if (key == NULL || !curia_jws_key_signs (curia_key_jws (key))) {
		curia_throw (error, CURIA_ERROR_NOT_FOUND, "there is no key \"%s\" that could sign", key_id);
		return NULL;
	}
	payload = json_pack ("{s:s, s:I, s:I, s:s}", "iss", key_id, "nbf", (json_int_t) (now_s - BACKDATE_S), "exp",
		(json_int_t) (now_s + ttl_s), "sha256", hash);
	text = json_dumps (payload, JSON_COMPACT);
	return curia_jws_sign (curia_key_jws (key), text, error);
}

/* ---- verification: every step may trust only what the steps before it have shown ---- */

static gpointer
unauthorized (GError **error, const char *reason)
{
	curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "%s", reason);
	return NULL;
}

static CuriaClaims *
claims_in_time (json_t *payload, gint64 now_s, GError **error)
{
	g_autoptr (GError) why = NULL;
	g_autoptr (CuriaClaims) claims = NULL;

	if (!curia_fields_check (payload, claim_fields, FALSE, &why)) {
		curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "the token's %s", why->message);
		return NULL;
	}
	claims = claims_from_json (payload);
	if (now_s >= claims->expires_s + LEEWAY_S)
		return unauthorized (error, "the token has expired");
	if (now_s < claims->not_before_s - LEEWAY_S)
		return unauthorized (error, "the token is not valid yet");
	return g_steal_pointer (&claims);
}

CuriaClaims *
curia_token_verify (const CuriaKeyring *keys, const char *jwt, gint64 now_s, GError **error)
{
	g_autoptr (CuriaJws) jws = NULL;
	g_autoptr (CuriaKey) key = NULL;
	g_autoptr (CuriaClaims) claims = NULL;
	const char *issuer;

	if (jwt == NULL || *jwt == '\0')
		return unauthorized (error, "a token is required");
	jws = curia_jws_parse (jwt, MAX_TOKEN_BYTES, error);
	if (jws == NULL)
		return NULL;
	issuer = curia_json_string (jws->payload, "iss", "");
	key = curia_keyring_lookup (keys, issuer, now_s);
	if (key == NULL || (jws->kid != NULL && strcmp (jws->kid, issuer) != 0))
		return unauthorized (error, "the token's key is not known here");
	if (!curia_jws_verify (jws, curia_key_jws (key), error))
		return NULL;
	claims = claims_in_time (jws->payload, now_s, error);
	if (claims == NULL)
		return NULL;
	curia_key_touch (key, now_s);
	curia_claims_limit (claims, curia_key_scopes (key));
	return g_steal_pointer (&claims);
}
