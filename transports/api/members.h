/* members.h: who has a role of their own in a meeting; and the meetings of whoever is signed in.
 * Thread: workers. Ownership: see routes.h. */
#ifndef API_MEMBERS_H
#define API_MEMBERS_H

#include "routes.h"

gboolean api_members_list (ApiCall *call, GError **error);
/* By e-mail address. */
gboolean api_members_add (ApiCall *call, GError **error);
gboolean api_members_set (ApiCall *call, GError **error);
gboolean api_members_remove (ApiCall *call, GError **error);
gboolean api_members_meetings (ApiCall *call, GError **error);

extern const CuriaField api_member_add_fields[], api_member_set_fields[];
extern const ApiSchema api_member_schema, api_members_schema, api_my_meetings_schema;

#endif
