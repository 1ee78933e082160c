#include "config.h"
#include "plugins/room/bandwidth.h"

#include "curia-log.h"
#include "plugins/room/room.h"
#include "plugins/room/settings.h"
#include "plugins/room/spotlight.h"
#include "plugins/room/supply.h"
#include "plugins/room/voices.h"

#define VOICE_BPS 40000       /* kept for a voice, even in silence */
#define JITTER_CLOCK 90000    /* most streams are video */

void bandwidth_start (Bandwidth *self, gint64 now_us)
{
	EstimateLimits limits = { settings.min_bps, settings.start_bps, settings.max_bps };
	*self = (Bandwidth) { .started_us = now_us, .renew_us = now_us };
	estimate_init (&self->estimate, &limits, now_us);
}

/* ---- allocating ---- */

G_STATIC_ASSERT (VIEW_MAX_SLOTS <= ALLOCATOR_MAX_SLOTS);

/* 0 is served first. */
static guint priority_of (const Room *room, const Viewing *viewing, const ViewSlot *view, const Participant *dominant)
{
	enum { PINNED, SPOTLIGHT, SCREEN, DOMINANT, OTHER };
	for (guint i = 0; i < viewing->n_pinned; i++)
		if (viewing->pinned[i] == view->participant)
			return PINNED;
	if (spotlight_place (room, view->participant))
		return SPOTLIGHT;
	if (source_is_screen (view->source))
		return SCREEN;
	return dominant && dominant->number == view->participant ? DOMINANT : OTHER;
}

/* What the voices take, with room for one that grows louder. */
static guint64 audio_bps (const Viewing *viewing)
{
	guint64 bps = 0;
	for (guint i = 0; i < viewing->n_audio; i++)
		if (viewing->audio[i].track)
			bps += layer_bps (&viewing->audio[i].track->layers[0], 0, 1);
	bps = MAX (bps * 5 / 4, VOICE_BPS);
	return viewing->bandwidth.red ? bps * 2 : bps;
}

/* What the viewer may have of the track now. When somebody comes all browsers have most to do, and the largest picture costs
 * most to make: it waits a little. */
static AllocatorLadder ladder_for (const Bandwidth *self, const Track *track, gint64 now_us)
{
	AllocatorLadder ladder = track->ladder;
	if (ladder.n_spatial == TRACK_MAX_LAYERS && now_us - MAX (self->started_us, track->started_us) < settings.warm_up_us)
		ladder.n_spatial--;
	return ladder;
}

static void offer_seats (Allocator *allocator, Participant *viewer, Seat **offered)
{
	Viewing *viewing = viewer->viewing;
	const Participant *dominant = voices_dominant (viewer->room);
	for (guint i = 0; i < viewing->n_video; i++) {
		Seat *seat = &viewing->video[i];
		if (!seat->track || !seat->slot)
			continue;
		AllocatorSlot slot = seat->given;
		slot.ladder = ladder_for (&viewing->bandwidth, seat->track, allocator->now_us);
		slot.priority = priority_of (viewer->room, viewing, &viewing->video_view[i], dominant);
		slot.height = viewing->video_view[i].height;
		offered[allocator_offer (allocator, &slot)] = seat;
	}
}

void bandwidth_allocate (Participant *viewer, gint64 now_us)
{
	Bandwidth *self = &viewer->viewing->bandwidth;
	Allocator allocator;
	Seat *offered[ALLOCATOR_MAX_SLOTS];
	self->audio_bps = audio_bps (viewer->viewing);
	allocator_prepare (&allocator, estimate_budget_bps (&self->estimate), self->audio_bps, now_us);
	offer_seats (&allocator, viewer, offered);
	allocator_commit (&allocator);
	for (guint i = 0; i < allocator.n; i++) {
		offered[i]->given = allocator.slots[i];
		seat_aim (offered[i], allocator.slots[i].spatial, allocator.slots[i].temporal);
	}
	self->spent_bps = allocator.spent_bps;
	self->next_bps = allocator.next_bps;
	self->renew_us = now_us;
}

/* ---- time ---- */

/* What these seats sent since *before was noted. */
static guint64 count_fresh (const Seat *seats, guint n, guint64 *before)
{
	guint64 sum = 0, bytes;
	for (guint i = 0; i < n; i++)
		if (seats[i].slot && slot_sent (seats[i].slot, &bytes))
			sum += bytes;
	/* slots that went took their counts with them */
	guint64 fresh = sum >= *before ? sum - *before : 0;
	*before = sum;
	return fresh;
}

static void measure_sent (Bandwidth *self, const Viewing *viewing, Tally *tally, gint64 now_us)
{
	guint64 audio = count_fresh (viewing->audio, viewing->n_audio, &self->audio_bytes);
	guint64 video = count_fresh (viewing->video, viewing->n_video, &self->video_bytes);
	self->window_bytes += audio + video;
	tally_add_sent (tally, audio + video);
	if (now_us - self->window_us >= G_TIME_SPAN_SECOND) {
		self->sent_bps = self->window_us ? self->window_bytes * 8 * G_USEC_PER_SEC / (now_us - self->window_us) : 0;
		self->window_us = now_us;
		self->window_bytes = 0;
	}
	estimate_sent (&self->estimate, audio, video, now_us);
}

