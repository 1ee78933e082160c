/* The queues of webhooks, on SQLite and on PostgreSQL: order, leases, failures, replays, lists. Time is a parameter. */
#include <string.h>
#include "curia-error.h"
#include "events/ledger/webhook-retry.h"
#include "tests/ledger/webhook-fixture.h"

#define LEASE_MS 30000
#define URL "https://example.org/"

static GPtrArray *
take_with (CuriaStore *store, gint64 now_ms, guint most, guint most_of_webhook)
{
	g_autoptr (GError) error = NULL;
	GPtrArray *taken = curia_store_deliveries_take (
		store, &(CuriaDeliveryTake) { now_ms, LEASE_MS, most, most_of_webhook, NULL }, &error);

	g_assert_no_error (error);
	return taken;
}

static GPtrArray *
take (CuriaStore *store, gint64 now_ms)
{
	return take_with (store, now_ms, 100, 100);
}

static void
finish (CuriaStore *store, const CuriaDelivery *delivery, CuriaDeliveryOutcome outcome, gint64 now_ms, gint64 next_ms)
{
	g_autoptr (GError) error = NULL;

	curia_store_deliveries_finish (
		store, &(CuriaDeliveryResult) { delivery, outcome, next_ms, outcome == CURIA_DELIVERED ? "" : "HTTP 500" }, 1,
		now_ms, &error);
	g_assert_no_error (error);
}

static const CuriaDelivery *
at (GPtrArray *list, guint i)
{
	return g_ptr_array_index (list, i);
}

/* Takes what must be exactly one. */
static CuriaDelivery *
take_one (CuriaStore *store, gint64 now_ms)
{
	g_autoptr (GPtrArray) taken = take (store, now_ms);

	g_assert_cmpuint (taken->len, ==, 1);
	return g_ptr_array_steal_index (taken, 0);
}

static void
assert_none_due (CuriaStore *store, gint64 now_ms)
{
	g_autoptr (GPtrArray) taken = take (store, now_ms);

	g_assert_cmpuint (taken->len, ==, 0);
}

/* Takes what must be this number, and delivers it. */
static void
deliver (CuriaStore *store, gint64 number, gint64 now_ms)
{
	g_autoptr (CuriaDelivery) delivery = take_one (store, now_ms);

	g_assert_cmpint (delivery->number, ==, number);
	finish (store, delivery, CURIA_DELIVERED, now_ms, 0);
}

static GPtrArray *
list (CuriaStore *store, const char *webhook, const char *state)
{
	g_autofree char *next = NULL;
	g_autoptr (GError) error = NULL;
	GPtrArray *found = curia_store_deliveries_list (store, webhook, state, 200, NULL, &next, &error);

	g_assert_no_error (error);
	return found;
}

static guint
count (CuriaStore *store, const char *webhook, const char *state)
{
	g_autoptr (GPtrArray) found = list (store, webhook, state);

	return found->len;
}

/* ---- webhooks ---- */

static void
test_webhooks (Place *place, gconstpointer data)
{
	g_autoptr (CuriaWebhook) webhook = curia_webhook_new (), read = NULL;
	g_autoptr (GPtrArray) all = NULL;
	g_autoptr (GError) error = NULL, many = NULL, none = NULL, gone = NULL;

	(void) data;
	g_free (webhook->url);
	webhook->url = g_strdup ("https://example.org/'; DROP TABLE webhooks; --?$1=\xf0\x9f\x91\xa9");
	g_assert_true (curia_store_webhook_create (place->store, webhook, 1, &error));
	g_assert_false (curia_store_webhook_create (place->store, webhook, 1, &many));
	g_assert_error (many, CURIA_ERROR, CURIA_ERROR_TOO_MANY);
	read = curia_store_webhook_lookup (place->store, webhook->id, &error);
	g_assert_no_error (error);
	g_assert_cmpstr (read->url, ==, webhook->url);
	g_assert_true (read->enabled);
	g_assert_cmpint (read->created_ms, ==, webhook->created_ms);
	webhook->enabled = FALSE;
	g_assert_true (curia_store_webhook_update (place->store, webhook, &error));
	all = curia_store_webhook_list (place->store, &error);
	g_assert_cmpuint (all->len, ==, 1);
	g_assert_false (((CuriaWebhook *) g_ptr_array_index (all, 0))->enabled);
	g_assert_true (curia_store_webhook_delete (place->store, webhook->id, &error));
	g_assert_false (curia_store_webhook_delete (place->store, webhook->id, &none));
	g_assert_error (none, CURIA_ERROR, CURIA_ERROR_NOT_FOUND);
	g_assert_false (curia_store_webhook_update (place->store, webhook, NULL));
	g_assert_null (curia_store_webhook_lookup (place->store, webhook->id, &gone));
	g_assert_error (gone, CURIA_ERROR, CURIA_ERROR_NOT_FOUND);
}

