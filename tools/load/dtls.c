#include "config.h"
#include "tools/load/dtls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

#include "curia-error.h"

#define MTU 1200
#define FIRST_REPEAT_US 50000
#define LONGEST_REPEAT_US 1000000
#define CERTIFICATE_S (7 * 86400)
#define PROFILES "SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"

struct Dtls {
	SSL *ssl;
	DtlsSend send;
	gpointer user;
	char *fingerprint;
	const guint8 *incoming; /* what the BIO gives next */
	gsize incoming_bytes;
};

static struct {
	SSL_CTX *context;
	BIO_METHOD *method;
	char fingerprint[128];
} shared;

/* ---- a BIO that keeps datagrams apart ---- */

static int bio_write (BIO *bio, const char *data, int bytes)
{
	Dtls *self = BIO_get_data (bio);
	self->send (self->user, (const guint8 *) data, bytes);
	return bytes;
}

static int bio_read (BIO *bio, char *out, int room)
{
	Dtls *self = BIO_get_data (bio);
	BIO_clear_retry_flags (bio);
	if (!self->incoming) {
		BIO_set_retry_read (bio);
		return -1;
	}
	int bytes = (int) MIN ((gsize) room, self->incoming_bytes);
	memcpy (out, self->incoming, bytes);
	self->incoming = NULL;
	return bytes;
}

static long bio_ctrl (BIO *bio G_GNUC_UNUSED, int command, long number G_GNUC_UNUSED, void *pointer G_GNUC_UNUSED)
{
	switch (command) {
	case BIO_CTRL_FLUSH: return 1;
	case BIO_CTRL_DGRAM_QUERY_MTU:
	case BIO_CTRL_DGRAM_GET_FALLBACK_MTU: return MTU;
	default: return 0;
	}
}

/* ---- what all peers share ---- */

static void format_fingerprint (const X509 *certificate, char *out, gsize room)
{
	guint8 digest[EVP_MAX_MD_SIZE];
	guint bytes = 0;
	X509_digest (certificate, EVP_sha256 (), digest, &bytes);
	GString *text = g_string_new ("sha-256 ");
	for (guint i = 0; i < bytes; i++)
		g_string_append_printf (text, "%s%02X", i ? ":" : "", digest[i]);
	g_strlcpy (out, text->str, room);
	g_string_free (text, TRUE);
}

static X509 *make_certificate (EVP_PKEY *key)
{
	X509 *certificate = X509_new ();
	X509_set_version (certificate, 2);
	ASN1_INTEGER_set (X509_get_serialNumber (certificate), g_random_int_range (1, G_MAXINT));
	X509_gmtime_adj (X509_getm_notBefore (certificate), -86400);
	X509_gmtime_adj (X509_getm_notAfter (certificate), CERTIFICATE_S);
	X509_set_pubkey (certificate, key);
	X509_NAME *name = X509_get_subject_name (certificate);
	X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_ASC, (const unsigned char *) "curia-load", -1, -1, 0);
	X509_set_issuer_name (certificate, name);
	X509_sign (certificate, key, EVP_sha256 ());
	return certificate;
}

/* The other side's certificate is its own, too: the fingerprint in its SDP is what counts, after the handshake. */
static int accept_any (int ok G_GNUC_UNUSED, X509_STORE_CTX *store G_GNUC_UNUSED)
{
	return 1;
}

gboolean dtls_init (GError **error)
{
	EVP_PKEY *key = EVP_EC_gen ("P-256");
	X509 *certificate = key ? make_certificate (key) : NULL;
	shared.context = SSL_CTX_new (DTLS_method ());
	shared.method = BIO_meth_new (BIO_get_new_index () | BIO_TYPE_SOURCE_SINK, "datagrams");
	gboolean ok = certificate && shared.context && shared.method && srtp_init () == srtp_err_status_ok;
	if (ok) {
		BIO_meth_set_write (shared.method, bio_write);
		BIO_meth_set_read (shared.method, bio_read);
		BIO_meth_set_ctrl (shared.method, bio_ctrl);
		SSL_CTX_set_verify (shared.context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any);
		SSL_CTX_set_min_proto_version (shared.context, DTLS1_2_VERSION);
		SSL_CTX_set_options (shared.context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET);
		ok = SSL_CTX_use_certificate (shared.context, certificate) && SSL_CTX_use_PrivateKey (shared.context, key)
			&& SSL_CTX_set_tlsext_use_srtp (shared.context, PROFILES) == 0;
		format_fingerprint (certificate, shared.fingerprint, sizeof shared.fingerprint);
	}
	X509_free (certificate);
	EVP_PKEY_free (key);
	return ok || curia_throw (error, CURIA_ERROR_INTERNAL, "OpenSSL or libsrtp could not be set up");
}

void dtls_shutdown (void)
{
	g_clear_pointer (&shared.context, SSL_CTX_free);
	g_clear_pointer (&shared.method, BIO_meth_free);
	srtp_shutdown ();
}

const char *dtls_fingerprint (void)
{
	return shared.fingerprint;
}

/* ---- one handshake ---- */

