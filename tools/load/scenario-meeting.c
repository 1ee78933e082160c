/* meeting: all send and all watch a gallery. First all come in, then all say whom they want to see. */
#include "config.h"
#include "tools/load/scenario.h"

static guint count (const LoadOptions *options, guint stage G_GNUC_UNUSED)
{
	return options->participants;
}

static void act (Crowd *crowd, guint stage, guint nth)
{
	if (stage == 0) {
		crowd_add (crowd, nth, TRUE, TRUE);
		return;
	}
	Client *client = g_ptr_array_index (crowd->clients, nth);
	if (client->state != CLIENT_GONE)
		crowd->dialect->receive (client);
}

const Scenario scenario_meeting = { "meeting", "everybody sends and watches a gallery", count, act, NULL };
