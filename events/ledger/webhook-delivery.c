#include "events/ledger/webhook-delivery.h"

#include "curia-clock.h"
#include "curia-id.h"
#include "curia-log.h"
#include "curia-metrics.h"
#include "curia-store-webhooks.h"

#define LOOK_US (G_USEC_PER_SEC / 2)    /* for tries whose time has come, and for what other nodes queued */
#define MEND_US (G_USEC_PER_SEC / 5)    /* at most so often... */
#define MEND_SHARE 50                   /* ...and for no more than this part of the time */
#define COUNT_US (10 * G_USEC_PER_SEC)
#define EXPIRE_US (3600 * (gint64) G_USEC_PER_SEC)
#define AWAY_US G_USEC_PER_SEC          /* until a store that failed is asked again */
#define TOKEN_S 300
#define MAX_PROBLEM_BYTES 500
#define LEASE_SPARE_MS 10000            /* for writing down how it went */

/* A delivery in hand, until its result is written down. */
typedef struct {
	WebhookDelivery *all;
	CuriaDelivery *delivery;
	gint64 begun_us;
	gboolean ended;
	CuriaDeliveryOutcome outcome;
	gint64 next_ms;
	char *problem;
} Job;

struct WebhookDelivery {
	WebhookDeliveryParts parts; /* RO */
	WebhookPoster *poster;
	guint subscription;
	gint stopping, woken;       /* atomic */
	GThread *thread;
	/* the thread's own */
	GPtrArray *jobs;            /* of Job */
	GHashTable *busy;           /* webhook -> how many jobs */
	gint64 look_us, mend_us, count_us, expire_us, away_until_us; /* when next */
	gint64 retry_us;            /* the first of the retries decided on since the last look */
	gboolean mend_wanted;
};

static void
job_free (gpointer data)
{
	Job *job = data;

	curia_delivery_free (job->delivery);
	g_free (job->problem);
	g_free (job);
}

/* ---- how it went ---- */

static const char *
name_of (CuriaDeliveryOutcome outcome, WebhookPostResult result)
{
	if (outcome == CURIA_DELIVERY_FAILED)
		return result == WEBHOOK_POST_BLOCKED ? "blocked" : "failed";
	return outcome == CURIA_DELIVERED ? "delivered" : "dead";
}

static void
decide (Job *job, WebhookPostResult result)
{
	const CuriaDelivery *delivery = job->delivery;

	job->ended = TRUE;
	job->outcome = CURIA_DELIVERED;
	if (result == WEBHOOK_POST_OK)
		return;
	job->next_ms = webhook_retry_at (&job->all->parts.retry, delivery->since_ms, delivery->tries, curia_clock_wall_ms (),
		curia_id_random64 ());
	job->outcome = job->next_ms != 0 ? CURIA_DELIVERY_FAILED : CURIA_DELIVERY_DEAD;
	if (job->next_ms != 0)
		job->all->retry_us = MIN (job->all->retry_us, curia_clock_us () + (job->next_ms - curia_clock_wall_ms ()) * 1000 + 1000);
}

static void
on_posted (WebhookPostResult result, const char *problem, gpointer data)
{
	Job *job = data;
	const CuriaDelivery *delivery = job->delivery;

	job->problem = g_strndup (problem, MAX_PROBLEM_BYTES);
	decide (job, result);
	curia_metrics_add (CURIA_METRIC_WEBHOOK_DELIVERIES, name_of (job->outcome, result), NULL, 1);
	curia_metrics_observe (CURIA_METRIC_WEBHOOK_DELIVERY_US, NULL, NULL, curia_clock_us () - job->begun_us);
	if (job->outcome == CURIA_DELIVERY_DEAD)
		curia_log_warning ("webhooks", "%s to %s is given up after %" G_GINT64_FORMAT " tries: %s", delivery->id,
			delivery->url, delivery->tries + 1, job->problem);
	else if (job->outcome == CURIA_DELIVERY_FAILED && delivery->tries == 0)
		curia_log_info ("webhooks", "%s to %s will be tried again: %s", delivery->id, delivery->url, job->problem);
}

/* ---- taking and sending ---- */

static void
begin (WebhookDelivery *self, CuriaDelivery *take_delivery)
{
	g_autoptr (GError) error = NULL;
	g_autofree char *token = curia_token_sign_body (self->parts.keys, take_delivery->key_id, take_delivery->body,
		curia_clock_wall_ms () / 1000, TOKEN_S, &error);
	Job *job = g_new0 (Job, 1);

	job->all = self;
	job->delivery = take_delivery;
	job->begun_us = curia_clock_us ();
	g_ptr_array_add (self->jobs, job);
	if (token == NULL) {
		on_posted (WEBHOOK_POST_FAILED, error->message, job);
		return;
	}
	webhook_poster_send (self->poster,
		&(WebhookMessage) { take_delivery->url, take_delivery->body, token, take_delivery->number }, on_posted, job);
}

