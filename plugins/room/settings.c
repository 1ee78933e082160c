#include "config.h"
#include "plugins/room/settings.h"

Settings settings;

void settings_load (const CuriaOptions *options)
{
	settings = (Settings) {
		.audio_slots = curia_options_int (options, "room.audio_slots"),
		.all_audio_up_to = curia_options_int (options, "room.all_audio_up_to"),
		.max_video_slots = curia_options_int (options, "room.max_video_slots"),
		.max_participants = curia_options_int (options, "room.max_participants"),
		.max_rooms = curia_options_int (options, "room.max_rooms"),
		.video_bitrate_bps = curia_options_int (options, "room.video_bitrate_bps"),
		.screen_bitrate_bps = curia_options_int (options, "room.screen_bitrate_bps"),
		.max_publishers = curia_options_int (options, "room.max_publishers"),
		.simulcast_layers = curia_options_int (options, "room.simulcast_layers"),
		.temporal_layers = curia_options_int (options, "room.temporal_layers"),
		.start_bps = curia_options_int (options, "room.start_bitrate_bps"),
		.min_bps = curia_options_int (options, "room.min_bitrate_bps"),
		.max_bps = curia_options_int (options, "room.max_viewer_bitrate_bps"),
		.audio_red = curia_options_bool (options, "room.audio_red"),
		.batch_us = curia_options_int (options, "room.batch_ms") * 1000,
		.warm_up_us = curia_options_int (options, "room.warm_up_ms") * G_TIME_SPAN_MILLISECOND,
		.keyframe_interval_us = curia_options_int (options, "room.keyframe_interval_ms") * G_TIME_SPAN_MILLISECOND,
		.silent_us = curia_options_int (options, "room.silent_ms") * G_TIME_SPAN_MILLISECOND,
		.quality_interval_us = curia_options_int (options, "room.quality_interval_ms") * G_TIME_SPAN_MILLISECOND,
	};
}
