/* measure.h: two looks at everything, and what happened between them.
 * Thread: the signalling thread. Ownership: plain values; the report is the caller's. */
#ifndef LOAD_MEASURE_H
#define LOAD_MEASURE_H

#include <glib.h>
#include <jansson.h>

#include "tools/load/crowd.h"
#include "tools/load/server-process.h"

typedef struct {
	gint64 at_us;
	Counters counters;
	Histogram delay;
	ServerProcess server;
	gint64 own_cpu_us;
	guint64 signalling_bytes, signalling_messages, roster_bytes;
	guint up;
} Look;

void look_take (Look *self, const Crowd *crowd);
/* What is different between two looks, as the counters and delays of `to`. */
void look_subtract (Look *to, const Look *from);
guint64 look_received (const Look *difference);

/* Everything as one JSON object; docs/load.md tells the keys. `empty` is from before the first join. */
json_t *measure_report (const Crowd *crowd, const char *scenario, const Look *empty, const Look *from, const Look *to);

#endif