/* TRUE: some came. */
static gboolean take_receipts (Bandwidth *self, Participant *viewer, gint64 now_us)
{
	ReceiptsTaken taken;
	if (!receipts_take (&viewer->view->receipts, &taken))
		return FALSE;
	curia_log_debug ("room", "%s %s: remb %" G_GUINT64_FORMAT " kbit/s, %u of %u lost, jitter %u, rtt %u ms, sent %" G_GUINT64_FORMAT
		" of %" G_GUINT64_FORMAT " kbit/s", viewer->room->meeting->code, viewer->id, taken.remb_bps / 1000, taken.lost, taken.expected,
		taken.jitter, taken.rtt_us / 1000, self->sent_bps / 1000, estimate_budget_bps (&self->estimate) / 1000);
	if (taken.rtt_us)
		estimate_rtt (&self->estimate, taken.rtt_us, now_us - taken.rtt_age_us);
	if (taken.remb_bps)
		estimate_remb (&self->estimate, taken.remb_bps, now_us);
	guint jitter_us = (guint) (taken.jitter * (guint64) G_USEC_PER_SEC / JITTER_CLOCK);
	tally_add_receipt (&viewer->tally, taken.expected, taken.lost, jitter_us);
	if (taken.expected)
		estimate_report (&self->estimate, taken.expected, taken.lost, jitter_us, now_us);
	if (taken.slow_links)
		estimate_slow_link (&self->estimate);
	return TRUE;
}

static void choose_red (Bandwidth *self, Viewing *viewing)
{
	guint loss = estimate_loss_permille (&self->estimate);
	self->red = settings.audio_red && (loss >= BANDWIDTH_RED_ON_PERMILLE || (self->red && loss > BANDWIDTH_RED_OFF_PERMILLE));
	for (guint i = 0; i < viewing->n_audio; i++)
		if (viewing->audio[i].slot)
			g_atomic_int_set (&viewing->audio[i].slot->red, self->red);
}

/* Browsers wait for seconds before they ask for a keyframe instead of a packet that will not come: after much loss each video
 * gets one. */
static void repair (Participant *viewer, gint64 now_us)
{
	Viewing *viewing = viewer->viewing;
	Bandwidth *self = &viewing->bandwidth;
	if (estimate_loss_permille (&self->estimate) < BANDWIDTH_REPAIR_PERMILLE || now_us - self->repaired_us < BANDWIDTH_REPAIR_US)
		return;
	self->repaired_us = now_us;
	for (guint i = 0; i < viewing->n_video; i++)
		if (viewing->video[i].slot)
			g_atomic_int_set (&viewing->video[i].slot->keyframe_wanted, 1);
	supply_wants_keyframes (viewer, now_us);
}

gboolean bandwidth_tick (Participant *viewer, gint64 now_us)
{
	Viewing *viewing = viewer->viewing;
	Bandwidth *self = &viewing->bandwidth;
	gboolean changed = FALSE;
	self->due_us = now_us + BANDWIDTH_TICK_US;
	measure_sent (self, viewing, &viewer->tally, now_us);
	gboolean reported = take_receipts (self, viewer, now_us);
	choose_red (self, viewing);
	if (reported)
		repair (viewer, now_us);
	if (estimate_tick (&self->estimate, self->next_bps, now_us) || now_us - self->renew_us >= BANDWIDTH_RENEW_US) {
		bandwidth_allocate (viewer, now_us);
		changed = TRUE;
	}
	for (guint i = 0; i < viewing->n_video; i++)
		changed |= seat_settle (&viewing->video[i]);
	viewing->changed |= changed;
	return changed;
}

/* ---- telling ---- */

static json_t *seat_quality (const Seat *seat, const ViewSlot *view)
{
	int temporal, layer = slot_layer (seat->slot, &temporal);
	json_t *shown = layer == LAYERS_NONE ? json_null () : json_integer (layer);
	return json_pack ("{s:s s:o s:i s:i s:I s:s}", "mid", seat->mid, "layer", shown, "temporal", MAX (temporal, 0),
		"wanted_height", (int) view->height, "bps", (json_int_t) seat->given.bps, "reason", allocator_reason_name (seat->given.reason));
}

json_t *bandwidth_to_json (const Participant *viewer)
{
	const Viewing *viewing = viewer->viewing;
	const Bandwidth *self = &viewing->bandwidth;
	guint rtt_us = estimate_rtt_us (&self->estimate);
	json_t *slots = json_array (), *rtt = rtt_us ? json_integer ((rtt_us + 500) / 1000) : json_null ();
	for (guint i = 0; i < viewing->n_video; i++)
		if (viewing->video[i].slot && viewing->video[i].track)
			json_array_append_new (slots, seat_quality (&viewing->video[i], &viewing->video_view[i]));
	return json_pack ("{s:I s:I s:I s:I s:i s:o s:s s:b s:o}", "estimate_bps", (json_int_t) estimate_budget_bps (&self->estimate),
		"allocated_bps", (json_int_t) self->spent_bps, "wanted_bps", (json_int_t) self->next_bps, "sent_bps", (json_int_t) self->sent_bps,
		"loss_permille", (int) estimate_loss_permille (&self->estimate), "rtt_ms", rtt,
		"state", estimate_state_name (estimate_state (&self->estimate)),
		"audio_repeated", self->red, "slots", slots);
}
