/* The certificate we make ourselves: made once, kept, made anew when it no longer fits. */
#include "transports/api/renewal.h"
#include "transports/api/tls.h"

#include <glib/gstdio.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>

static const char *const names[] = { "DNS:localhost", "IP:127.0.0.1", "IP:2001:db8::1", NULL };
static const char *const more_names[] = { "DNS:localhost", "DNS:meet.example.org", NULL };

static char *
certificate_of (const char *folder, const char *const *wanted)
{
	g_autofree char *certificate = NULL, *key = NULL;
	g_autoptr (GError) error = NULL;
	char *text;
	struct stat info;

	tls_self_signed (folder, wanted, &certificate, &key, &error);
	g_assert_no_error (error);
	tls_check (certificate, key, &error);
	g_assert_no_error (error);
	g_assert_cmpint (g_stat (key, &info), ==, 0);
	g_assert_cmpint (info.st_mode & 0777, ==, 0600);
	g_assert_true (g_file_get_contents (certificate, &text, NULL, NULL));
	return text;
}

static void
test_self_signed (void)
{
	g_autofree char *base = g_dir_make_tmp ("curia-tls-XXXXXX", NULL);
	g_autofree char *folder = g_build_filename (base, "state", NULL);
	g_autofree char *certificate_path = g_build_filename (folder, TLS_CERTIFICATE_NAME, NULL);
	g_autofree char *key_path = g_build_filename (folder, TLS_KEY_NAME, NULL);
	g_autofree char *first = certificate_of (folder, names);
	g_autofree char *again = certificate_of (folder, names);
	g_autofree char *wider = certificate_of (folder, more_names);
	g_autoptr (GError) error = NULL;

	g_assert_cmpstr (first, ==, again);
	g_assert_cmpstr (first, !=, wider);
	/* a damaged one is replaced, but never one that an administrator configured */
	g_assert_true (g_file_set_contents (certificate_path, "nonsense", -1, NULL));
	g_assert_false (tls_check (certificate_path, key_path, &error));
	g_assert_nonnull (strstr (error->message, certificate_path));
	g_autofree char *repaired = certificate_of (folder, names);
	g_assert_true (g_str_has_prefix (repaired, "-----BEGIN CERTIFICATE-----"));
	g_unlink (certificate_path);
	g_unlink (key_path);
	g_rmdir (folder);
	g_rmdir (base);
}

static void
test_mismatch (void)
{
	g_autofree char *folder = g_dir_make_tmp ("curia-tls-XXXXXX", NULL);
	g_autofree char *other_folder = g_dir_make_tmp ("curia-tls-XXXXXX", NULL);
	g_autofree char *certificate = NULL, *key = NULL, *other_certificate = NULL, *other_key = NULL;
	g_autoptr (GError) error = NULL;

	g_assert_true (tls_self_signed (folder, names, &certificate, &key, NULL));
	g_assert_true (tls_self_signed (other_folder, names, &other_certificate, &other_key, NULL));
	g_assert_false (tls_check (certificate, other_key, &error));
	g_assert_nonnull (strstr (error->message, "does not belong"));
	const char *files[] = { certificate, key, other_certificate, other_key };
	for (guint i = 0; i < G_N_ELEMENTS (files); i++)
		g_unlink (files[i]);
	g_rmdir (folder);
	g_rmdir (other_folder);
}

static gboolean
serves (SSL_CTX *context, const char *name)
{
	return X509_check_host (SSL_CTX_get0_certificate (context), name, 0, 0, NULL) == 1;
}

/* The files change under a running server: it looks once a minute, and takes only what fits. */
static void
test_renewal (void)
{
	g_autofree char *folder = g_dir_make_tmp ("curia-tls-XXXXXX", NULL);
	g_autofree char *certificate = NULL, *key = NULL;
	SSL_CTX *context = SSL_CTX_new (TLS_server_method ());

	g_assert_true (tls_self_signed (folder, names, &certificate, &key, NULL));
	g_assert_cmpint (SSL_CTX_use_certificate_chain_file (context, certificate), ==, 1);
	Renewal *renewal = renewal_new (certificate, key, 0);
	renewal->context = context;
	g_assert_false (renewal_tick (renewal, RENEWAL_PERIOD_US));
	g_free (certificate_of (folder, more_names));
	g_assert_false (renewal_tick (renewal, RENEWAL_PERIOD_US + 1));
	g_assert_false (serves (context, "meet.example.org"));
	g_assert_true (renewal_tick (renewal, 2 * RENEWAL_PERIOD_US));
	g_assert_true (serves (context, "meet.example.org"));
	g_assert_true (g_file_set_contents (certificate, "half a fi", -1, NULL));
	g_assert_false (renewal_tick (renewal, 3 * RENEWAL_PERIOD_US));
	g_assert_true (serves (context, "meet.example.org"));
	renewal_free (renewal);
	SSL_CTX_free (context);
	g_unlink (certificate);
	g_unlink (key);
	g_rmdir (folder);
}

static void
test_names (void)
{
	g_auto (GStrv) found = tls_names ("meet.example.org");

	g_assert_true (g_strv_contains ((const char *const *) found, "DNS:localhost"));
	g_assert_true (g_strv_contains ((const char *const *) found, "IP:127.0.0.1"));
	g_assert_true (g_strv_contains ((const char *const *) found, "DNS:meet.example.org"));
	g_auto (GStrv) odd = tls_names ("a,DNS:evil.example.org");
	g_assert_false (g_strv_contains ((const char *const *) odd, "DNS:a,DNS:evil.example.org"));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/tls/self-signed", test_self_signed);
	g_test_add_func ("/tls/mismatch", test_mismatch);
	g_test_add_func ("/tls/renewal", test_renewal);
	g_test_add_func ("/tls/names", test_names);
	return g_test_run ();
}
