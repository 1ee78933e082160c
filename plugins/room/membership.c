#include "config.h"
#include "plugins/room/membership.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "plugins/room/hands.h"
#include "plugins/room/liveness.h"
#include "plugins/room/metrics.h"
#include "plugins/room/notify.h"
#include "plugins/room/outbox.h"
#include "plugins/room/publishing.h"
#include "plugins/room/registry.h"
#include "plugins/room/spotlight.h"
#include "plugins/room/waiting.h"

/* ---- handles ---- */

/* The handle belongs to nobody any more; it may join again. */
static void let_go (Session **session, const char *ended_reason)
{
	Session *old = g_steal_pointer (session);
	if (!old)
		return;
	old->participant = NULL;
	old->kind = SESSION_FRESH;
	session_set_sections (old, NULL);
	if (!old->gone && ended_reason)
		outbox_event (old, json_pack ("{s:s s:s}", "room", "ended", "reason", ended_reason));
	if (!old->gone)
		outbox_close_pc (old);
	session_unref (old);
}

static void drop_view (Participant *participant, const char *ended_reason)
{
	g_clear_pointer (&participant->viewing, viewing_free);
	let_go (&participant->view, ended_reason);
	room_restage_viewer (participant);
}

static void drop_handles (Participant *participant, const char *ended_reason)
{
	publishing_stop (participant);
	drop_view (participant, ended_reason);
	let_go (&participant->publish, ended_reason);
}

static void bind (Session **place, Session *session, Participant *participant, SessionKind kind)
{
	*place = session_ref (session);
	session->participant = participant;
	session->kind = kind;
}

void room_bind_view (Participant *participant, Session *session)
{
	if (participant->view == session)
		return;
	drop_view (participant, "replaced");
	bind (&participant->view, session, participant, SESSION_VIEW);
	participant->viewing = viewing_new ();
}

/* ---- joining and leaving ---- */

gboolean room_has_seat (Room *self, const char *identity)
{
	return self && g_hash_table_contains (self->by_identity, identity);
}

static Participant *take_over (Participant *participant)
{
	gint64 away_us = participant->dropped_us ? curia_clock_us () - participant->dropped_us : 0;
	notify_reconnected (participant, away_us / G_TIME_SPAN_MILLISECOND);
	registry_forget_ticket (participant->ticket);
	drop_handles (participant, "replaced");
	g_hash_table_remove (participant->room->by_identity, participant->claims->identity);
	return participant;
}

static Participant *add_participant (Room *self, GError **error)
{
	if (self->participants->len >= (guint) self->meeting->max_participants) {
		curia_throw (error, CURIA_ERROR_MEETING_FULL, "the meeting is full: %u are in it", self->participants->len);
		return NULL;
	}
	Participant *participant = participant_new (self, ++self->last_number);
	g_ptr_array_add (self->participants, participant);
	g_hash_table_insert (self->by_number, GUINT_TO_POINTER (participant->number), participant);
	return participant;
}

Participant *room_join (Room *self, Session *session, CuriaClaims **take_claims, GError **error)
{
	if (self->ended) {
		curia_throw (error, CURIA_ERROR_MEETING_ENDED, "the meeting has ended");
		return NULL;
	}
	Participant *old = g_hash_table_lookup (self->by_identity, (*take_claims)->identity);
	Participant *participant = old ? take_over (old) : add_participant (self, error);
	if (!participant)
		return NULL;
	participant_admit (participant, g_steal_pointer (take_claims), curia_clock_wall_ms ());
	g_hash_table_insert (self->by_identity, participant->claims->identity, participant);
	registry_add_ticket (participant);
	bind (&participant->publish, session, participant, SESSION_PUBLISH);
	waiting_forget (session);
	roster_changed (participant, curia_clock_us ());
	if (!old)
		notify_joined (participant);
	waiting_review (self);
	curia_cluster_enter (curia_node_cluster (registry_node ()), self->meeting->code, participant->claims->identity);
	room_resized (self);
	return participant;
}

gboolean room_may_publish (Participant *participant, GError **error)
{
	guint n = 0, most = participant->room->meeting->max_publishers;
	for (guint i = 0; i < participant->room->participants->len; i++)
		n += participant_publishes (participant->room->participants->pdata[i]);
	return participant_publishes (participant) || n < most
		|| curia_throw (error, CURIA_ERROR_MEETING_FULL, "%u send audio or video, which is all that this meeting allows", n);
}

static void remove_participant (Participant *participant, const char *reason, const char *ended_reason)
{
	Room *self = participant->room;
	registry_forget_ticket (participant->ticket);
	drop_handles (participant, ended_reason);
	roster_left (participant, reason, curia_clock_us ());
	hands_left (participant);
	spotlight_left (participant);
	tally_tell (participant, curia_clock_us ());
	notify_left (participant, reason);
	g_hash_table_remove (self->by_number, GUINT_TO_POINTER (participant->number));
	g_hash_table_remove (self->by_identity, participant->claims->identity);
	curia_cluster_leave (curia_node_cluster (registry_node ()), self->meeting->code, participant->claims->identity);
	g_ptr_array_remove (self->participants, participant);
	participant_free (participant);
	room_resized (self);
}

void room_leave (Room *self G_GNUC_UNUSED, Participant *participant, const char *reason)
{
	remove_participant (participant, reason, NULL);
}

void room_kick (Participant *participant)
{
	remove_participant (participant, "kicked", "kicked");
}

static void close_for_all (Room *self, const char *reason)
{
	if (self->ended)
		return;
	self->ended = TRUE;
	while (self->participants->len > 0)
		remove_participant (self->participants->pdata[0], reason, reason);
	waiting_end (self, reason);
}

void room_end (Room *self)
{
	close_for_all (self, "ended");
}

void room_move (Room *self)
{
	close_for_all (self, "moved");
}

/* ---- news of handles ---- */

void room_session_gone (Session *session)
{
	Participant *participant = session->participant;
	session->gone = TRUE;
	session->up = FALSE;
	waiting_forget (session);
	if (participant && participant->publish == session)
		remove_participant (participant, "gone", NULL);
	else if (participant && participant->view == session)
		drop_view (participant, NULL);
	session_set_sections (session, NULL);
}

void room_session_up (Session *session, gint64 now_us)
{
	Participant *participant = session->participant;
	session->up = TRUE;
	session->expected_us = 0;
	metrics_connected (session->kind);
	if (!participant)
		return;
	for (int i = 0; session->kind == SESSION_PUBLISH && i < SOURCE_N; i++)
		if (participant->tracks[i])
			track_resume (participant->tracks[i], now_us);
	liveness_watch_tracks (participant, now_us);
	room_restage_viewer (participant);
}

void room_session_down (Session *session)
{
	Participant *participant = session->participant;
	session->up = session->negotiated = FALSE;
	session->pc++;
	if (participant && participant->publish == session)
		publishing_stop (participant);
	else if (participant && participant->viewing)
		viewing_down (participant->viewing, session);
	if (participant)
		room_restage_viewer (participant);
}
