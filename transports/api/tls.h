/* tls.h: a certificate for those who have none: EC P-256, signed by itself, kept in the state folder.
 * Thread: any; called before the sockets open. Ownership: the returned paths are the caller's. */
#ifndef API_TLS_H
#define API_TLS_H

#include <glib.h>

#define TLS_CERTIFICATE_NAME "curia-cert.pem"
#define TLS_KEY_NAME "curia-key.pem"
#define TLS_VALID_DAYS 397     /* browsers refuse longer ones */
#define TLS_RENEW_DAYS 30      /* a new one when less is left */

/* TLS 1.2: forward secrecy and AEAD only. TLS 1.3's own list is fine as it is. */
#define TLS_CIPHERS                                                                                     \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"          \
	"ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"

/* The names a certificate made here is for: localhost, the host's name, its addresses, and `extra` (or NULL), as
 * "DNS:..." and "IP:...". NULL-terminated. */
char **tls_names (const char *extra);
/* Finds a usable certificate for all of `names` in `folder`, or makes one. The key's file is readable by us only. */
gboolean tls_self_signed (const char *folder, const char *const *names, char **certificate, char **key, GError **error);
/* Whether certificate and key can be read and belong together; else says what is wrong. */
gboolean tls_check (const char *certificate, const char *key, GError **error);

#endif
