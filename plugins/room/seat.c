#include "config.h"
#include "plugins/room/seat.h"

#include "plugins/room/source.h"

#define BIT(layer) (1u << (layer))

/* ---- what it carries ---- */

static void be_in_layers (Seat *self, guint layers)
{
	for (guint i = 0; self->track && i < self->track->n_layers; i++) {
		if ((layers & ~self->in_layers) & BIT (i))
			layer_add (&self->track->layers[i], self->slot);
		if ((self->in_layers & ~layers) & BIT (i))
			layer_remove (&self->track->layers[i], self->slot);
	}
	self->in_layers = layers;
}

void seat_carry (Seat *self, Track *track)
{
	if (self->track == track)
		return;
	be_in_layers (self, 0);
	g_clear_pointer (&self->track, track_unref);
	self->in_transit = FALSE;
	self->given = (AllocatorSlot) { .spatial = ALLOCATOR_PAUSED, .temporal = ALLOCATOR_PAUSED };
	if (self->slot)
		slot_carry (self->slot, track ? track->id : REWRITE_NO_SOURCE);
	if (!track)
		return;
	self->track = track_ref (track);
	if (!source_is_video (track->source))
		be_in_layers (self, BIT (0));
}

/* While a keyframe is awaited the old layer goes on, or any lower one starts. */
static guint layers_for (Seat *self, int spatial)
{
	int temporal, current = slot_layer (self->slot, &temporal);
	if (spatial == ALLOCATOR_PAUSED)
		return 0;
	if (current == LAYERS_NONE)
		return BIT (spatial + 1) - 1;
	return BIT (spatial) | BIT (current);
}

void seat_aim (Seat *self, int spatial, int temporal)
{
	slot_aim (self->slot, spatial == ALLOCATOR_PAUSED ? LAYERS_NONE : spatial, temporal);
	be_in_layers (self, layers_for (self, spatial));
	self->in_transit = slot_awaits_keyframe (self->slot);
	if (self->in_transit)
		self->track->keyframes_needed |= BIT (spatial);
}

gboolean seat_settle (Seat *self)
{
	if (!self->in_transit || !self->track || slot_awaits_keyframe (self->slot))
		return FALSE;
	seat_aim (self, self->given.spatial, self->given.temporal);
	return TRUE;
}

void seat_down (Seat *self)
{
	seat_carry (self, NULL);
	g_clear_pointer (&self->slot, slot_unref);
}

/* ---- telling ---- */

static int shown_layer (const Seat *self)
{
	int temporal;
	if (!self->track || !self->slot)
		return LAYERS_NONE;
	return source_is_video (self->track->source) ? slot_layer (self->slot, &temporal) : 0;
}

gboolean seat_has_news (const Seat *self, const ViewSlot *view, SeatNews *news)
{
	*news = (SeatNews) { .layer = LAYERS_NONE };
	if (view->participant != VIEW_NOBODY)
		*news = (SeatNews) {
			.participant = view->participant,
			.source = view->source,
			.paused = view->paused,
			.no_bandwidth = self->track && self->given.reason == ALLOCATOR_NO_BANDWIDTH,
			.layer = shown_layer (self),
			.n_layers = self->track ? self->track->n_layers : 0,
		};
	const SeatNews *told = &self->told;
	return news->participant != told->participant || news->source != told->source || news->paused != told->paused
		|| news->no_bandwidth != told->no_bandwidth || news->layer != told->layer || news->n_layers != told->n_layers;
}

static const char *reason_of (const SeatNews *news)
{
	static const char *const reasons[] = { [VIEW_LIVE] = NULL, [VIEW_MUTED] = "muted", [VIEW_STALLED] = "stalled" };
	return news->paused == VIEW_LIVE && news->no_bandwidth ? "bandwidth" : reasons[news->paused];
}

json_t *seat_to_json (const Seat *self, const SeatNews *news, const char *kind)
{
	char id[12];
	g_snprintf (id, sizeof id, "p%u", news->participant);
	gboolean empty = news->participant == VIEW_NOBODY;
	json_t *layer = news->layer == LAYERS_NONE ? json_null () : json_integer (news->layer);
	return json_pack ("{s:s s:s s:s? s:s? s:o s:i s:s?}", "mid", self->mid, "kind", kind, "participant", empty ? NULL : id,
		"source", empty ? NULL : source_name (news->source), "layer", layer, "layers", (int) news->n_layers,
		"paused", empty ? NULL : reason_of (news));
}

json_t *seat_dump (Seat *self, const ViewSlot *view, const char *kind)
{
	SeatNews news;
	seat_has_news (self, view, &news);
	json_t *dump = seat_to_json (self, &news, kind);
	json_object_set_new (dump, "paused_by_viewer", json_boolean (self->paused));
	json_object_set_new (dump, "height", json_integer (view->height));
	json_object_set_new (dump, "reason", json_string (allocator_reason_name (self->given.reason)));
	json_object_set_new (dump, "bps", json_integer (self->given.bps));
	json_object_set_new (dump, "in_transit", json_boolean (self->in_transit));
	if (self->slot)
		json_object_set_new (dump, "slot", slot_dump (self->slot));
	return dump;
}
