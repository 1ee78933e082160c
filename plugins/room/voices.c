#include "config.h"
#include "plugins/room/voices.h"

#define MAX_TICK_US (100 * G_TIME_SPAN_MILLISECOND) /* a clock that stood still makes nobody speak */

static void apply (Room *room, SpeakerChanges changes)
{
	if (changes.slots || changes.dominant)
		room_restage (room);
	room->speakers_changed |= changes.dominant || changes.speaking;
}

void voices_add (Room *room, Participant *owner, Track *track)
{
	if (source_is_video (track->source))
		return;
	track->speaker = speaker_join (room->speakers, !source_is_screen (track->source));
	if (track->speaker == SPEAKER_NONE)
		return;
	if (room->voices->len <= (guint) track->speaker)
		g_ptr_array_set_size (room->voices, track->speaker + 1);
	room->voices->pdata[track->speaker] = track;
	g_hash_table_insert (room->voice_owners, track, owner);
}

void voices_remove (Room *room, Track *track)
{
	if (track->speaker == SPEAKER_NONE)
		return;
	gboolean spoke = speaker_is_speaking (room->speakers, track->speaker);
	apply (room, speaker_leave (room->speakers, track->speaker));
	room->speakers_changed |= spoke;
	room->voices->pdata[track->speaker] = NULL;
	g_hash_table_remove (room->voice_owners, track);
	track->speaker = SPEAKER_NONE;
}

void voices_mute (Room *room, Track *track, gint64 now_us)
{
	if (track->speaker == SPEAKER_NONE)
		return;
	room->speakers_changed |= speaker_is_speaking (room->speakers, track->speaker);
	speaker_mute (room->speakers, track->speaker, now_us);
}

static Participant *owner_of (Room *room, int index)
{
	Track *track = index >= 0 && (guint) index < room->voices->len ? room->voices->pdata[index] : NULL;
	return track ? g_hash_table_lookup (room->voice_owners, track) : NULL;
}

/* Time in which somebody spoke counts as spoken. */
static void count_speech (Room *room, gint64 now_us)
{
	gint64 us = MIN (now_us - room->voices_us, MAX_TICK_US);
	room->voices_us = now_us;
	for (guint i = 0; i < room->voices->len; i++) {
		const Track *track = room->voices->pdata[i];
		if (track && track->source == SOURCE_MICROPHONE && speaker_is_speaking (room->speakers, i))
			tally_add_speech (&owner_of (room, i)->tally, us);
	}
}

void voices_tick (Room *room, gint64 now_us)
{
	gboolean heard = FALSE;
	count_speech (room, now_us);
	for (guint i = 0; i < room->voices->len; i++) {
		Track *track = room->voices->pdata[i];
		guint level, n = track ? speaker_meter_take (&track->meter, &level) : 0;
		if (n == 0 || track->muted)
			continue;
		speaker_level (room->speakers, i, level, n, now_us);
		heard = TRUE;
	}
	if (heard || speaker_busy (room->speakers))
		apply (room, speaker_tick (room->speakers, now_us));
}

Participant *voices_dominant (Room *room)
{
	return owner_of (room, speaker_dominant (room->speakers));
}

int voices_slot (Room *room, const Track *track)
{
	return track->speaker == SPEAKER_NONE ? -1 : speaker_slot_of (room->speakers, track->speaker);
}

gint64 voices_last_spoke_us (Room *room, const Participant *participant)
{
	const Track *voice = participant->tracks[SOURCE_MICROPHONE];
	return !voice || voice->speaker == SPEAKER_NONE ? 0 : speaker_last_spoke_us (room->speakers, voice->speaker);
}

json_t *voices_to_json (Room *room)
{
	Participant *dominant = voices_dominant (room);
	json_t *speaking = json_array ();
	for (guint i = 0; i < room->voices->len; i++) {
		Track *track = room->voices->pdata[i];
		if (track && track->source == SOURCE_MICROPHONE && speaker_is_speaking (room->speakers, i))
			json_array_append_new (speaking, json_string (owner_of (room, i)->id));
	}
	return json_pack ("{s:s? s:o}", "dominant", dominant ? dominant->id : NULL, "speaking", speaking);
}