static unsigned int repeat_after (SSL *ssl G_GNUC_UNUSED, unsigned int before_us)
{
	return before_us == 0 ? FIRST_REPEAT_US : MIN (before_us * 2, LONGEST_REPEAT_US);
}

Dtls *dtls_new (gboolean client, const char *fingerprint, DtlsSend send, gpointer user)
{
	Dtls *self = g_new0 (Dtls, 1);
	BIO *bio = BIO_new (shared.method);
	*self = (Dtls) { .ssl = SSL_new (shared.context), .send = send, .user = user, .fingerprint = g_strdup (fingerprint) };
	BIO_set_data (bio, self);
	BIO_set_init (bio, 1);
	SSL_set_bio (self->ssl, bio, bio);
	SSL_set_mtu (self->ssl, MTU);
	DTLS_set_timer_cb (self->ssl, repeat_after);
	if (client)
		SSL_set_connect_state (self->ssl);
	else
		SSL_set_accept_state (self->ssl);
	return self;
}

void dtls_free (Dtls *self)
{
	SSL_free (self->ssl);
	g_free (self->fingerprint);
	g_free (self);
}

static gboolean check_fingerprint (const Dtls *self)
{
	char actual[128];
	X509 *certificate = SSL_get1_peer_certificate (self->ssl);
	if (!certificate)
		return FALSE;
	format_fingerprint (certificate, actual, sizeof actual);
	X509_free (certificate);
	return g_ascii_strcasecmp (actual, self->fingerprint) == 0;
}

static DtlsState go_on (Dtls *self)
{
	ERR_clear_error ();
	int result = SSL_do_handshake (self->ssl);
	if (result == 1)
		return check_fingerprint (self) ? DTLS_DONE : DTLS_FAILED;
	int why = SSL_get_error (self->ssl, result);
	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? DTLS_GOING : DTLS_FAILED;
}

DtlsState dtls_start (Dtls *self)
{
	return go_on (self);
}

DtlsState dtls_take (Dtls *self, const guint8 *data, gsize bytes)
{
	self->incoming = data;
	self->incoming_bytes = bytes;
	if (!SSL_is_init_finished (self->ssl)) {
		DtlsState state = go_on (self);
		self->incoming = NULL;
		return state;
	}
	/* The other side missed our last flight and repeats its own, or says goodbye: OpenSSL knows what to do. */
	char nothing[64];
	SSL_read (self->ssl, nothing, sizeof nothing);
	self->incoming = NULL;
	return DTLS_DONE;
}

DtlsState dtls_tick (Dtls *self)
{
	if (SSL_is_init_finished (self->ssl))
		return DTLS_DONE;
	return DTLSv1_handle_timeout (self->ssl) < 0 ? DTLS_FAILED : DTLS_GOING;
}

/* ---- keys ---- */

static const struct {
	unsigned long id;
	void (*set) (srtp_crypto_policy_t *policy);
	gsize key, salt;
} profiles[] = {
	{ SRTP_AEAD_AES_256_GCM, srtp_crypto_policy_set_aes_gcm_256_16_auth, 32, 12 },
	{ SRTP_AEAD_AES_128_GCM, srtp_crypto_policy_set_aes_gcm_128_16_auth, 16, 12 },
	{ SRTP_AES128_CM_SHA1_80, srtp_crypto_policy_set_rtp_default, 16, 14 },
};

static srtp_t make_session (guint row, const guint8 *key, const guint8 *salt, gboolean inbound)
{
	guint8 both[64];
	srtp_t session = NULL;
	srtp_policy_t policy = { .ssrc = { .type = inbound ? ssrc_any_inbound : ssrc_any_outbound }, .key = both, .window_size = 2048 };
	profiles[row].set (&policy.rtp);
	profiles[row].set (&policy.rtcp);
	memcpy (both, key, profiles[row].key);
	memcpy (both + profiles[row].key, salt, profiles[row].salt);
	return srtp_create (&session, &policy) == srtp_err_status_ok ? session : NULL;
}

gboolean dtls_srtp (Dtls *self, srtp_t *in, srtp_t *out)
{
	static const char label[] = "EXTRACTOR-dtls_srtp";
	SRTP_PROTECTION_PROFILE *chosen = SSL_get_selected_srtp_profile (self->ssl);
	guint8 material[2 * (32 + 14)];
	for (guint row = 0; chosen && row < G_N_ELEMENTS (profiles); row++) {
		gsize key = profiles[row].key, salt = profiles[row].salt;
		if (profiles[row].id != chosen->id)
			continue;
		if (!SSL_export_keying_material (self->ssl, material, 2 * (key + salt), label, strlen (label), NULL, 0, 0))
			return FALSE;
		gboolean server = SSL_is_server (self->ssl);
		const guint8 *keys[2] = { material, material + key };
		const guint8 *salts[2] = { material + 2 * key, material + 2 * key + salt };
		*out = make_session (row, keys[server], salts[server], FALSE);
		*in = make_session (row, keys[!server], salts[!server], TRUE);
		return *in && *out;
	}
	return FALSE;
}
