/* Tokens of public keys, RS256 and ES256: good ones, and forged ones in a table. They are signed here by OpenSSL, as an
 * application would, not by the library. */
#include "curia-token.h"

#include <string.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include "curia-error.h"

#define NOW 1800000000
#define SECRET "0123456789abcdef0123456789abcdef"
#define CLAIMS(iss) "{\"iss\":\"" iss "\",\"sub\":\"ann\",\"exp\":1800003600,\"video\":{\"roomJoin\":true,\"room\":\"abcd-efgh-jkmn\"}}"
#define N_HALF_ORDER "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8"

static EVP_PKEY *rsa, *other_rsa, *p256, *other_p256, *p384;
static char *rsa_pem, *p256_pem;
static CuriaKeyring *keys;

/* ---- a second implementation ---- */

static char *
base64url (const guint8 *bytes, gsize n)
{
	char *text = g_base64_encode (bytes, n);

	g_strdelimit (text, "+", '-');
	g_strdelimit (text, "/", '_');
	text[strcspn (text, "=")] = '\0';
	return text;
}

static char *
input_of (const char *header, const char *payload)
{
	g_autofree char *h = base64url ((const guint8 *) header, strlen (header)),
					*p = base64url ((const guint8 *) payload, strlen (payload));

	return g_strdup_printf ("%s.%s", h, p);
}

static guint8 *
openssl_sign (EVP_PKEY *key, const char *input, gsize *n)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new ();
	guint8 *signature;

	g_assert_cmpint (EVP_DigestSignInit (context, NULL, EVP_sha256 (), NULL, key), ==, 1);
	g_assert_cmpint (EVP_DigestSign (context, NULL, n, (const guint8 *) input, strlen (input)), ==, 1);
	signature = g_malloc (*n);
	g_assert_cmpint (EVP_DigestSign (context, signature, n, (const guint8 *) input, strlen (input)), ==, 1);
	EVP_MD_CTX_free (context);
	return signature;
}

typedef enum { PLAIN, HIGH_S, LOW_S, DER, SWAPPED } Form;

/* r and s as RFC 7518 has them, or as forgers would. */
static guint8 *
ec_sign (EVP_PKEY *key, const char *input, Form form, gsize *n)
{
	gsize n_der;
	g_autofree guint8 *der = openssl_sign (key, input, &n_der);
	const guint8 *at = der;
	int half = EVP_PKEY_get_bits (key) / 8;
	guint8 *raw = g_malloc ((gsize) half * 2);

	if (form == DER) {
		g_free (raw);
		*n = n_der;
		return g_steal_pointer (&der);
	}
	ECDSA_SIG *parsed = d2i_ECDSA_SIG (NULL, &at, (long) n_der);
	BIGNUM *order = NULL, *middle = NULL, *s = BN_dup (ECDSA_SIG_get0_s (parsed));
	BN_hex2bn (&order, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
	BN_hex2bn (&middle, N_HALF_ORDER);
	if ((form == HIGH_S && BN_cmp (s, middle) <= 0) || (form == LOW_S && BN_cmp (s, middle) > 0))
		BN_sub (s, order, s);
	BN_bn2binpad (form == SWAPPED ? s : ECDSA_SIG_get0_r (parsed), raw, half);
	BN_bn2binpad (form == SWAPPED ? ECDSA_SIG_get0_r (parsed) : s, raw + half, half);
	BN_free (order);
	BN_free (middle);
	BN_free (s);
	ECDSA_SIG_free (parsed);
	*n = (gsize) half * 2;
	return raw;
}

static char *
token_in (EVP_PKEY *key, Form form, const char *header, const char *payload)
{
	g_autofree char *input = input_of (header, payload), *text = NULL;
	gsize n;
	g_autofree guint8 *signature = EVP_PKEY_is_a (key, "EC") ? ec_sign (key, input, form, &n) : openssl_sign (key, input, &n);

	text = base64url (signature, n);
	return g_strdup_printf ("%s.%s", input, text);
}

static char *
token_of (EVP_PKEY *key, const char *header, const char *payload)
{
	return token_in (key, PLAIN, header, payload);
}

static char *
token_of_secret (const char *secret, const char *header, const char *payload)
{
	g_autofree char *input = input_of (header, payload), *text = NULL;
	GHmac *hmac = g_hmac_new (G_CHECKSUM_SHA256, (const guchar *) secret, strlen (secret));
	guint8 digest[32];
	gsize n = sizeof digest;

	g_hmac_update (hmac, (const guchar *) input, (gssize) strlen (input));
	g_hmac_get_digest (hmac, digest, &n);
	g_hmac_unref (hmac);
	text = base64url (digest, n);
	return g_strdup_printf ("%s.%s", input, text);
}

static char *
token_with (const char *header, const char *payload, const guint8 *signature, gsize n)
{
	g_autofree char *input = input_of (header, payload), *text = base64url (signature, n);

	return g_strdup_printf ("%s.%s", input, text);
}

static char *
pem_of (EVP_PKEY *key)
{
	BIO *memory = BIO_new (BIO_s_mem ());
	char *bytes, *text;
	long n;

	g_assert_cmpint (PEM_write_bio_PUBKEY (memory, key), ==, 1);
	n = BIO_get_mem_data (memory, &bytes);
	text = g_strndup (bytes, (gsize) n);
	BIO_free (memory);
	return text;
}

/* ---- what is accepted ---- */

#define RS "{\"alg\":\"RS256\",\"typ\":\"JWT\"}"
#define ES "{\"alg\":\"ES256\"}"
#define HS "{\"alg\":\"HS256\"}"

static void
assert_accepted (const char *what, char *token)
{
	g_autofree char *jwt = token;
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaClaims) claims = curia_token_verify (keys, jwt, NOW, &error);

	if (claims == NULL)
		g_error ("refused: %s: %s", what, error->message);
	g_assert_cmpstr (claims->identity, ==, "ann");
	g_assert_true (claims->room_join && !claims->room_admin);
}

