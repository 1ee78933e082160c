#include "config.h"
#include "events/ledger/ledger.h"

#include "curia-clock.h"
#include "curia-id.h"
#include "curia-log.h"
#include "curia-metrics.h"
#include "events/ledger/drain.h"
#include "events/ledger/intake.h"
#include "events/ledger/metrics.h"
#include "events/ledger/queue.h"
#include "events/ledger/spool.h"
#include "events/ledger/stats.h"
#include "events/ledger/webhook-delivery.h"

#define MAX_QUEUE 32768 /* the room's events take 1 to 3 KB each in memory */
#define QUALITY_QUEUE (MAX_QUEUE / 2)
#define GATHER_US 1000 /* the intake looks at most so often, so that the core seldom has to wake it */
#define FLUSH_RECORDS 256
#define SEGMENT_BYTES (16 * 1024 * 1024)
#define PATIENCE_US (3 * G_USEC_PER_SEC)
#define COMPLAIN_US (60 * G_USEC_PER_SEC)
#define MS_PER_S 1000
#define DAY_MS G_GINT64_CONSTANT (86400000)

struct Ledger {
	CuriaNode *node;
	Queue *queue;
	Spool *spool;
	Drain *drain;
	WebhookDelivery *webhooks; /* NULL when libcurl did not start: history goes on without */
	GThread *intake;
	Stats stats;
	CuriaSeries *held; /* how long the core was held up */
	guint metrics;

	/* [intake] */
	IntakeScratch scratch;
	guint n_put; /* since the last flush */
	gint64 complained_us, refused_before;
};

/* ---- intake [intake] ---- */

static void flush (Ledger *self)
{
	stats_add (&self->stats, spool_flush (self->spool) ? STAT_spooled : STAT_refused_disk, self->n_put);
	self->n_put = 0;
}

static void put (Ledger *self, Record *record)
{
	spool_put (self->spool, record);
	if (++self->n_put >= FLUSH_RECORDS)
		flush (self);
}

static void put_own (Ledger *self, const char *type, const char *data)
{
	Record record;

	intake_own (type, data, curia_clock_wall_ms (), curia_node_name (self->node), &self->scratch, &record);
	put (self, &record);
	flush (self);
}

static void take_one (Ledger *self, json_t *event, SpoolRoom room)
{
	Record record;

	switch (intake_read (event, curia_clock_wall_ms (), curia_node_name (self->node), &self->scratch, &record)) {
	case INTAKE_IGNORED: stats_add (&self->stats, STAT_ignored, 1); break;
	case INTAKE_MALFORMED: stats_add (&self->stats, STAT_malformed, 1); break;
	case INTAKE_TAKEN:
		if (room == SPOOL_FULL)
			stats_add (&self->stats, STAT_refused_full, 1);
		else if (room == SPOOL_TIGHT && record.kind == RECORD_SAMPLE)
			stats_add (&self->stats, STAT_refused_quality, 1);
		else
			put (self, &record);
	}
}

static void complain (Ledger *self)
{
	gint64 now_us = curia_clock_us (), refused = stats_get (&self->stats, STAT_refused_full)
		+ stats_get (&self->stats, STAT_refused_quality) + stats_get (&self->stats, STAT_refused_queue);

	if (refused == self->refused_before || (self->complained_us != 0 && now_us - self->complained_us < COMPLAIN_US))
		return;
	curia_log_error ("ledger", "%" G_GINT64_FORMAT " events refused: %s", refused - self->refused_before,
		spool_room (self->spool) == SPOOL_ROOM ? "they came too fast" : "the spool is full (ledger.spool_max_bytes)");
	self->complained_us = now_us;
	self->refused_before = refused;
}

static void take_all (Ledger *self, GPtrArray *events)
{
	SpoolRoom room = SPOOL_ROOM;

	for (guint i = 0; i < events->len; i++) {
		json_t *event = g_ptr_array_index (events, i);

		if (i % FLUSH_RECORDS == 0)
			room = spool_room (self->spool);
		take_one (self, event, room);
		json_decref (event);
	}
	flush (self);
	g_ptr_array_set_size (events, 0);
	complain (self);
}

static gpointer run_intake (gpointer data)
{
	Ledger *self = data;
	g_autoptr (GPtrArray) events = g_ptr_array_new ();
	g_autofree char *boot = curia_id_new (""), *body = g_strdup_printf ("{\"boot\":\"%s\"}", boot);

	put_own (self, "node_started", body);
	while (queue_take (self->queue, events)) {
		take_all (self, events);
		g_usleep (GATHER_US);
	}
	put_own (self, "node_stopped", body);
	return NULL;
}

