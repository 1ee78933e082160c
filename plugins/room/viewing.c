#include "config.h"
#include "plugins/room/viewing.h"

#include <string.h>

#include "curia-error.h"
#include "plugins/room/participant.h"
#include "plugins/room/settings.h"

Viewing *viewing_new (void)
{
	return g_new0 (Viewing, 1);
}

/* Calls for each seat and its view. */
typedef void (*SeatFunc) (Seat *seat, ViewSlot *view, const char *kind, gpointer data);

static void each_seat (Viewing *self, SeatFunc func, gpointer data)
{
	for (guint i = 0; i < self->n_audio; i++)
		func (&self->audio[i], &self->audio_view[i], "audio", data);
	for (guint i = 0; i < self->n_video; i++)
		func (&self->video[i], &self->video_view[i], "video", data);
}

static void seat_down (Seat *seat, ViewSlot *view G_GNUC_UNUSED, const char *kind G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
	if (seat->slot)
		slot_carry (seat->slot, REWRITE_NO_SOURCE);
	g_clear_pointer (&seat->slot, slot_unref);
	seat->carries = 0;
}

void viewing_free (Viewing *self)
{
	each_seat (self, seat_down, NULL);
	g_free (self);
}

void viewing_down (Viewing *self, Session *session)
{
	each_seat (self, seat_down, NULL);
	session_set_sections (session, NULL);
}

/* ---- negotiation ---- */

static gboolean is_slot (const SdpSection *section)
{
	return !section->rejected && (section->audio || section->video)
		&& (section->direction == SDP_RECVONLY || section->direction == SDP_SENDRECV);
}

gboolean viewing_check (const SdpOffer *offer, Codec video, GError **error)
{
	guint n_audio = 0, n_video = 0;
	for (guint i = 0; i < offer->n; i++) {
		const SdpSection *section = &offer->sections[i];
		if (!is_slot (section))
			continue;
		Codec codec = section->audio ? CODEC_OPUS : video;
		if (section->payload_type[codec] < 0)
			return curia_throw (error, CURIA_ERROR_INVALID_SDP, "section %s must offer %s", section->mid, codec_name (codec));
		if (section->audio)
			n_audio++;
		else
			n_video++;
	}
	if (n_audio > settings.audio_slots)
		return curia_throw (error, CURIA_ERROR_INVALID_SDP, "at most %u audio sections are allowed, not %u", settings.audio_slots, n_audio);
	guint most = MIN (settings.max_video_slots, VIEW_MAX_SLOTS);
	if (n_video > most)
		return curia_throw (error, CURIA_ERROR_INVALID_SDP, "at most %u video sections are allowed, not %u", most, n_video);
	if (n_audio + n_video == 0)
		return curia_throw (error, CURIA_ERROR_INVALID_SDP, "the offer has no section that receives");
	return TRUE;
}

/* What is known of the mid from before, or a fresh seat. */
static void restore_seat (const Seat *seats, const ViewSlot *views, guint n, const char *mid, Seat *seat, ViewSlot *view)
{
	memset (seat, 0, sizeof *seat);
	memset (view, 0, sizeof *view);
	g_strlcpy (seat->mid, mid, sizeof seat->mid);
	for (guint i = 0; i < n; i++)
		if (g_str_equal (seats[i].mid, mid)) {
			*seat = seats[i];
			*view = views[i];
		}
	if (seat->slot)
		slot_ref (seat->slot);
}

static void make_slot (Seat *seat, Session *session, int mindex, const SdpSection *section, Codec codec, SdpReply *reply)
{
	if (!seat->slot) {
		seat->slot = slot_new (session, mindex, codec, section->payload_type[codec]);
		seat->carries = 0;
	}
	/* A stream of its own for each slot: with a shared one the browser would keep them in sync with each other. */
	*reply = (SdpReply) { .codec = codec, .send = TRUE, .stream = section->mid, .track = section->audio ? "audio" : "video" };
}

