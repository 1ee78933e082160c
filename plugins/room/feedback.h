/* feedback.h: finds keyframe requests in RTCP.
 * Thread: any; no state. Ownership: none taken. */
#ifndef ROOM_FEEDBACK_H
#define ROOM_FEEDBACK_H

#include <glib.h>

/* Whether a compound holds a PLI (RFC 4585 section 6.3.1) or FIR (RFC 5104 section 4.3.1, or RFC 2032's old one). Hostile
 * input: every length is checked; what follows a damaged packet is not looked at. [any] */
gboolean feedback_wants_keyframe (const guint8 *rtcp, gsize bytes);

#endif
