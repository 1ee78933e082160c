/* Tokens from anywhere. When the first byte is even the rest is a token as it comes. Else it is "<header>\n<payload>",
 * which is signed with a good key, so that what lies behind the signature is reached as well. */
#include "fuzz.h"

#include <string.h>
#include "curia-error.h"
#include "curia-token.h"

#define NOW 1800000000
#define SECRET "0123456789abcdef0123456789abcdef"

/* Nobody has their private keys any more: what is signed by "rsa" or "ec" is refused. */
static const char rsa_pem[] =
	"-----BEGIN PUBLIC KEY-----\n"
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvZ9G26KHQK5o4VEr+MfG\n"
	"wiNcJWk7ZspnTTbdOR+3ZsawQVmskOg84l2IYPU8jiqbN7Od7AH6Okf3ZcuqMuB5\n"
	"sisqpk7RujzMvbdsT7E2LOtl2eChWhR2tZ/BkAZRQeWgPsfcpLaBrgrM2TzQqN5D\n"
	"6pKQ98XZgihF5auJKuXh7Qnfvw5qoS9RdZi/lTrp+sYYumt08C0qgLgiVhIcoE+X\n"
	"xr0knKiei41AYeHs1h8hs7+oQOnRkyeFlaT56NNrlrf4gIfVyYBVDHwqPut3wbjR\n"
	"MB4juOG9pL1K10yAlgHzY06O1eL9NxsmajLG2uYMg4TZO9mGUxISIVE0NiOiJ9MM\n"
	"JQIDAQAB\n"
	"-----END PUBLIC KEY-----\n";
static const char ec_pem[] =
	"-----BEGIN PUBLIC KEY-----\n"
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEbUcEfXEq7RIjUFHA3xQ/Wn6mERSn\n"
	"H2qKHdAcy+icDImU4uwIwT+YjuNXw5E/VuqFrTCZNiYGaAMBL4YswAIrWw==\n"
	"-----END PUBLIC KEY-----\n";

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
sign (const char *text)
{
	const char *line_end = strchr (text, '\n');
	gsize header_length = line_end != NULL ? (gsize) (line_end - text) : strlen (text);
	const char *payload = line_end != NULL ? line_end + 1 : "";
	g_autofree char *h = base64url ((const guint8 *) text, header_length), *s = NULL;
	g_autofree char *p = base64url ((const guint8 *) payload, strlen (payload)),
					*input = g_strdup_printf ("%s.%s", h, p);
	GHmac *hmac = g_hmac_new (G_CHECKSUM_SHA256, (const guchar *) SECRET, strlen (SECRET));
	guint8 digest[32];
	gsize n = sizeof digest;

	g_hmac_update (hmac, (const guchar *) input, (gssize) strlen (input));
	g_hmac_get_digest (hmac, digest, &n);
	g_hmac_unref (hmac);
	s = base64url (digest, n);
	return g_strdup_printf ("%s.%s", input, s);
}

static const CuriaKeyring *
test_keys (void)
{
	static CuriaKeyring *keys;

	if (keys == NULL) {
		keys = curia_keyring_new ();
		FUZZ_EXPECT (curia_keyring_add (keys, "k", SECRET, NULL));
		FUZZ_EXPECT (curia_keyring_add_public (keys, "rsa", rsa_pem, NULL));
		FUZZ_EXPECT (curia_keyring_add_public (keys, "ec", ec_pem, NULL));
	}
	return keys;
}

/* What was accepted is in time, well formed, and can be minted again to the same effect. */
static void
check_accepted (const CuriaClaims *claims)
{
	g_autoptr (CuriaClaims) again = NULL;
	g_autofree char *jwt = NULL;

	FUZZ_EXPECT (g_str_equal (claims->key_id, "k"));
	FUZZ_EXPECT (claims->expires_s + 60 > NOW && claims->not_before_s - 60 <= NOW);
	FUZZ_EXPECT (claims->identity == NULL || g_utf8_validate (claims->identity, -1, NULL));
	jwt = curia_token_mint (test_keys (), claims, NOW, 60, NULL);
	if (jwt == NULL) /* larger than it was, by our own claims */
		return;
	again = curia_token_verify (test_keys (), jwt, NOW, NULL);
	FUZZ_EXPECT (again != NULL);
	FUZZ_EXPECT (g_strcmp0 (again->identity, claims->identity) == 0 && g_strcmp0 (again->room, claims->room) == 0);
	FUZZ_EXPECT (again->room_admin == claims->room_admin && again->can_publish == claims->can_publish);
	FUZZ_EXPECT ((again->sources == NULL) == (claims->sources == NULL));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
	g_autofree char *text = size > 0 ? g_strndup ((const char *) data + 1, size - 1) : g_strdup ("");
	g_autofree char *jwt = size > 0 && data[0] % 2 == 1 ? sign (text) : g_steal_pointer (&text);
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaClaims) claims = curia_token_verify (test_keys (), jwt, NOW, &error);

	FUZZ_EXPECT ((claims == NULL) == (error != NULL));
	if (claims != NULL)
		check_accepted (claims);
	else
		FUZZ_EXPECT (g_error_matches (error, CURIA_ERROR, CURIA_ERROR_UNAUTHORIZED)
			&& g_utf8_validate (error->message, -1, NULL) && strlen (error->message) < 1000);
	return 0;
}