/* ---- order ---- */

static void
test_order (Place *place, gconstpointer data)
{
	g_autofree char *webhook = add_webhook (place->store, URL, "", "");
	g_autoptr (GPtrArray) first = NULL;

	(void) data;
	queue_events (place->store, "MT_a", "participant_joined", 0, 3, 1000);
	queue_events (place->store, "MT_b", "participant_joined", 0, 1, 1000);
	queue_events (place->store, "MT_a", "quality", 50, 1, 1000); /* nobody is told of it */
	queue_events (place->store, "MT_a", "participant_left", 3, 1, 1001);
	g_assert_cmpuint (count (place->store, webhook, "waiting"), ==, 5);
	assert_none_due (place->store, 999);

	first = take (place->store, 1001);
	g_assert_cmpuint (first->len, ==, 2); /* one of each meeting */
	for (guint i = 0; i < 2; i++) {
		json_auto_t *body = json_loads (at (first, i)->body, 0, NULL);

		g_assert_cmpint (at (first, i)->number, ==, 1);
		g_assert_cmpint (json_integer_value (json_object_get (json_object_get (body, "curia"), "sequence")), ==, 1);
		g_assert_cmpstr (json_string_value (json_object_get (body, "id")), ==, at (first, i)->event);
		g_assert_cmpstr (at (first, i)->url, ==, URL);
		g_assert_cmpstr (at (first, i)->key_id, ==, "key");
	}
	assert_none_due (place->store, 1002);
	for (guint i = 0; i < 2; i++)
		finish (place->store, at (first, i), CURIA_DELIVERED, 1003, 0);
	deliver (place->store, 2, 1003);
	deliver (place->store, 3, 1003);
	deliver (place->store, 4, 1003);
	assert_none_due (place->store, G_MAXINT32);
	g_assert_cmpuint (count (place->store, webhook, "delivered"), ==, 5);
	queue_events (place->store, "MT_a", "call_ended", 4, 1, 1004);
	deliver (place->store, 5, 1004);
}

static void
test_who_wants_what (Place *place, gconstpointer data)
{
	static const struct {
		const char *events, *meeting;
		guint n;
	} rows[] = {
		{ "", "", 4 },
		{ "room_started", "", 2 },
		{ "track_published,room_started", "", 3 },
		{ "track_unpublished", "", 0 },
		{ "", "MT_a", 3 },
		{ "room_started", "MT_a", 1 },
		{ "", "MT_c", 0 },
	};
	g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
	g_autofree char *off = add_webhook (place->store, URL, "", "");
	g_autoptr (CuriaWebhook) webhook = curia_store_webhook_lookup (place->store, off, NULL);

	(void) data;
	webhook->enabled = FALSE;
	g_assert_true (curia_store_webhook_update (place->store, webhook, NULL));
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		g_ptr_array_add (ids, add_webhook (place->store, URL, rows[i].events, rows[i].meeting));
	queue_events (place->store, "MT_a", "call_started", 0, 1, 1000);
	queue_events (place->store, "MT_b", "call_started", 0, 1, 1000);
	queue_events (place->store, "MT_a", "track_published", 1, 1, 1000);
	queue_events (place->store, "MT_a", "participant_joined", 2, 1, 1000);
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		g_assert_cmpuint (count (place->store, g_ptr_array_index (ids, i), "waiting"), ==, rows[i].n);
	g_assert_cmpuint (count (place->store, off, "waiting"), ==, 0);
}

