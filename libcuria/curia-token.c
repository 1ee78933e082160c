#include "curia-token.h"

#include <string.h>
#include <cjose/cjose.h>
#include "curia-claims.h"
#include "curia-error.h"

#define MIN_SECRET_BYTES 32 /* RFC 7518, 3.2: as long as the hash or longer */
#define MAX_KEYS 64
#define LEEWAY_S 60        /* how far the minter's clock may be off */
#define BACKDATE_S 10      /* for verifiers without leeway */
#define SIGNATURE_BYTES 32 /* of HS256 */
#define BASE64URL G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_"

/* ---- keys ---- */

typedef struct {
	char *id;
	GBytes *secret;
} Key;

struct CuriaKeyring {
	GPtrArray *keys; /* of Key; the first signs */
};

static void
key_free (gpointer data)
{
	Key *key = data;

	g_free (key->id);
	g_bytes_unref (key->secret);
	g_free (key);
}

CuriaKeyring *
curia_keyring_new (void)
{
	CuriaKeyring *self = g_new (CuriaKeyring, 1);

	self->keys = g_ptr_array_new_with_free_func (key_free);
	return self;
}

void
curia_keyring_free (CuriaKeyring *self)
{
	if (self == NULL)
		return;
	g_ptr_array_unref (self->keys);
	g_free (self);
}

static const Key *
lookup_key (const CuriaKeyring *self, const char *id)
{
	for (guint i = 0; i < self->keys->len; i++) {
		const Key *key = g_ptr_array_index (self->keys, i);

		if (g_str_equal (key->id, id))
			return key;
	}
	return NULL;
}

static gboolean
is_key_id (const char *id)
{
	gsize length = strspn (id, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_-.");

	return length >= 1 && length <= 64 && id[length] == '\0';
}

gboolean
curia_keyring_add (CuriaKeyring *self, const char *key_id, const char *secret, GError **error)
{
	Key *key;

	if (!is_key_id (key_id))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "key id must be 1 to 64 of A-Z a-z 0-9 _ - .");
	if (strlen (secret) < MIN_SECRET_BYTES)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "the secret of key \"%s\" must have %d bytes or more",
			key_id, MIN_SECRET_BYTES);
	if (lookup_key (self, key_id) != NULL)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "key \"%s\" is there twice", key_id);
	if (self->keys->len == MAX_KEYS)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "there may be at most %d keys", MAX_KEYS);
	key = g_new (Key, 1);
	key->id = g_strdup (key_id);
	key->secret = g_bytes_new (secret, strlen (secret));
	g_ptr_array_add (self->keys, key);
	return TRUE;
}

/* ---- cjose ---- */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (cjose_jwk_t, cjose_jwk_release)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (cjose_jws_t, cjose_jws_release)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (cjose_header_t, cjose_header_release)

/* One per use: a JWK counts its users without atomics, and making one is only a copy. */
static cjose_jwk_t *
key_to_jwk (const Key *key, cjose_err *failure)
{
	gsize length;
	const guint8 *bytes = g_bytes_get_data (key->secret, &length);

	return cjose_jwk_create_oct_spec (bytes, length, failure);
}

static char *
sign (const Key *key, const char *payload, GError **error)
{
	cjose_err failure = { 0 };
	const char *compact = NULL;
	g_autoptr (cjose_jwk_t) jwk = key_to_jwk (key, &failure);
	g_autoptr (cjose_header_t) header = cjose_header_new (&failure);
	g_autoptr (cjose_jws_t) jws = NULL;

	if (jwk != NULL && header != NULL && cjose_header_set (header, CJOSE_HDR_ALG, CJOSE_HDR_ALG_HS256, &failure)
		&& cjose_header_set (header, "typ", "JWT", &failure))
		jws = cjose_jws_sign (jwk, header, (const guint8 *) payload, strlen (payload), &failure);
	if (jws == NULL || !cjose_jws_export (jws, &compact, &failure)) {
		curia_throw (error, CURIA_ERROR_INTERNAL, "cannot sign a token: %s", failure.message);
		return NULL;
	}
	return g_strdup (compact);
}

char *
curia_token_mint (const CuriaKeyring *keys, const CuriaClaims *claims, gint64 now_s, gint64 ttl_s, GError **error)
{
	json_auto_t *payload = NULL;
	g_autofree char *text = NULL, *token = NULL;
	const Key *key;

	if (keys->keys->len == 0) {
		curia_throw (error, CURIA_ERROR_INTERNAL, "there is no key to sign tokens with");
		return NULL;
	}
	key = g_ptr_array_index (keys->keys, 0);
	payload = claims_to_json (claims, key->id, now_s - BACKDATE_S, now_s + ttl_s);
	json_object_set_new (payload, "iat", json_integer (now_s));
	/* a token that would be refused later must not leave the house */
	if (!curia_fields_check (payload, claim_fields, FALSE, error))
		return NULL;
	text = json_dumps (payload, JSON_COMPACT);
	token = sign (key, text, error);
	if (token != NULL && strlen (token) > MAX_TOKEN_BYTES) {
		curia_throw (error, CURIA_ERROR_TOO_LARGE, "the token has more than %d bytes", MAX_TOKEN_BYTES);
		return NULL;
	}
	return g_steal_pointer (&token);
}

