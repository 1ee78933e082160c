/* Tokens: those we mint, those that others mint in LiveKit's shape, and forged ones. Tokens are made here with GLib's
 * HMAC, as a second implementation beside the library's. */
#include "curia-token.h"

#include <string.h>
#include "curia-error.h"

#define NOW 1800000000
#define KEY "devkey"
#define SECRET "0123456789abcdef0123456789abcdef"
#define OTHER_SECRET "another secret of 32 bytes or more"

#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define CLAIMS "\"iss\":\"devkey\",\"sub\":\"ann\",\"exp\":1800003600"

static CuriaKeyring *keys;

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
base64url_text (const char *text)
{
	return base64url ((const guint8 *) text, strlen (text));
}

static char *
forge (const char *header, const char *payload, const char *secret)
{
	g_autofree char *h = base64url_text (header), *p = base64url_text (payload), *s = NULL;
	g_autofree char *input = g_strdup_printf ("%s.%s", h, p);
	GHmac *hmac = g_hmac_new (G_CHECKSUM_SHA256, (const guchar *) secret, strlen (secret));
	guint8 digest[32];
	gsize n = sizeof digest;

	g_hmac_update (hmac, (const guchar *) input, (gssize) strlen (input));
	g_hmac_get_digest (hmac, digest, &n);
	g_hmac_unref (hmac);
	s = base64url (digest, n);
	return g_strdup_printf ("%s.%s", input, s);
}

/* ---- good tokens ---- */

static void
test_round_trip (void)
{
	static const char *const sources[] = { "camera", "screen_share", NULL };
	g_autoptr (CuriaClaims) claims = curia_claims_new (), read = NULL, copy = NULL;
	g_autoptr (GError) error = NULL;
	g_autofree char *jwt = NULL;

	claims->identity = g_strdup ("ann");
	claims->name = g_strdup ("Ann \xc3\x84. \xf0\x9f\x91\xa9");
	claims->room = g_strdup ("abcd-efgh-jkmn");
	claims->metadata = g_strdup ("{\n\t\"x\": 1\n}");
	claims->room_join = claims->room_admin = TRUE;
	claims->can_publish_data = FALSE;
	claims->sources = g_strdupv ((char **) sources);
	jwt = curia_token_mint (keys, claims, NOW, 600, &error);
	g_assert_no_error (error);
	read = curia_token_verify (keys, jwt, NOW, &error);
	g_assert_no_error (error);
	copy = curia_claims_copy (read);
	g_assert_cmpstr (copy->key_id, ==, KEY);
	g_assert_cmpstr (copy->identity, ==, claims->identity);
	g_assert_cmpstr (copy->name, ==, claims->name);
	g_assert_cmpstr (copy->room, ==, claims->room);
	g_assert_cmpstr (copy->metadata, ==, claims->metadata);
	g_assert_true (copy->room_join && copy->room_admin && !copy->room_create && !copy->room_list && !copy->room_record);
	g_assert_true (!copy->hidden && copy->can_publish && copy->can_subscribe && !copy->can_publish_data);
	g_assert_true (g_strv_equal ((const char *const *) copy->sources, sources));
	g_assert_cmpint (copy->expires_s, ==, NOW + 600);
	g_assert_cmpint (copy->not_before_s, ==, NOW - 10);
}

/* As LiveKit's server SDKs mint it: claims that are not ours are ignored. */
static void
test_livekit_shape (void)
{
	g_autofree char *jwt = forge ("{\"alg\":\"HS256\"}",
		"{\"name\":\"Ann\",\"attributes\":{\"a\":\"b\"},\"metadata\":\"m\",\"sha256\":\"\",\"kind\":\"standard\","
		"\"video\":{\"roomJoin\":true,\"room\":\"abcd-efgh-jkmn\",\"canPublish\":false,\"canUpdateOwnMetadata\":true,"
		"\"canPublishSources\":[]},\"iss\":\"devkey\",\"sub\":\"ann\",\"nbf\":0,\"iat\":1799999990,\"exp\":1800021600}",
		SECRET);
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaClaims) claims = curia_token_verify (keys, jwt, NOW, &error);

	g_assert_no_error (error);
	g_assert_cmpstr (claims->room, ==, "abcd-efgh-jkmn");
	g_assert_true (claims->room_join && !claims->can_publish && claims->can_subscribe);
	g_assert_null (claims->sources);
}