static void
count_busy (WebhookDelivery *self)
{
	g_hash_table_remove_all (self->busy);
	for (guint i = 0; i < self->jobs->len; i++) {
		const Job *job = g_ptr_array_index (self->jobs, i);
		guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->busy, job->delivery->webhook));

		g_hash_table_insert (self->busy, job->delivery->webhook, GUINT_TO_POINTER (n + 1));
	}
}

static void
on_store_failure (WebhookDelivery *self, const GError *error, gint64 now_us)
{
	if (self->away_until_us == 0)
		curia_log_warning ("webhooks", "waiting for the store: %s", error->message);
	self->away_until_us = self->look_us = now_us + AWAY_US;
}

static void
take_due (WebhookDelivery *self, gint64 now_us)
{
	guint most = self->parts.poster.most, busy = self->jobs->len;
	g_autoptr (GPtrArray) taken = NULL;
	g_autoptr (GError) error = NULL;

	self->look_us = now_us + LOOK_US;
	if (busy >= most)
		return;
	count_busy (self);
	taken = curia_store_deliveries_take (self->parts.store,
		&(CuriaDeliveryTake) { curia_clock_wall_ms (), self->parts.lease_ms, most - busy, self->parts.most_of_webhook,
			self->busy },
		&error);
	self->look_us = MIN (self->look_us, self->retry_us);
	self->retry_us = G_MAXINT64;
	if (taken == NULL) {
		on_store_failure (self, error, now_us);
		return;
	}
	while (taken->len > 0)
		begin (self, g_ptr_array_steal_index (taken, 0));
}

/* ---- writing down ---- */

static GArray *
collect_results (WebhookDelivery *self)
{
	GArray *results = g_array_new (FALSE, FALSE, sizeof (CuriaDeliveryResult));

	for (guint i = 0; i < self->jobs->len; i++) {
		const Job *job = g_ptr_array_index (self->jobs, i);
		CuriaDeliveryResult result = { job->delivery, job->outcome, job->next_ms, job->problem };

		if (job->ended)
			g_array_append_val (results, result);
	}
	return results;
}

/* What cannot be written down stays in hand; when its lease is over it may be sent twice, but never lost. */
static void
finish_ended (WebhookDelivery *self, gint64 now_us)
{
	g_autoptr (GArray) results = collect_results (self);
	g_autoptr (GError) error = NULL;

	if (results->len == 0)
		return;
	if (!curia_store_deliveries_finish (self->parts.store, (const CuriaDeliveryResult *) (gpointer) results->data,
			results->len, curia_clock_wall_ms (), &error)) {
		on_store_failure (self, error, now_us);
		return;
	}
	for (guint i = self->jobs->len; i-- > 0;)
		if (((Job *) g_ptr_array_index (self->jobs, i))->ended)
			g_ptr_array_remove_index (self->jobs, i);
	self->look_us = 0; /* the next of each meeting is due */
}

/* ---- now and then ---- */

static void
mend (WebhookDelivery *self, gint64 now_us)
{
	g_autoptr (GError) error = NULL;
	guint n = 0;

	self->mend_wanted = FALSE;
	if (!curia_store_deliveries_mend (self->parts.store, curia_clock_wall_ms (), &n, &error))
		on_store_failure (self, error, now_us);
	self->mend_us = now_us + MAX (MEND_US, MEND_SHARE * (curia_clock_us () - now_us));
	if (n > 0)
		self->look_us = 0;
}

static void
count (WebhookDelivery *self, gint64 now_us)
{
	gint64 waiting = 0, dead = 0;

	if (curia_store_deliveries_count (self->parts.store, &waiting, &dead, NULL)) {
		curia_metrics_set (CURIA_METRIC_WEBHOOK_QUEUE, NULL, NULL, waiting);
		curia_metrics_set (CURIA_METRIC_WEBHOOK_DEAD, NULL, NULL, dead);
	}
	self->mend_wanted = waiting > 0;
	self->count_us = now_us + COUNT_US;
}

static void
expire (WebhookDelivery *self, gint64 now_us)
{
	gboolean more = FALSE;

	curia_store_deliveries_expire (self->parts.store, curia_clock_wall_ms () - self->parts.keep_ms, &more, NULL);
	self->expire_us = now_us + (more ? LOOK_US : EXPIRE_US);
}

static void
keep_house (WebhookDelivery *self, gint64 now_us)
{
	if (now_us >= self->count_us)
		count (self, now_us);
	if (self->mend_wanted && now_us >= self->mend_us)
		mend (self, now_us);
	if (now_us >= self->expire_us)
		expire (self, now_us);
}

