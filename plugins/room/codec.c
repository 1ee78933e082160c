#include "plugins/room/codec.h"

static const struct {
	const char *name;
	guint32 clock_rate;
	gboolean video;
} codecs[CODEC_N] = {
	[CODEC_NONE] = { "none", 0, FALSE },
	[CODEC_OPUS] = { "opus", 48000, FALSE },
	[CODEC_VP8] = { "vp8", 90000, TRUE },
	[CODEC_VP9] = { "vp9", 90000, TRUE },
	[CODEC_H264] = { "h264", 90000, TRUE },
	[CODEC_AV1] = { "av1", 90000, TRUE },
};

static gboolean
is_codec (Codec codec)
{
	return codec > CODEC_NONE && codec < CODEC_N;
}

Codec
codec_lookup (const char *name)
{
	for (guint i = CODEC_NONE + 1; name != NULL && i < CODEC_N; i++)
		if (g_ascii_strcasecmp (name, codecs[i].name) == 0)
			return i;
	return CODEC_NONE;
}

const char *
codec_name (Codec codec)
{
	return codecs[is_codec (codec) ? codec : CODEC_NONE].name;
}

guint32
codec_clock_rate (Codec codec)
{
	return codecs[is_codec (codec) ? codec : CODEC_NONE].clock_rate;
}

gboolean
codec_is_video (Codec codec)
{
	return is_codec (codec) && codecs[codec].video;
}