/* What waits for a webhook that is switched off goes on waiting. */
static void
test_switched_off (Place *place, gconstpointer data)
{
	g_autofree char *id = add_webhook (place->store, URL, "", "");
	g_autoptr (CuriaWebhook) webhook = curia_store_webhook_lookup (place->store, id, NULL);

	(void) data;
	queue_events (place->store, "MT_a", "call_started", 0, 2, 1000);
	webhook->enabled = FALSE;
	g_assert_true (curia_store_webhook_update (place->store, webhook, NULL));
	assert_none_due (place->store, 2000);
	webhook->enabled = TRUE;
	g_assert_true (curia_store_webhook_update (place->store, webhook, NULL));
	deliver (place->store, 1, 3000);
	deliver (place->store, 2, 3000);
}

static void
test_limits (Place *place, gconstpointer data)
{
	g_autofree char *one = add_webhook (place->store, URL, "", ""), *two = add_webhook (place->store, URL, "", "");
	g_autoptr (GHashTable) busy = g_hash_table_new (g_str_hash, g_str_equal);
	g_autoptr (GPtrArray) taken = NULL, more = NULL, rest = NULL;
	g_autoptr (GError) error = NULL;

	(void) data;
	for (guint i = 0; i < 10; i++) {
		g_autofree char *meeting = g_strdup_printf ("MT_%u", i);

		queue_events (place->store, meeting, "call_started", 0, 2, 1000);
	}
	taken = take_with (place->store, 1000, 5, 3);
	g_assert_cmpuint (taken->len, ==, 5);
	g_hash_table_insert (busy, one, GUINT_TO_POINTER (3));
	g_hash_table_insert (busy, two, GUINT_TO_POINTER (2));
	more = curia_store_deliveries_take (
		place->store, &(CuriaDeliveryTake) { 1000, LEASE_MS, 100, 3, busy }, &error);
	g_assert_cmpuint (more->len, ==, 1);
	rest = take (place->store, 1000);
	g_assert_cmpuint (rest->len, ==, 20 - 6);
}

/* ---- leases ---- */

static void
test_leases (Place *place, gconstpointer data)
{
	g_autofree char *webhook = add_webhook (place->store, URL, "", "");
	g_autoptr (CuriaStore) other = curia_store_open (place->url, NULL);
	g_autoptr (CuriaDelivery) mine = NULL, theirs = NULL, again = NULL;

	(void) data;
	queue_events (place->store, "MT_a", "call_started", 0, 3, 1000);
	mine = take_one (place->store, 1000);
	assert_none_due (other, 1000 + LEASE_MS - 1);
	theirs = take_one (other, 1000 + LEASE_MS); /* the first one died, or hangs */
	g_assert_cmpstr (theirs->id, ==, mine->id);
	/* it does not: that it failed, or gave up, does not count any more */
	finish (place->store, mine, CURIA_DELIVERY_FAILED, 31001, 99999999);
	finish (place->store, mine, CURIA_DELIVERY_DEAD, 31001, 0);
	g_assert_cmpuint (count (other, webhook, "dead"), ==, 0);
	finish (other, theirs, CURIA_DELIVERY_FAILED, 31002, 32000);
	again = take_one (place->store, 32000);
	g_assert_cmpstr (again->id, ==, mine->id);
	g_assert_cmpint (again->tries, ==, 1);
	g_assert_cmpstr (again->last_error, ==, "HTTP 500");
	/* but that it was delivered does */
	finish (other, theirs, CURIA_DELIVERED, 32001, 0);
	finish (place->store, again, CURIA_DELIVERY_FAILED, 32002, 40000);
	g_assert_cmpuint (count (other, webhook, "delivered"), ==, 1);
	deliver (other, 2, 32003);
	deliver (place->store, 3, 32003);
}

typedef struct {
	CuriaStore *store;
	GMutex *lock;
	GHashTable *next;   /* meeting -> the number that must come next */
	guint *n_delivered;
	guint total, seed;
} Worker;