/* The new seats replace the old ones, whose slots they share where the mid is the same. */
static void replace_seats (Viewing *self, const Viewing *fresh)
{
	for (guint i = 0; i < self->n_audio; i++)
		g_clear_pointer (&self->audio[i].slot, slot_unref);
	for (guint i = 0; i < self->n_video; i++)
		g_clear_pointer (&self->video[i].slot, slot_unref);
	*self = *fresh;
}

void viewing_negotiate (Viewing *self, Session *session, const SdpOffer *offer, Codec video, gboolean keep, SdpReply *replies)
{
	if (!keep)
		viewing_down (self, session);
	g_autofree Viewing *fresh = g_new0 (Viewing, 1);
	Sections *sections = sections_new ();
	for (guint i = 0; i < offer->n; i++) {
		const SdpSection *section = &offer->sections[i];
		if (!is_slot (section))
			continue;
		guint at = section->audio ? fresh->n_audio++ : fresh->n_video++;
		Seat *seat = section->audio ? &fresh->audio[at] : &fresh->video[at];
		if (section->audio)
			restore_seat (self->audio, self->audio_view, self->n_audio, section->mid, seat, &fresh->audio_view[at]);
		else
			restore_seat (self->video, self->video_view, self->n_video, section->mid, seat, &fresh->video_view[at]);
		make_slot (seat, session, i, section, section->audio ? CODEC_OPUS : video, &replies[i]);
		sections_put_slot (sections, i, seat->slot);
	}
	fresh->rev = self->rev;
	fresh->n_pinned = self->n_pinned;
	memcpy (fresh->pinned, self->pinned, sizeof self->pinned);
	replace_seats (self, fresh);
	session_set_sections (session, sections);
}

/* ---- telling ---- */

static json_t *slot_to_json (const Seat *seat, const ViewSlot *view, const char *kind)
{
	static const char *const reasons[] = { [VIEW_MUTED] = "muted", [VIEW_STALLED] = "stalled" };
	char id[12];
	g_snprintf (id, sizeof id, "p%u", view->participant);
	gboolean empty = view->participant == VIEW_NOBODY;
	return json_pack ("{s:s s:s s:s? s:s? s:i s:s?}", "mid", seat->mid, "kind", kind, "participant", empty ? NULL : id,
		"source", empty ? NULL : source_name (view->source), "layer", 0,
		"paused", empty || view->paused == VIEW_LIVE ? NULL : reasons[view->paused]);
}

static void append_slot (Seat *seat, ViewSlot *view, const char *kind, gpointer data)
{
	seat->told = *view;
	json_array_append_new (data, slot_to_json (seat, view, kind));
}

json_t *viewing_slots_to_json (Viewing *self)
{
	json_t *slots = json_array ();
	each_seat (self, append_slot, slots);
	return slots;
}

static void append_changed (Seat *seat, ViewSlot *view, const char *kind, gpointer data)
{
	gboolean same = seat->told.participant == view->participant
		&& (view->participant == VIEW_NOBODY || (seat->told.source == view->source && seat->told.paused == view->paused));
	if (!same)
		append_slot (seat, view, kind, data);
}

json_t *viewing_take_changes (Viewing *self)
{
	json_t *slots = json_array ();
	each_seat (self, append_changed, slots);
	if (json_array_size (slots) == 0)
		g_clear_pointer (&slots, json_decref);
	return slots;
}

static void dump_seat (Seat *seat, ViewSlot *view, const char *kind, gpointer data)
{
	json_t *dump = slot_to_json (seat, view, kind);
	json_object_set_new (dump, "paused_by_viewer", json_boolean (seat->paused));
	json_object_set_new (dump, "height", json_integer (view->height));
	if (seat->slot)
		json_object_set_new (dump, "slot", slot_dump (seat->slot));
	json_array_append_new (data, dump);
}

json_t *viewing_dump (Viewing *self)
{
	json_t *slots = json_array ();
	each_seat (self, dump_seat, slots);
	return json_pack ("{s:I s:o}", "rev", (json_int_t) self->rev, "slots", slots);
}
