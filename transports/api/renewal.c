#include "renewal.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include "curia-log.h"
#include "tls.h"

static gint64
change_of (const char *path)
{
	struct stat info;

	return stat (path, &info) == 0 ? (gint64) info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec : 0;
}

Renewal *
renewal_new (const char *certificate, const char *key, gint64 now_us)
{
	Renewal *self = g_new0 (Renewal, 1);

	self->certificate = g_strdup (certificate);
	self->key = g_strdup (key);
	self->changed[0] = change_of (certificate);
	self->changed[1] = change_of (key);
	self->looked_us = now_us;
	return self;
}

void
renewal_free (Renewal *self)
{
	g_free (self->certificate);
	g_free (self->key);
	g_free (self);
}

static int
key_kind (X509 *certificate)
{
	return certificate ? EVP_PKEY_base_id (X509_get0_pubkey (certificate)) : EVP_PKEY_NONE;
}

/* Of a file that tls_check has read before. */
static gboolean
is_same_kind (Renewal *self)
{
	BIO *file = BIO_new_file (self->certificate, "r");
	X509 *renewed = file ? PEM_read_bio_X509 (file, NULL, NULL, NULL) : NULL;
	gboolean same = key_kind (renewed) == key_kind (SSL_CTX_get0_certificate (self->context));

	X509_free (renewed);
	BIO_free_all (file);
	if (!same)
		curia_log_warning ("tls", "the renewed certificate has another kind of key: restart to use it");
	return same;
}

static gboolean
load (Renewal *self)
{
	g_autoptr (GError) error = NULL;

	/* a tool may be in the middle of writing them: then the next look is in time */
	if (!tls_check (self->certificate, self->key, &error)) {
		curia_log_warning ("tls", "the changed certificate is not taken up: %s", error->message);
		return FALSE;
	}
	if (!is_same_kind (self))
		return FALSE;
	if (SSL_CTX_use_certificate_chain_file (self->context, self->certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file (self->context, self->key, SSL_FILETYPE_PEM) != 1) {
		curia_log_warning ("tls", "the changed certificate is not taken up: %s", ERR_reason_error_string (ERR_get_error ()));
		return FALSE;
	}
	curia_log_info ("tls", "took up the renewed certificate %s", self->certificate);
	return TRUE;
}

gboolean
renewal_tick (Renewal *self, gint64 now_us)
{
	gint64 changed[2];

	if (self->context == NULL || now_us - self->looked_us < RENEWAL_PERIOD_US)
		return FALSE;
	self->looked_us = now_us;
	changed[0] = change_of (self->certificate);
	changed[1] = change_of (self->key);
	if ((changed[0] == self->changed[0] && changed[1] == self->changed[1]) || !load (self))
		return FALSE;
	self->changed[0] = changed[0];
	self->changed[1] = changed[1];
	return TRUE;
}
