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

/* Sooner than anybody is told that a track stalls, others should have the places that it takes. */
#define QUIET_US (1500 * G_TIME_SPAN_MILLISECOND)
#define QUIET_DROPPED_US (500 * G_TIME_SPAN_MILLISECOND) /* when its signalling has dropped as well */
#define QUIET_RETRY_US (10 * G_TIME_SPAN_SECOND)         /* who lost all places is not asked for packets any more */

/* What is known of a track. */
typedef struct {
	gboolean up;            /* its PeerConnection */
	gboolean dropped;       /* its owner's signalling */
	gint64 peer_heard_us;   /* any packet of that PeerConnection; 0 for never */
	gboolean due;           /* packets of this track are */
	gint64 due_us, heard_us; /* since when; when the last came, 0 for never */
} QuietSigns;

/* Whether nothing comes of it at present. *since_us (0 at first) keeps since when it is silent: once it was, it must be
 * heard to count again. [any] */
gboolean quiet_check (gint64 *since_us, const QuietSigns *signs, gint64 now_us);

#endif
