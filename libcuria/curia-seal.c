#include "curia-seal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include <sodium.h>
#include <sys/stat.h>
#include "curia-error.h"
#include "curia-log.h"

#define PREFIX "s1:" /* how it was sealed */
#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define MAX_BYTES 65536

G_STATIC_ASSERT (crypto_secretbox_KEYBYTES == crypto_generichash_BYTES);

struct CuriaSeal {
	guint8 key[crypto_secretbox_KEYBYTES];
};

/* ---- the file ---- */

static char *
encode (const guint8 *bytes, gsize n)
{
	gsize length = sodium_base64_encoded_len (n, VARIANT);
	char *text = g_malloc (length);

	return sodium_bin2base64 (text, length, bytes, n, VARIANT);
}

static gboolean
write_all (int fd, const char *text)
{
	gsize n = strlen (text);

	return write (fd, text, n) == (gssize) n && fsync (fd) == 0;
}

/* By a name of its own first, so that nobody sees half a file, and of two who make it one wins. */
static gboolean
make_file (const char *path)
{
	g_autofree char *draft = g_strconcat (path, ".XXXXXX", NULL), *text = NULL;
	guint8 key[crypto_secretbox_KEYBYTES];
	int fd = g_mkstemp_full (draft, O_WRONLY | O_CLOEXEC, 0600);
	gboolean made;

	if (fd < 0)
		return FALSE;
	randombytes_buf (key, sizeof key);
	text = encode (key, sizeof key);
	made = write_all (fd, text) && (link (draft, path) == 0 || errno == EEXIST);
	close (fd);
	g_unlink (draft);
	sodium_memzero (key, sizeof key);
	sodium_memzero (text, strlen (text));
	return made;
}

static gboolean
read_key (CuriaSeal *self, char *text)
{
	gsize n = 0;

	g_strstrip (text);
	return sodium_base642bin (self->key, sizeof self->key, text, strlen (text), NULL, &n, NULL, VARIANT) == 0
		&& n == sizeof self->key;
}

static gboolean
read_file (CuriaSeal *self, const char *path, GError **error)
{
	g_autoptr (GError) cause = NULL;
	g_autofree char *text = NULL;
	GStatBuf about;
	gboolean good;

	if (!g_file_get_contents (path, &text, NULL, &cause))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "api.seal_key: %s", cause->message);
	if (g_stat (path, &about) == 0 && (about.st_mode & 077) != 0)
		curia_log_warning ("seal", "%s can be read by others than its owner: chmod 600 it", path);
	good = read_key (self, text);
	sodium_memzero (text, strlen (text));
	return good || curia_throw (error, CURIA_ERROR_INVALID_FIELD, "api.seal_key: %s must hold 32 bytes as base64url, or not be there",
		path);
}

CuriaSeal *
curia_seal_open (const char *path, GError **error)
{
	g_autoptr (CuriaSeal) self = g_new0 (CuriaSeal, 1);

	if (sodium_init () < 0) {
		curia_throw (error, CURIA_ERROR_INTERNAL, "libsodium cannot be used");
		return NULL;
	}
	if (!g_file_test (path, G_FILE_TEST_EXISTS) && !make_file (path)) {
		curia_throw (error, CURIA_ERROR_INVALID_FIELD, "api.seal_key: %s cannot be made: %s", path, g_strerror (errno));
		return NULL;
	}
	return read_file (self, path, error) ? g_steal_pointer (&self) : NULL;
}

void
curia_seal_free (CuriaSeal *self)
{
	if (self == NULL)
		return;
	sodium_memzero (self->key, sizeof self->key);
	g_free (self);
}

/* ---- sealing ---- */

/* A key for each purpose: text that is moved to another row does not open there. */
static void
derive (const CuriaSeal *self, const char *purpose, guint8 *key)
{
	crypto_generichash (key, crypto_secretbox_KEYBYTES, (const guint8 *) purpose, strlen (purpose), self->key, sizeof self->key);
}

char *
curia_seal_lock (const CuriaSeal *self, const char *purpose, const char *text)
{
	gsize n = strlen (text), n_all = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + n;
	g_autofree guint8 *all = g_malloc (n_all);
	g_autofree char *encoded = NULL;
	guint8 key[crypto_secretbox_KEYBYTES];

	derive (self, purpose, key);
	randombytes_buf (all, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy (all + crypto_secretbox_NONCEBYTES, (const guint8 *) text, n, all, key);
	sodium_memzero (key, sizeof key);
	encoded = encode (all, n_all);
	return g_strconcat (PREFIX, encoded, NULL);
}

static gpointer
refuse (GError **error)
{
	curia_throw (error, CURIA_ERROR_INTERNAL, "what is sealed does not open: another key file, or it was changed");
	return NULL;
}

char *
curia_seal_unlock (const CuriaSeal *self, const char *purpose, const char *sealed, GError **error)
{
	gsize length = strlen (sealed), n = 0;
	const gsize head = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
	g_autofree guint8 *all = NULL;
	g_autofree char *text = NULL;
	guint8 key[crypto_secretbox_KEYBYTES];
	int opened;

	if (!g_str_has_prefix (sealed, PREFIX) || length > MAX_BYTES)
		return refuse (error);
	all = g_malloc (length);
	if (sodium_base642bin (all, length, sealed + strlen (PREFIX), length - strlen (PREFIX), NULL, &n, NULL, VARIANT) != 0 || n < head)
		return refuse (error);
	text = g_malloc0 (n - head + 1);
	derive (self, purpose, key);
	opened = crypto_secretbox_open_easy ((guint8 *) text, all + crypto_secretbox_NONCEBYTES, n - crypto_secretbox_NONCEBYTES, all, key);
	sodium_memzero (key, sizeof key);
	return opened == 0 && memchr (text, 0, n - head) == NULL ? g_steal_pointer (&text) : refuse (error);
}
