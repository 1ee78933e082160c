#include "config.h"
#include "plugins/room/stage.h"

#include "plugins/room/outbox.h"
#include "plugins/room/settings.h"
#include "plugins/room/voices.h"

/* All tracks of a room, as candidates and as tracks with the slots they will fan out to. */
typedef struct {
	Participant *owner;
	Track *track;
	GPtrArray *slots;      /* Slot, borrowed */
	gboolean fresh;        /* a slot among them waits for a keyframe */
} Act;

typedef struct {
	Room *room;
	gint64 now_us;
	GArray *acts;          /* Act, in the order of publishing */
	GHashTable *by_track;  /* track id -> Act */
	ViewCandidate *audio, *video;
	guint n_audio, n_video;
	guint n_visible;       /* participants that are not hidden */
} Stage;

static int by_age (gconstpointer a, gconstpointer b)
{
	guint64 x = ((const Act *) a)->track->id, y = ((const Act *) b)->track->id;
	return x < y ? -1 : x > y;
}

static void collect_acts (Stage *stage)
{
	for (guint i = 0; i < stage->room->participants->len; i++) {
		Participant *owner = stage->room->participants->pdata[i];
		stage->n_visible += !participant_is_hidden (owner);
		for (int source = 0; source < SOURCE_N; source++) {
			Act act = { owner, owner->tracks[source], NULL, FALSE };
			if (!act.track)
				continue;
			act.slots = g_ptr_array_new ();
			g_array_append_val (stage->acts, act);
		}
	}
	g_array_sort (stage->acts, by_age);
	for (guint i = 0; i < stage->acts->len; i++) {
		Act *act = &g_array_index (stage->acts, Act, i);
		g_hash_table_insert (stage->by_track, &act->track->id, act);
	}
}

static void make_candidates (Stage *stage)
{
	Participant *dominant = voices_dominant (stage->room);
	stage->audio = g_new0 (ViewCandidate, stage->acts->len + 1);
	stage->video = g_new0 (ViewCandidate, stage->acts->len + 1);
	for (guint i = 0; i < stage->acts->len; i++) {
		const Act *act = &g_array_index (stage->acts, Act, i);
		gboolean video = source_is_video (act->track->source);
		*(video ? &stage->video[stage->n_video++] : &stage->audio[stage->n_audio++]) = (ViewCandidate) {
			.participant = act->owner->number,
			.source = act->track->source,
			.screen = source_is_screen (act->track->source),
			.muted = act->track->muted,
			.stalled = act->track->stalled,
			.dominant = act->owner == dominant,
			.last_spoke_us = voices_last_spoke_us (stage->room, act->owner),
			.speaker_slot = video ? -1 : voices_slot (stage->room, act->track),
		};
	}
}

/* What the seat forwards from now on, as decided. */
static void seat_update (Stage *stage, Session *session, Seat *seat, const ViewSlot *view)
{
	Track *track = view->participant == VIEW_NOBODY ? NULL : room_track (stage->room, view->participant, view->source);
	gboolean flows = track && session->up && seat->slot && !seat->paused && !track->muted;
	guint64 carries = flows ? track->id : REWRITE_NO_SOURCE;
	gboolean fresh = carries != seat->carries;
	seat->carries = carries;
	if (fresh && seat->slot)
		slot_carry (seat->slot, carries);
	if (!flows)
		return;
	Act *act = g_hash_table_lookup (stage->by_track, &track->id);
	g_ptr_array_add (act->slots, seat->slot);
	act->fresh |= fresh && source_is_video (track->source);
}

static void assign (Stage *stage, Participant *participant)
{
	Viewing *viewing = participant->viewing;
	Viewer viewer = { participant->number, viewing->pinned, viewing->n_pinned };
	gboolean all = stage->n_visible <= settings.all_audio_up_to;
	view_audio (&viewer, all, stage->audio, stage->n_audio, viewing->audio_view, viewing->n_audio);
	view_video (&viewer, stage->video, stage->n_video, viewing->video_view, viewing->n_video);
	for (guint i = 0; i < viewing->n_audio; i++)
		seat_update (stage, participant->view, &viewing->audio[i], &viewing->audio_view[i]);
	for (guint i = 0; i < viewing->n_video; i++)
		seat_update (stage, participant->view, &viewing->video[i], &viewing->video_view[i]);
}

static void ask_keyframe (Participant *owner, Track *track, gint64 now_us)
{
	if (track_ask_keyframe (track, now_us))
		outbox_keyframe (owner->publish, track->mindex);
}

/* Asks only when the fan-out is set: a keyframe that came in between would count as the answer, and reach nobody new. */
static void act_update (Act *act, gint64 now_us)
{
	g_autoptr (Fanout) now = track_fanout (act->track);
	gboolean same = now->n == act->slots->len;
	for (guint i = 0; same && i < now->n; i++)
		same = now->slots[i] == act->slots->pdata[i];
	if (!same)
		track_set_slots (act->track, (Slot **) act->slots->pdata, act->slots->len);
	if (act->fresh)
		ask_keyframe (act->owner, act->track, now_us);
	g_ptr_array_unref (act->slots);
}

void stage_update (Room *room, gint64 now_us)
{
	g_autoptr (GArray) acts = g_array_new (FALSE, FALSE, sizeof (Act));
	g_autoptr (GHashTable) by_track = g_hash_table_new (g_int64_hash, g_int64_equal);
	Stage stage = { .room = room, .now_us = now_us, .acts = acts, .by_track = by_track };
	room->stage_dirty = FALSE;
	collect_acts (&stage);
	make_candidates (&stage);
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *participant = room->participants->pdata[i];
		if (participant->viewing && participant->view)
			assign (&stage, participant);
	}
	for (guint i = 0; i < acts->len; i++)
		act_update (&g_array_index (acts, Act, i), now_us);
	g_free (stage.audio);
	g_free (stage.video);
}

void stage_tell (Room *room)
{
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *participant = room->participants->pdata[i];
		if (!participant->viewing || !participant->view)
			continue;
		json_t *slots = viewing_take_changes (participant->viewing);
		if (slots)
			outbox_event (participant->view, json_pack ("{s:s s:I s:o}", "room", "slots",
				"rev", (json_int_t) ++participant->viewing->rev, "slots", slots));
	}
}

/* Looked at and reset: whether the viewer asked for a keyframe in this slot, or the slot waits for one anyway. */
static gboolean take_wanted (Slot *slot)
{
	return g_atomic_int_compare_and_exchange (&slot->keyframe_wanted, 1, 0) || slot_awaits_keyframe (slot);
}

void stage_wants_keyframes (Participant *viewer, gint64 now_us)
{
	for (guint i = 0; viewer->viewing && i < viewer->viewing->n_video; i++) {
		Seat *seat = &viewer->viewing->video[i];
		const ViewSlot *view = &viewer->viewing->video_view[i];
		if (!seat->slot || !take_wanted (seat->slot) || !seat->carries)
			continue;
		Track *track = room_track (viewer->room, view->participant, view->source);
		if (track)
			ask_keyframe (room_lookup (viewer->room, view->participant), track, now_us);
	}
}

void stage_keyframes_due (Room *room, gint64 now_us)
{
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *owner = room->participants->pdata[i];
		for (int source = 0; source < SOURCE_N; source++) {
			Track *track = owner->tracks[source];
			if (track && source_is_video (source) && track_keyframe_due (track, now_us))
				outbox_keyframe (owner->publish, track->mindex);
		}
	}
}