/* Everything at random: failures, leases that run out, two workers. */
static gpointer
work (gpointer data)
{
	Worker *worker = data;
	g_autoptr (GRand) random = g_rand_new_with_seed (worker->seed);
	gint64 deadline_us = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;

	while ((guint) g_atomic_int_get (worker->n_delivered) < worker->total) {
		gint64 now_ms = g_get_real_time () / 1000;
		guint mended;
		g_autoptr (GError) error = NULL;
		g_autoptr (GPtrArray) taken = curia_store_deliveries_take (
			worker->store, &(CuriaDeliveryTake) { now_ms, LEASE_MS, 8, 8, NULL }, &error);

		g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
		for (guint i = 0; taken != NULL && i < taken->len; i++) {
			const CuriaDelivery *delivery = at (taken, i);
			gboolean ok = g_rand_int_range (random, 0, 4) > 0;

			if (ok) {
				g_mutex_lock (worker->lock);
				guint due = GPOINTER_TO_UINT (g_hash_table_lookup (worker->next, delivery->meeting));
				g_assert_cmpint (delivery->number, ==, due + 1);
				g_hash_table_insert (worker->next, g_strdup (delivery->meeting), GUINT_TO_POINTER (due + 1));
				g_mutex_unlock (worker->lock);
				g_atomic_int_inc (worker->n_delivered);
			}
			CuriaDeliveryResult result = { delivery, ok ? CURIA_DELIVERED : CURIA_DELIVERY_FAILED, now_ms + 1, "" };
			while (!curia_store_deliveries_finish (worker->store, &result, 1, now_ms, NULL))
				g_usleep (1000);
		}
		curia_store_deliveries_mend (worker->store, now_ms, &mended, NULL);
	}
	return NULL;
}

static void
test_two_workers (Place *place, gconstpointer data)
{
	enum { MEETINGS = 12, EVENTS = 15 };
	g_autofree char *webhook = add_webhook (place->store, URL, "", "");
	g_autoptr (GHashTable) next = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr (CuriaStore) other = curia_store_open (place->url, NULL);
	g_autoptr (CuriaStore) third = curia_store_open (place->url, NULL);
	GMutex lock;
	guint n_delivered = 0;
	Worker workers[] = {
		{ place->store, &lock, next, &n_delivered, MEETINGS * EVENTS, 1 },
		{ other, &lock, next, &n_delivered, MEETINGS * EVENTS, 2 },
	};
	GThread *threads[2];

	(void) data;
	g_mutex_init (&lock);
	for (guint i = 0; i < 2; i++)
		threads[i] = g_thread_new ("worker", work, &workers[i]);
	/* a third node queues in small batches, while the others deliver */
	for (guint k = 0; k < EVENTS; k += 3)
		for (guint i = 0; i < MEETINGS; i++) {
			g_autofree char *meeting = g_strdup_printf ("MT_%u", i);

			queue_events (third, meeting, "participant_joined", k, 3, g_get_real_time () / 1000);
		}
	for (guint i = 0; i < 2; i++)
		g_thread_join (threads[i]);
	g_assert_cmpuint (n_delivered, ==, MEETINGS * EVENTS);
	g_assert_cmpuint (count (place->store, webhook, "waiting"), ==, 0);
	g_mutex_clear (&lock);
}

/* ---- failures ---- */

static void
test_failures (Place *place, gconstpointer data)
{
	g_autofree char *webhook = add_webhook (place->store, URL, "", "");
	g_autoptr (CuriaDelivery) delivery = NULL, again = NULL, last = NULL;
	gint64 waiting, dead;

	(void) data;
	queue_events (place->store, "MT_a", "call_started", 0, 2, 1000);
	delivery = take_one (place->store, 1000);
	finish (place->store, delivery, CURIA_DELIVERY_FAILED, 1010, 3000);
	assert_none_due (place->store, 2999); /* nor the second: order is strict */
	again = take_one (place->store, 3000);
	g_assert_cmpstr (again->id, ==, delivery->id);
	g_assert_cmpint (again->tries, ==, 1);
	g_assert_cmpint (again->since_ms, ==, 1000);
	finish (place->store, again, CURIA_DELIVERY_FAILED, 3010, 5000);
	last = take_one (place->store, 5000);
	finish (place->store, last, CURIA_DELIVERY_DEAD, 5010, 0);
	g_assert_true (curia_store_deliveries_count (place->store, &waiting, &dead, NULL));
	g_assert_cmpint (waiting, ==, 1);
	g_assert_cmpint (dead, ==, 1);
	g_assert_cmpuint (count (place->store, webhook, "dead"), ==, 1);
	deliver (place->store, 2, 5010); /* what is dead holds up nobody */
}

