#include "config.h"
#include "plugins/room/liveness.h"

#include "curia-log.h"
#include "plugins/room/notify.h"
#include "plugins/room/outbox.h"
#include "plugins/room/settings.h"
#include "plugins/room/silence.h"

#define ABSENT_US (2500 * G_TIME_SPAN_MILLISECOND) /* browsers that receive report once a second or so */
#define UNREACHABLE_US (4 * G_TIME_SPAN_SECOND)    /* neither signalling nor media: a browser gives up soon, too */

static void set_away (Participant *self, gboolean away, gint64 now_us)
{
	if (self->away == away)
		return;
	self->away = away;
	roster_changed (self, now_us);
}

/* A camera that is wanted sends all the time, a screen only when something moves on it. One whose PeerConnection does not
 * come up stalls too. */
static void check_stalled (Participant *self, Track *track, gint64 now_us)
{
	gboolean due = track->source == SOURCE_CAMERA && track_is_due (track);
	gboolean stalled = silence_check (&track->expected_us, due, atomic_load (&track->heard_us), now_us, ROOM_STALLED_US);
	if (stalled == track->stalled)
		return;
	track->stalled = stalled;
	room_restage (self->room);
}

static void check_quiet (Participant *self, Track *track, gint64 now_us)
{
	const Session *session = self->publish;
	QuietSigns signs = {
		.up = session && session->up,
		.dropped = self->dropped_us != 0,
		.peer_heard_us = session ? atomic_load (&session->heard_us) : 0,
		.due = track->source == SOURCE_CAMERA && track_is_due (track),
		.due_us = track->expected_us,
		.heard_us = atomic_load (&track->heard_us),
	};
	gboolean quiet = quiet_check (&track->quiet_us, &signs, now_us);
	if (quiet == track->quiet)
		return;
	track->quiet = quiet;
	room_restage (self->room);
}

void liveness_watch_tracks (Participant *self, gint64 now_us)
{
	for (int i = 0; i < SOURCE_N; i++) {
		if (!self->tracks[i])
			continue;
		check_stalled (self, self->tracks[i], now_us);
		check_quiet (self, self->tracks[i], now_us);
	}
}

/* Whoever vanished keeps the seat for a while; what would be sent there is better not encrypted. */
static void check_absent (Participant *self, gint64 now_us)
{
	gboolean absent = self->away && self->view && now_us - atomic_load (&self->view->heard_us) >= ABSENT_US;
	if (absent == self->absent)
		return;
	self->absent = absent;
	self->room->speakers_changed |= !absent; /* it has not heard of them */
	room_restage_viewer (self);
}

void liveness_connection (Participant *self, gboolean dropped, gint64 now_us)
{
	if (!dropped) {
		if (self->away)
			notify_reconnected (self, (now_us - self->dropped_us) / G_TIME_SPAN_MILLISECOND);
		self->dropped_us = 0;
		set_away (self, FALSE, now_us);
		check_absent (self, now_us);
	} else if (self->dropped_us == 0) {
		self->dropped_us = now_us;
	}
}

/* Each PeerConnection costs its loop something at each turn, so those of the dead are not kept as long as their seats. */
static gint64 silence_limit (const Participant *self)
{
	return self->dropped_us ? MIN (UNREACHABLE_US, settings.silent_us) : settings.silent_us;
}

/* It was on its way up when the signalling dropped: then it will hardly come. */
static gboolean is_stranded (const Participant *self, const Session *session, gint64 now_us)
{
	return session->negotiated && !session->up && self->dropped_us && now_us - self->dropped_us >= UNREACHABLE_US;
}

static void close_silent (Participant *self, Session *session, const char *what)
{
	curia_log_info ("room", "%s: %s %s in silence, closing", self->room->meeting->code, self->id, what);
	session->expected_us = 0;
	outbox_close_pc (session);
}

static void check_publish (Participant *self, gint64 now_us)
{
	gboolean due = FALSE;
	for (int i = 0; i < SOURCE_N; i++) {
		Track *track = self->tracks[i];
		due |= track && track_is_due (track) && atomic_load (&track->packets) > 0;
	}
	Session *session = self->publish;
	due &= session->up;
	if (silence_check (&session->expected_us, due, atomic_load (&session->heard_us), now_us, silence_limit (self))
		|| is_stranded (self, session, now_us))
		close_silent (self, session, "publishes");
}

static guint64 relayed_to (const Viewing *viewing)
{
	guint64 relayed = 0, bytes;
	for (guint i = 0; i < viewing->n_audio; i++)
		relayed += viewing->audio[i].slot ? slot_sent (viewing->audio[i].slot, &bytes) : 0;
	for (guint i = 0; i < viewing->n_video; i++)
		relayed += viewing->video[i].slot ? slot_sent (viewing->video[i].slot, &bytes) : 0;
	return relayed;
}

static void check_view (Participant *self, gint64 now_us)
{
	Session *session = self->view;
	guint64 relayed = relayed_to (self->viewing);
	gboolean owing = self->absent && session->expected_us; /* it was sent something, until it seemed to be gone */
	gboolean due = session->up && (relayed != session->relayed || owing);
	session->relayed = relayed;
	if (silence_check (&session->expected_us, due, atomic_load (&session->heard_us), now_us, silence_limit (self))
		|| is_stranded (self, session, now_us))
		close_silent (self, session, "views");
}

void liveness_watch (Room *room, gint64 now_us)
{
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *self = room->participants->pdata[i];
		liveness_watch_tracks (self, now_us);
		check_absent (self, now_us);
	}
}

void liveness_tick (Room *room, gint64 now_us)
{
	for (guint i = 0; i < room->participants->len; i++) {
		Participant *self = room->participants->pdata[i];
		if (self->dropped_us && now_us - self->dropped_us >= PARTICIPANT_AWAY_US)
			set_away (self, TRUE, now_us);
		if (self->publish)
			check_publish (self, now_us);
		if (self->view && self->viewing)
			check_view (self, now_us);
	}
}
