/* ice.h: the least of ICE (RFC 8445) that connects one UDP socket to a server: host candidates, checks, answers.
 * Thread: the peer's network thread; pure, `now` is passed in. Ownership: a plain value in the peer. */
#ifndef LOAD_ICE_H
#define LOAD_ICE_H

#include <glib.h>
#include <netinet/in.h>

#include "tools/load/sdp.h"
#include "tools/load/stun.h"

#define ICE_CHECK_US 50000        /* between checks until one is answered */
#define ICE_KEEP_ALIVE_US 2500000 /* and afterwards */

typedef struct {
	char ufrag[9], password[33], remote_ufrag[64], remote_password[128];
	gboolean controlling, selected;
	guint64 tie_breaker;
	guint n_candidates, next_candidate;
	struct sockaddr_in candidates[SDP_MAX_CANDIDATES], remote; /* remote: once selected */
	guint8 check_id[STUN_ID_BYTES];
	gint64 next_check_us;
} Ice;

void ice_init (Ice *self);
void ice_set_remote (Ice *self, const Sdp *remote, gboolean controlling);
/* A check, if one is due: gives its bytes and where it goes, or 0. */
gsize ice_check (Ice *self, gint64 now_us, guint8 out[STUN_MAX_BYTES], struct sockaddr_in *to);
/* Takes what is STUN; gives the bytes of an answer to `from`, or 0. After it, `selected` may have become TRUE. */
gsize ice_take (Ice *self, const guint8 *data, gsize bytes, const struct sockaddr_in *from, guint8 out[STUN_MAX_BYTES]);

#endif
