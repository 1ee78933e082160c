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

/* Fields that several requests have. */
#define REQUEST_FIELD { .name = "request", .type = CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 32, \
			.doc = "Name of the request" }
#define MID_FIELD { .name = "mid", .type = CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 16, \
		    .doc = "mid of the section" }
#define SOURCE_FIELD { .name = "source", .type = CURIA_FIELD_STRING, .required = TRUE, .allowed = SOURCE_NAMES, \
		       .doc = "What the track is of" }


/* The rows, by what they are about: commands-join.c, commands-publish.c, commands-view.c, commands-moderate.c. */
extern const Command command_join, command_leave, command_sync, command_connection;
extern const Command command_publish, command_configure, command_unpublish;
extern const Command command_moderate, command_raise_hand, command_react, command_rename;
extern const Command command_subscribe, command_view, command_pause, command_quality, command_report;

/* By name, or NULL. [any] */
const Command *command_lookup (const char *name);
/* "join, publish, ...": for the error message. Caller frees. [any] */
char *command_names (void);

#endif
