#include "config.h"
#include "plugins/room/supply.h"

#include "plugins/room/outbox.h"

/* Calls for each track in the room. */
typedef void (*TrackFunc) (Participant *owner, Track *track, gint64 now_us);

static void each_track (Room *room, TrackFunc func, gint64 now_us)
{
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *owner = room->participants->pdata[i];
		for (int source = 0; source < SOURCE_N; source++)
			if (owner->tracks[source])
				func (owner, owner->tracks[source], now_us);
	}
}

static void ask_keyframes (Participant *owner, Track *track, guint layers, gint64 now_us)
{
	if (track_ask_keyframe (track, layers, now_us))
		outbox_keyframe (owner->publish, track->mindex);
}

static void update (Participant *owner, Track *track, gint64 now_us)
{
	gboolean up = owner->publish && owner->publish->up;
	if (track_update (track, up, now_us) && source_is_video (track->source))
		outbox_event (owner->publish, json_pack ("{s:s s:[o]}", "room", "layers", "tracks", track_wanted_to_json (track)));
}

static void publish (Participant *owner, Track *track, gint64 now_us)
{
	gboolean changed = track_publish (track);
	guint layers = track->keyframes_needed;
	track->keyframes_needed = 0;
	if (layers)
		ask_keyframes (owner, track, layers, now_us);
	if (changed)
		update (owner, track, now_us);
}

void supply_publish (Room *room, gint64 now_us)
{
	each_track (room, publish, now_us);
}

void supply_tick (Room *room, gint64 now_us)
{
	each_track (room, update, now_us);
}

static void repeat_keyframe (Participant *owner, Track *track, gint64 now_us)
{
	if (source_is_video (track->source) && track_keyframe_due (track, now_us))
		outbox_keyframe (owner->publish, track->mindex);
}

void supply_keyframes_due (Room *room, gint64 now_us)
{
	each_track (room, repeat_keyframe, now_us);
}

/* Looked at and reset: of which layers (bits) the viewer needs a keyframe in this seat. */
static guint take_wanted (Seat *seat)
{
	int temporal, current = slot_layer (seat->slot, &temporal);
	guint layers = slot_awaits_keyframe (seat->slot) && seat->given.spatial >= 0 ? 1u << seat->given.spatial : 0;
	if (g_atomic_int_compare_and_exchange (&seat->slot->keyframe_wanted, 1, 0) && current != LAYERS_NONE)
		layers |= 1u << current;
	return layers;
}

void supply_wants_keyframes (Participant *viewer, gint64 now_us)
{
	for (guint i = 0; viewer->viewing && i < viewer->viewing->n_video; i++) {
		Seat *seat = &viewer->viewing->video[i];
		guint layers = seat->track && seat->slot ? take_wanted (seat) : 0;
		Participant *owner = layers ? room_lookup (viewer->room, viewer->viewing->video_view[i].participant) : NULL;
		if (owner && owner->tracks[seat->track->source] == seat->track)
			ask_keyframes (owner, seat->track, layers, now_us);
	}
}

json_t *supply_wanted_to_json (const Participant *owner)
{
	json_t *tracks = json_array ();
	for (int source = 0; source < SOURCE_N; source++)
		if (owner->tracks[source] && source_is_video (source))
			json_array_append_new (tracks, track_wanted_to_json (owner->tracks[source]));
	return tracks;
}