/* A receiver that is away for 30 hours, with a clock of our own: what is a day old dies, later ones get through. */
static void
test_a_day (Place *place, gconstpointer data)
{
	static const WebhookRetry retry = { 1000, 600000, 86400000 };
	enum { HOUR_MS = 3600000 };
	g_autofree char *webhook = add_webhook (place->store, URL, "", "");
	gint64 now_ms = 0, back_ms = 30 * HOUR_MS, last_number = 0;
	guint n_dead = 0, n_delivered = 0, queued = 0;

	(void) data;
	for (; now_ms < 32 * HOUR_MS; now_ms += 60000) {
		g_autoptr (GPtrArray) taken = NULL;

		if (now_ms % HOUR_MS == 0 && queued < 24)
			queue_events (place->store, "MT_a", "participant_joined", queued++, 1, now_ms);
		taken = take (place->store, now_ms);
		for (guint i = 0; i < taken->len; i++) {
			const CuriaDelivery *delivery = at (taken, i);
			gint64 next_ms = webhook_retry_at (&retry, delivery->since_ms, delivery->tries, now_ms, 0);
			gboolean up = now_ms >= back_ms;

			g_assert_cmpint (delivery->number, >=, last_number);
			last_number = delivery->number;
			n_dead += !up && next_ms == 0;
			n_delivered += up;
			finish (place->store, delivery,
				up ? CURIA_DELIVERED : next_ms != 0 ? CURIA_DELIVERY_FAILED : CURIA_DELIVERY_DEAD, now_ms, next_ms);
		}
	}
	/* those of the hours 0 to 5 had their day; that of hour 6 would have had its last try as the receiver came back */
	g_assert_cmpuint (n_dead, >=, 6);
	g_assert_cmpuint (n_dead, <=, 7);
	g_assert_cmpuint (n_dead + n_delivered, ==, 24);
	g_assert_cmpuint (count (place->store, webhook, "dead"), ==, n_dead);
	g_assert_cmpuint (count (place->store, webhook, "waiting"), ==, 0);
}

/* ---- replay ---- */

static guint
replay (CuriaStore *store, const char *webhook, const char *delivery, gint64 now_ms)
{
	g_autoptr (GError) error = NULL;
	guint n = 0;

	curia_store_deliveries_replay (store, webhook, delivery, now_ms, &n, &error);
	g_assert_no_error (error);
	return n;
}

static void
kill_next (CuriaStore *store, gint64 number, gint64 now_ms)
{
	g_autoptr (CuriaDelivery) delivery = take_one (store, now_ms);

	g_assert_cmpint (delivery->number, ==, number);
	finish (store, delivery, CURIA_DELIVERY_DEAD, now_ms, 0);
}

static void
test_replay_all (Place *place, gconstpointer data)
{
	g_autofree char *webhook = add_webhook (place->store, URL, "", "");
	g_autoptr (CuriaDelivery) first = NULL;

	(void) data;
	queue_events (place->store, "MT_a", "participant_joined", 0, 5, 1000);
	kill_next (place->store, 1, 1000);
	deliver (place->store, 2, 1000);
	kill_next (place->store, 3, 1000);
	g_assert_cmpuint (replay (place->store, webhook, NULL, 2000), ==, 2);
	first = take_one (place->store, 2000);
	g_assert_cmpint (first->number, ==, 1);
	g_assert_cmpint (first->tries, ==, 0);
	g_assert_cmpint (first->since_ms, ==, 2000); /* a day of its own */
	finish (place->store, first, CURIA_DELIVERED, 2000, 0);
	deliver (place->store, 3, 2000);
	deliver (place->store, 4, 2000);
	deliver (place->store, 5, 2000);
	assert_none_due (place->store, 3000);
	g_assert_cmpuint (replay (place->store, webhook, NULL, 4000), ==, 0);
	g_assert_cmpuint (count (place->store, webhook, "delivered"), ==, 5);
}

