#include "config.h"
#include "plugins/room/room.h"

#include "curia-clock.h"
#include "curia-id.h"
#include "plugins/room/bandwidth.h"
#include "plugins/room/hands.h"
#include "plugins/room/liveness.h"
#include "plugins/room/notify.h"
#include "plugins/room/outbox.h"
#include "plugins/room/registry.h"
#include "plugins/room/settings.h"
#include "plugins/room/stage.h"
#include "plugins/room/supply.h"
#include "plugins/room/voices.h"
#include "plugins/room/waiting.h"

#define SUPPLY_US (100 * G_TIME_SPAN_MILLISECOND)

Room *room_new (const CuriaMeeting *meeting)
{
	Room *self = g_new0 (Room, 1);
	self->meeting = curia_meeting_copy (meeting);
	self->call = curia_id_new ("CA_");
	self->started_ms = curia_clock_wall_ms ();
	self->video = codec_lookup (meeting->video_codec);
	self->participants = g_ptr_array_new ();
	self->by_number = g_hash_table_new (NULL, NULL);
	self->by_identity = g_hash_table_new (g_str_hash, g_str_equal);
	roster_init (&self->roster);
	self->speakers = speaker_new (meeting->audio_slots);
	self->voices = g_ptr_array_new ();
	self->voice_owners = g_hash_table_new (NULL, NULL);
	self->standings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
	self->waiters = g_ptr_array_new ();
	return self;
}

void room_free (Room *self)
{
	g_warn_if_fail (room_is_deserted (self));
	g_ptr_array_unref (self->participants);
	g_ptr_array_unref (self->waiters);
	g_hash_table_unref (self->standings);
	json_decref (self->reactions);
	g_hash_table_unref (self->by_number);
	g_hash_table_unref (self->by_identity);
	g_hash_table_unref (self->voice_owners);
	g_ptr_array_unref (self->voices);
	speaker_free (self->speakers);
	roster_clear (&self->roster);
	curia_meeting_free (self->meeting);
	g_free (self->call);
	g_free (self);
}

void room_refresh (Room *self, const CuriaMeeting *meeting)
{
	g_free (self->meeting->title);
	self->meeting->title = g_strdup (meeting->title);
	self->meeting->max_participants = meeting->max_participants;
	self->meeting->max_publishers = meeting->max_publishers;
}

gboolean room_is_deserted (const Room *self)
{
	return self->participants->len == 0 && self->waiters->len == 0;
}

Participant *room_lookup (Room *self, guint32 number)
{
	return g_hash_table_lookup (self->by_number, GUINT_TO_POINTER (number));
}

Track *room_track (Room *self, guint32 number, Source source)
{
	Participant *participant = room_lookup (self, number);
	return participant && source < SOURCE_N ? participant->tracks[source] : NULL;
}

void room_changed (Participant *participant)
{
	roster_changed (participant, curia_clock_us ());
}

void room_restage (Room *self)
{
	self->stage_dirty = TRUE;
	registry_mark (self);
}

void room_restage_viewer (Participant *viewer)
{
	viewer->room->viewers_dirty = TRUE; /* also when its viewing has just gone: its slots leave the fan-outs */
	if (viewer->viewing)
		viewer->viewing->dirty = TRUE;
	registry_mark (viewer->room);
}

void room_resized (Room *self)
{
	guint visible = 0;
	for (guint i = 0; i < self->participants->len; i++)
		visible += !participant_is_hidden (self->participants->pdata[i]);
	if (visible <= settings.all_audio_up_to + 1)
		room_restage (self);
	registry_mark (self);
}

/* ---- time ---- */

static void note_dominant (Room *self)
{
	Participant *dominant = voices_dominant (self);
	if (!dominant || dominant->number == self->dominant)
		return;
	self->dominant = dominant->number;
	notify_dominant (dominant);
}

static void tell_speakers (Room *self, gint64 now_us)
{
	if (!self->speakers_changed || now_us - self->speakers_told_us < MAX (ROOM_SPEAKERS_US, roster_delay_us (self->participants->len) / 2))
		return;
	self->speakers_changed = FALSE;
	self->speakers_told_us = now_us;
	note_dominant (self);
	json_t *event = voices_to_json (self);
	json_object_set_new (event, "room", json_string ("speakers"));
	for (guint i = 0; i < self->participants->len; i++) {
		Participant *to = self->participants->pdata[i];
		if (to->publish && !to->absent)
			outbox_event (to->publish, json_deep_copy (event));
	}
	json_decref (event);
}

/* Viewers take their turns at different ticks: each has its own time. */
static void tick_viewers (Room *self, gint64 now_us)
{
	gboolean changed = FALSE;
	for (guint i = 0; i < self->participants->len; i++) {
		Participant *viewer = self->participants->pdata[i];
		if (viewer->viewing && !viewer->absent && viewer->view && viewer->view->up && now_us >= viewer->viewing->bandwidth.due_us)
			changed |= bandwidth_tick (viewer, now_us);
	}
	if (!changed)
		return;
	supply_publish (self, now_us);
	registry_mark (self);
}

void room_tick (Room *self, gint64 now_us)
{
	roster_tick (self, now_us);
	hands_tick (self, now_us);
	waiting_tick (self, now_us);
	voices_tick (self, now_us);
	tell_speakers (self, now_us);
	tick_viewers (self, now_us);
	if (now_us - self->supply_us >= SUPPLY_US) {
		self->supply_us = now_us;
		liveness_watch (self, now_us);
		supply_tick (self, now_us);
		supply_keyframes_due (self, now_us);
		for (guint i = 0; i < self->participants->len; i++)
			tally_tick (self->participants->pdata[i], now_us);
	}
	if (now_us - self->second_us >= G_TIME_SPAN_SECOND) {
		self->second_us = now_us;
		liveness_tick (self, now_us);
		/* the requests that started all this are not enough: a lost one must not leave a slot dark */
		for (guint i = 0; i < self->participants->len; i++)
			supply_wants_keyframes (self->participants->pdata[i], now_us);
	}
}

void room_viewer_reported (Participant *viewer, gint64 now_us)
{
	if (!viewer->viewing || !viewer->view || !bandwidth_tick (viewer, now_us))
		return;
	supply_publish (viewer->room, now_us);
	registry_mark (viewer->room);
}

void room_update (Room *self, gint64 now_us)
{
	if (self->stage_dirty || self->viewers_dirty)
		stage_update (self, now_us);
}

void room_tell (Room *self)
{
	stage_tell (self);
}

/* ---- telling ---- */

json_t *room_live_to_json (Room *self)
{
	guint publishers = 0, seen = 0;
	for (guint i = 0; i < self->participants->len; i++) {
		Participant *participant = self->participants->pdata[i];
		seen += !participant_is_hidden (participant);
		publishers += participant_publishes (participant);
	}
	return json_pack ("{s:i s:i s:i}", "participants", seen, "publishers", publishers, "waiting", (int) self->waiters->len);
}

json_t *room_dump (Room *self, gint64 now_us)
{
	json_t *participants = json_array ();
	for (guint i = 0; i < self->participants->len; i++)
		json_array_append_new (participants, participant_dump (self->participants->pdata[i], now_us));
	return json_pack ("{s:s s:s s:s s:I s:o s:o}", "code", self->meeting->code, "meeting", self->meeting->id,
		"video_codec", codec_name (self->video), "rev", (json_int_t) self->roster.events, "speakers", voices_to_json (self),
		"participants", participants);
}