/* A signature with a high s is as good as that with the low one: whoever signs chooses by chance, and nobody can make either
 * without the key. */
static void
test_accepted (void)
{
	assert_accepted ("RS256", token_of (rsa, RS, CLAIMS ("rsa")));
	assert_accepted ("ES256", token_of (p256, ES, CLAIMS ("ec")));
	assert_accepted ("ES256 with a low s", token_in (p256, LOW_S, ES, CLAIMS ("ec")));
	assert_accepted ("ES256 with a high s", token_in (p256, HIGH_S, ES, CLAIMS ("ec")));
	assert_accepted ("HS256 beside them", token_of_secret (SECRET, HS, CLAIMS ("hs")));
	assert_accepted ("its own kid", token_of (rsa, "{\"alg\":\"RS256\",\"kid\":\"rsa\"}", CLAIMS ("rsa")));
	assert_accepted ("headers that mean nothing", token_of (p256, "{\"alg\":\"ES256\",\"cty\":\"JWT\",\"x\":1}", CLAIMS ("ec")));
}

/* ---- forged tokens ---- */

static void
assert_refused (const char *what, const char *jwt)
{
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaClaims) claims = curia_token_verify (keys, jwt, NOW, &error);

	if (claims != NULL)
		g_error ("accepted: %s: %s", what, jwt);
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_UNAUTHORIZED);
	g_assert_cmpuint (strlen (error->message), <, 400);
}

