/* play.h: what a server with many meetings tells: mostly quality samples, some joins, leaves, tracks and mutes.
 * Thread: one. Ownership: events are the caller's. */
#ifndef TESTS_LEDGER_PLAY_H
#define TESTS_LEDGER_PLAY_H

#include <glib.h>
#include <jansson.h>

#define PLAY_CALLS 100
#define PLAY_PEOPLE 10

typedef struct {
	guint64 n; /* of events so far */
	guint life; /* the number of everybody's first call: another for each play into the same store */
	gint64 time_ms; /* of the next event */
	guint calls[PLAY_CALLS], at[PLAY_CALLS]; /* how often each was held, and where it is */
} Play;

/* The room's next event, without the core's frame. Ten steps of one call, then ten of the next: people of a meeting report
 * together. */
json_t *play_next (Play *self);

#endif
