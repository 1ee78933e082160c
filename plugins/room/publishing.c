#include "config.h"
#include "plugins/room/publishing.h"

#include "curia-error.h"
#include "curia-fields.h"
#include "curia-id.h"
#include "plugins/room/notify.h"
#include "plugins/room/outbox.h"
#include "plugins/room/rights.h"
#include "plugins/room/settings.h"
#include "plugins/room/voices.h"

/* What the publisher's Opus encoder shall do: loss protection and silence suppression for voices, stereo for a film. */
static const char *const opus_formats[SOURCE_N] = {
	[SOURCE_MICROPHONE] = "minptime=10;useinbandfec=1;usedtx=1",
	[SOURCE_SCREEN_AUDIO] = "minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1;maxaveragebitrate=128000",
};

#define SCREEN_LAYERS 2         /* half of its size is the least that can be read */
#define AUDIO_BITRATE_BPS 32000 /* what a voice takes, more or less */

static Codec codec_of (const Participant *self, Source source)
{
	return source_is_video (source) ? self->room->video : CODEC_OPUS;
}

/* Whether a named track begins to send, now. */
static gboolean switches_on (const Participant *self, json_t *item)
{
	const Track *track = self->tracks[source_lookup (json_string_value (json_object_get (item, "source")))];
	json_t *muted = json_object_get (item, "muted");
	return json_is_boolean (muted) ? json_is_false (muted) && (!track || track->muted) : !track;
}

/* Checks one named track against the offer; *mindex is its section. */
static gboolean check_track (Participant *self, const SdpOffer *offer, json_t *item, guint at, int *mindex, GError **error)
{
	const char *mid = json_string_value (json_object_get (item, "mid"));
	const char *name = json_string_value (json_object_get (item, "source"));
	Source source = source_lookup (name);
	*mindex = sdp_offer_find (offer, mid);
	if (!rights_may_offer (self, source))
		return curia_throw (error, CURIA_ERROR_FORBIDDEN, "with this token and role %s may not be published", name);
	if (source != SOURCE_MICROPHONE && switches_on (self, item) && !rights_check_source (self, source, error))
		return FALSE;
	if (*mindex < 0)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "tracks[%u].mid must be a mid of the offer, not \"%s\"", at, mid);
	const SdpSection *section = &offer->sections[*mindex];
	Codec codec = codec_of (self, source);
	if (source_is_video (source) ? !section->video : !section->audio)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "tracks[%u].mid must be a mid of a section for %s", at,
			source_is_video (source) ? "video" : "audio");
	if (section->rejected || (section->direction != SDP_SENDONLY && section->direction != SDP_SENDRECV))
		return curia_throw (error, CURIA_ERROR_INVALID_SDP, "section %s must be sendonly to publish %s", mid, name);
	if (section->payload_type[codec] < 0)
		return curia_throw (error, CURIA_ERROR_INVALID_SDP, "section %s must offer %s, the codec of this meeting", mid,
			codec_name (codec));
	return TRUE;
}

/* Checks all named tracks: sections[source] is the section, or -1. */
static gboolean check_tracks (Participant *self, const SdpOffer *offer, json_t *tracks, int *sections, GError **error)
{
	gboolean used[SESSION_MAX_SECTIONS] = { FALSE };
	for (int i = 0; i < SOURCE_N; i++)
		sections[i] = -1;
	for (gsize i = 0; i < json_array_size (tracks); i++) {
		json_t *item = json_array_get (tracks, i);
		Source source = source_lookup (json_string_value (json_object_get (item, "source")));
		int mindex;
		if (!check_track (self, offer, item, i, &mindex, error))
			return FALSE;
		if (sections[source] >= 0)
			return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "tracks[%u].source must not be named twice", (guint) i);
		if (used[mindex])
			return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "tracks[%u].mid must not be named twice", (guint) i);
		sections[source] = mindex;
		used[mindex] = TRUE;
	}
	return TRUE;
}

/* ---- in the books ---- */

static void enter_books (Participant *self, Track *track)
{
	if (track->name)
		return;
	track->name = curia_id_new ("TR_");
	notify_track (self, track, "track_published");
}

static void leave_books (Participant *self, Track *track)
{
	if (track->name)
		notify_track (self, track, "track_unpublished");
	g_clear_pointer (&track->name, g_free);
}

