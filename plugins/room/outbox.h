/* outbox.h: what the room asks of the Janus core that may block: events, answers, keyframe requests, hang-ups.
 * Thread: queue from any; a small pool calls the core, one thread at a time for each handle, in the order of queueing.
 * That is needed because a push_event with an answer may wait seconds for candidates, and send_pli takes the core's
 * handle mutex: neither may happen on the control thread, on a media thread or under a lock of ours.
 * Ownership: JSON named take_ belongs to the outbox from then on, and to nobody else: jansson's counters alone do not
 * order what threads do to a value they share. Other arguments are copied. */
#ifndef ROOM_OUTBOX_H
#define ROOM_OUTBOX_H

#include <jansson.h>

#include "plugins/room/session.h"

#define OUTBOX_MAX_EVENTS 500 /* unasked events that wait for one handle; more are dropped and show as a gap in `rev` */

void outbox_start (void);
/* Does what is queued, then stops. [main] */
void outbox_stop (void);

/* The answer to a request, with a jsep or NULL: never dropped (requests are bounded), and lowers session->pending. If the
 * core refuses the jsep the PeerConnection is closed. [any] */
void outbox_answer (Session *to, const char *transaction, json_t *take_event, json_t *take_jsep);
/* An event nobody asked for. [any] */
void outbox_event (Session *to, json_t *take_event);
/* Asks the publisher for a keyframe on an m-line. [any] */
void outbox_keyframe (Session *to, int mindex);
void outbox_close_pc (Session *to);
/* Runs a job that may block (store) on the pool. [any] */
void outbox_run (void (*func) (gpointer data), gpointer data);
/* Events dropped because a handle was too slow, since the start. [any] */
guint64 outbox_dropped (void);

#endif
