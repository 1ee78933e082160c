#include "curia-jws-private.h"

#include <string.h>
#include <cjose/cjose.h>
#include "curia-error.h"
#include "curia-fields.h"

#define HASH_BYTES 32
#define POINT_BYTES 64 /* an ES256 signature: r and s (RFC 7518, 3.4), not DER */
#define BASE64URL G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (cjose_jwk_t, cjose_jwk_release)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (cjose_jws_t, cjose_jws_release)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (cjose_header_t, cjose_header_release)

/* ---- keys as cjose has them: one per use, for a JWK counts its users without atomics, and making one is only a copy ---- */

static guint8 *
bytes_of (GBytes *bytes, gsize *length)
{
	return (guint8 *) g_bytes_get_data (bytes, length);
}

static cjose_jwk_t *
rsa_to_jwk (const CuriaJwsKey *key, cjose_err *failure)
{
	cjose_jwk_rsa_keyspec spec = { 0 };

	spec.n = bytes_of (key->first, &spec.nlen);
	spec.e = bytes_of (key->second, &spec.elen);
	return cjose_jwk_create_RSA_spec (&spec, failure);
}

static cjose_jwk_t *
ec_to_jwk (const CuriaJwsKey *key, cjose_err *failure)
{
	cjose_jwk_ec_keyspec spec = { .crv = CJOSE_JWK_EC_P_256 };

	spec.x = bytes_of (key->first, &spec.xlen);
	spec.y = bytes_of (key->second, &spec.ylen);
	return cjose_jwk_create_EC_spec (&spec, failure);
}

static cjose_jwk_t *
key_to_jwk (const CuriaJwsKey *key, cjose_err *failure)
{
	gsize length;
	const guint8 *secret;

	switch (key->algorithm) {
	case CURIA_JWS_RS256: return rsa_to_jwk (key, failure);
	case CURIA_JWS_ES256: return ec_to_jwk (key, failure);
	default: break;
	}
	secret = bytes_of (key->first, &length);
	return cjose_jwk_create_oct_spec (secret, length, failure);
}

static gsize
signature_bytes (const CuriaJwsKey *key)
{
	switch (key->algorithm) {
	case CURIA_JWS_RS256: return g_bytes_get_size (key->first);
	case CURIA_JWS_ES256: return POINT_BYTES;
	default: return HASH_BYTES;
	}
}

/* ---- signing ---- */

char *
curia_jws_sign (const CuriaJwsKey *key, const char *payload, GError **error)
{
	cjose_err failure = { .message = "the key is a public one" };
	const char *compact = NULL;
	g_autoptr (cjose_jwk_t) jwk = curia_jws_key_signs (key) ? key_to_jwk (key, &failure) : NULL;
	g_autoptr (cjose_header_t) header = jwk != NULL ? cjose_header_new (&failure) : NULL;
	g_autoptr (cjose_jws_t) jws = NULL;

	if (header != NULL && cjose_header_set (header, CJOSE_HDR_ALG, CJOSE_HDR_ALG_HS256, &failure)
		&& cjose_header_set (header, "typ", "JWT", &failure))
		jws = cjose_jws_sign (jwk, header, (const guint8 *) payload, strlen (payload), &failure);
	if (jws == NULL || !cjose_jws_export (jws, &compact, &failure)) {
		curia_throw (error, CURIA_ERROR_INTERNAL, "cannot sign a token: %s", failure.message);
		return NULL;
	}
	return g_strdup (compact);
}

/* ---- taking apart ---- */

guint8 *
jws_decode (const char *text, gsize *n_bytes)
{
	g_autofree guint8 *bytes = NULL;
	g_autofree char *again = NULL;
	gsize length;

	/* cjose loses its buffer when it meets another letter; its allocator is malloc, and so is GLib's */
	if (*text == '\0' || text[strspn (text, BASE64URL)] != '\0'
		|| !cjose_base64url_decode (text, strlen (text), &bytes, n_bytes, NULL)
		|| !cjose_base64url_encode (bytes, *n_bytes, &again, &length, NULL) || length != strlen (text)
		|| memcmp (again, text, length) != 0)
		return NULL;
	return g_steal_pointer (&bytes);
}

