/* settings.h: the room's options as plain numbers.
 * Thread: filled once in init, then read-only from any. Ownership: a plain value. */
#ifndef ROOM_SETTINGS_H
#define ROOM_SETTINGS_H

#include <glib.h>

#include "curia-options.h"

typedef struct {
	guint audio_slots;
	guint all_audio_up_to;      /* participants: so many or fewer all hear each other */
	guint max_video_slots;
	guint max_participants;
	guint max_rooms;
	guint max_publishers;
	guint video_bitrate_bps, screen_bitrate_bps;
	guint simulcast_layers, temporal_layers;
	guint start_bps, min_bps, max_bps; /* of one viewer */
	gboolean audio_red;
	guint batch_us;             /* how long packets may wait for others to the same viewer */
	gint64 warm_up_us;          /* so long a fresh connection neither makes nor gets the largest pictures */
	gint64 keyframe_interval_us;
	gint64 silent_us;
	gint64 quality_interval_us; /* between two quality events of a participant */
} Settings;

extern Settings settings;

void settings_load (const CuriaOptions *options);

#endif
