#include "config.h"
#include "plugins/room/source.h"

static const struct {
	const char *name;
	gboolean video, screen;
} rows[SOURCE_N] = {
	[SOURCE_MICROPHONE] = { "microphone", FALSE, FALSE },
	[SOURCE_CAMERA] = { "camera", TRUE, FALSE },
	[SOURCE_SCREEN] = { "screen_share", TRUE, TRUE },
	[SOURCE_SCREEN_AUDIO] = { "screen_share_audio", FALSE, TRUE },
};

Source source_lookup (const char *name)
{
	for (int i = 0; name && i < SOURCE_N; i++)
		if (g_str_equal (rows[i].name, name))
			return i;
	return SOURCE_N;
}

const char *source_name (Source source)
{
	return source < SOURCE_N ? rows[source].name : "none";
}

gboolean source_is_video (Source source)
{
	return source < SOURCE_N && rows[source].video;
}

gboolean source_is_screen (Source source)
{
	return source < SOURCE_N && rows[source].screen;
}