static void
test_may_publish (void)
{
	static const struct {
		gboolean can_publish;
		const char *sources; /* NULL: all */
		const char *source;
		gboolean may;
	} rows[] = {
		{ TRUE, NULL, "camera", TRUE },
		{ FALSE, NULL, "camera", FALSE },
		{ TRUE, "microphone", "camera", FALSE },
		{ TRUE, "microphone,camera", "camera", TRUE },
		{ FALSE, "camera", "camera", FALSE },
		{ TRUE, "screen_share_audio", "screen_share", FALSE },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (CuriaClaims) claims = curia_claims_new ();

		claims->can_publish = rows[i].can_publish;
		claims->sources = rows[i].sources != NULL ? g_strsplit (rows[i].sources, ",", -1) : NULL;
		g_assert_cmpint (curia_claims_may_publish (claims, rows[i].source), ==, rows[i].may);
	}
}

static void
test_times (void)
{
	static const struct {
		gint64 now_s;
		const char *message; /* NULL: valid */
	} rows[] = {
		{ 999, "the token is not valid yet" },
		{ 1040, NULL },
		{ 1100, NULL },
		{ 1500, NULL },
		{ 2000, NULL },
		{ 2059, NULL },
		{ 2060, "the token has expired" },
		{ 9999, "the token has expired" },
		{ -5, "the token is not valid yet" },
		{ 939, "the token is not valid yet" },
		{ 1039, "the token is not valid yet" },
	};
	g_autofree char *jwt = forge (HEADER, "{\"iss\":\"devkey\",\"nbf\":1100,\"exp\":2000}", SECRET);

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GError) error = NULL;
		g_autoptr (CuriaClaims) claims = curia_token_verify (keys, jwt, rows[i].now_s, &error);

		g_assert_cmpstr (error != NULL ? error->message : NULL, ==, rows[i].message);
		g_assert_cmpint (claims != NULL, ==, rows[i].message == NULL);
	}
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
	g_assert_null (strstr (error->message, SECRET));
}

