/* dtls.h: the DTLS handshake of one PeerConnection (RFC 5764), and the SRTP sessions that come of it.
 * Thread: the peer's network thread; dtls_init once before. Ownership: a Dtls belongs to its peer. */
#ifndef LOAD_DTLS_H
#define LOAD_DTLS_H

#include <glib.h>
#include <srtp2/srtp.h>

typedef struct Dtls Dtls;
typedef void (*DtlsSend) (gpointer user, const guint8 *data, gsize bytes);
typedef enum { DTLS_GOING, DTLS_DONE, DTLS_FAILED } DtlsState;

/* Makes the certificate that all peers of this process share. [main] */
gboolean dtls_init (GError **error);
void dtls_shutdown (void);
/* "sha-256 AB:CD:...", of that certificate. */
const char *dtls_fingerprint (void);

/* `fingerprint` is the other side's, from its SDP. */
Dtls *dtls_new (gboolean client, const char *fingerprint, DtlsSend send, gpointer user);
void dtls_free (Dtls *self);

/* A client says hello; the others' packets go in by dtls_take. Each may send. */
DtlsState dtls_start (Dtls *self);
DtlsState dtls_take (Dtls *self, const guint8 *data, gsize bytes);
/* Sends again what got no answer: after 50 ms, then after twice as long each time. */
DtlsState dtls_tick (Dtls *self);
/* After DTLS_DONE: the two directions, to be freed with srtp_dealloc. FALSE: no profile that we know. */
gboolean dtls_srtp (Dtls *self, srtp_t *in, srtp_t *out);

#endif
