#include "config.h"
#include "plugins/room/viewing.h"

#include <string.h>

#include "curia-error.h"
#include "curia-fields.h"
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

/* ---- wishes ---- */

static int find_video (const Viewing *self, const char *mid)
{
	for (guint i = 0; i < self->n_video; i++)
		if (g_str_equal (self->video[i].mid, mid))
			return i;
	return -1;
}

static gboolean read_want (json_t *want, guint at, ViewSlot *view, GError **error)
{
	static const char *const help =
		"slots[%u].want must be \"auto\", \"none\" or {\"participant\": id, \"source\": \"camera|screen_share\"}";
	const char *word = json_string_value (want);
	if (word && (g_str_equal (word, "auto") || g_str_equal (word, "none"))) {
		view->want = word[0] == 'a' ? VIEW_WANT_AUTO : VIEW_WANT_NONE;
		return TRUE;
	}
	guint32 participant = participant_parse_id (json_string_value (json_object_get (want, "participant")));
	Source source = source_lookup (json_string_value (json_object_get (want, "source")));
	if (!participant || !source_is_video (source))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, help, at);
	view->want = VIEW_WANT_SOURCE;
	view->want_participant = participant;
	view->want_source = source;
	return TRUE;
}

static gboolean read_wish (const Viewing *self, json_t *item, guint at, ViewSlot *views, GError **error)
{
	const char *mid = json_string_value (json_object_get (item, "mid"));
	int index = find_video (self, mid);
	if (index < 0)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "slots[%u].mid must be the mid of one of your video slots, not \"%s\"",
			at, mid);
	json_t *want = json_object_get (item, "want");
	if (want && !read_want (want, at, &views[index], error))
		return FALSE;
	views[index].height = curia_json_int (item, "height", views[index].height);
	return TRUE;
}

static gboolean read_pinned (json_t *pinned, guint32 *numbers, GError **error)
{
	for (gsize i = 0; i < json_array_size (pinned); i++) {
		numbers[i] = participant_parse_id (json_string_value (json_array_get (pinned, i)));
		if (!numbers[i])
			return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "pinned[%u] must be a participant's id", (guint) i);
	}
	return TRUE;
}

gboolean viewing_wish (Viewing *self, json_t *body, GError **error)
{
	ViewSlot views[VIEW_MAX_SLOTS];
	guint32 numbers[VIEWING_MAX_PINNED];
	memcpy (views, self->video_view, sizeof views);
	json_t *slots = json_object_get (body, "slots"), *pinned = json_object_get (body, "pinned");
	for (gsize i = 0; i < json_array_size (slots); i++)
		if (!read_wish (self, json_array_get (slots, i), i, views, error))
			return FALSE;
	if (!read_pinned (pinned, numbers, error))
		return FALSE;
	memcpy (self->video_view, views, sizeof views);
	if (pinned) {
		self->n_pinned = json_array_size (pinned);
		memcpy (self->pinned, numbers, self->n_pinned * sizeof numbers[0]);
	}
	return TRUE;
}

gboolean viewing_pause (Viewing *self, json_t *body, GError **error)
{
	gboolean paused = curia_json_bool (body, "paused", TRUE), wanted[VIEW_MAX_SLOTS] = { FALSE };
	json_t *mids = json_object_get (body, "mids");
	for (gsize i = 0; i < json_array_size (mids); i++) {
		const char *mid = json_string_value (json_array_get (mids, i));
		int index = mid ? find_video (self, mid) : -1;
		if (index < 0)
			return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "mids[%u] must be the mid of one of your video slots", (guint) i);
		wanted[index] = TRUE;
	}
	for (guint i = 0; i < self->n_video; i++)
		if (!mids || wanted[i])
			self->video[i].paused = paused;
	return TRUE;
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
