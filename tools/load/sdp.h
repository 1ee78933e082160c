/* sdp.h: just enough SDP (RFC 8866, 8829): our offers and answers, and what the server's say.
 * Thread: any, pure. Ownership: a plain value; what sdp_write gives is the caller's. */
#ifndef LOAD_SDP_H
#define LOAD_SDP_H

#include <glib.h>
#include <netinet/in.h>

#include "tools/load/rtp.h"

#define SDP_MAX_SECTIONS 512
#define SDP_MAX_BYTES (1 << 20)
#define SDP_MAX_CANDIDATES 4
#define SDP_MAX_RIDS 3
#define SDP_MID_BYTES 16
#define SDP_RID_BYTES 8

typedef enum { SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY, SDP_INACTIVE } SdpDirection;

typedef struct {
	char mid[SDP_MID_BYTES];
	gboolean video, rejected;
	SdpDirection direction;
	int payload_type, repair_type; /* of opus or VP8, and of its RTX; -1: none */
	guint32 ssrc, repair_ssrc;     /* 0: not said */
	guint8 ids[EXT_N];             /* of header extensions; 0: not there */
	guint n_rids;
	gboolean dtx;            /* a microphone shall pause in silence (usedtx, RFC 7587) */
	char rids[SDP_MAX_RIDS][SDP_RID_BYTES]; /* simulcast layers, the highest first */
} SdpSection;

typedef struct {
	char ufrag[64], password[128], fingerprint[128], setup[12];
	guint n_candidates, n;
	struct sockaddr_in candidates[SDP_MAX_CANDIDATES];
	SdpSection sections[SDP_MAX_SECTIONS];
} Sdp;

Sdp *sdp_new (void);
void sdp_free (Sdp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sdp, sdp_free)

/* NULL: what is wrong is in *error. Sections of other kinds and codecs have payload_type -1. */
Sdp *sdp_read (const char *text, GError **error);

/* Adds a section with our usual payload types, extensions and feedback. */
SdpSection *sdp_add (Sdp *self, const char *mid, gboolean video, SdpDirection direction);
/* Our answer to an offer: takes every stream that it sends. Ice, fingerprint and candidate are the caller's to fill. */
Sdp *sdp_answer_to (const Sdp *offer);
char *sdp_write (const Sdp *self);

#endif