/* A page offers a screen long before it shares one: to the books it is there while something is shared. */
static void keep_books (Participant *self, Track *track)
{
	if (source_is_screen (track->source) && track->muted)
		leave_books (self, track);
	else
		enter_books (self, track);
}

static void note_muted (Participant *self, Track *track)
{
	if (source_is_screen (track->source))
		keep_books (self, track);
	else if (track->name)
		notify_track (self, track, track->muted ? "track_muted" : "track_unmuted");
}

/* ---- tracks ---- */

static void stop_track (Participant *self, Source source)
{
	Track *track = g_steal_pointer (&self->tracks[source]);
	if (!track)
		return;
	voices_remove (self->room, track);
	track_close (track);
	leave_books (self, track);
	track_unref (track);
	room_changed (self);
	room_restage (self->room);
}

/* What all of a source's layers together may take. */
static guint64 bitrate_of (const Participant *self, Source source)
{
	const CuriaMeeting *meeting = self->room->meeting;
	switch (source) {
	case SOURCE_CAMERA: return meeting->camera_bitrate_bps;
	case SOURCE_SCREEN: return meeting->screen_bitrate_bps;
	default: return AUDIO_BITRATE_BPS;
	}
}

static TrackSpec spec_for (const Participant *self, Source source, const SdpSection *section, int mindex)
{
	Codec codec = codec_of (self, source);
	TrackSpec spec = {
		.room = g_str_hash (self->room->meeting->code), .source = source, .codec = codec, .mindex = mindex,
		.pc = self->publish->pc, .mid = section->mid,
		.payload_type = section->payload_type[codec], .rid_extension = section->extension[SDP_EXT_RID],
		.n_layers = 1, .rids = { "" }, .bitrate_bps = bitrate_of (self, source), .height = PUBLISHING_HEIGHT,
	};
	if (section->n_rids > 0)
		spec.n_layers = section->n_rids;
	for (guint i = 0; i < section->n_rids; i++)
		spec.rids[i] = section->rids[i];
	return spec;
}


static void set_muted (Participant *self, Source source, gboolean muted, gint64 now_us)
{
	Track *track = self->tracks[source];
	if (track->muted == muted)
		return;
	track->muted = muted;
	track->stalled = FALSE;
	track->expected_us = 0;
	if (!muted)
		self->asked &= ~(1u << source);
	if (muted)
		voices_mute (self->room, track, now_us);
	else
		track_resume (track, now_us);
	note_muted (self, track);
	room_changed (self);
	room_restage (self->room);
}

/* What takes a track's place is as muted as that was. */
static void start_track (Participant *self, Source source, const SdpOffer *offer, int mindex)
{
	TrackSpec spec = spec_for (self, source, &offer->sections[mindex], mindex);
	Track *old = self->tracks[source];
	gboolean muted = old && old->muted;
	if (old && track_is (old, &spec))
		return;
	stop_track (self, source);
	self->tracks[source] = track_new (&spec);
	voices_add (self->room, self, self->tracks[source]);
	set_muted (self, source, muted, g_get_monotonic_time ());
}

static SdpReply reply_for (Participant *self, Source source)
{
	return (SdpReply) {
		.codec = codec_of (self, source),
		.format = opus_formats[source],
		.bitrate_bps = source_is_video (source) ? bitrate_of (self, source) : 0,
	};
}

static void set_all_muted (Participant *self, json_t *tracks, gint64 now_us)
{
	for (gsize i = 0; i < json_array_size (tracks); i++) {
		json_t *item = json_array_get (tracks, i), *muted = json_object_get (item, "muted");
		if (json_is_boolean (muted))
			set_muted (self, source_lookup (json_string_value (json_object_get (item, "source"))), json_is_true (muted), now_us);
	}
}

/* The microphone of who comes in muted, or may not switch it on. */
static gboolean is_to_be_muted (const Participant *self, json_t *tracks)
{
	json_t *item;
	gsize at;
	json_array_foreach (tracks, at, item)
		if (source_lookup (json_string_value (json_object_get (item, "source"))) == SOURCE_MICROPHONE)
			return switches_on (self, item) && rights_enters_muted (self);
	return FALSE;
}

