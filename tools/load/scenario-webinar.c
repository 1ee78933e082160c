/* webinar: a few send, many watch. */
#include "config.h"
#include "tools/load/scenario.h"

static guint count (const LoadOptions *options, guint stage)
{
	return stage == 0 ? options->publishers : options->viewers;
}

static void act (Crowd *crowd, guint stage, guint nth)
{
	crowd_add (crowd, nth, stage == 0, stage == 1);
}

const Scenario scenario_webinar = { "webinar", "a few send, many watch", count, act, NULL };