/* Each of these is signed by the right key and differs in its header or content only. */
static void
test_forged_content (void)
{
	static const struct {
		const char *what, *header, *payload; /* {A} is RS256 or ES256, {K} the key's id */
	} rows[] = {
		{ "alg none", "{\"alg\":\"none\"}", CLAIMS ("{K}") },
		{ "no alg", "{\"typ\":\"JWT\"}", CLAIMS ("{K}") },
		{ "alg empty", "{\"alg\":\"\"}", CLAIMS ("{K}") },
		{ "alg in lower case", "{\"alg\":\"rs256\"}", CLAIMS ("{K}") },
		{ "alg HS256", "{\"alg\":\"HS256\"}", CLAIMS ("{K}") },
		{ "alg RS512", "{\"alg\":\"RS512\"}", CLAIMS ("{K}") },
		{ "alg PS256", "{\"alg\":\"PS256\"}", CLAIMS ("{K}") },
		{ "alg ES384", "{\"alg\":\"ES384\"}", CLAIMS ("{K}") },
		{ "alg EdDSA", "{\"alg\":\"EdDSA\"}", CLAIMS ("{K}") },
		{ "alg a list", "{\"alg\":[\"{A}\"]}", CLAIMS ("{K}") },
		{ "alg twice", "{\"alg\":\"none\",\"alg\":\"{A}\"}", CLAIMS ("{K}") },
		{ "alg with a NUL", "{\"alg\":\"{A}\\u0000\"}", CLAIMS ("{K}") },
		{ "wrong kid", "{\"alg\":\"{A}\",\"kid\":\"hs\"}", CLAIMS ("{K}") },
		{ "kid a path", "{\"alg\":\"{A}\",\"kid\":\"../../dev/null\"}", CLAIMS ("{K}") },
		{ "kid a number", "{\"alg\":\"{A}\",\"kid\":1}", CLAIMS ("{K}") },
		{ "kid empty", "{\"alg\":\"{A}\",\"kid\":\"\"}", CLAIMS ("{K}") },
		{ "crit", "{\"alg\":\"{A}\",\"crit\":[\"exp\"]}", CLAIMS ("{K}") },
		{ "crit empty", "{\"alg\":\"{A}\",\"crit\":[]}", CLAIMS ("{K}") },
		{ "b64 false", "{\"alg\":\"{A}\",\"b64\":false}", CLAIMS ("{K}") },
		{ "b64 true", "{\"alg\":\"{A}\",\"b64\":true}", CLAIMS ("{K}") },
		{ "jwk within", "{\"alg\":\"{A}\",\"jwk\":{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}}", CLAIMS ("{K}") },
		{ "jku", "{\"alg\":\"{A}\",\"jku\":\"https://evil.example/keys\"}", CLAIMS ("{K}") },
		{ "x5u", "{\"alg\":\"{A}\",\"x5u\":\"https://evil.example/cert\"}", CLAIMS ("{K}") },
		{ "x5c", "{\"alg\":\"{A}\",\"x5c\":[\"MIIB\"]}", CLAIMS ("{K}") },
		{ "zip", "{\"alg\":\"{A}\",\"zip\":\"DEF\"}", CLAIMS ("{K}") },
		{ "header a list", "[\"{A}\"]", CLAIMS ("{K}") },
		{ "header and more behind it", "{\"alg\":\"{A}\"}{}", CLAIMS ("{K}") },
		{ "another key's id", "{\"alg\":\"{A}\"}", CLAIMS ("other") },
		{ "an HS256 key's id", "{\"alg\":\"{A}\"}", CLAIMS ("hs") },
		{ "no issuer", "{\"alg\":\"{A}\"}", "{\"exp\":1800003600}" },
		{ "issuer twice", "{\"alg\":\"{A}\"}", "{\"iss\":\"{K}\",\"iss\":\"hs\",\"exp\":1800003600}" },
		{ "exp twice", "{\"alg\":\"{A}\"}", "{\"iss\":\"{K}\",\"exp\":1,\"exp\":1800003600}" },
		{ "grant twice", "{\"alg\":\"{A}\"}",
			"{\"iss\":\"{K}\",\"exp\":1800003600,\"video\":{\"roomAdmin\":false,\"roomAdmin\":true}}" },
		{ "expired", "{\"alg\":\"{A}\"}", "{\"iss\":\"{K}\",\"exp\":1799999900}" },
		{ "future", "{\"alg\":\"{A}\"}", "{\"iss\":\"{K}\",\"exp\":1800003600,\"nbf\":1800000100}" },
		{ "no exp", "{\"alg\":\"{A}\"}", "{\"iss\":\"{K}\"}" },
		{ "payload a list", "{\"alg\":\"{A}\"}", "[]" },
		{ "payload no JSON", "{\"alg\":\"{A}\"}", "iss={K}" },
	};
	const struct {
		const char *id, *algorithm;
		EVP_PKEY *key;
	} signers[] = { { "rsa", "RS256", rsa }, { "ec", "ES256", p256 } };

	for (guint i = 0; i < G_N_ELEMENTS (rows) * 2; i++) {
		guint row = i / 2, by = i % 2;
		g_autoptr (GString) header = g_string_new (rows[row].header), payload = g_string_new (rows[row].payload);
		g_autofree char *jwt = NULL;

		g_string_replace (header, "{A}", signers[by].algorithm, 0);
		g_string_replace (payload, "{K}", signers[by].id, 0);
		jwt = token_of (signers[by].key, header->str, payload->str);
		assert_refused (rows[row].what, jwt);
	}
}

