/* Keys: from a secret, from PEM, from a JWK. Whatever their source, what they may be is decided in one place. */
#include "curia-jws-private.h"

#include <string.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include "curia-error.h"
#include "curia-fields.h"

#define MIN_SECRET_BYTES 32 /* RFC 7518, 3.2: as long as the hash or longer */
#define MIN_RSA_BYTES (2048 / 8)
#define MAX_RSA_BYTES (8192 / 8)
#define MAX_EXPONENT_BYTES 4
#define COORDINATE_BYTES 32
#define MAX_PEM_BYTES 16384

static const char *const names[CURIA_N_JWS] = { "HS256", "RS256", "ES256" };

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIGNUM, BN_free)

const char *
curia_jws_name (CuriaJwsAlgorithm algorithm)
{
	return names[algorithm];
}

/* ---- life ---- */

static void
key_clear (gpointer data)
{
	CuriaJwsKey *self = data;

	g_bytes_unref (self->first);
	g_clear_pointer (&self->second, g_bytes_unref);
}

static CuriaJwsKey *
key_new (CuriaJwsAlgorithm algorithm, GBytes *first, GBytes *second)
{
	CuriaJwsKey *self = g_atomic_rc_box_new (CuriaJwsKey);

	*self = (CuriaJwsKey) { algorithm, first, second };
	return self;
}

CuriaJwsKey *
curia_jws_key_ref (CuriaJwsKey *self)
{
	return g_atomic_rc_box_acquire (self);
}

void
curia_jws_key_unref (CuriaJwsKey *self)
{
	if (self != NULL)
		g_atomic_rc_box_release_full (self, key_clear);
}

CuriaJwsAlgorithm
curia_jws_key_algorithm (const CuriaJwsKey *self)
{
	return self->algorithm;
}

gboolean
curia_jws_key_signs (const CuriaJwsKey *self)
{
	return self->algorithm == CURIA_JWS_HS256;
}

static gpointer
refuse (GError **error, const char *reason)
{
	curia_throw (error, CURIA_ERROR_INVALID_FIELD, "%s", reason);
	return NULL;
}

CuriaJwsKey *
curia_jws_key_new_secret (const char *secret, GError **error)
{
	if (strlen (secret) < MIN_SECRET_BYTES)
		return refuse (error, "a secret must have 32 bytes or more");
	return key_new (CURIA_JWS_HS256, g_bytes_new (secret, strlen (secret)), NULL);
}

/* ---- what public keys may be ---- */

/* Big-endian and without zeros before: an even modulus or exponent is no key. */
static CuriaJwsKey *
rsa_new (const guint8 *n, gsize n_bytes, const guint8 *e, gsize e_bytes, GError **error)
{
	if (n_bytes < MIN_RSA_BYTES || n_bytes > MAX_RSA_BYTES || (n_bytes == MIN_RSA_BYTES && n[0] < 0x80))
		return refuse (error, "an RSA key must have 2048 to 8192 bits");
	if (n[0] == 0 || n[n_bytes - 1] % 2 == 0 || e_bytes < 1 || e_bytes > MAX_EXPONENT_BYTES || e[0] == 0
		|| e[e_bytes - 1] % 2 == 0 || (e_bytes == 1 && e[0] == 1))
		return refuse (error, "the RSA key's modulus or exponent is none");
	return key_new (CURIA_JWS_RS256, g_bytes_new (n, n_bytes), g_bytes_new (e, e_bytes));
}

static EVP_PKEY *
p256_of (const guint8 *point, gsize n_bytes)
{
	OSSL_PARAM parts[] = {
		OSSL_PARAM_construct_utf8_string (OSSL_PKEY_PARAM_GROUP_NAME, (char *) "prime256v1", 0),
		OSSL_PARAM_construct_octet_string (OSSL_PKEY_PARAM_PUB_KEY, (void *) point, n_bytes),
		OSSL_PARAM_construct_end (),
	};
	g_autoptr (EVP_PKEY_CTX) making = EVP_PKEY_CTX_new_from_name (NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	if (making == NULL || EVP_PKEY_fromdata_init (making) <= 0
		|| EVP_PKEY_fromdata (making, &key, EVP_PKEY_PUBLIC_KEY, parts) <= 0)
		return NULL;
	return key;
}

/* A point that is not on the curve would make signatures mean something else. */
static CuriaJwsKey *
ec_new (const guint8 *x, const guint8 *y, GError **error)
{
	guint8 point[1 + 2 * COORDINATE_BYTES] = { 4 }; /* uncompressed */
	g_autoptr (EVP_PKEY) key = NULL;
	g_autoptr (EVP_PKEY_CTX) checking = NULL;

	memcpy (point + 1, x, COORDINATE_BYTES);
	memcpy (point + 1 + COORDINATE_BYTES, y, COORDINATE_BYTES);
	key = p256_of (point, sizeof point);
	checking = key != NULL ? EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL) : NULL;
	if (checking == NULL || EVP_PKEY_public_check (checking) != 1)
		return refuse (error, "the key is no point of P-256");
	return key_new (CURIA_JWS_ES256, g_bytes_new (x, COORDINATE_BYTES), g_bytes_new (y, COORDINATE_BYTES));
}

/* ---- PEM ---- */

