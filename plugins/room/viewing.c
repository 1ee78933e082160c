#include "config.h"
#include "plugins/room/viewing.h"

#include <string.h>

#include "curia-error.h"
#include "plugins/room/room.h"
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

static void take_down (Seat *seat, ViewSlot *view G_GNUC_UNUSED, const char *kind G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
	seat_down (seat);
}

void viewing_free (Viewing *self)
{
	each_seat (self, take_down, NULL);
	g_free (self);
}

void viewing_down (Viewing *self, Session *session)
{
	each_seat (self, take_down, NULL);
	session_set_sections (session, NULL);
}

/* ---- negotiation ---- */

static gboolean is_slot (const SdpSection *section)
{
	return !section->rejected && (section->audio || section->video)
		&& (section->direction == SDP_RECVONLY || section->direction == SDP_SENDRECV);
}

gboolean viewing_check (const SdpOffer *offer, const Room *room, GError **error)
{
	guint n_audio = 0, n_video = 0, most_audio = room->meeting->audio_slots;
	for (guint i = 0; i < offer->n; i++) {
		const SdpSection *section = &offer->sections[i];
		if (!is_slot (section))
			continue;
		Codec codec = section->audio ? CODEC_OPUS : room->video;
		if (section->payload_type[codec] < 0)
			return curia_throw (error, CURIA_ERROR_INVALID_SDP, "section %s must offer %s", section->mid, codec_name (codec));
		if (section->audio)
			n_audio++;
		else
			n_video++;
	}
	if (n_audio > most_audio)
		return curia_throw (error, CURIA_ERROR_INVALID_SDP, "at most %u audio sections are allowed, not %u", most_audio, n_audio);
	guint most = MIN (settings.max_video_slots, VIEW_MAX_SLOTS);
	if (n_video > most)
		return curia_throw (error, CURIA_ERROR_INVALID_SDP, "at most %u video sections are allowed, not %u", most, n_video);
	if (n_audio + n_video == 0)
		return curia_throw (error, CURIA_ERROR_INVALID_SDP, "the offer has no section that receives");
	return TRUE;
}

/* Moves what is known of the mid from before to its new place, or makes a fresh seat. */
static void restore_seat (Seat *seats, const ViewSlot *views, guint n, const char *mid, Seat *seat, ViewSlot *view)
{
	memset (seat, 0, sizeof *seat);
	memset (view, 0, sizeof *view);
	for (guint i = 0; i < n; i++)
		if (g_str_equal (seats[i].mid, mid)) {
			*seat = seats[i];
			*view = views[i];
			memset (&seats[i], 0, sizeof seats[i]);
		}
	g_strlcpy (seat->mid, mid, sizeof seat->mid);
}

static void make_slot (Seat *seat, Session *session, int mindex, const SdpSection *section, Codec codec, SdpReply *reply)
{
	gboolean red = settings.audio_red && section->audio && section->red_type >= 0;
	if (!seat->slot)
		seat->slot = slot_new (session, mindex, codec, section->payload_type[codec], red ? section->red_type : 0);
	/* A stream of its own for each slot: with a shared one the browser would keep them in sync with each other. */
	*reply = (SdpReply) {
		.codec = codec, .send = TRUE, .red = red, .stream = section->mid, .track = section->audio ? "audio" : "video",
	};
}

/* The fresh seats replace those that are left, which the offer does not name any more. */
static void replace_seats (Viewing *self, const Viewing *fresh)
{
	each_seat (self, take_down, NULL);
	self->n_audio = fresh->n_audio;
	self->n_video = fresh->n_video;
	memcpy (self->audio, fresh->audio, sizeof self->audio);
	memcpy (self->video, fresh->video, sizeof self->video);
	memcpy (self->audio_view, fresh->audio_view, sizeof self->audio_view);
	memcpy (self->video_view, fresh->video_view, sizeof self->video_view);
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
	replace_seats (self, fresh);
	session_set_sections (session, sections);
}

/* ---- telling ---- */

static void append_slot (Seat *seat, ViewSlot *view, const char *kind, gpointer data)
{
	seat_has_news (seat, view, &seat->told);
	json_array_append_new (data, seat_to_json (seat, &seat->told, kind));
}

json_t *viewing_slots_to_json (Viewing *self)
{
	json_t *slots = json_array ();
	each_seat (self, append_slot, slots);
	return slots;
}

static void append_changed (Seat *seat, ViewSlot *view, const char *kind, gpointer data)
{
	SeatNews news;
	if (seat_has_news (seat, view, &news))
		append_slot (seat, view, kind, data);
}

json_t *viewing_take_changes (Viewing *self)
{
	if (!self->changed)
		return NULL;
	self->changed = FALSE;
	json_t *slots = json_array ();
	each_seat (self, append_changed, slots);
	if (json_array_size (slots) == 0)
		g_clear_pointer (&slots, json_decref);
	return slots;
}

static void dump_seat (Seat *seat, ViewSlot *view, const char *kind, gpointer data)
{
	json_array_append_new (data, seat_dump (seat, view, kind));
}

json_t *viewing_dump (Viewing *self)
{
	json_t *slots = json_array ();
	each_seat (self, dump_seat, slots);
	return json_pack ("{s:I s:o}", "rev", (json_int_t) self->rev, "slots", slots);
}