/* ---- what the core calls [any] ---- */

static void take (Ledger *self, json_t *event)
{
	stats_add (&self->stats, STAT_offered, 1);
	if (queue_length (self->queue) > QUALITY_QUEUE && intake_is_quality (event)) {
		stats_add (&self->stats, STAT_refused_queue, 1);
		return;
	}
	if (!queue_push (self->queue, json_incref (event))) {
		json_decref (event);
		stats_add (&self->stats, STAT_refused_queue, 1);
	}
}

void ledger_take (Ledger *self, json_t *event)
{
	gint64 begun_us = curia_clock_us ();

	take (self, event);
	curia_series_observe (self->held, curia_clock_us () - begun_us);
}

json_t *ledger_stats (Ledger *self)
{
	static const char *const names[] = {
#define X(name) #name,
		LEDGER_COUNTERS (X)
#undef X
	};
	json_t *stats = json_object ();

	for (guint i = 0; i < LEDGER_N_STATS; i++)
		json_object_set_new (stats, names[i], json_integer (stats_get (&self->stats, i)));
	json_object_set_new (stats, "queue", json_integer (queue_length (self->queue)));
	json_object_set_new (stats, "spool_bytes", json_integer ((json_int_t) spool_bytes (self->spool)));
	json_object_set_new (stats, "skipped", json_integer (drain_skipped (self->drain)));
	json_object_set_new (stats, "bad_segments", json_integer (spool_bad (self->spool)));
	json_object_set_new (stats, "lag_ms", json_integer (drain_lag_ms (self->drain, curia_clock_wall_ms ())));
	return stats;
}

/* ---- life ---- */

static char *spool_folder (const CuriaOptions *options)
{
	char *folder = curia_options_file (options, "ledger.spool_folder");

	if (*folder != '\0')
		return folder;
	g_free (folder);
	g_autofree char *state = curia_options_file (options, "api.state_folder");
	return g_build_filename (state, "spool", NULL);
}

static Spool *open_spool (const CuriaOptions *options, GError **error)
{
	g_autofree char *folder = spool_folder (options);

	return spool_open (folder, (guint64) curia_options_int (options, "ledger.spool_max_bytes"), SEGMENT_BYTES,
		(guint) curia_options_int (options, "ledger.spool_sync_ms"), error);
}

static WebhookDelivery *start_webhooks (CuriaNode *node)
{
	g_autoptr (GError) error = NULL;
	WebhookDelivery *webhooks = webhook_delivery_start (node, &error);

	if (webhooks == NULL)
		curia_log_error ("ledger", "no webhooks are delivered: %s", error->message);
	return webhooks;
}

Ledger *ledger_start (CuriaNode *take_node, GError **error)
{
	const CuriaOptions *options = curia_node_options (take_node);
	Spool *spool = open_spool (options, error);

	if (spool == NULL) {
		curia_node_unref (take_node);
		return NULL;
	}
	Ledger *self = g_new0 (Ledger, 1);
	self->node = take_node;
	self->spool = spool;
	self->queue = queue_new (MAX_QUEUE);
	intake_scratch_init (&self->scratch);
	self->drain = drain_start (spool, &self->stats, &(DrainSettings) { curia_node_store (take_node), curia_node_bus (take_node),
		curia_node_name (take_node), curia_options_int (options, "ledger.keep_days") * DAY_MS,
		curia_options_int (options, "ledger.keep_quality_days") * DAY_MS,
		{ curia_node_cluster (take_node), curia_node_bus (take_node),
			curia_options_int (options, "ledger.crashed_after_s") * MS_PER_S } });
	self->held = curia_metrics_series (CURIA_METRIC_LEDGER_INTAKE_US, NULL, NULL);
	self->metrics = ledger_metrics_start (self, curia_options_int (options, "ledger.spool_max_bytes"));
	self->webhooks = start_webhooks (take_node);
	self->intake = g_thread_new ("curia-intake", run_intake, self);
	return self;
}

void ledger_stop (Ledger *self)
{
	ledger_metrics_stop (self->metrics);
	queue_close (self->queue);
	g_thread_join (self->intake);
	drain_stop (self->drain, PATIENCE_US);
	webhook_delivery_stop (self->webhooks);
	spool_close (self->spool);
	queue_free (self->queue);
	intake_scratch_clear (&self->scratch);
	curia_node_unref (self->node);
	g_free (self);
}