/* Keys and algorithms crossed. */
static void
test_forged_keys (void)
{
	const struct {
		const char *what;
		char *jwt;
	} rows[] = {
		{ "HS256 with the RSA key's PEM as secret", token_of_secret (rsa_pem, HS, CLAIMS ("rsa")) },
		{ "HS256 with the EC key's PEM as secret", token_of_secret (p256_pem, HS, CLAIMS ("ec")) },
		{ "the PEM as secret, and says RS256", token_of_secret (rsa_pem, RS, CLAIMS ("rsa")) },
		{ "HS256 with an empty secret", token_of_secret ("", HS, CLAIMS ("rsa")) },
		{ "another RSA key", token_of (other_rsa, RS, CLAIMS ("rsa")) },
		{ "another EC key", token_of (other_p256, ES, CLAIMS ("ec")) },
		{ "RSA key, says ES256", token_of (rsa, ES, CLAIMS ("rsa")) },
		{ "RSA key under the EC key's id", token_of (rsa, RS, CLAIMS ("ec")) },
		{ "RSA key under the EC key's id, says ES256", token_of (rsa, ES, CLAIMS ("ec")) },
		{ "EC key, says RS256", token_of (p256, RS, CLAIMS ("ec")) },
		{ "EC key under the RSA key's id", token_of (p256, ES, CLAIMS ("rsa")) },
		{ "RSA key under an HS256 key's id", token_of (rsa, RS, CLAIMS ("hs")) },
		{ "RS256 named, HS256's secret", token_of_secret (SECRET, RS, CLAIMS ("hs")) },
		{ "curve P-384", token_of (p384, ES, CLAIMS ("ec")) },
		{ "DER", token_in (p256, DER, ES, CLAIMS ("ec")) },
		{ "r and s swapped", token_in (p256, SWAPPED, ES, CLAIMS ("ec")) },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		assert_refused (rows[i].what, rows[i].jwt);
		g_free (rows[i].jwt);
	}
}

/* Signatures that only look like some: zeros (CVE-2022-21449), the order, what is too short or too long. */
static void
test_forged_bytes (void)
{
	static const guint8 zeros[1024];
	g_autofree guint8 *ones = g_malloc (1024), *huge = g_malloc0 (9000);
	guint8 order[64];
	BIGNUM *n = NULL;
	g_autofree char *input = input_of (ES, CLAIMS ("ec")), *rs_input = input_of (RS, CLAIMS ("rsa"));
	gsize n_good, n_rs;
	g_autofree guint8 *good = ec_sign (p256, input, PLAIN, &n_good), *rs = openssl_sign (rsa, rs_input, &n_rs);

	memset (ones, 0xff, 1024);
	BN_hex2bn (&n, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
	BN_bn2binpad (n, order, 32);
	BN_bn2binpad (n, order + 32, 32);
	BN_free (n);
	const struct {
		const char *what, *header, *payload;
		const guint8 *bytes;
		gsize n;
	} rows[] = {
		{ "ES256 of zeros", ES, CLAIMS ("ec"), zeros, 64 },
		{ "ES256 of ones", ES, CLAIMS ("ec"), ones, 64 },
		{ "ES256 of the order", ES, CLAIMS ("ec"), order, 64 },
		{ "ES256 of one byte", ES, CLAIMS ("ec"), zeros, 1 },
		{ "ES256 cut by one", ES, CLAIMS ("ec"), good, n_good - 1 },
		{ "ES256 cut to r", ES, CLAIMS ("ec"), good, 32 },
		{ "ES256 of another content", ES, CLAIMS ("ec") " ", good, n_good },
		{ "ES256 of 96 bytes", ES, CLAIMS ("ec"), zeros, 96 },
		{ "ES256 of 1024 bytes", ES, CLAIMS ("ec"), zeros, 1024 },
		{ "RS256 of zeros", RS, CLAIMS ("rsa"), zeros, 256 },
		{ "RS256 of ones", RS, CLAIMS ("rsa"), ones, 256 },
		{ "RS256 cut by one", RS, CLAIMS ("rsa"), rs, n_rs - 1 },
		{ "RS256 cut to a hash", RS, CLAIMS ("rsa"), rs, 32 },
		{ "RS256 of another content", RS, CLAIMS ("rsa") " ", rs, n_rs },
		{ "RS256 of 1024 bytes", RS, CLAIMS ("rsa"), ones, 1024 },
		{ "huge", RS, CLAIMS ("rsa"), huge, 9000 },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *jwt = token_with (rows[i].header, rows[i].payload, rows[i].bytes, rows[i].n);

		assert_refused (rows[i].what, jwt);
	}
	for (gsize i = 0; i < n_rs; i++) {
		rs[i] ^= 1;
		g_autofree char *jwt = token_with (RS, CLAIMS ("rsa"), rs, n_rs);
		assert_refused ("RS256 with one bit changed", jwt);
		rs[i] ^= 1;
	}
}

/* ---- keys ---- */

static void
check_pem (const char *what, EVP_PKEY *key, const char *message)
{
	g_autofree char *pem = pem_of (key);
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaJwsKey) made = curia_jws_key_new_pem (pem, &error);

	if (made != NULL)
		g_error ("accepted: %s", what);
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
	g_assert_cmpstr (error->message, ==, message);
	EVP_PKEY_free (key);
}

