/* sdp.h: reads the offers the core hands us and writes our answers (RFC 8866, RFC 3264, RFC 8829), as plain text.
 * Thread: any; no state. Ownership: an SdpOffer is the caller's.
 *
 * The core keeps what concerns transport (ICE, DTLS, SSRCs, BUNDLE, mid) to itself: it takes it out of the offer and adds
 * its own to our answer. So this needs but a small part of SDP, and none of the core's janus_sdp_* functions. */
#ifndef ROOM_SDP_H
#define ROOM_SDP_H

#include <glib.h>
#include <jansson.h>

#include "plugins/room/codec.h"

#define SDP_MAX_BYTES (512 * 1024)
#define SDP_MAX_SECTIONS 64
#define SDP_MAX_RIDS 3
#define SDP_RID_BYTES 17

typedef enum { SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY, SDP_INACTIVE } SdpDirection;

/* Header extensions we know (RFC 8285). */
typedef enum {
	SDP_EXT_MID, SDP_EXT_AUDIO_LEVEL, SDP_EXT_ABS_SEND_TIME, SDP_EXT_TRANSPORT_CC, SDP_EXT_ORIENTATION, SDP_EXT_RID, SDP_EXT_N
} SdpExtension;

typedef struct {
	char mid[33];
	gboolean audio, video;     /* neither: something else, always refused */
	gboolean rejected;         /* port 0 */
	SdpDirection direction;
	char *protocol;
	int payload_type[CODEC_N]; /* the best one of each codec, or -1 */
	char *format[CODEC_N];     /* its fmtp, or NULL */
	char *rtpmap[CODEC_N];     /* its rtpmap, as offered */
	gboolean transport_cc[CODEC_N];
	int red_type;              /* payload type of audio RED (RFC 2198), or -1 */
	int extension[SDP_EXT_N];  /* id, or 0 when not offered */
	guint n_rids;              /* simulcast, RFC 8853: 2 or 3 layers, or 0 */
	char rids[SDP_MAX_RIDS][SDP_RID_BYTES]; /* the smallest picture first */
} SdpSection;

typedef struct {
	guint n;
	SdpSection sections[SDP_MAX_SECTIONS]; /* the index is Janus' mindex */
} SdpOffer;

/* INVALID_SDP with a reason when it is damaged or too large. [any] */
SdpOffer *sdp_offer_parse (const char *text, GError **error);
void sdp_offer_free (SdpOffer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SdpOffer, sdp_offer_free)
/* Index of the section with this mid, or -1. [any] */
int sdp_offer_find (const SdpOffer *self, const char *mid);

/* Takes what the core says of simulcast, which it took out of the text: [{"mindex","rids":[the highest first]}]. What
 * makes no sense is left out: then the section is a plain one. [any] */
void sdp_offer_read_simulcast (SdpOffer *self, json_t *simulcast);

/* What we say to one section. */
typedef struct {
	Codec codec;               /* CODEC_NONE: answered inactive */
	gboolean send;             /* we send (the peer views); else we receive */
	const char *stream, *track; /* msid's two tokens, when we send */
	gboolean red;              /* we may send RED beside Opus */
	const char *format;        /* fmtp instead of the offered one, or NULL */
	guint bitrate_bps;         /* most that the peer may send, 0: no limit */
} SdpReply;

/* The answer: replies[i] for sections[i]. Extensions: mid always; audio level, transport-cc, orientation and rid when we
 * receive; abs-send-time and orientation when we send (so that a viewer's estimate comes as REMB). Caller frees. [any] */
char *sdp_answer_write (const SdpOffer *offer, const SdpReply *replies);

#endif
