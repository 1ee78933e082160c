/* curia-metrics.h: what the modules of one process count and measure, for Prometheus. The families are rows of one table
 * (curia-metrics-table.c); docs/metrics.md tells what each means, and a test compares the two.
 * Thread: any. Updates are single atomic operations; a look-up of a series walks a short list without a lock.
 * Ownership: series belong to the process and live as long as it does; nobody frees one.
 *
 * Values are integers in the unit that the row's name of the enum ends in (_US, _PPM, or none: plain counts and bytes);
 * the text has them in base units (seconds, ratios), as Prometheus wants it.
 * A family appears in the text once its owner has touched it, so what is not loaded is not shown as 0. */
#ifndef CURIA_METRICS_H
#define CURIA_METRICS_H

#include <glib.h>

typedef enum {
	/* the process and its build */
	CURIA_METRIC_BUILD_INFO,
	CURIA_METRIC_CPUS,
	CURIA_METRIC_PROCESS_CPU_US,
	CURIA_METRIC_PROCESS_START_US,
	CURIA_METRIC_PROCESS_RESIDENT_BYTES,
	CURIA_METRIC_PROCESS_VIRTUAL_BYTES,
	CURIA_METRIC_PROCESS_OPEN_FDS,
	CURIA_METRIC_PROCESS_MAX_FDS,
	CURIA_METRIC_PROCESS_THREADS,
	CURIA_METRIC_SCRAPE_US,
	CURIA_METRIC_SCRAPE_PARTS_UNANSWERED,
	/* the room */
	CURIA_METRIC_MEETINGS,
	CURIA_METRIC_MEETINGS_OPENED,
	CURIA_METRIC_PARTICIPANTS,
	CURIA_METRIC_PARTICIPANTS_AWAY,
	CURIA_METRIC_PUBLISHERS,
	CURIA_METRIC_TRACKS,
	CURIA_METRIC_SLOTS_PAUSED,
	CURIA_METRIC_PACKETS_RECEIVED,
	CURIA_METRIC_PACKETS_FORWARDED,
	CURIA_METRIC_MEDIA_BYTES,
	CURIA_METRIC_REPORTED_PACKETS,
	CURIA_METRIC_REPORTED_LOST,
	CURIA_METRIC_LOSS_PPM,
	CURIA_METRIC_ROUND_TRIP_US,
	CURIA_METRIC_JITTER_US,
	CURIA_METRIC_FREEZES,
	CURIA_METRIC_FROZEN_US,
	CURIA_METRIC_JOINS,
	CURIA_METRIC_JOIN_FAILURES,
	CURIA_METRIC_JOIN_US,
	CURIA_METRIC_CONNECTION_ATTEMPTS,
	CURIA_METRIC_CONNECTION_SUCCESSES,
	CURIA_METRIC_ROOM_EVENTS_DROPPED,
	CURIA_METRIC_ROOM_BATCH_DROPPED,
	/* the API */
	CURIA_METRIC_API_REQUEST_US,
	CURIA_METRIC_API_REFUSED,
	CURIA_METRIC_CONNECTIONS,
	CURIA_METRIC_CONNECTIONS_LIMIT,
	CURIA_METRIC_JANUS_SESSIONS,
	CURIA_METRIC_API_QUEUE,
	CURIA_METRIC_OUTPUT_QUEUE_BYTES,
	/* the store */
	CURIA_METRIC_STORE_UP,
	CURIA_METRIC_STORE_WRITE_US,
	CURIA_METRIC_STORE_WRITES,
	CURIA_METRIC_STORE_QUEUE,
	CURIA_METRIC_STORE_RECONNECTS,
	/* the bus and the cluster */
	CURIA_METRIC_BUS_UP,
	CURIA_METRIC_BUS_MESSAGES,
	CURIA_METRIC_BUS_QUEUE,
	CURIA_METRIC_BUS_REQUEST_FAILURES,
	CURIA_METRIC_BUS_RECONNECTS,
	CURIA_METRIC_CLUSTER_NODES,
	/* the ledger */
	CURIA_METRIC_LEDGER_UP,
	CURIA_METRIC_LEDGER_EVENTS,
	CURIA_METRIC_LEDGER_SKIPPED,
	CURIA_METRIC_LEDGER_FAILED_WRITES,
	CURIA_METRIC_LEDGER_QUEUE,
	CURIA_METRIC_LEDGER_INTAKE_US,
	CURIA_METRIC_LEDGER_SPOOL_BYTES,
	CURIA_METRIC_LEDGER_SPOOL_LIMIT_BYTES,
	CURIA_METRIC_LEDGER_BAD_SEGMENTS,
	CURIA_METRIC_LEDGER_LAG_US,
	/* webhooks */
	CURIA_METRIC_WEBHOOK_QUEUE,
	CURIA_METRIC_WEBHOOK_DEAD,
	CURIA_METRIC_WEBHOOK_DELIVERIES,
	CURIA_METRIC_WEBHOOK_DELIVERY_US,
	CURIA_N_METRICS
} CuriaMetric;