static void
test_pem (void)
{
	static const char *const texts[] = { "", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "-----BEGIN RSA PRIVATE KEY-----\n" };

	for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
		g_assert_null (curia_jws_key_new_pem (texts[i], NULL));
	check_pem ("RSA of 1024 bits", EVP_RSA_gen (1024), "an RSA key must have 2048 to 8192 bits");
	check_pem ("P-384", EVP_EC_gen ("P-384"), "an EC key must be of the curve P-256");
	check_pem ("secp256k1", EVP_EC_gen ("secp256k1"), "an EC key must be of the curve P-256");
	check_pem ("Ed25519", EVP_PKEY_Q_keygen (NULL, NULL, "ED25519"),
		"a public key must be RSA (for RS256) or EC of P-256 (for ES256)");
}

static char *
number_of (EVP_PKEY *key, const char *name)
{
	BIGNUM *number = NULL;
	guint8 bytes[1024];
	int n;

	g_assert_cmpint (EVP_PKEY_get_bn_param (key, name, &number), ==, 1);
	n = MAX (BN_num_bytes (number), strlen (name) == 2 ? 32 : 0); /* "qx", "qy": whole */
	BN_bn2binpad (number, bytes, n);
	BN_free (number);
	return base64url (bytes, (gsize) n);
}

static void
check_jwk (json_t *jwk, CuriaJwsAlgorithm algorithm, char *token)
{
	json_auto_t *object = jwk;
	g_autofree char *jwt = token;
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaJwsKey) key = curia_jws_key_new_jwk (object, &error);
	g_autoptr (CuriaJws) jws = curia_jws_parse (jwt, 8192, NULL);

	g_assert_no_error (error);
	g_assert_cmpint (curia_jws_key_algorithm (key), ==, algorithm);
	g_assert_false (curia_jws_key_signs (key));
	g_assert_true (curia_jws_verify (jws, key, &error));
	g_assert_null (curia_jws_sign (key, "{}", NULL));
}

static void
test_jwk (void)
{
	g_autofree char *n = number_of (rsa, "n"), *e = number_of (rsa, "e"), *x = number_of (p256, "qx"), *y = number_of (p256, "qy");
	static const char *const refused[] = { "{}", "[]", "{\"kty\":\"oct\",\"k\":\"AAAA\"}", "{\"kty\":\"RSA\"}",
		"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"AA\",\"y\":\"AA\"}",
		/* not on the curve */
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\","
		"\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}" };

	check_jwk (json_pack ("{s:s, s:s, s:s, s:s}", "kty", "RSA", "n", n, "e", e, "use", "sig"), CURIA_JWS_RS256,
		token_of (rsa, RS, CLAIMS ("rsa")));
	check_jwk (json_pack ("{s:s, s:s, s:s, s:s, s:s}", "kty", "EC", "crv", "P-256", "x", x, "y", y, "alg", "ES256"),
		CURIA_JWS_ES256, token_of (p256, ES, CLAIMS ("ec")));
	for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
		json_auto_t *jwk = json_loads (refused[i], 0, NULL);

		if (curia_jws_key_new_jwk (jwk, NULL) != NULL)
			g_error ("accepted: %s", refused[i]);
	}
	json_auto_t *encrypts = json_pack ("{s:s, s:s, s:s, s:s}", "kty", "RSA", "n", n, "e", e, "use", "enc");
	g_assert_null (curia_jws_key_new_jwk (encrypts, NULL));
	json_auto_t *crossed = json_pack ("{s:s, s:s, s:s, s:s}", "kty", "RSA", "n", n, "e", e, "alg", "ES256");
	g_assert_null (curia_jws_key_new_jwk (crossed, NULL));
}