/* Well signed, so that only the content can be at fault. */
static void
test_forged_content (void)
{
	static const struct {
		const char *what, *header, *payload;
	} rows[] = {
		{ "alg none", "{\"alg\":\"none\"}", "{" CLAIMS "}" },
		{ "alg None", "{\"alg\":\"None\"}", "{" CLAIMS "}" },
		{ "alg in lower case", "{\"alg\":\"hs256\"}", "{" CLAIMS "}" },
		{ "alg HS512", "{\"alg\":\"HS512\"}", "{" CLAIMS "}" },
		{ "alg RS256", "{\"alg\":\"RS256\"}", "{" CLAIMS "}" },
		{ "alg of two", "{\"alg\":\"HS256|none\"}", "{" CLAIMS "}" },
		{ "alg a list", "{\"alg\":[\"HS256\"]}", "{" CLAIMS "}" },
		{ "alg null", "{\"alg\":null}", "{" CLAIMS "}" },
		{ "no alg", "{\"typ\":\"JWT\"}", "{" CLAIMS "}" },
		{ "alg twice", "{\"alg\":\"HS256\",\"alg\":\"none\"}", "{" CLAIMS "}" },
		{ "crit", "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}", "{" CLAIMS "}" },
		{ "crit null", "{\"alg\":\"HS256\",\"crit\":null}", "{" CLAIMS "}" },
		{ "header a list", "[\"HS256\"]", "{" CLAIMS "}" },
		{ "header no JSON", "alg=HS256", "{" CLAIMS "}" },
		{ "payload no JSON", HEADER, "hello" },
		{ "payload a list", HEADER, "[]" },
		{ "payload with more behind it", HEADER, "{" CLAIMS "}{}" },
		{ "payload empty object", HEADER, "{}" },
		{ "no issuer", HEADER, "{\"sub\":\"ann\",\"exp\":1800003600}" },
		{ "unknown issuer", HEADER, "{\"iss\":\"nokey\",\"exp\":1800003600}" },
		{ "issuer a number", HEADER, "{\"iss\":1,\"exp\":1800003600}" },
		{ "issuer twice", HEADER, "{\"iss\":\"devkey\",\"iss\":\"otherkey\",\"exp\":1800003600}" },
		{ "no exp", HEADER, "{\"iss\":\"devkey\",\"sub\":\"ann\"}" },
		{ "exp null", HEADER, "{\"iss\":\"devkey\",\"exp\":null}" },
		{ "exp text", HEADER, "{\"iss\":\"devkey\",\"exp\":\"1800003600\"}" },
		{ "exp fraction", HEADER, "{\"iss\":\"devkey\",\"exp\":1800003600.5}" },
		{ "exp negative", HEADER, "{\"iss\":\"devkey\",\"exp\":-1}" },
		{ "exp beyond all years", HEADER, "{\"iss\":\"devkey\",\"exp\":9223372036854775807}" },
		{ "exp overflowing", HEADER, "{\"iss\":\"devkey\",\"exp\":99999999999999999999999}" },
		{ "expired", HEADER, "{\"iss\":\"devkey\",\"exp\":1799999900}" },
		{ "expired twice over", HEADER, "{" CLAIMS ",\"exp\":1799999900}" },
		{ "not yet", HEADER, "{" CLAIMS ",\"nbf\":1800000100}" },
		{ "nbf text", HEADER, "{" CLAIMS ",\"nbf\":\"0\"}" },
		{ "sub a number", HEADER, "{\"iss\":\"devkey\",\"sub\":7,\"exp\":1800003600}" },
		{ "sub with a line break", HEADER, "{\"iss\":\"devkey\",\"sub\":\"a\\nb\",\"exp\":1800003600}" },
		{ "sub with a NUL", HEADER, "{\"iss\":\"devkey\",\"sub\":\"ann\\u0000x\",\"exp\":1800003600}" },
		{ "name with an override", HEADER, "{" CLAIMS ",\"name\":\"\\u202eann\"}" },
		{ "video a list", HEADER, "{" CLAIMS ",\"video\":[]}" },
		{ "grant as text", HEADER, "{" CLAIMS ",\"video\":{\"roomAdmin\":\"false\"}}" },
		{ "grant as a number", HEADER, "{" CLAIMS ",\"video\":{\"roomJoin\":1}}" },
		{ "grant twice", HEADER, "{" CLAIMS ",\"video\":{\"canPublish\":false,\"canPublish\":true}}" },
		{ "room a number", HEADER, "{" CLAIMS ",\"video\":{\"room\":1}}" },
		{ "unknown source", HEADER, "{" CLAIMS ",\"video\":{\"canPublishSources\":[\"kitchen\"]}}" },
		{ "source a number", HEADER, "{" CLAIMS ",\"video\":{\"canPublishSources\":[1]}}" },
		{ "sources as text", HEADER, "{" CLAIMS ",\"video\":{\"canPublishSources\":\"camera\"}}" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *jwt = forge (rows[i].header, rows[i].payload, SECRET);

		assert_refused (rows[i].what, jwt);
	}
}

static void
test_forged_signature (void)
{
	static const struct {
		const char *what, *secret;
	} rows[] = { { "wrong secret", OTHER_SECRET }, { "no secret", "" }, { "key id as secret", KEY },
		{ "half", "0123456789abcdef" } };
	g_autofree char *good = forge (HEADER, "{" CLAIMS "}", SECRET),
					*admin = base64url_text ("{" CLAIMS ",\"video\":{\"roomAdmin\":true}}");
	g_auto (GStrv) parts = g_strsplit (good, ".", 3);
	g_autofree char *swapped = g_strdup_printf ("%s.%s.%s", parts[0], admin, parts[2]);
	g_autofree char *other_key = forge (HEADER, "{\"iss\":\"otherkey\",\"exp\":1800003600}", SECRET);

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *jwt = forge (HEADER, "{" CLAIMS "}", rows[i].secret);

		assert_refused (rows[i].what, jwt);
	}
	assert_refused ("another payload", swapped);
	assert_refused ("signed with another key's secret", other_key);
	g_assert_null (curia_token_verify (keys, NULL, NOW, NULL));
}