typedef enum { CURIA_COUNTER, CURIA_GAUGE, CURIA_HISTOGRAM } CuriaMetricKind;

#define CURIA_METRIC_MAX_LABELS 2
#define CURIA_METRIC_MAX_SERIES 256 /* of a family; whatever comes after them counts for the value "other" */

typedef struct {
	const char *name; /* as in the text: curia_join_seconds */
	CuriaMetricKind kind;
	gint64 per_unit;  /* our integers per base unit: 1, or 1,000,000 of _US and _PPM */
	const char *help;
	struct {
		const char *name;
		const char *values; /* "a|b|c": all there are (others count as "other"); NULL: whatever the owner gives */
	} labels[CURIA_METRIC_MAX_LABELS];
	const gint64 *buckets; /* of a histogram: upper bounds, ascending, ended by 0 */
} CuriaMetricRow;

/* Never NULL. [any] */
const CuriaMetricRow *curia_metric_row (CuriaMetric metric);
const char *curia_metric_kind_name (CuriaMetricKind kind);

/* ---- updates ---- */

typedef struct CuriaSeries CuriaSeries;

/* The series of these values of the row's labels (NULL where it has none), made at 0 the first time: keep the pointer where
 * you count often. Never NULL. [any; locks only to make one] */
CuriaSeries *curia_metrics_series (CuriaMetric metric, const char *value1, const char *value2);
/* Makes all series whose labels' values the row lists, so that they are there before the first event. [any] */
void curia_metrics_touch (CuriaMetric metric);

/* Counters and gauges; counters only upwards. [any, atomic] */
void curia_series_add (CuriaSeries *self, gint64 n);
/* Gauges; and counters of a collector that reads a total which somebody else keeps. [any, atomic] */
void curia_series_set (CuriaSeries *self, gint64 value);
/* Histograms. [any, atomic] */
void curia_series_observe (CuriaSeries *self, gint64 value);
gint64 curia_series_value (const CuriaSeries *self); /* of a histogram: how many were observed */

/* The same with the look-up, for what happens seldom. [any] */
void curia_metrics_add (CuriaMetric metric, const char *value1, const char *value2, gint64 n);
void curia_metrics_set (CuriaMetric metric, const char *value1, const char *value2, gint64 value);
void curia_metrics_observe (CuriaMetric metric, const char *value1, const char *value2, gint64 value);
/* FALSE: nobody has touched the series. [any] */
gboolean curia_metrics_peek (CuriaMetric metric, const char *value1, const char *value2, gint64 *value);
/* All series of a gauge to 0: for collectors that count anew. [any] */
void curia_metrics_clear (CuriaMetric metric);

/* ---- at scrape ---- */

/* Called before each text is made, one collector at a time: sets what is cheaper to look up than to keep. May wait, but not
 * long (half a second); must not add or remove collectors, nor make a text. */
typedef void (*CuriaCollector) (gpointer data);

guint curia_metrics_add_collector (CuriaCollector collector, gpointer data); /* an id > 0 [any] */
/* After it returns the collector runs no more; waits for a running one. [any] */
void curia_metrics_remove_collector (guint id);

/* Runs the collectors, then makes the text (Prometheus text format 0.0.4). Caller frees. [worker, blocks] */
char *curia_metrics_text (void);
/* Forgets all series: pointers to them are void. For tests. */
void curia_metrics_forget (void);

#endif
