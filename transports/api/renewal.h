/* renewal.h: takes up a renewed certificate while the server runs: looks at the files once a minute.
 * Thread: sockets. Ownership: it holds no file open; the SSL context is libwebsockets'. */
#ifndef API_RENEWAL_H
#define API_RENEWAL_H

#include <glib.h>
#include <openssl/ssl.h>

#define RENEWAL_PERIOD_US (60 * G_USEC_PER_SEC)

typedef struct {
	char *certificate, *key;
	SSL_CTX *context;       /* borrowed; NULL until the door is open */
	gint64 changed[2];      /* when the files were last seen to change, in ns */
	gint64 looked_us;
} Renewal;

Renewal *renewal_new (const char *certificate, const char *key, gint64 now_us);
void renewal_free (Renewal *self);
/* Loads the files when they have changed and fit together; TRUE when it did. Connections that are open keep theirs. A
 * certificate with another kind of key (RSA, EC) would stand beside the old one rather than replace it: that needs a restart. */
gboolean renewal_tick (Renewal *self, gint64 now_us);

#endif
