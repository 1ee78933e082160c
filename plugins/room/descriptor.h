/* descriptor.h: what a video payload tells of itself: is this a keyframe, how large is the picture?
 * Thread: any. Ownership: none taken; plain structs.
 * Input is hostile: every byte is checked against the length; a damaged payload is "no keyframe" or FALSE. */
#ifndef ROOM_DESCRIPTOR_H
#define ROOM_DESCRIPTOR_H

#include "plugins/room/codec.h"
#include "plugins/room/descriptor-map.h"
#include "plugins/room/descriptor-vp8.h"

/* Whether this payload is the first packet of a keyframe, from which a decoder can start: VP8 (RFC 7741 section 4.3),
 * VP9 (RFC 9628 section 4.2: not predicted, lowest spatial layer), H264 (RFC 6184: SPS or first slice of an IDR picture
 * in a single NAL unit, STAP-A or FU-A), AV1 (AOM "RTP Payload Format For AV1" section 4.4: N bit and a sequence
 * header). Audio: always FALSE. [any] */
gboolean descriptor_is_keyframe (Codec codec, const guint8 *payload, gsize bytes);

/* The picture's size in pixels, where this payload tells it: the first packet of a VP8 keyframe (RFC 6386 section 9.1), an
 * H264 sequence parameter set, alone or in a STAP-A (cropping taken off). Else FALSE, and nothing is written. [any] */
gboolean descriptor_size (Codec codec, const guint8 *payload, gsize bytes, guint *width, guint *height);

#endif