static void
test_forged_text (void)
{
	g_autofree char *good = forge (HEADER, "{" CLAIMS "}", SECRET), *huge = g_strnfill (9000, 'A');
	g_auto (GStrv) parts = g_strsplit (good, ".", 3);
	const char *h = parts[0], *p = parts[1], *s = parts[2];
	const struct {
		const char *what;
		char *jwt;
	} rows[] = {
		{ "empty", g_strdup ("") },
		{ "one dot", g_strdup (".") },
		{ "two dots", g_strdup ("..") },
		{ "no signature", g_strdup_printf ("%s.%s.", h, p) },
		{ "two parts", g_strdup_printf ("%s.%s", h, p) },
		{ "four parts", g_strdup_printf ("%s.x", good) },
		{ "five parts, as encrypted ones have", g_strdup_printf ("%s.%s.%s.%s.%s", h, p, s, s, s) },
		{ "no header", g_strdup_printf (".%s.%s", p, s) },
		{ "no payload", g_strdup_printf ("%s..%s", h, s) },
		{ "padded", g_strdup_printf ("%s=", good) },
		{ "space before", g_strdup_printf (" %s", good) },
		{ "line break behind", g_strdup_printf ("%s\n", good) },
		{ "quoted", g_strdup_printf ("\"%s\"", good) },
		{ "Bearer", g_strdup_printf ("Bearer %s", good) },
		{ "not base64", g_strdup_printf ("%s.%s.%s", h, "!!!!", s) },
		{ "one letter too few for a byte", g_strdup_printf ("%s.%s.%.41s", h, p, s) },
		{ "signature of one byte", g_strdup_printf ("%s.%s.AA", h, p) },
		{ "signature of 16 bytes", g_strdup_printf ("%s.%s.AAAAAAAAAAAAAAAAAAAAAA", h, p) },
		{ "signature and more behind it", g_strdup_printf ("%s.%s.%.40sAAAA", h, p, s) },
		{ "signature of 64 bytes", g_strdup_printf ("%s.%s.%.40sAAAA%.40sAA", h, p, s, s) },
		{ "huge", g_strdup (huge) },
		{ "huge payload", g_strdup_printf ("%s.%s.%s", h, huge, s) },
		{ "not ASCII", g_strdup ("\xff\xfe.\xff.\xff") },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		assert_refused (rows[i].what, rows[i].jwt);
		g_free (rows[i].jwt);
	}
}

/* Cut anywhere, or with any one letter changed (also to one that decodes to the same bytes), a token is refused. */
static void
test_every_letter_counts (void)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	g_autofree char *good = forge (HEADER, "{" CLAIMS "}", SECRET);
	g_autoptr (CuriaClaims) claims = curia_token_verify (keys, good, NOW, NULL);

	g_assert_nonnull (claims);
	for (gsize i = 0; good[i] != '\0'; i++) {
		g_autofree char *cut = g_strndup (good, i), *changed = g_strdup (good);
		const char *at = strchr (letters, good[i]);

		assert_refused ("cut", cut);
		changed[i] = at != NULL ? letters[(gsize) (at - letters) ^ 1] : '-';
		assert_refused ("changed", changed);
	}
}

/* ---- keys and minting ---- */

