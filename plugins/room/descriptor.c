#include "config.h"
#include "plugins/room/descriptor.h"

#include "plugins/room/descriptor-cursor.h"
#include "plugins/room/descriptor-h264.h"

static gboolean vp9_is_keyframe (const guint8 *payload, gsize bytes)
{
	Cursor c = { payload, bytes, 0, FALSE };
	guint8 first = cursor_next (&c);
	gboolean predicted = (first & 0x40) != 0, layered = (first & 0x20) != 0, starts_frame = (first & 0x08) != 0;
	if (first & 0x80 && cursor_next (&c) & 0x80)
		cursor_next (&c);
	guint spatial_layer = layered ? cursor_next (&c) >> 1 & 0x07 : 0;
	return !c.failed && cursor_left (&c) > 0 && starts_frame && !predicted && spatial_layer == 0;
}

enum { OBU_SEQUENCE_HEADER = 1 };

/* LEB128; a number of more than 4 bytes is beyond any packet and fails. */
static gsize next_leb128 (Cursor *c)
{
	gsize value = 0;
	for (guint shift = 0; shift < 28; shift += 7) {
		guint8 byte = cursor_next (c);
		value |= (gsize) (byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return value;
	}
	c->failed = TRUE;
	return 0;
}

static gboolean av1_is_keyframe (const guint8 *payload, gsize bytes)
{
	Cursor c = { payload, bytes, 0, FALSE };
	guint8 aggregation = cursor_next (&c);
	guint n_elements = aggregation >> 4 & 0x03;	/* 0: as many as there are, each with its size */
	gboolean continues = (aggregation & 0x80) != 0, new_sequence = (aggregation & 0x08) != 0;
	if (continues || !new_sequence)
		return FALSE;
	for (guint i = 1; cursor_left (&c) > 0; i++) {
		gsize size = i == n_elements ? cursor_left (&c) : next_leb128 (&c);
		if (c.failed || size == 0 || size > cursor_left (&c))
			return FALSE;
		if ((c.payload[c.at] >> 3 & 0x0f) == OBU_SEQUENCE_HEADER)
			return TRUE;
		c.at += size;
	}
	return FALSE;
}

static const struct {
	gboolean (*is_keyframe) (const guint8 *payload, gsize bytes);
	gboolean (*size) (const guint8 *payload, gsize bytes, guint *width, guint *height);
} readers[CODEC_N] = {
	[CODEC_VP8] = { descriptor_vp8_is_keyframe, descriptor_vp8_size },
	[CODEC_VP9] = { vp9_is_keyframe, NULL },
	[CODEC_H264] = { descriptor_h264_is_keyframe, descriptor_h264_size },
	[CODEC_AV1] = { av1_is_keyframe, NULL },
};

gboolean descriptor_is_keyframe (Codec codec, const guint8 *payload, gsize bytes)
{
	return codec_is_video (codec) && readers[codec].is_keyframe (payload, bytes);
}

gboolean descriptor_size (Codec codec, const guint8 *payload, gsize bytes, guint *width, guint *height)
{
	return codec_is_video (codec) && readers[codec].size && readers[codec].size (payload, bytes, width, height);
}