static void
test_replay_one (Place *place, gconstpointer data)
{
	g_autofree char *webhook = add_webhook (place->store, URL, "", ""), *other = add_webhook (place->store, URL, "", "MT_z");
	g_autofree char *id = g_strconcat (webhook, ".EV_MT_a000000", NULL), *waiting = g_strconcat (webhook, ".EV_MT_a000001", NULL);
	static const char *const nobody = "WH_0000000000000000";
	const char *const bad[][2] = { { webhook, "x" }, { other, id }, { webhook, waiting }, { nobody, NULL }, { nobody, id } };
	g_autoptr (CuriaDelivery) in_hand = NULL, first = NULL;

	(void) data;
	queue_events (place->store, "MT_a", "participant_joined", 0, 3, 1000);
	deliver (place->store, 1, 1000);
	for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
		g_autoptr (GError) error = NULL;
		guint n;

		g_assert_false (curia_store_deliveries_replay (place->store, bad[i][0], bad[i][1], 1500, &n, &error));
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_NOT_FOUND);
	}
	in_hand = take_one (place->store, 2000); /* number 2 is under way */
	g_assert_cmpuint (replay (place->store, webhook, id, 2000), ==, 1);
	assert_none_due (place->store, 2001);    /* never two of one meeting at a time */
	finish (place->store, in_hand, CURIA_DELIVERY_FAILED, 2002, 3000);
	assert_none_due (place->store, 2003); /* until its lease would have ended; a little late is no harm */
	first = take_one (place->store, 2000 + LEASE_MS);
	g_assert_cmpint (first->number, ==, 1);
	finish (place->store, first, CURIA_DELIVERED, 2000 + LEASE_MS, 0);
	deliver (place->store, 2, 2000 + LEASE_MS);
	deliver (place->store, 3, 2000 + LEASE_MS);
}

/* ---- the rest ---- */

static void
test_list (Place *place, gconstpointer data)
{
	static const char *const bad[] = { "", "x", "5", "5.", ".a", "5.a b", "-5.a", "5.'--" };
	g_autofree char *webhook = add_webhook (place->store, URL, "", ""), *cursor = NULL;
	g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
	guint pages = 0;

	(void) data;
	for (guint i = 0; i < 7; i++)
		queue_events (place->store, "MT_a", "participant_joined", i, 1, 1000 + i / 2);
	do {
		g_autoptr (GError) error = NULL;
		g_autofree char *next = NULL;
		g_autoptr (GPtrArray) page = curia_store_deliveries_list (place->store, webhook, "waiting", 3, cursor, &next, &error);

		g_assert_no_error (error);
		for (guint i = 0; i < page->len; i++) {
			g_assert_true (g_hash_table_add (seen, g_strdup (at (page, i)->id)));
			g_assert_null (at (page, i)->body);
		}
		g_free (cursor);
		cursor = g_steal_pointer (&next);
		pages++;
	} while (cursor != NULL);
	g_assert_cmpuint (pages, ==, 3);
	g_assert_cmpuint (g_hash_table_size (seen), ==, 7);
	for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
		g_autoptr (GError) error = NULL;
		g_autofree char *next = NULL;

		g_assert_null (curia_store_deliveries_list (place->store, webhook, "waiting", 3, bad[i], &next, &error));
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
	}
	g_autoptr (GError) none = NULL;
	g_autofree char *next = NULL;
	g_assert_null (curia_store_deliveries_list (place->store, "WH_none", "dead", 3, NULL, &next, &none));
	g_assert_error (none, CURIA_ERROR, CURIA_ERROR_NOT_FOUND);
}