/* ---- the thread ---- */

static void
step (WebhookDelivery *self)
{
	gint64 now_us = curia_clock_us ();

	if (now_us < self->away_until_us)
		return;
	self->away_until_us = 0;
	if (g_atomic_int_compare_and_exchange (&self->woken, 1, 0)) {
		self->look_us = 0;
		self->mend_wanted = TRUE;
	}
	finish_ended (self, now_us);
	if (self->away_until_us == 0)
		keep_house (self, now_us);
	if (self->away_until_us == 0 && now_us >= self->look_us)
		take_due (self, now_us);
}

/* Without a lease left over: whoever comes next begins at once. */
static void
let_go (WebhookDelivery *self)
{
	gint64 now_us = curia_clock_us ();

	for (guint i = 0; i < self->jobs->len; i++) {
		Job *job = g_ptr_array_index (self->jobs, i);

		if (job->ended)
			continue;
		job->ended = TRUE;
		job->outcome = CURIA_DELIVERY_FAILED;
		job->next_ms = curia_clock_wall_ms ();
		job->problem = g_strdup ("the server stopped");
	}
	finish_ended (self, now_us);
}

static gpointer
run (gpointer data)
{
	WebhookDelivery *self = data;

	while (!g_atomic_int_get (&self->stopping)) {
		step (self);
		webhook_poster_run (self->poster, (guint) CLAMP ((self->look_us - curia_clock_us ()) / 1000 + 1, 1, LOOK_US / 1000));
	}
	let_go (self);
	return NULL;
}

static void
on_events (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	WebhookDelivery *self = data;

	(void) topic, (void) message;
	if (request != NULL)
		curia_bus_answer (request, NULL, NULL);
	g_atomic_int_set (&self->woken, 1);
	webhook_poster_wake (self->poster);
}

/* ---- life [any] ---- */

WebhookDelivery *
webhook_delivery_start_with (const WebhookDeliveryParts *parts, GError **error)
{
	WebhookPoster *poster = webhook_poster_new (&parts->poster, error);
	WebhookDelivery *self;

	if (poster == NULL)
		return NULL;
	self = g_new0 (WebhookDelivery, 1);
	self->parts = *parts;
	self->parts.poster.ca_file = NULL; /* the poster has its copy */
	self->poster = poster;
	self->jobs = g_ptr_array_new_with_free_func (job_free);
	self->busy = g_hash_table_new (g_str_hash, g_str_equal);
	self->mend_wanted = TRUE;
	self->retry_us = G_MAXINT64;
	self->expire_us = curia_clock_us () + AWAY_US;
	curia_metrics_touch (CURIA_METRIC_WEBHOOK_DELIVERIES);
	if (parts->bus != NULL)
		self->subscription = curia_bus_subscribe (parts->bus, "events", on_events, self);
	self->thread = g_thread_new ("curia-webhooks", run, self);
	return self;
}

WebhookDelivery *
webhook_delivery_start (CuriaNode *node, GError **error)
{
	const CuriaOptions *options = curia_node_options (node);
	g_autofree char *ca_file = curia_options_file (options, "webhooks.ca_file");
	gint64 timeout_ms = curia_options_int (options, "webhooks.timeout_ms");

	return webhook_delivery_start_with (
		&(WebhookDeliveryParts) {
			.store = curia_node_store (node),
			.bus = curia_node_bus (node),
			.keys = curia_node_keys (node),
			.poster = { curia_options_bool (options, "webhooks.allow_http"),
				curia_options_bool (options, "webhooks.allow_private"), ca_file, (guint) timeout_ms,
				(guint) curia_options_int (options, "webhooks.concurrent") },
			.retry = { curia_options_int (options, "webhooks.retry_min_ms"),
				curia_options_int (options, "webhooks.retry_max_ms"),
				curia_options_int (options, "webhooks.give_up_s") * 1000 },
			.most_of_webhook = (guint) curia_options_int (options, "webhooks.concurrent_per_webhook"),
			.lease_ms = 2 * timeout_ms + LEASE_SPARE_MS,
			.keep_ms = curia_options_int (options, "webhooks.keep_s") * 1000,
		},
		error);
}

void
webhook_delivery_stop (WebhookDelivery *self)
{
	if (self == NULL)
		return;
	if (self->subscription != 0)
		curia_bus_unsubscribe (self->parts.bus, self->subscription);
	g_atomic_int_set (&self->stopping, 1);
	webhook_poster_wake (self->poster);
	g_thread_join (self->thread);
	webhook_poster_free (self->poster);
	g_ptr_array_unref (self->jobs);
	g_hash_table_unref (self->busy);
	g_free (self);
}