static guint8 *
number_of (EVP_PKEY *key, const char *name, int n_bytes, gsize *length)
{
	BIGNUM *found = NULL;

	if (EVP_PKEY_get_bn_param (key, name, &found) != 1)
		return NULL;
	g_autoptr (BIGNUM) number = found;
	*length = (gsize) (n_bytes > 0 ? n_bytes : BN_num_bytes (number));
	g_autofree guint8 *bytes = g_malloc0 (MAX (*length, 1));
	return BN_bn2binpad (number, bytes, (int) *length) >= 0 ? g_steal_pointer (&bytes) : NULL;
}

static CuriaJwsKey *
rsa_of (EVP_PKEY *key, GError **error)
{
	gsize n_bytes = 0, e_bytes = 0;
	g_autofree guint8 *n = number_of (key, OSSL_PKEY_PARAM_RSA_N, 0, &n_bytes),
					  *e = number_of (key, OSSL_PKEY_PARAM_RSA_E, 0, &e_bytes);

	return n != NULL && e != NULL ? rsa_new (n, n_bytes, e, e_bytes, error) : refuse (error, "the RSA key cannot be read");
}

static CuriaJwsKey *
ec_of (EVP_PKEY *key, GError **error)
{
	char group[32] = "";
	gsize length;

	if (EVP_PKEY_get_utf8_string_param (key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, NULL) != 1
		|| strcmp (group, "prime256v1") != 0)
		return refuse (error, "an EC key must be of the curve P-256");
	g_autofree guint8 *x = number_of (key, OSSL_PKEY_PARAM_EC_PUB_X, COORDINATE_BYTES, &length),
					  *y = number_of (key, OSSL_PKEY_PARAM_EC_PUB_Y, COORDINATE_BYTES, &length);
	return x != NULL && y != NULL ? ec_new (x, y, error) : refuse (error, "the EC key cannot be read");
}

CuriaJwsKey *
curia_jws_key_new_pem (const char *pem, GError **error)
{
	if (strlen (pem) > MAX_PEM_BYTES)
		return refuse (error, "a public key may have 16384 bytes at most");
	if (strstr (pem, "PRIVATE KEY") != NULL)
		return refuse (error, "this is a private key: give the public one, and nobody the private one");
	g_autoptr (BIO) text = BIO_new_mem_buf (pem, (int) strlen (pem));
	g_autoptr (EVP_PKEY) key = text != NULL ? PEM_read_bio_PUBKEY (text, NULL, NULL, NULL) : NULL;
	if (key == NULL)
		return refuse (error, "there is no public key in PEM (\"-----BEGIN PUBLIC KEY-----\")");
	if (EVP_PKEY_is_a (key, "RSA"))
		return rsa_of (key, error);
	if (EVP_PKEY_is_a (key, "EC"))
		return ec_of (key, error);
	return refuse (error, "a public key must be RSA (for RS256) or EC of P-256 (for ES256)");
}

/* ---- JWK ---- */

static CuriaJwsKey *
rsa_of_jwk (json_t *jwk, GError **error)
{
	gsize n_bytes = 0, e_bytes = 0;
	g_autofree guint8 *n = jws_decode (curia_json_string (jwk, "n", ""), &n_bytes),
					  *e = jws_decode (curia_json_string (jwk, "e", ""), &e_bytes);

	return n != NULL && e != NULL ? rsa_new (n, n_bytes, e, e_bytes, error) : refuse (error, "the RSA key cannot be read");
}

static CuriaJwsKey *
ec_of_jwk (json_t *jwk, GError **error)
{
	gsize x_bytes = 0, y_bytes = 0;
	g_autofree guint8 *x = jws_decode (curia_json_string (jwk, "x", ""), &x_bytes),
					  *y = jws_decode (curia_json_string (jwk, "y", ""), &y_bytes);

	if (strcmp (curia_json_string (jwk, "crv", ""), "P-256") != 0)
		return refuse (error, "an EC key must be of the curve P-256");
	if (x == NULL || y == NULL || x_bytes != COORDINATE_BYTES || y_bytes != COORDINATE_BYTES)
		return refuse (error, "the EC key cannot be read");
	return ec_new (x, y, error);
}

static const CuriaField jwk_fields[] = {
	{ "kty", CURIA_FIELD_STRING, .required = TRUE, .allowed = "RSA|EC" },
	{ "use", CURIA_FIELD_STRING, .allowed = "sig" },
	{ "alg", CURIA_FIELD_STRING, .allowed = "RS256|ES256" },
	{ "crv", CURIA_FIELD_STRING, .max = 32 },
	{ "n", CURIA_FIELD_STRING, .max = 4096 },
	{ "e", CURIA_FIELD_STRING, .max = 64 },
	{ "x", CURIA_FIELD_STRING, .max = 256 },
	{ "y", CURIA_FIELD_STRING, .max = 256 },
	{ "kid", CURIA_FIELD_STRING, .max = 256 },
	{ 0 },
};

CuriaJwsKey *
curia_jws_key_new_jwk (json_t *jwk, GError **error)
{
	g_autoptr (CuriaJwsKey) key = NULL;

	if (!curia_fields_check (jwk, jwk_fields, FALSE, error))
		return NULL;
	key = strcmp (curia_json_string (jwk, "kty", ""), "RSA") == 0 ? rsa_of_jwk (jwk, error) : ec_of_jwk (jwk, error);
	if (key == NULL)
		return NULL;
	if (strcmp (curia_json_string (jwk, "alg", names[key->algorithm]), names[key->algorithm]) != 0)
		return refuse (error, "the key's alg does not fit its kty");
	return g_steal_pointer (&key);
}
