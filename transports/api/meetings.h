/* meetings.h: makes, shows, changes and ends meetings.
 * Thread: workers. Ownership: see routes.h. */
#ifndef API_MEETINGS_H
#define API_MEETINGS_H

#include "routes.h"

gboolean api_meetings_create (ApiCall *call, GError **error);
gboolean api_meetings_list (ApiCall *call, GError **error);
gboolean api_meetings_read (ApiCall *call, GError **error);
gboolean api_meetings_update (ApiCall *call, GError **error);
gboolean api_meetings_end (ApiCall *call, GError **error);

/* The meeting as answers show it: with its link, and the settings as they hold on this server. Caller owns. [any] */
json_t *api_meetings_to_json (const CuriaMeeting *meeting, const ApiRequest *request);
/* The call's meeting when it is open; MEETING_ENDED or NO_SUCH_MEETING. Caller owns. [worker] */
CuriaMeeting *api_meetings_open (ApiCall *call, GError **error);
/* Tells the live room of a meeting's rules, which hold at once. OVERLOADED. [worker] */
gboolean api_meetings_tell (ApiCall *call, const CuriaMeeting *meeting, GError **error);
/* Who holds a host token of the meeting. Caller frees. [any] */
char *api_meetings_host_identity (const CuriaMeeting *meeting);

#endif