static void
test_expire_and_delete (Place *place, gconstpointer data)
{
	g_autofree char *webhook = add_webhook (place->store, URL, "", ""), *kept = add_webhook (place->store, URL, "", "MT_b");
	gboolean more = TRUE;
	gint64 waiting, dead;

	(void) data;
	queue_events (place->store, "MT_a", "participant_joined", 0, 3, 1000);
	deliver (place->store, 1, 1000);
	kill_next (place->store, 2, 1000);
	g_assert_true (curia_store_deliveries_expire (place->store, 1000, &more, NULL));
	g_assert_cmpuint (count (place->store, webhook, "delivered"), ==, 1);
	g_assert_true (curia_store_deliveries_expire (place->store, 1001, &more, NULL));
	g_assert_false (more);
	g_assert_cmpuint (count (place->store, webhook, "delivered") + count (place->store, webhook, "dead"), ==, 0);
	g_assert_cmpuint (count (place->store, webhook, "waiting"), ==, 1); /* what waits is never too old */
	queue_events (place->store, "MT_b", "participant_joined", 0, 1, 1000);
	g_assert_true (curia_store_webhook_delete (place->store, webhook, NULL));
	g_assert_true (curia_store_deliveries_count (place->store, &waiting, &dead, NULL));
	g_assert_cmpint (waiting, ==, 1);
	g_assert_cmpuint (count (place->store, kept, "waiting"), ==, 1);
}

/* A hundred thousand rows that wait for one receiver: looking for what is due stays quick. */
static void
test_long_queue (Place *place, gconstpointer data)
{
	enum { MEETINGS = 20, EVENTS = 1000 };
	g_autofree char *webhook = add_webhook (place->store, URL, "", "");
	g_autoptr (GPtrArray) taken = NULL;
	gint64 begun_us;
	guint n;

	(void) data;
	for (guint i = 0; i < MEETINGS; i++) {
		g_autofree char *meeting = g_strdup_printf ("MT_%02u", i);

		queue_events (place->store, meeting, "participant_joined", 0, EVENTS, 1000);
	}
	begun_us = g_get_monotonic_time ();
	taken = take (place->store, 1000);
	g_test_message ("take: %d us", (int) (g_get_monotonic_time () - begun_us));
	g_assert_cmpuint (taken->len, ==, MEETINGS);
	begun_us = g_get_monotonic_time ();
	finish (place->store, at (taken, 0), CURIA_DELIVERED, 1000, 0);
	g_test_message ("finish: %d us", (int) (g_get_monotonic_time () - begun_us));
	begun_us = g_get_monotonic_time ();
	g_assert_true (curia_store_deliveries_mend (place->store, 1000, &n, NULL));
	g_test_message ("mend: %d us", (int) (g_get_monotonic_time () - begun_us));
	g_assert_cmpuint (n, ==, 0);
	g_assert_cmpint (g_get_monotonic_time () - begun_us, <, G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	ADD_FOR_BOTH ("/webhook-store/webhooks", test_webhooks);
	ADD_FOR_BOTH ("/webhook-store/order", test_order);
	ADD_FOR_BOTH ("/webhook-store/who-wants-what", test_who_wants_what);
	ADD_FOR_BOTH ("/webhook-store/switched-off", test_switched_off);
	ADD_FOR_BOTH ("/webhook-store/limits", test_limits);
	ADD_FOR_BOTH ("/webhook-store/leases", test_leases);
	ADD_FOR_BOTH ("/webhook-store/two-workers", test_two_workers);
	ADD_FOR_BOTH ("/webhook-store/failures", test_failures);
	ADD_FOR_BOTH ("/webhook-store/a-day", test_a_day);
	ADD_FOR_BOTH ("/webhook-store/replay-all", test_replay_all);
	ADD_FOR_BOTH ("/webhook-store/replay-one", test_replay_one);
	ADD_FOR_BOTH ("/webhook-store/list", test_list);
	ADD_FOR_BOTH ("/webhook-store/expire-and-delete", test_expire_and_delete);
	ADD_FOR_BOTH ("/webhook-store/long-queue", test_long_queue);
	return g_test_run ();
}
