/* notify.h: what Janus' event handlers are told of meetings. docs/protocol.md lists the events and their fields.
 * Thread: [room], but notify_join_failed, which is for any. Ownership: none. Every event: {"event","time_ms","meeting","code"},
 * but for refused joins "call" too; those of a person and of a track say which. */
#ifndef ROOM_NOTIFY_H
#define ROOM_NOTIFY_H

#include "plugins/room/room.h"

/* "call_started" when the room opens. */
void notify_call_started (Room *room);
/* "call_ended" when it closes: reason "empty", "ended" or "shutdown". */
void notify_call_ended (Room *room, const char *reason);
void notify_joined (Participant *participant);
void notify_left (Participant *participant, const char *reason);
/* The seat's connection was lost for a while, or another client took it over. */
void notify_reconnected (Participant *participant, gint64 away_ms);
/* The first media came or went, so long after the seat was taken. */
void notify_media (Participant *participant, gint64 join_ms);
/* Who dominates the conversation now. */
void notify_dominant (Participant *participant);
/* What became of the participant's media since the last one (tally.h). Takes the figures. */
void notify_quality (Participant *participant, json_t *take_figures);
/* "track_published", "track_unpublished", "track_muted", "track_unmuted". */
void notify_track (Participant *participant, const Track *track, const char *event);
/* "hand_raised", "hand_lowered". */
void notify_hand (Participant *participant, gboolean raised);
/* "role_changed", when it has. */
void notify_role (Participant *participant, CuriaRole before, const char *by);
/* "moderated": somebody did something to others. `by`, `target`: identities; `target`, `source`, `detail` may be NULL. */
void notify_moderated (Room *room, const char *action, const char *by, CuriaRole by_role, const char *target, const char *source,
	const char *detail);
/* A join with a valid token was refused. `meeting` may be NULL; `call`: of the run that it would have joined, or NULL. [any] */
void notify_join_failed (const CuriaMeeting *meeting, const char *call, const char *identity, const GError *error);
/* The same, of a join that the REST interface refused: `slug` is the kind of error. */
void notify_refused (Room *room, const char *identity, const char *slug, const char *detail);
/* Whether anybody listens: spares the making of events. [any] */
gboolean notify_is_on (void);

#endif
