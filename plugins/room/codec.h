/* codec.h: the codecs a meeting may carry, one table row each.
 * Thread: any; nothing but constants. Ownership: returned strings are static. */
#ifndef ROOM_CODEC_H
#define ROOM_CODEC_H

#include <glib.h>

typedef enum {
	CODEC_NONE,
	CODEC_OPUS,
	CODEC_VP8,
	CODEC_VP9,
	CODEC_H264,
	CODEC_AV1,
	CODEC_N
} Codec;

/* By rtpmap or option name in any case ("opus", "VP8"); CODEC_NONE when unknown or NULL. [any] */
Codec codec_lookup (const char *name);
/* Lower case, as in the meeting's settings; "none" for CODEC_NONE. [any] */
const char *codec_name (Codec codec);
/* RTP clock in Hz: 48000 for audio, 90000 for video; 0 for CODEC_NONE. [any] */
guint32 codec_clock_rate (Codec codec);
gboolean codec_is_video (Codec codec);

#endif
