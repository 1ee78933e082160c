/* expect-metric.h: for tests of what /metrics says. Thread: the test's. Aborts with the whole text when it is not there. */
#ifndef TESTS_EXPECT_METRIC_H
#define TESTS_EXPECT_METRIC_H

#include "curia-metrics.h"

#include <string.h>

static inline void
expect_metric (const char *lines)
{
	g_autofree char *text = curia_metrics_text ();

	if (strstr (text, lines) == NULL)
		g_error ("no\n%s\nin\n%s", lines, text);
}

#endif