static void
test_public_ring (void)
{
	g_autoptr (CuriaKeyring) ring = curia_keyring_new ();
	g_autoptr (CuriaClaims) claims = curia_claims_new ();
	g_autoptr (GError) error = NULL, bad = NULL;

	g_assert_true (curia_keyring_add_public (ring, "rsa", rsa_pem, &error));
	g_assert_null (curia_keyring_first (ring));
	g_assert_false (curia_keyring_has (ring, "rsa"));
	g_assert_null (curia_token_mint (ring, claims, NOW, 60, NULL));
	g_assert_null (curia_token_sign_body (ring, "rsa", "{}", NOW, 60, NULL));
	g_assert_false (curia_keyring_add_public (ring, "rsa", p256_pem, NULL));
	g_assert_false (curia_keyring_add_public (ring, "x", "no key", &bad));
	g_assert_error (bad, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
	g_assert_true (curia_keyring_add (ring, "hs", SECRET, NULL));
	g_assert_cmpstr (curia_keyring_first (ring), ==, "hs");
}

/* ---- keys of the store: scopes, expiry, replacement ---- */

static void
put (CuriaKeyring *ring, const char *id, guint scopes, gint64 expires_s)
{
	g_autoptr (CuriaJwsKey) jws = curia_jws_key_new_pem (rsa_pem, NULL);
	g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_key_unref);

	if (id != NULL)
		g_ptr_array_add (all, curia_key_new (id, jws, scopes, expires_s));
	curia_keyring_replace (ring, all);
}

static void
test_scopes (void)
{
	static const char payload[] = "{\"iss\":\"stored\",\"sub\":\"ann\",\"exp\":1800003600,"
		"\"attributes\":{\"curia.role\":\"owner\",\"curia.account\":\"AC_1\"},\"video\":{\"roomJoin\":true,\"roomAdmin\":true,"
		"\"roomCreate\":true,\"roomList\":true,\"roomRecord\":true}}";
	static const struct {
		const char *names;
		gboolean create, list, admin, join, record;
		CuriaRole role;
	} rows[] = {
		{ "", TRUE, TRUE, TRUE, TRUE, TRUE, CURIA_ROLE_OWNER },
		{ "roomJoin", FALSE, FALSE, FALSE, TRUE, FALSE, CURIA_ROLE_PARTICIPANT },
		{ "roomCreate,roomList", TRUE, TRUE, FALSE, FALSE, FALSE, CURIA_ROLE_PARTICIPANT },
		{ "roomAdmin", FALSE, FALSE, TRUE, FALSE, FALSE, CURIA_ROLE_OWNER },
		{ "roomRecord", FALSE, FALSE, FALSE, FALSE, TRUE, CURIA_ROLE_PARTICIPANT },
	};
	g_autoptr (CuriaKeyring) ring = curia_keyring_new ();
	g_autofree char *jwt = token_of (rsa, RS, payload);
	guint scopes;

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_assert_true (curia_scopes_parse (rows[i].names, &scopes, NULL));
		put (ring, "stored", scopes, 0);
		g_assert_cmpuint (curia_keyring_scopes (ring, "stored"), ==, scopes);
		g_autoptr (CuriaClaims) claims = curia_token_verify (ring, jwt, NOW, NULL);
		g_assert_nonnull (claims);
		g_assert_cmpint (claims->room_create, ==, rows[i].create);
		g_assert_cmpint (claims->room_list, ==, rows[i].list);
		g_assert_cmpint (claims->room_admin, ==, rows[i].admin);
		g_assert_cmpint (claims->room_join, ==, rows[i].join);
		g_assert_cmpint (claims->room_record, ==, rows[i].record);
		g_assert_cmpint (curia_claims_role (claims), ==, rows[i].role);
		g_assert_cmpint (claims->account != NULL, ==, rows[i].admin);
	}
	g_assert_false (curia_scopes_parse ("roomJoin,roomEverything", &scopes, NULL));
	g_assert_false (curia_scopes_parse ("roomJoin,", &scopes, NULL));
}