static void
test_keys (void)
{
	static const struct {
		const char *id, *secret, *message; /* NULL: fine */
	} rows[] = {
		{ "a", SECRET, NULL },
		{ "APIx_-.9", SECRET, NULL },
		{ "a", SECRET, "key \"a\" is there twice" },
		{ "", SECRET, "key id must be 1 to 64 of A-Z a-z 0-9 _ - ." },
		{ "a b", SECRET, "key id must be 1 to 64 of A-Z a-z 0-9 _ - ." },
		{ "b", "short", "the secret of key \"b\": a secret must have 32 bytes or more" },
		{ "b", "", "the secret of key \"b\": a secret must have 32 bytes or more" },
	};
	g_autoptr (CuriaKeyring) ring = curia_keyring_new ();

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GError) error = NULL;

		g_assert_cmpint (curia_keyring_add (ring, rows[i].id, rows[i].secret, &error), ==, rows[i].message == NULL);
		g_assert_cmpstr (error != NULL ? error->message : NULL, ==, rows[i].message);
	}
	for (int i = 0; i < 62; i++) {
		g_autofree char *id = g_strdup_printf ("key%d", i);

		g_assert_true (curia_keyring_add (ring, id, SECRET, NULL));
	}
	g_assert_false (curia_keyring_add (ring, "one-too-many", SECRET, NULL));
}

static void
test_mint_refusals (void)
{
	g_autoptr (CuriaKeyring) empty = curia_keyring_new ();
	g_autoptr (CuriaClaims) claims = curia_claims_new ();
	g_autoptr (GError) no_key = NULL, bad_name = NULL, too_large = NULL;

	g_assert_null (curia_token_mint (empty, claims, NOW, 60, &no_key));
	g_assert_error (no_key, CURIA_ERROR, CURIA_ERROR_INTERNAL);
	claims->name = g_strdup ("a\nb");
	g_assert_null (curia_token_mint (keys, claims, NOW, 60, &bad_name));
	g_assert_error (bad_name, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
	g_clear_pointer (&claims->name, g_free);
	claims->metadata = g_strnfill (8000, 'm');
	g_assert_null (curia_token_mint (keys, claims, NOW, 60, &too_large));
	g_assert_error (too_large, CURIA_ERROR, CURIA_ERROR_TOO_LARGE);
}

static gpointer
verify_many (gpointer jwt)
{
	for (int i = 0; i < 200; i++) {
		g_autoptr (CuriaClaims) claims = curia_token_verify (keys, jwt, NOW, NULL);
		g_autofree char *minted = curia_token_mint (keys, claims, NOW, 60, NULL);

		g_assert_nonnull (claims);
		g_assert_nonnull (minted);
	}
	return NULL;
}

static void
test_threads (void)
{
	g_autofree char *jwt = forge (HEADER, "{" CLAIMS "}", SECRET);
	GThread *threads[4];

	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		threads[i] = g_thread_new ("verify", verify_many, jwt);
	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
	int failed;

	g_test_init (&argc, &argv, NULL);
	keys = curia_keyring_new ();
	g_assert_true (curia_keyring_add (keys, KEY, SECRET, NULL));
	g_assert_true (curia_keyring_add (keys, "otherkey", OTHER_SECRET, NULL));
	g_test_add_func ("/token/round-trip", test_round_trip);
	g_test_add_func ("/token/livekit-shape", test_livekit_shape);
	g_test_add_func ("/token/may-publish", test_may_publish);
	g_test_add_func ("/token/times", test_times);
	g_test_add_func ("/token/forged-content", test_forged_content);
	g_test_add_func ("/token/forged-signature", test_forged_signature);
	g_test_add_func ("/token/forged-text", test_forged_text);
	g_test_add_func ("/token/every-letter-counts", test_every_letter_counts);
	g_test_add_func ("/token/keys", test_keys);
	g_test_add_func ("/token/mint-refusals", test_mint_refusals);
	g_test_add_func ("/token/threads", test_threads);
	failed = g_test_run ();
	curia_keyring_free (keys);
	return failed;
}
