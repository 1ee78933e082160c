/* rights.h: what a participant may do now: the one rule table (curia-rules.h), asked with its role, its token and the
 * meeting's rules.
 * Thread: [room]. Ownership: none. */
#ifndef ROOM_RIGHTS_H
#define ROOM_RIGHTS_H

#include "plugins/room/room.h"

gboolean rights_allow (const Participant *self, CuriaAction action);
/* FORBIDDEN saying who may. */
gboolean rights_check (const Participant *self, CuriaAction action, GError **error);
/* Whether the source may be named in an offer, as far as token and role go. Muted it may always be. */
gboolean rights_may_offer (const Participant *self, Source source);
/* Whether it may be switched on now. FORBIDDEN. */
gboolean rights_check_source (const Participant *self, Source source, GError **error);
/* Whether its microphone is off to begin with, although it says otherwise. */
gboolean rights_enters_muted (const Participant *self);

/* {"publish": [source...], "subscribe", "admin", "actions": [name...]} */
json_t *rights_to_json (const Participant *self);
/* What changes with the rules, of joined and synced: {"settings","spotlight","hands"}, for those who may admit "waiting" too. */
json_t *rights_state_to_json (Participant *self);

/* The meeting is as it says from now on: title, limits and rules. */
void rights_set_rules (Room *room, const CuriaMeeting *meeting);
/* The role of one participant changed: it is told, and what it may send no more ends. */
void rights_role_changed (Participant *self, gint64 now_us);
/* The meeting's rules did: everybody is told, what is forbidden now ends, who need not wait any more comes in. */
void rights_rules_changed (Room *room, gint64 now_us);

#endif
