/* scenario.h: what a crowd does: a row per subcommand, a file for each.
 * Thread: the signalling thread. Ownership: static rows. */
#ifndef LOAD_SCENARIO_H
#define LOAD_SCENARIO_H

#include <glib.h>

#include "tools/load/crowd.h"

#define SCENARIO_STAGES 2

typedef struct {
	const char *name, *summary;
	/* How many acts a stage has; they happen at the join rate. A stage ends when nobody is on the way any more. */
	guint (*count) (const LoadOptions *options, guint stage);
	void (*act) (Crowd *crowd, guint stage, guint nth);
	/* Called often while it is measured; may be NULL. */
	void (*during) (Crowd *crowd, gint64 now_us);
} Scenario;

extern const Scenario scenario_meeting, scenario_webinar, scenario_storm;

#endif
