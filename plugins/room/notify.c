#include "config.h"
#include "plugins/room/notify.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "curia-metrics.h"
#include "plugins/room/host.h"
#include "plugins/room/metrics.h"

gboolean notify_is_on (void)
{
	return host.core->events_is_enabled ();
}

static json_t *event_new (const char *event, const CuriaMeeting *meeting, const char *call)
{
	return json_pack ("{s:s s:I s:s s:s s:s*}", "event", event, "time_ms", (json_int_t) curia_clock_wall_ms (),
		"meeting", meeting ? meeting->id : "", "code", meeting ? meeting->code : "", "call", call);
}

/* Without a handle: the core drops events of handles that are gone, and who left often has such a one. This only queues. */
static void send (json_t *take_event)
{
	host.core->notify_event (host.plugin, NULL, take_event);
}

/* Takes what is to be added. */
static void send_of_room (Room *room, const char *event, json_t *take_more)
{
	json_t *body = event_new (event, room->meeting, room->call);
	json_object_update_new (body, take_more);
	send (body);
}

static void send_of_participant (Participant *participant, const char *event, json_t *take_more)
{
	json_t *who = json_pack ("{s:s s:s s:s s:s}", "participant", participant->id, "participation", participant->participation,
		"identity", participant->claims->identity, "name", participant->name);
	json_object_update_new (who, take_more);
	send_of_room (participant->room, event, who);
}

void notify_call_started (Room *room)
{
	curia_metrics_add (CURIA_METRIC_MEETINGS_OPENED, NULL, NULL, 1);
	if (notify_is_on ())
		send_of_room (room, "call_started",
			json_pack ("{s:s s:i}", "title", room->meeting->title, "max_participants", room->meeting->max_participants));
}

void notify_call_ended (Room *room, const char *reason)
{
	if (notify_is_on ())
		send_of_room (room, "call_ended", json_pack ("{s:s}", "reason", reason));
}

void notify_joined (Participant *participant)
{
	curia_metrics_add (CURIA_METRIC_JOINS, NULL, NULL, 1);
	if (notify_is_on ())
		send_of_participant (participant, "participant_joined", json_pack ("{s:s s:b}", "role", participant_role (participant),
			"hidden", participant_is_hidden (participant)));
}

void notify_left (Participant *participant, const char *reason)
{
	if (notify_is_on ())
		send_of_participant (participant, "participant_left", json_pack ("{s:s}", "reason", reason));
}

void notify_reconnected (Participant *participant, gint64 away_ms)
{
	if (notify_is_on ())
		send_of_participant (participant, "participant_reconnected", json_pack ("{s:I}", "away_ms", (json_int_t) away_ms));
}

void notify_media (Participant *participant, gint64 join_ms)
{
	curia_metrics_observe (CURIA_METRIC_JOIN_US, NULL, NULL, join_ms * 1000);
	if (notify_is_on ())
		send_of_participant (participant, "media_connected", json_pack ("{s:I}", "join_ms", (json_int_t) join_ms));
}

void notify_dominant (Participant *participant)
{
	if (notify_is_on ())
		send_of_participant (participant, "dominant_speaker", json_object ());
}

void notify_quality (Participant *participant, json_t *take_figures)
{
	metrics_quality (take_figures);
	if (notify_is_on ())
		send_of_participant (participant, "quality", take_figures);
	else
		json_decref (take_figures);
}

void notify_track (Participant *participant, const Track *track, const char *event)
{
	if (notify_is_on ())
		send_of_participant (participant, event, json_pack ("{s:s s:s s:s s:s s:b}", "track", track->name,
			"source", source_name (track->source), "kind", source_is_video (track->source) ? "video" : "audio",
			"codec", codec_name (track->codec), "muted", track->muted));
}

void notify_hand (Participant *participant, gboolean raised)
{
	if (notify_is_on ())
		send_of_participant (participant, raised ? "hand_raised" : "hand_lowered", json_object ());
}

void notify_role (Participant *participant, CuriaRole before, const char *by)
{
	if (notify_is_on ())
		send_of_participant (participant, "role_changed", json_pack ("{s:s s:s s:s}", "role", participant_role (participant),
			"before", curia_role_name (before), "by", by));
}

void notify_moderated (Room *room, const char *action, const char *by, CuriaRole by_role, const char *target, const char *source,
	const char *detail)
{
	if (notify_is_on ())
		send_of_room (room, "moderated", json_pack ("{s:s s:s s:s s:s* s:s* s:s*}", "action", action, "by", by,
			"by_role", curia_role_name (by_role), "target", target, "source", source, "detail", detail));
}

static void send_refused (const CuriaMeeting *meeting, const char *call, const char *identity, const char *slug, const char *detail)
{
	curia_metrics_add (CURIA_METRIC_JOIN_FAILURES, slug, NULL, 1);
	if (!notify_is_on ())
		return;
	json_t *body = event_new ("join_failed", meeting, call);
	json_object_update_new (body, json_pack ("{s:s s:s s:s}", "identity", identity ? identity : "", "error", slug, "detail", detail));
	send (body);
}

void notify_join_failed (const CuriaMeeting *meeting, const char *call, const char *identity, const GError *error)
{
	const CuriaErrorRow *row = curia_error_row (error);
	send_refused (meeting, call, identity, row->slug, row->code == CURIA_ERROR_INTERNAL ? row->title : error->message);
}

void notify_refused (Room *room, const char *identity, const char *slug, const char *detail)
{
	send_refused (room->meeting, room->call, identity, slug, detail);
}
