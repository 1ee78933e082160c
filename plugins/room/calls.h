/* calls.h: what other modules and nodes ask of a live meeting, over the bus: topic "meeting.<code>".
 * Thread: any; the bus' thread only hands over to the control thread. Ownership: none.
 *
 * {"command":"live","identity"?}           -> {"participants","publishers","present"?}
 * {"command":"participants"}               -> {"call","started_ms","viewers","participants":[...]}: at most CALLS_MAX_LISTED
 * {"command":"end"}                        ends the meeting for everybody
 * {"command":"kick","identity"}            -> {}, or NO_SUCH_SOURCE
 * {"command":"mute","identity","source"}   -> {}, or NO_SUCH_SOURCE, NOT_PUBLISHED, INVALID_FIELD
 * {"command":"refused","identity","error","detail"} a join was refused before it came here: for the books
 * A meeting that closes meanwhile answers with nobody in it. */
#ifndef ROOM_CALLS_H
#define ROOM_CALLS_H

#include "curia-bus.h"

#define CALLS_MAX_LISTED 1000

/* The subscription of every open room. */
void calls_on_bus (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data);
/* The same as "end" from the bus. [any] */
void calls_end (const char *code);

#endif
