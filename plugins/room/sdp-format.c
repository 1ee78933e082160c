#include "config.h"
#include "plugins/room/sdp-format.h"

#include <string.h>

Codec sdp_format_codec (const char *rtpmap)
{
	g_auto (GStrv) parts = g_strsplit (rtpmap ? rtpmap : "", "/", 3);
	Codec codec = parts[0] && parts[1] ? codec_lookup (parts[0]) : CODEC_NONE;
	return codec != CODEC_NONE && g_ascii_strtoull (parts[1], NULL, 10) == codec_clock_rate (codec) ? codec : CODEC_NONE;
}

/* Value of "name=" in "a=1;b=2"; caller frees; NULL when absent. */
static char *parameter (const char *format, const char *name)
{
	g_auto (GStrv) parts = g_strsplit (format ? format : "", ";", 20);
	for (char **part = parts; *part; part++) {
		char *value = strchr (g_strstrip (*part), '=');
		if (value && (gsize) (value - *part) == strlen (name) && g_ascii_strncasecmp (*part, name, strlen (name)) == 0)
			return g_strdup (value + 1);
	}
	return NULL;
}

static gboolean parameter_is (const char *format, const char *name, const char *wanted, gboolean when_absent)
{
	g_autofree char *value = parameter (format, name);
	return value ? g_str_equal (value, wanted) : when_absent;
}

/* The first four digits of profile-level-id: profile and constraints. */
static int score_h264 (const char *format)
{
	static const struct {
		const char *profile;
		int score;
	} rows[] = { { "42e0", 5 }, { "42c0", 5 }, { "4200", 4 }, { "4d00", 3 }, { "6400", 2 } };
	if (!parameter_is (format, "packetization-mode", "1", FALSE))
		return 0;
	g_autofree char *profile = parameter (format, "profile-level-id");
	for (guint i = 0; profile && i < G_N_ELEMENTS (rows); i++)
		if (g_ascii_strncasecmp (profile, rows[i].profile, 4) == 0)
			return rows[i].score;
	return 1;
}

int sdp_format_score (Codec codec, const char *format)
{
	switch (codec) {
	case CODEC_NONE: return 0;
	case CODEC_H264: return score_h264 (format);
	case CODEC_VP9: return parameter_is (format, "profile-id", "0", TRUE);
	case CODEC_AV1: return parameter_is (format, "profile", "0", TRUE);
	default: return 1;
	}
}