gboolean
curia_keyring_has (const CuriaKeyring *self, const char *key_id)
{
	return lookup_key (self, key_id) != NULL;
}

const char *
curia_keyring_first (const CuriaKeyring *self)
{
	return self->keys->len > 0 ? ((const Key *) g_ptr_array_index (self->keys, 0))->id : NULL;
}

static char *
sha256_base64 (const char *text)
{
	g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
	guint8 bytes[SIGNATURE_BYTES];
	gsize n = sizeof bytes;

	g_checksum_update (sum, (const guchar *) text, (gssize) strlen (text));
	g_checksum_get_digest (sum, bytes, &n);
	return g_base64_encode (bytes, n);
}

char *
curia_token_sign_body (
	const CuriaKeyring *keys, const char *key_id, const char *body, gint64 now_s, gint64 ttl_s, GError **error)
{
	const Key *key = lookup_key (keys, key_id);
	g_autofree char *hash = sha256_base64 (body), *text = NULL;
	json_auto_t *payload = NULL;

	if (key == NULL) {
		curia_throw (error, CURIA_ERROR_NOT_FOUND, "there is no key \"%s\" in token.keys", key_id);
		return NULL;
	}
	payload = json_pack ("{s:s, s:I, s:I, s:s}", "iss", key->id, "nbf", (json_int_t) (now_s - BACKDATE_S), "exp",
		(json_int_t) (now_s + ttl_s), "sha256", hash);
	text = json_dumps (payload, JSON_COMPACT);
	return sign (key, text, error);
}

/* ---- verification: every step may trust only what the steps before it have shown ---- */

static gpointer
unauthorized (GError **error, const char *reason)
{
	curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "%s", reason);
	return NULL;
}

static const CuriaField header_fields[] = {
	{ "alg", CURIA_FIELD_STRING, .required = TRUE, .allowed = "HS256" },
	{ "typ", CURIA_FIELD_STRING, .max = 16 },
	{ 0 },
};

/* Strict base64url (RFC 7515, 2): one alphabet, no padding, no stray bits in the last letter (checked by encoding
 * again), so that a token has exactly one spelling. NULL when it is anything else. */
static guint8 *
decode_part (const char *part, gsize *n_bytes)
{
	g_autofree guint8 *bytes = NULL;
	g_autofree char *again = NULL;
	gsize length;

	/* cjose loses its buffer when it meets another letter; its allocator is malloc, and so is GLib's */
	if (*part == '\0' || part[strspn (part, BASE64URL)] != '\0'
		|| !cjose_base64url_decode (part, strlen (part), &bytes, n_bytes, NULL)
		|| !cjose_base64url_encode (bytes, *n_bytes, &again, &length, NULL) || length != strlen (part)
		|| memcmp (again, part, length) != 0)
		return NULL;
	return g_steal_pointer (&bytes);
}

static json_t *
part_to_json (const char *part)
{
	gsize n_bytes = 0;
	g_autofree guint8 *bytes = decode_part (part, &n_bytes);

	/* a name that is there twice would be read by one program this way and by another that way */
	return bytes != NULL ? json_loadb ((const char *) bytes, n_bytes, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

/* The algorithm is ours to choose, not the token's: exactly HS256, and no extension that must be understood. */
static gboolean
is_header_ours (const char *part)
{
	json_auto_t *header = part_to_json (part);

	return curia_fields_check (header, header_fields, FALSE, NULL) && json_object_get (header, "crit") == NULL;
}

static gboolean
is_signature_good (const Key *key, const char *jwt)
{
	g_autoptr (cjose_jwk_t) jwk = key_to_jwk (key, NULL);
	g_autoptr (cjose_jws_t) jws = cjose_jws_import (jwt, strlen (jwt), NULL);

	return jwk != NULL && jws != NULL && cjose_jws_verify (jws, jwk, NULL);
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
	g_auto (GStrv) parts = NULL;
	g_autofree guint8 *signature = NULL;
	json_auto_t *payload = NULL;
	const Key *key;
	gsize n_bytes;

	if (jwt == NULL || *jwt == '\0')
		return unauthorized (error, "a token is required");
	if (strlen (jwt) > MAX_TOKEN_BYTES)
		return unauthorized (error, "the token is too long");
	parts = g_strsplit (jwt, ".", 4);
	if (g_strv_length (parts) != 3)
		return unauthorized (error, "the token is not a signed JWT");
	if (!is_header_ours (parts[0]))
		return unauthorized (error, "the token's header must say HS256 and nothing critical");
	payload = part_to_json (parts[1]);
	signature = decode_part (parts[2], &n_bytes);
	/* the length first: cjose compares as many bytes as the hash has before it looks how many there are */
	if (payload == NULL || signature == NULL || n_bytes != SIGNATURE_BYTES)
		return unauthorized (error, "the token is damaged");
	key = lookup_key (keys, curia_json_string (payload, "iss", ""));
	if (key == NULL)
		return unauthorized (error, "the token's key is not known here");
	if (!is_signature_good (key, jwt))
		return unauthorized (error, "the token's signature is wrong");
	return claims_in_time (payload, now_s, error);
}
