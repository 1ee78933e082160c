/* offer.h: the client's SDP offer (RFC 8866, 8829), made fit for the Janus core before the core sees it: what would harm
 * it is refused, what makes it work better is rewritten.
 * Thread: any (pure). Ownership: the result is the caller's. */
#ifndef API_OFFER_H
#define API_OFFER_H

#include <glib.h>
#include "envelope.h"

#define OFFER_MAX_BYTES (256 * 1024)
#define OFFER_MAX_LINES 12000
#define OFFER_MAX_SECTIONS 96      /* the core's BUNDLE line is cut at 511 bytes: about 140 */
#define OFFER_MAX_MID 15           /* a longer one does not fit a one-byte header extension */
#define OFFER_MAX_M_LINE 200       /* the core refuses longer ones */

/* Returns the offer for the core, or NULL with a refusal. Done to it:
 * - a=setup:actpass becomes active: the core is then the DTLS server, whose preference is AEAD_AES_256_GCM;
 * - sending video sections lose RTX (RFC 4588): payload types, apt, ssrc-group FID and its second SSRC; the core mishandles
 *   an RTX packet with a payload of one byte;
 * - the first video section that only receives gets an ssrc-group FID: without it the core never retransmits there.
 * Refused: m=application, too many or too long lines, mids that are long, missing, or twice there, SSRC 0 and 1.
 * `seed` picks the SSRCs: the same for every offer of one handle. */
char *offer_rewrite (const char *sdp, gsize bytes, guint32 seed, Refusal *refusal);

#endif
