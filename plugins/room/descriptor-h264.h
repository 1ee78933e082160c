/* descriptor-h264.h: what an H264 payload (RFC 6184) tells: does a decoder start here, and how large is the picture?
 * Thread: any. Ownership: none taken.
 * Input is hostile: every byte is checked against the length. */
#ifndef ROOM_DESCRIPTOR_H264_H
#define ROOM_DESCRIPTOR_H264_H

#include <glib.h>

/* The rows of descriptor.c. [any] */
gboolean descriptor_h264_is_keyframe (const guint8 *payload, gsize bytes);
gboolean descriptor_h264_size (const guint8 *payload, gsize bytes, guint *width, guint *height);

#endif
