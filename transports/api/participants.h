/* participants.h: who is in a meeting now; removes and mutes them. The room answers, on whichever node it runs.
 * Thread: workers (waits for the room). Ownership: see routes.h. */
#ifndef API_PARTICIPANTS_H
#define API_PARTICIPANTS_H

#include "routes.h"

gboolean api_participants_list (ApiCall *call, GError **error);
gboolean api_participants_kick (ApiCall *call, GError **error);
gboolean api_participants_mute (ApiCall *call, GError **error);

#endif