gboolean publishing_negotiate (Participant *self, const SdpOffer *offer, json_t *tracks, SdpReply *replies, GError **error)
{
	int mindex[SOURCE_N];
	if (!check_tracks (self, offer, tracks, mindex, error))
		return FALSE;
	Sections *sections = sections_new ();
	gboolean mute = is_to_be_muted (self, tracks);
	for (int source = 0; source < SOURCE_N; source++) {
		if (mindex[source] < 0) {
			stop_track (self, source);
			continue;
		}
		start_track (self, source, offer, mindex[source]);
		sections_put_track (sections, mindex[source], self->tracks[source]);
		replies[mindex[source]] = reply_for (self, source);
	}
	session_set_sections (self->publish, sections);
	set_all_muted (self, tracks, g_get_monotonic_time ());
	if (mute)
		publishing_mute (self, SOURCE_MICROPHONE, NULL, g_get_monotonic_time (), NULL);
	self->entered |= self->tracks[SOURCE_MICROPHONE] != NULL;
	for (int source = 0; source < SOURCE_N; source++)
		if (self->tracks[source])
			keep_books (self, self->tracks[source]);
	room_changed (self);
	room_restage (self->room);
	return TRUE;
}

void publishing_stop (Participant *self)
{
	for (int source = 0; source < SOURCE_N; source++)
		stop_track (self, source);
	if (self->publish)
		session_set_sections (self->publish, NULL);
}

gboolean publishing_configure (Participant *self, json_t *tracks, gint64 now_us, GError **error)
{
	for (gsize i = 0; i < json_array_size (tracks); i++) {
		json_t *item = json_array_get (tracks, i);
		const char *name = json_string_value (json_object_get (item, "source"));
		Source source = source_lookup (name);
		if (!self->tracks[source])
			return curia_throw (error, CURIA_ERROR_NOT_PUBLISHED, "tracks[%u].source: %s is not published", (guint) i, name);
		if (switches_on (self, item) && !rights_check_source (self, source, error))
			return FALSE;
	}
	set_all_muted (self, tracks, now_us);
	return TRUE;
}

gboolean publishing_mute (Participant *self, Source source, const char *by, gint64 now_us, GError **error)
{
	if (!self->tracks[source])
		return curia_throw (error, CURIA_ERROR_NOT_PUBLISHED, "%s is not published", source_name (source));
	set_muted (self, source, TRUE, now_us);
	self->asked &= ~(1u << source);
	outbox_event (self->publish, json_pack ("{s:s s:s s:s?}", "room", "muted", "source", source_name (source), "by", by));
	return TRUE;
}

/* {"rid","scale","max_bitrate_bps"} of each layer, the largest picture first; none for one plain stream. */
static json_t *layers_to_json (guint n, guint64 bitrate_bps)
{
	static const char *const rids[TRACK_MAX_LAYERS] = { "l", "m", "h" };
	json_t *layers = json_array ();
	for (guint i = n; i-- > 0 && n > 1;)
		json_array_append_new (layers, json_pack ("{s:s s:i s:I}", "rid", rids[n == 2 && i == 1 ? 2 : i], "scale", 1 << (n - 1 - i),
			"max_bitrate_bps", (json_int_t) (bitrate_bps * track_layer_share (i, n))));
	return layers;
}

json_t *publishing_wishes_to_json (const Participant *self)
{
	const CuriaMeeting *meeting = self->room->meeting;
	Codec codec = self->room->video;
	guint layers = codec == CODEC_VP8 || codec == CODEC_H264 ? meeting->simulcast_layers : 1;
	guint temporal = codec == CODEC_VP8 ? settings.temporal_layers : 1;
	return json_pack ("{s:{s:i s:o s:i} s:{s:i s:o s:i}}",
		source_name (SOURCE_CAMERA), "max_bitrate_bps", meeting->camera_bitrate_bps,
		"layers", layers_to_json (layers, meeting->camera_bitrate_bps), "temporal_layers", (int) temporal,
		source_name (SOURCE_SCREEN), "max_bitrate_bps", meeting->screen_bitrate_bps,
		"layers", layers_to_json (MIN (layers, SCREEN_LAYERS), meeting->screen_bitrate_bps), "temporal_layers", 1);
}

json_t *publishing_to_json (const Participant *self)
{
	json_t *tracks = json_array ();
	for (int i = 0; i < SOURCE_N; i++)
		if (self->tracks[i])
			json_array_append_new (tracks, json_pack ("{s:s s:s s:s s:b}", "mid", self->tracks[i]->mid, "source", source_name (i),
				"codec", codec_name (self->tracks[i]->codec), "muted", self->tracks[i]->muted));
	return tracks;
}
