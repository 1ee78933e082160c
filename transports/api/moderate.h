/* moderate.h: what is done to people in a meeting, over REST; who waits for it; who was removed from it.
 * Thread: workers (waits for the room). Ownership: see routes.h. */
#ifndef API_MODERATE_H
#define API_MODERATE_H

#include "routes.h"

/* Has the room do `action` for the caller, with its role. Takes `fields`, which become part of the message. Gives the room's reply,
 * which the caller owns; NULL with NO_SUCH_SOURCE when nobody is in the meeting, or with the room's error. [worker] */
json_t *api_moderate_ask (ApiCall *call, const char *action, json_t *fields, GError **error);

gboolean api_moderate (ApiCall *call, GError **error);
gboolean api_moderate_waiting (ApiCall *call, GError **error);
gboolean api_moderate_removals (ApiCall *call, GError **error);
/* Lets somebody come back. */
gboolean api_moderate_forgive (ApiCall *call, GError **error);

extern const CuriaField api_moderate_fields[];
extern const ApiSchema api_moderated_schema, api_waiting_schema, api_removals_schema;

#endif
