#include "config.h"
#include "plugins/room/notify.h"

#include "plugins/room/host.h"

static json_t *event_new (const Room *room, const char *event)
{
	return json_pack ("{s:s s:s s:s}", "event", event, "meeting", room->meeting->id, "code", room->meeting->code);
}

/* Without a handle: the core drops events of handles that are gone, and "left" is often such a one. This only queues. */
static void send (json_t *take_event)
{
	host.core->notify_event (host.plugin, NULL, take_event);
}

void notify_room (Room *room, const char *event)
{
	if (host.core->events_is_enabled ())
		send (event_new (room, event));
}

void notify_participant (Participant *participant, const char *event, const char *reason)
{
	if (!host.core->events_is_enabled ())
		return;
	json_t *body = event_new (participant->room, event);
	json_object_set_new (body, "participant", json_string (participant->id));
	json_object_set_new (body, "identity", json_string (participant->claims->identity));
	json_object_set_new (body, "name", json_string (participant->name));
	if (reason)
		json_object_set_new (body, "reason", json_string (reason));
	send (body);
}

void notify_track (Participant *participant, const Track *track, const char *event)
{
	if (!host.core->events_is_enabled ())
		return;
	json_t *body = event_new (participant->room, event);
	json_object_set_new (body, "participant", json_string (participant->id));
	json_object_set_new (body, "source", json_string (source_name (track->source)));
	json_object_set_new (body, "codec", json_string (codec_name (track->codec)));
	send (body);
}
