/* moderation.h: what some may do to others, asked for by somebody inside or over the bus: one row per act, with the right
 * that it needs.
 * Thread: [room]. Ownership: none. */
#ifndef ROOM_MODERATION_H
#define ROOM_MODERATION_H

#include "curia-fields.h"
#include "plugins/room/room.h"

#define MODERATION_ACTS "mute|ask_unmute|stop|remove|admit|deny|lower_hand|spotlight|role|lock|end"

/* Who does it. */
typedef struct {
	CuriaRole role;
	const char *by;            /* identity, or "api" */
	Participant *me;           /* NULL over the bus */
} Moderator;

/* Fields of an act; "request" and "command" are the callers'. */
extern const CuriaField moderation_fields[];

/* Does what a checked body says: {"action","affected"}. People are named by "participant" (id) or "identity", those who wait by "id"
 * or "identity". FORBIDDEN, NO_SUCH_SOURCE, NOT_PUBLISHED, MISSING_FIELD, INVALID_FIELD, OVERLOADED; then nothing changed. It may
 * end the room or free who asked. */
json_t *moderation_run (Room *room, const Moderator *moderator, json_t *body, GError **error);
/* Removes somebody: with `ban` no token opens the meeting to it any more, else a later one does. Frees it. */
gboolean moderation_remove (Participant *participant, const Moderator *moderator, gboolean ban, GError **error);

#endif
