/* silence.h: has a PeerConnection died without a word? Janus 1.1.2 does not say (no consent freshness).
 * Thread: any; pure. Ownership: none.
 *
 * Signs of life are only due while something should make the peer talk: a publisher with unmuted tracks sends RTP, a
 * viewer who gets packets sends receiver reports. A peer with nothing to say is never taken for dead. */
#ifndef ROOM_SILENCE_H
#define ROOM_SILENCE_H

#include <glib.h>

/* Called once a second or so. `due`: a sign of life is due at present. heard_us: when the last one came, 0 for never.
 * *since_us (0 at first) keeps since when one is due in vain. TRUE: it has been silent for limit_us. [any] */
gboolean silence_check (gint64 *since_us, gboolean due, gint64 heard_us, gint64 now_us, gint64 limit_us);

#endif
