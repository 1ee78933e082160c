#include "config.h"
#include "plugins/room/stage.h"

#include "plugins/room/bandwidth.h"
#include "plugins/room/outbox.h"
#include "plugins/room/settings.h"
#include "plugins/room/spotlight.h"
#include "plugins/room/supply.h"
#include "plugins/room/voices.h"

/* A track, and whose it is. */
typedef struct {
	Participant *owner;
	Track *track;
} Act;

/* All tracks of a room as candidates for slots. */
typedef struct {
	Room *room;
	gint64 now_us;
	GArray *acts;          /* Act, in the order of publishing */
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
			Act act = { owner, owner->tracks[source] };
			if (act.track)
				g_array_append_val (stage->acts, act);
		}
	}
	g_array_sort (stage->acts, by_age);
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
			.spotlight = spotlight_place (stage->room, act->owner->number),
			.muted = act->track->muted,
			.stalled = act->track->stalled,
			.quiet = act->track->quiet,
			.dominant = act->owner == dominant,
			.last_spoke_us = voices_last_spoke_us (stage->room, act->owner),
			.speaker_slot = video ? -1 : voices_slot (stage->room, act->track),
		};
	}
}

/* What the seat carries from now on, as decided. */
static void fill_seat (Stage *stage, Participant *viewer, Seat *seat, const ViewSlot *view)
{
	Track *track = view->participant == VIEW_NOBODY ? NULL : room_track (stage->room, view->participant, view->source);
	gboolean flows = track && viewer->view->up && !viewer->absent && seat->slot && !seat->paused && !track->muted;
	seat_carry (seat, flows ? track : NULL);
}

static void assign (Stage *stage, Participant *participant)
{
	Viewing *viewing = participant->viewing;
	viewing->dirty = FALSE;
	viewing->changed = TRUE;
	Viewer viewer = { participant->number, viewing->pinned, viewing->n_pinned };
	gboolean all = stage->n_visible <= settings.all_audio_up_to;
	view_audio (&viewer, all, stage->audio, stage->n_audio, viewing->audio_view, viewing->n_audio);
	view_video (&viewer, stage->video, stage->n_video, viewing->video_view, viewing->n_video);
	for (guint i = 0; i < viewing->n_audio; i++)
		fill_seat (stage, participant, &viewing->audio[i], &viewing->audio_view[i]);
	for (guint i = 0; i < viewing->n_video; i++)
		fill_seat (stage, participant, &viewing->video[i], &viewing->video_view[i]);
	bandwidth_allocate (participant, stage->now_us);
}

void stage_update (Room *room, gint64 now_us)
{
	g_autoptr (GArray) acts = g_array_new (FALSE, FALSE, sizeof (Act));
	Stage stage = { .room = room, .now_us = now_us, .acts = acts };
	gboolean everybody = room->stage_dirty;
	room->stage_dirty = room->viewers_dirty = FALSE;
	collect_acts (&stage);
	make_candidates (&stage);
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *participant = room->participants->pdata[i];
		gboolean waits = everybody && !participant->absent; /* who is absent has empty seats until it is back */
		if (participant->viewing && participant->view && (waits || participant->viewing->dirty))
			assign (&stage, participant);
	}
	supply_publish (room, now_us);
	g_free (stage.audio);
	g_free (stage.video);
}

void stage_tell (Room *room)
{
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *participant = room->participants->pdata[i];
		if (!participant->viewing || !participant->view || participant->absent)
			continue;
		json_t *slots = viewing_take_changes (participant->viewing);
		if (slots)
			outbox_event (participant->view, json_pack ("{s:s s:I s:o}", "room", "slots",
				"rev", (json_int_t) ++participant->viewing->rev, "slots", slots));
	}
}
