/* calls.h: what other modules and nodes ask of a live meeting, over the bus: topic "meeting.<code>".
 * Thread: any; the bus' thread only hands over to the control thread. Ownership: none.
 *
 * {"command":"live","identity"?}           -> {"participants","publishers","waiting","present"?}
 * {"command":"participants"}               -> {"call","started_ms","viewers","participants":[...]}: at most CALLS_MAX_LISTED
 * {"command":"end"}                        ends the meeting for everybody
 * {"command":"kick","identity","ban"?,"by"?} -> {}, or NO_SUCH_SOURCE; tokens made until now do not open it to them any more
 * {"command":"mute","identity","source"}   -> {}, or NO_SUCH_SOURCE, NOT_PUBLISHED, INVALID_FIELD
 * {"command":"refused","identity","error","detail"} a join was refused before it came here: for the books
 * {"command":"settings","settings"}        its rules from now on, as curia_meeting_rules_to_json writes them
 * {"command":"moderate","by","by_role","action",...} -> {"affected"}: as the request of that name (moderation.h), by identities;
 *                                          by_role (host when absent; "role" does it too, but for the action "role") must allow it
 * {"command":"waiting"}                    -> {"waiting":[{"id","identity","name","guest","since","reason"}],"more"?}
 * {"command":"let_back","identity"}        a removal counts no more
 * A meeting that closes meanwhile answers with nobody in it. */
#ifndef ROOM_CALLS_H
#define ROOM_CALLS_H

#include "curia-bus.h"
#include "curia-meeting.h"

#define CALLS_MAX_LISTED 1000

/* The subscription of every open room. */
void calls_on_bus (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data);
/* The same as "end" from the bus. [any] */
void calls_end (const char *code);
/* The same as "settings", with the rules of a meeting as the store has it. [any] */
void calls_rules (const CuriaMeeting *meeting);

#endif
