/* commands.h: the table of requests.
 * Thread: prepare in the pool thread, where it may block; run on the control thread.
 * Ownership: rows are constant; what run returns is the caller's. */
#ifndef ROOM_COMMANDS_H
#define ROOM_COMMANDS_H

#include "curia-fields.h"
#include "plugins/room/signaling.h"

/* Which handles may send it. */
typedef enum { COMMAND_FRESH = 1, COMMAND_PUBLISH = 2, COMMAND_VIEW = 4 } CommandHandles;

struct Command {
	const char *name;
	guint handles;             /* of CommandHandles */
	const CuriaField *fields;
	gboolean (*prepare) (Request *request, GError **error); /* or NULL */
	json_t *(*run) (Request *request, GError **error);
	gboolean offer;            /* an offer must come with it; else none may */
};

/* By name, or NULL. [any] */
const Command *command_lookup (const char *name);
/* "join, publish, ...": for the error message. [any] */
const char *command_names (void);

#endif
