/* fake-core.h: a Janus core of the tests' own behind a hub: answers on a thread of its own, as the real one does.
 * Thread: its counters are atomic. Ownership: one at a time per process. */
#ifndef FAKE_CORE_H
#define FAKE_CORE_H

#include "transports/api/hub.h"

/* What a message's body may ask of it, beside the "ack" that each gets:
 * {"event": n}: n events after the ack; {"bytes": n}: each with that much text; {"sleep_ms": n}: before the ack. */
typedef struct {
	gint sessions;   /* links that are open */
	gint destroyed, gone, messages, keepalives; /* seen */
	gint overlaps;   /* two messages of one handle at a time: must stay 0 */
	gint disorder;   /* messages whose body.n did not count up: must stay 0 */
	gint dropped, back; /* connection messages to rooms */
} FakeCounters;

extern FakeCounters fake_counters;
extern const Core fake_core;

void fake_core_start (void);
/* Before the server is freed: as in plugin.c, nothing is said to it any more. */
void fake_core_shut (void);
/* After the server is freed; also shows that every link was closed. */
void fake_core_stop (void);

#endif
