#include "curia-id.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <openssl/crypto.h>

#define ID_LENGTH 16
#define CODE_LETTERS 12
#define CODE_GROUP 4

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char code_letters[] = "abcdefghjkmnpqrstuvwxyz"; /* i, l and o are misread as 1 and 0 */

/* The system's generator does not fail once the machine has booted; without it nothing here is safe, so stop. */
static void
fill_random (void *bytes, gsize n)
{
	guint8 *at = bytes;

	while (n > 0) {
		gssize got = getrandom (at, n, 0);

		if (got < 0 && errno != EINTR)
			g_error ("getrandom: %s", g_strerror (errno));
		if (got > 0) {
			at += got;
			n -= (gsize) got;
		}
	}
}

/* Writes `n` letters of `alphabet`, each equally likely: bytes past the last whole multiple are thrown away. */
static void
random_letters (char *out, gsize n, const char *alphabet)
{
	gsize size = strlen (alphabet), limit = 256 - 256 % size, done = 0;
	guint8 bytes[64];

	while (done < n) {
		fill_random (bytes, sizeof bytes);
		for (gsize i = 0; i < sizeof bytes && done < n; i++)
			if (bytes[i] < limit)
				out[done++] = alphabet[bytes[i] % size];
	}
}

char *
curia_id_new (const char *prefix)
{
	char letters[ID_LENGTH + 1] = "";

	random_letters (letters, ID_LENGTH, base62);
	return g_strconcat (prefix, letters, NULL);
}

static char *
code_with_dashes (const char *letters)
{
	return g_strdup_printf (
		"%.*s-%.*s-%.*s", CODE_GROUP, letters, CODE_GROUP, letters + CODE_GROUP, CODE_GROUP, letters + 2 * CODE_GROUP);
}

char *
curia_id_code (void)
{
	char letters[CODE_LETTERS];

	random_letters (letters, CODE_LETTERS, code_letters);
	return code_with_dashes (letters);
}

gboolean
curia_id_code_parse (const char *text, char **normal)
{
	char letters[CODE_LETTERS];
	gsize n = 0;

	if (text == NULL || strlen (text) > 2 * CODE_LETTERS)
		return FALSE;
	for (; *text; text++) {
		char letter = g_ascii_tolower (*text);

		if (letter == '-')
			continue;
		if (n == CODE_LETTERS || strchr (code_letters, letter) == NULL)
			return FALSE;
		letters[n++] = letter;
	}
	if (n != CODE_LETTERS)
		return FALSE;
	if (normal != NULL)
		*normal = code_with_dashes (letters);
	return TRUE;
}

char *
curia_id_secret (gsize n_bytes)
{
	g_autofree guint8 *bytes = g_malloc (MAX (n_bytes, 1));
	char *text;

	fill_random (bytes, n_bytes);
	text = g_base64_encode (bytes, n_bytes);
	g_strdelimit (text, "+", '-');
	g_strdelimit (text, "/", '_');
	text[strcspn (text, "=")] = '\0';
	OPENSSL_cleanse (bytes, n_bytes);
	return text;
}

guint64
curia_id_random64 (void)
{
	guint64 number;

	fill_random (&number, sizeof number);
	return number;
}

gboolean
curia_id_secret_equal (const char *a, const char *b)
{
	gsize length;

	if (a == NULL || b == NULL)
		return FALSE;
	length = strlen (a); /* the length of a secret is no secret */
	return length == strlen (b) && CRYPTO_memcmp (a, b, length) == 0;
}
