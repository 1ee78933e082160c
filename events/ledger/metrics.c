#include "config.h"
#include "events/ledger/metrics.h"

#include "curia-fields.h"
#include "curia-metrics.h"
#include "events/ledger/stats.h"

static void collect (gpointer data)
{
	/* attempts, no events */
	static const char *const names[] = {
#define X(name) [STAT_##name] = STAT_##name == STAT_failed_writes ? NULL : #name,
		LEDGER_COUNTERS (X)
#undef X
	};
	json_auto_t *stats = ledger_stats (data);

	for (guint i = 0; i < LEDGER_N_STATS; i++)
		if (names[i] != NULL)
			curia_metrics_set (CURIA_METRIC_LEDGER_EVENTS, names[i], NULL, curia_json_int (stats, names[i], 0));
	curia_metrics_set (CURIA_METRIC_LEDGER_SKIPPED, NULL, NULL, curia_json_int (stats, "skipped", 0));
	curia_metrics_set (CURIA_METRIC_LEDGER_BAD_SEGMENTS, NULL, NULL, curia_json_int (stats, "bad_segments", 0));
	curia_metrics_set (CURIA_METRIC_LEDGER_FAILED_WRITES, NULL, NULL, curia_json_int (stats, "failed_writes", 0));
	curia_metrics_set (CURIA_METRIC_LEDGER_QUEUE, NULL, NULL, curia_json_int (stats, "queue", 0));
	curia_metrics_set (CURIA_METRIC_LEDGER_SPOOL_BYTES, NULL, NULL, curia_json_int (stats, "spool_bytes", 0));
	curia_metrics_set (CURIA_METRIC_LEDGER_LAG_US, NULL, NULL, curia_json_int (stats, "lag_ms", 0) * G_TIME_SPAN_MILLISECOND);
}

void ledger_metrics_set_up (gboolean up)
{
	curia_metrics_set (CURIA_METRIC_LEDGER_UP, NULL, NULL, up);
}

guint ledger_metrics_start (Ledger *ledger, gint64 spool_max_bytes)
{
	curia_metrics_touch (CURIA_METRIC_LEDGER_EVENTS);
	curia_metrics_touch (CURIA_METRIC_LEDGER_INTAKE_US);
	curia_metrics_set (CURIA_METRIC_LEDGER_SPOOL_LIMIT_BYTES, NULL, NULL, spool_max_bytes);
	return curia_metrics_add_collector (collect, ledger);
}

void ledger_metrics_stop (guint number)
{
	curia_metrics_remove_collector (number);
}