static void
test_replaced (void)
{
	g_autoptr (CuriaKeyring) ring = curia_keyring_new ();
	g_autofree char *jwt = token_of (rsa, RS, CLAIMS ("stored")), *configured = token_of (rsa, RS, CLAIMS ("hs"));

	g_assert_null (curia_token_verify (ring, jwt, NOW, NULL));
	put (ring, "stored", CURIA_SCOPES_ALL, NOW + 1);
	g_autoptr (CuriaKey) key = curia_keyring_lookup (ring, "stored", NOW);
	g_assert_cmpint (curia_key_used_s (key), ==, 0);
	g_autoptr (CuriaClaims) claims = curia_token_verify (ring, jwt, NOW, NULL), later = curia_token_verify (ring, jwt, NOW + 1, NULL);
	g_assert_nonnull (claims);
	g_assert_null (later); /* the key has expired, not the token */
	g_assert_cmpint (curia_key_used_s (key), ==, NOW);
	put (ring, NULL, 0, 0);
	g_assert_null (curia_token_verify (ring, jwt, NOW, NULL));
	g_assert_cmpstr (curia_key_id (key), ==, "stored"); /* who holds one may go on */
	/* an id that options have given stays theirs */
	g_assert_true (curia_keyring_add (ring, "hs", SECRET, NULL));
	put (ring, "hs", CURIA_SCOPES_ALL, 0);
	g_assert_null (curia_token_verify (ring, configured, NOW, NULL));
}

/* ---- threads ---- */

static gint stop;

static gpointer
verify_many (gpointer data)
{
	CuriaKeyring *ring = data;
	g_autofree char *jwt = token_of (rsa, RS, CLAIMS ("stored")), *ec = token_of (p256, ES, CLAIMS ("ec"));

	for (int i = 0; i < 300; i++) {
		g_autoptr (CuriaClaims) claims = curia_token_verify (ring, jwt, NOW, NULL), other = curia_token_verify (keys, ec, NOW, NULL);

		g_assert_nonnull (claims);
		g_assert_nonnull (other);
	}
	g_atomic_int_inc (&stop);
	return NULL;
}

static void
test_threads (void)
{
	g_autoptr (CuriaKeyring) ring = curia_keyring_new ();
	GThread *threads[4];

	put (ring, "stored", CURIA_SCOPES_ALL, 0);
	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		threads[i] = g_thread_new ("verify", verify_many, ring);
	while (g_atomic_int_get (&stop) < (gint) G_N_ELEMENTS (threads))
		put (ring, "stored", CURIA_SCOPES_ALL, 0);
	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
	EVP_PKEY *all[5];
	int failed;

	g_test_init (&argc, &argv, NULL);
	all[0] = rsa = EVP_RSA_gen (2048);
	all[1] = other_rsa = EVP_RSA_gen (2048);
	all[2] = p256 = EVP_EC_gen ("P-256");
	all[3] = other_p256 = EVP_EC_gen ("P-256");
	all[4] = p384 = EVP_EC_gen ("P-384");
	rsa_pem = pem_of (rsa);
	p256_pem = pem_of (p256);
	keys = curia_keyring_new ();
	g_assert_true (curia_keyring_add (keys, "hs", SECRET, NULL));
	g_assert_true (curia_keyring_add_public (keys, "rsa", rsa_pem, NULL));
	g_assert_true (curia_keyring_add_public (keys, "ec", p256_pem, NULL));
	g_test_add_func ("/jws/accepted", test_accepted);
	g_test_add_func ("/jws/forged-content", test_forged_content);
	g_test_add_func ("/jws/forged-keys", test_forged_keys);
	g_test_add_func ("/jws/forged-bytes", test_forged_bytes);
	g_test_add_func ("/jws/pem", test_pem);
	g_test_add_func ("/jws/jwk", test_jwk);
	g_test_add_func ("/jws/public-ring", test_public_ring);
	g_test_add_func ("/jws/scopes", test_scopes);
	g_test_add_func ("/jws/replaced", test_replaced);
	g_test_add_func ("/jws/threads", test_threads);
	failed = g_test_run ();
	curia_keyring_free (keys);
	g_free (rsa_pem);
	g_free (p256_pem);
	for (guint i = 0; i < G_N_ELEMENTS (all); i++)
		EVP_PKEY_free (all[i]);
	return failed;
}