static json_t *
part_to_json (const char *part)
{
	gsize n_bytes = 0;
	g_autofree guint8 *bytes = jws_decode (part, &n_bytes);

	/* a name that is there twice would be read by one program this way and by another that way */
	return bytes != NULL ? json_loadb ((const char *) bytes, n_bytes, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

static const CuriaField header_fields[] = {
	{ "alg", CURIA_FIELD_STRING, .required = TRUE, .allowed = CURIA_JWS_NAMES },
	{ "typ", CURIA_FIELD_STRING, .max = 16 },
	{ "kid", CURIA_FIELD_STRING, .min = 1, .max = 256 },
	{ 0 },
};

/* Extensions that change what a signature means, and keys that a token brings for itself (RFC 7515, 4.1). */
static gboolean
header_wants_more (json_t *header)
{
	static const char *const names[] = { "crit", "b64", "jwk", "jku", "x5c", "x5u", "enc", "zip" };

	for (guint i = 0; i < G_N_ELEMENTS (names); i++)
		if (json_object_get (header, names[i]) != NULL)
			return TRUE;
	return FALSE;
}

static gboolean
read_header (CuriaJws *self, const char *part)
{
	json_auto_t *header = part_to_json (part);

	if (!curia_fields_check (header, header_fields, FALSE, NULL) || header_wants_more (header))
		return FALSE;
	for (guint i = 0; i < CURIA_N_JWS; i++)
		if (strcmp (curia_json_string (header, "alg", ""), curia_jws_name (i)) == 0)
			self->algorithm = i;
	self->kid = g_strdup (curia_json_string (header, "kid", NULL));
	return TRUE;
}

static gpointer
unauthorized (GError **error, const char *reason)
{
	curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "%s", reason);
	return NULL;
}

CuriaJws *
curia_jws_parse (const char *text, gsize max_bytes, GError **error)
{
	g_auto (GStrv) parts = NULL;
	g_autoptr (CuriaJws) self = NULL;
	g_autofree guint8 *signature = NULL;

	if (strlen (text) > max_bytes)
		return unauthorized (error, "the token is too long");
	parts = g_strsplit (text, ".", 4);
	if (g_strv_length (parts) != 3)
		return unauthorized (error, "the token is not a signed JWT");
	self = g_new0 (CuriaJws, 1);
	self->text = g_strdup (text);
	if (!read_header (self, parts[0]))
		return unauthorized (error, "the token's header must say HS256, RS256 or ES256, nothing critical, and bring no key");
	self->payload = part_to_json (parts[1]);
	signature = jws_decode (parts[2], &self->signature_bytes);
	if (!json_is_object (self->payload) || signature == NULL)
		return unauthorized (error, "the token is damaged");
	return g_steal_pointer (&self);
}

void
curia_jws_free (CuriaJws *self)
{
	if (self == NULL)
		return;
	g_free (self->text);
	g_free (self->kid);
	json_decref (self->payload);
	g_free (self);
}

/* ---- verifying ---- */

gboolean
curia_jws_verify (const CuriaJws *self, const CuriaJwsKey *key, GError **error)
{
	g_autoptr (cjose_jwk_t) jwk = NULL;
	g_autoptr (cjose_jws_t) jws = NULL;

	if (self->algorithm != key->algorithm)
		return curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "the token's algorithm is not that of its key");
	/* the length first: cjose compares as many bytes as the hash has before it looks how many there are */
	if (self->signature_bytes != signature_bytes (key))
		return curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "the token's signature is wrong");
	jwk = key_to_jwk (key, NULL);
	jws = cjose_jws_import (self->text, strlen (self->text), NULL);
	if (jwk == NULL || jws == NULL || !cjose_jws_verify (jws, jwk, NULL))
		return curia_throw (error, CURIA_ERROR_UNAUTHORIZED, "the token's signature is wrong");
	return TRUE;
}
