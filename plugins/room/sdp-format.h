/* sdp-format.h: which of several payload types of one codec is the one to use (rtpmap and fmtp).
 * Thread: any; no state. Ownership: none.
 * Publishers and viewers choose by the same order, so a meeting settles on one profile that all can decode. */
#ifndef ROOM_SDP_FORMAT_H
#define ROOM_SDP_FORMAT_H

#include "plugins/room/codec.h"

/* Of "VP8/90000", "opus/48000/2"...; CODEC_NONE for others, or with another clock rate. NULL is allowed. [any] */
Codec sdp_format_codec (const char *rtpmap);
/* 0: not usable; else the higher the better. H264 (RFC 6184): only packetization-mode 1, constrained baseline first; VP9
 * and AV1: profile 0 only. format may be NULL. [any] */
int sdp_format_score (Codec codec, const char *format);

#endif
