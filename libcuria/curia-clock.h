/* curia-clock.h: the two clocks. Decisions take `now` as a parameter; only edges call these.
 * Thread: any. */
#ifndef CURIA_CLOCK_H
#define CURIA_CLOCK_H

#include <glib.h>

/* Monotonic microseconds: for durations and time-outs. [any] */
gint64 curia_clock_us (void);
/* Milliseconds since 1970 (UTC): for what is stored or shown. [any] */
gint64 curia_clock_wall_ms (void);
/* RFC 3339 UTC text with milliseconds, "2026-01-31T09:30:00.123Z". Caller frees. [any] */
char *curia_clock_rfc3339 (gint64 wall_ms);

#endif
