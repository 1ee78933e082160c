#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <unistd.h>
#include "curia-error.h"
#include "curia-log.h"

#define DAY_S (24 * 60 * 60)
#define MAX_NAMES 40

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_EXTENSION, X509_EXTENSION_free)

/* ---- names ---- */

static void
add_name (GPtrArray *names, char *name)
{
	if (names->len < MAX_NAMES && !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
		g_ptr_array_add (names, name);
	else
		g_free (name);
}

static void
add_addresses (GPtrArray *names)
{
	struct ifaddrs *all;
	char text[INET6_ADDRSTRLEN];

	if (getifaddrs (&all) != 0)
		return;
	for (struct ifaddrs *each = all; each; each = each->ifa_next) {
		int family = each->ifa_addr ? each->ifa_addr->sa_family : AF_UNSPEC;
		const void *address = family == AF_INET ? (void *) &((struct sockaddr_in *) each->ifa_addr)->sin_addr
			: family == AF_INET6        ? (void *) &((struct sockaddr_in6 *) each->ifa_addr)->sin6_addr
						    : NULL;

		if (address == NULL || (family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL ((struct in6_addr *) address)))
			continue;
		if (inet_ntop (family, address, text, sizeof text))
			add_name (names, g_strconcat ("IP:", text, NULL));
	}
	freeifaddrs (all);
}

static gboolean
is_host_name (const char *text)
{
	return *text && strlen (text) < 254 && strspn (text, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-.") == strlen (text);
}

char **
tls_names (const char *extra)
{
	GPtrArray *names = g_ptr_array_new ();

	add_name (names, g_strdup ("DNS:localhost"));
	add_name (names, g_strdup ("IP:127.0.0.1"));
	if (is_host_name (g_get_host_name ()))
		add_name (names, g_strconcat ("DNS:", g_get_host_name (), NULL));
	if (extra && g_hostname_is_ip_address (extra))
		add_name (names, g_strconcat ("IP:", extra, NULL));
	else if (extra && is_host_name (extra))
		add_name (names, g_strconcat ("DNS:", extra, NULL));
	add_addresses (names);
	g_ptr_array_add (names, NULL);
	return (char **) g_ptr_array_free (names, FALSE);
}

/* ---- the certificate on disk ---- */

static gboolean
throw_openssl (GError **error, const char *what, const char *path)
{
	const char *reason = ERR_reason_error_string (ERR_peek_last_error ());
	int saved_errno = errno;

	ERR_clear_error ();
	return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "%s %s: %s", what, path, reason ? reason : g_strerror (saved_errno));
}

static X509 *
read_certificate (const char *path, GError **error)
{
	g_autoptr (BIO) file = BIO_new_file (path, "r");
	X509 *certificate = file ? PEM_read_bio_X509 (file, NULL, NULL, NULL) : NULL;

	if (certificate == NULL)
		throw_openssl (error, "Cannot read the certificate", path);
	return certificate;
}

static EVP_PKEY *
read_key (const char *path, GError **error)
{
	g_autoptr (BIO) file = BIO_new_file (path, "r");
	EVP_PKEY *key = file ? PEM_read_bio_PrivateKey (file, NULL, NULL, (void *) "") : NULL;

	if (key == NULL)
		throw_openssl (error, "Cannot read the private key", path);
	return key;
}

gboolean
tls_check (const char *certificate_path, const char *key_path, GError **error)
{
	g_autoptr (X509) certificate = read_certificate (certificate_path, error);
	g_autoptr (EVP_PKEY) key = certificate ? read_key (key_path, error) : NULL;

	if (key == NULL)
		return FALSE;
	if (X509_check_private_key (certificate, key) != 1)
		return throw_openssl (error, "The private key does not belong to the certificate", key_path);
	if (X509_cmp_current_time (X509_get0_notAfter (certificate)) < 0)
		curia_log_warning ("tls", "the certificate %s has expired", certificate_path);
	return TRUE;
}

static gboolean
covers (X509 *certificate, const char *name)
{
	if (g_str_has_prefix (name, "DNS:"))
		return X509_check_host (certificate, name + 4, 0, 0, NULL) == 1;
	return X509_check_ip_asc (certificate, name + 3, 0) == 1;
}

static gboolean
is_usable (const char *certificate_path, const char *key_path, const char *const *names)
{
	time_t renew_at = time (NULL) + (time_t) TLS_RENEW_DAYS * DAY_S;

	if (!tls_check (certificate_path, key_path, NULL))
		return FALSE;
	g_autoptr (X509) certificate = read_certificate (certificate_path, NULL);
	for (; certificate && *names; names++)
		if (!covers (certificate, *names))
			return FALSE;
	return certificate && X509_cmp_time (X509_get0_notAfter (certificate), &renew_at) > 0;
}

/* ---- making one ---- */

static gboolean
add_extension (X509 *certificate, int nid, const char *value)
{
	X509V3_CTX context;

	X509V3_set_ctx_nodb (&context);
	X509V3_set_ctx (&context, certificate, certificate, NULL, NULL, 0);
	g_autoptr (X509_EXTENSION) extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
	return extension && X509_add_ext (certificate, extension, -1) == 1;
}

static gboolean
set_serial (X509 *certificate)
{
	guint64 serial;

	return RAND_bytes ((unsigned char *) &serial, sizeof serial) == 1 &&
	       ASN1_INTEGER_set_uint64 (X509_get_serialNumber (certificate), serial >> 1 | 1);
}

static X509 *
make_certificate (EVP_PKEY *key, const char *const *names)
{
	g_autoptr (X509) certificate = X509_new ();
	g_autofree char *alternatives = g_strjoinv (",", (char **) names);
	X509_NAME *subject = X509_get_subject_name (certificate);

	gboolean done = X509_set_version (certificate, X509_VERSION_3) && set_serial (certificate) &&
		X509_gmtime_adj (X509_getm_notBefore (certificate), -DAY_S) &&
		X509_gmtime_adj (X509_getm_notAfter (certificate), (long) TLS_VALID_DAYS * DAY_S) &&
		X509_NAME_add_entry_by_txt (subject, "CN", MBSTRING_ASC, (const unsigned char *) "Curia (self-signed)", -1, -1, 0) &&
		X509_set_issuer_name (certificate, subject) && X509_set_pubkey (certificate, key) &&
		add_extension (certificate, NID_subject_alt_name, alternatives) &&
		add_extension (certificate, NID_basic_constraints, "critical,CA:FALSE") &&
		add_extension (certificate, NID_key_usage, "critical,digitalSignature") &&
		add_extension (certificate, NID_ext_key_usage, "serverAuth") && X509_sign (certificate, key, EVP_sha256 ()) > 0;
	return done ? g_steal_pointer (&certificate) : NULL;
}

/* Writes beside the target, then renames: a crash leaves the old file or the new one. */
static gboolean
write_private (const char *path, BIO *text, GError **error)
{
	g_autofree char *beside = g_strconcat (path, ".new", NULL);
	char *data;
	long bytes = BIO_get_mem_data (text, &data);

	g_unlink (beside);
	int fd = g_open (beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return throw_openssl (error, "Cannot write", beside);
	gboolean written = write (fd, data, (size_t) bytes) == bytes && fsync (fd) == 0;
	close (fd);
	if (!written || g_rename (beside, path) != 0)
		return throw_openssl (error, "Cannot write", path);
	return TRUE;
}

static gboolean
make (const char *certificate_path, const char *key_path, const char *const *names, GError **error)
{
	g_autoptr (EVP_PKEY) key = EVP_EC_gen ("P-256");
	g_autoptr (X509) certificate = key ? make_certificate (key, names) : NULL;
	g_autoptr (BIO) key_text = BIO_new (BIO_s_mem ());
	g_autoptr (BIO) certificate_text = BIO_new (BIO_s_mem ());

	if (certificate == NULL || PEM_write_bio_PrivateKey (key_text, key, NULL, NULL, 0, NULL, NULL) != 1 ||
	    PEM_write_bio_X509 (certificate_text, certificate) != 1)
		return throw_openssl (error, "Cannot make", certificate_path);
	return write_private (key_path, key_text, error) && write_private (certificate_path, certificate_text, error);
}

gboolean
tls_self_signed (const char *folder, const char *const *names, char **certificate, char **key, GError **error)
{
	g_autofree char *certificate_path = g_build_filename (folder, TLS_CERTIFICATE_NAME, NULL);
	g_autofree char *key_path = g_build_filename (folder, TLS_KEY_NAME, NULL);

	if (!is_usable (certificate_path, key_path, names)) {
		if (g_mkdir_with_parents (folder, 0700) != 0)
			return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "api.state_folder %s: %s", folder, g_strerror (errno));
		if (!make (certificate_path, key_path, names, error))
			return FALSE;
		curia_log_info ("tls", "made a self-signed certificate: %s", certificate_path);
	}
	*certificate = g_steal_pointer (&certificate_path);
	*key = g_steal_pointer (&key_path);
	return TRUE;
}
