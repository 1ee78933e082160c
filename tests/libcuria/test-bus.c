/* The bus: order, who hears what, and that every request is answered exactly once, whatever happens. The same tests run
 * within one process, and on two buses that a real Redis joins: one side speaks, the other listens. */
#include "tests/libcuria/bus-fixture.h"

#include "curia-error.h"
#include "curia-fields.h"
#include "tests/lib/servers.h"

#define MANY 10000 /* what a queue of the bus holds */

/* ---- publications ---- */

static void
test_topics (gconstpointer nodes)
{
	static const struct {
		const char *subscription, *topic;
		gboolean hears;
	} rows[] = {
		{ "meeting.a", "meeting.a", TRUE },
		{ "meeting.a", "meeting.ab", FALSE },
		{ "meeting.a", "meeting.", FALSE },
		{ "meeting.*", "meeting.ab", TRUE },
		{ "meeting.*", "meeting.", TRUE },
		{ "meeting.*", "meetings", FALSE },
		{ "*", "anything", TRUE },
		{ "any*", "anything", TRUE },
		{ "meeting.*", "meeting.*", TRUE },
		{ "odd[a-z]?.*", "odd[a-z]?.x", TRUE }, /* no patterns of Redis */
		{ "odd[a-z]?.*", "oddab.x", FALSE },
		{ "room", "room", TRUE },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		gboolean stays = nodes != NULL && g_str_equal (rows[i].topic, "room");
		Pair pair;
		Log log;

		if (nodes != NULL && g_str_equal (rows[i].subscription, "*"))
			continue; /* which hears local.bus as well */
		log_init (&log);
		pair_open (&pair, nodes != NULL);
		g_assert_cmpuint (curia_bus_subscribe (pair.listens, rows[i].subscription, on_message, &log), >, 0);
		g_assert_cmpuint (curia_bus_subscribe (pair.listens, "end", on_message, &log), >, 0);
		if (nodes != NULL)
			await_subscribers ("end", 1); /* which is made after the other */
		publish (pair.speaks, rows[i].topic, "heard");
		publish (pair.speaks, "end", "end");
		log_wait (&log, 1 + (rows[i].hears && !stays));
		pair_close (&pair); /* which delivers what is queued */
		g_assert_cmpstr (log.text->str, ==, !rows[i].hears || stays ? "end" : g_str_equal (rows[i].subscription, "*") ? "heard end end" : "heard end");
		log_clear (&log);
	}
}

static void
test_order (gconstpointer nodes)
{
	enum { N = 500 };
	g_autoptr (GString) expected = g_string_new (NULL);
	Pair pair;
	Log log;

	log_init (&log);
	pair_open (&pair, nodes != NULL);
	subscribe (&pair, "t", on_message, &log);
	for (int i = 0; i < N; i++) {
		g_autofree char *text = g_strdup_printf ("%d", i);

		g_string_append_printf (expected, "%s%d", i ? " " : "", i);
		publish (pair.speaks, "t", text);
	}
	log_wait (&log, N);
	pair_close (&pair);
	g_assert_cmpstr (log.text->str, ==, expected->str);
	log_clear (&log);
}

/* ---- subscribing while messages fly ---- */

typedef struct {
	CuriaBus *bus;
	Log *log;
	guint own_id, other_id;
} Changer;

static void
on_unsubscribe_both (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	Changer *changer = data;

	(void) topic, (void) message, (void) request;
	log_add (changer->log, "first");
	curia_bus_unsubscribe (changer->bus, changer->own_id);
	curia_bus_unsubscribe (changer->bus, changer->other_id);
	curia_bus_subscribe (changer->bus, "other", on_message, changer->log);
}

static void
test_unsubscribe_in_handler (gconstpointer nodes)
{
	Pair pair;
	CuriaBus *bus;
	Changer changer = { 0 };
	Log log;

	pair_open (&pair, nodes != NULL);
	bus = changer.bus = pair.listens;
	log_init (&log);
	changer.log = &log;
	changer.own_id = curia_bus_subscribe (bus, "t", on_unsubscribe_both, &changer);
	changer.other_id = curia_bus_subscribe (bus, "t", on_message, &log);
	if (nodes != NULL)
		await_subscribers ("t", 1);
	publish (pair.speaks, "t", "second");
	log_wait (&log, 1);
	if (nodes != NULL)
		await_subscribers ("other", 1);
	publish (pair.speaks, "t", "third");
	publish (pair.speaks, "other", "fourth");
	log_wait (&log, 2);
	pair_close (&pair);
	g_assert_cmpstr (log.text->str, ==, "first fourth");
	log_clear (&log);
}

static void
on_slow (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	gint *running = data;

	(void) topic, (void) message, (void) request;
	g_atomic_int_set (running, 1);
	g_usleep (50 * 1000);
	g_atomic_int_set (running, 0);
}

static void
test_unsubscribe_waits (gconstpointer nodes)
{
	Pair pair;
	CuriaBus *bus;
	gint running = 0;
	guint id;

	pair_open (&pair, nodes != NULL);
	bus = pair.listens;
	id = subscribe (&pair, "t", on_slow, &running);
	publish (pair.speaks, "t", "x");
	while (!g_atomic_int_get (&running))
		g_usleep (1000);
	curia_bus_unsubscribe (bus, id);
	g_assert_cmpint (g_atomic_int_get (&running), ==, 0);
	curia_bus_unsubscribe (bus, id); /* twice does no harm */
	curia_bus_unsubscribe (bus, 12345);
	if (nodes != NULL)
		await_subscribers ("t", 0);
	pair_close (&pair);
}

/* ---- requests ---- */

static void
test_requests (gconstpointer nodes)
{
	static const struct {
		const char *text;
		const char *topic;
		guint delay_ms, timeout_ms;
		const char *reply; /* NULL: an error */
		CuriaErrorCode code;
	} rows[] = {
		{ "ask", "t", 0, 5000, "now", 0 },
		{ "ask", "t", 30, 5000, "later", 0 },
		{ "ask", "t", 120, 30, NULL, CURIA_ERROR_TIMEOUT },
		{ "ask", "nobody", 0, 5000, NULL, CURIA_ERROR_NOT_FOUND },
		{ "refuse", "t", 0, 5000, NULL, CURIA_ERROR_FORBIDDEN },
		{ "nothing", "t", 0, 5000, "", 0 },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		json_auto_t *message = json_pack ("{s:s}", "t", rows[i].text), *reply = NULL;
		g_autoptr (GError) error = NULL;
		Pair pair;

		late_thread = NULL;
		pair_open (&pair, nodes != NULL);
		subscribe (&pair, "t", on_request, GUINT_TO_POINTER (rows[i].delay_ms));
		reply = curia_bus_request_sync (pair.speaks, rows[i].topic, message, rows[i].timeout_ms, &error);
		if (rows[i].reply != NULL) {
			g_assert_no_error (error);
			g_assert_cmpstr (curia_json_string (reply, "t", ""), ==, rows[i].reply);
		} else {
			g_assert_null (reply);
			g_assert_error (error, CURIA_ERROR, (int) rows[i].code);
		}
		pair_close (&pair); /* before a late answer */
		if (late_thread != NULL)
			g_thread_join (late_thread);
	}
}

static void
on_reply (json_t *reply, const GError *error, gpointer data)
{
	log_add (data, error != NULL ? curia_error_row (error)->slug : curia_json_string (reply, "t", "?"));
}

static CuriaBusRequest *kept;

static void
on_keep (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	(void) topic, (void) message;
	kept = request;
	log_add (data, "kept");
}

/* Closing answers those who wait; an answer that comes after that is for nobody, and does no harm. */
static void
test_free_with_pending (gconstpointer nodes)
{
	Pair pair;
	Log log;

	log_init (&log);
	pair_open (&pair, nodes != NULL);
	subscribe (&pair, "t", on_keep, &log);
	curia_bus_request (pair.speaks, "t", NULL, 60000, on_reply, &log);
	log_wait (&log, 1);
	if (nodes != NULL) { /* who asked goes first, else it hears from who was asked */
		curia_bus_free (pair.speaks);
		curia_bus_free (pair.listens);
	} else
		pair_close (&pair);
	g_assert_cmpstr (log.text->str, ==, "kept unavailable");
	curia_bus_answer (kept, NULL, NULL);
	g_assert_cmpuint (log.n, ==, 2);
	log_clear (&log);
}

static void
on_ask_inside (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	g_autoptr (GError) error = NULL;

	(void) topic, (void) message, (void) request;
	g_assert_null (curia_bus_request_sync (data, "t", NULL, 1000, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INTERNAL);
}

static void
test_sync_in_handler (void)
{
	CuriaBus *bus = curia_bus_new ();

	curia_bus_subscribe (bus, "outer", on_ask_inside, bus);
	publish (bus, "outer", "x");
	curia_bus_free (bus);
}

/* ---- bounds ---- */

typedef struct {
	GMutex gate;
	gint n_heard, n_replies, n_overloaded;
} Flood;

static void
on_flood (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	Flood *flood = data;

	(void) topic, (void) message;
	g_mutex_lock (&flood->gate);
	g_mutex_unlock (&flood->gate);
	g_atomic_int_inc (&flood->n_heard);
	if (request != NULL)
		curia_bus_answer (request, NULL, NULL);
}

static void
on_flood_reply (json_t *reply, const GError *error, gpointer data)
{
	Flood *flood = data;

	(void) reply;
	g_atomic_int_inc (
		g_error_matches (error, CURIA_ERROR, CURIA_ERROR_OVERLOADED) ? &flood->n_overloaded : &flood->n_replies);
}

static void
test_overload (gconstpointer nodes)
{
	enum { N = 12000, MAX = MANY };
	CuriaBus *bus = nodes != NULL ? node_new () : curia_bus_new ();
	Flood flood = { 0 };
	int n_published = 0;

	g_mutex_init (&flood.gate);
	g_mutex_lock (&flood.gate);
	curia_bus_subscribe (bus, "t", on_flood, &flood);
	for (int i = 0; i < N; i++) {
		g_autoptr (GError) error = NULL;

		n_published += curia_bus_publish (bus, "t", NULL, &error);
		if (error != NULL)
			g_assert_error (error, CURIA_ERROR, CURIA_ERROR_OVERLOADED);
	}
	g_assert_cmpint (n_published, >=, MAX);
	g_assert_cmpint (n_published, <=, MAX + 1); /* one may be in the handler's hands */
	curia_bus_request (bus, "t", NULL, 1000, on_flood_reply, &flood);
	g_assert_cmpint (flood.n_overloaded, ==, 1); /* told at once */
	g_mutex_unlock (&flood.gate);
	curia_bus_free (bus);
	g_assert_cmpint (flood.n_heard, ==, n_published);
	g_mutex_clear (&flood.gate);
}

/* ---- everything at once: each request is answered exactly once ---- */

#define N_ASKERS 6
#define N_ASKS 400

typedef struct {
	Pair pair;
	gint n_replies;
} Storm;

static void
on_storm_request (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	(void) topic, (void) message, (void) data;
	if (request != NULL)
		curia_bus_answer (request, NULL, NULL);
}

static void
on_storm_reply (json_t *reply, const GError *error, gpointer data)
{
	Storm *storm = data;

	g_assert_true ((reply != NULL) != (error != NULL));
	g_atomic_int_inc (&storm->n_replies);
}

static gpointer
ask_many (gpointer data)
{
	Storm *storm = data;
	guint id = 0;

	for (guint i = 0; i < N_ASKS; i++) {
		if (i % 10 == 0)
			id = curia_bus_subscribe (i % 20 ? storm->pair.speaks : storm->pair.listens, "storm", on_storm_request, storm);
		curia_bus_request (storm->pair.speaks, i % 7 == 0 ? "nobody" : "storm", NULL, i % 3, on_storm_reply, storm);
		curia_bus_publish (i % 2 ? storm->pair.speaks : storm->pair.listens, "storm", NULL, NULL);
		if (i % 10 == 5)
			curia_bus_unsubscribe (i / 10 % 2 ? storm->pair.speaks : storm->pair.listens, id);
	}
	return NULL;
}

static void
test_storm (gconstpointer nodes)
{
	Storm storm = { 0 };
	GThread *threads[N_ASKERS];

	pair_open (&storm.pair, nodes != NULL);
	for (guint i = 0; i < N_ASKERS; i++)
		threads[i] = g_thread_new ("ask", ask_many, &storm);
	for (guint i = 0; i < N_ASKERS; i++)
		g_thread_join (threads[i]);
	pair_close (&storm.pair);
	g_assert_cmpint (storm.n_replies, ==, N_ASKERS * N_ASKS);
}

/* ---- all ---- */

static void
add_both (const char *name, GTestDataFunc func)
{
	g_autofree char *one = g_strdup_printf ("/bus/process/%s", name), *two = g_strdup_printf ("/bus/nodes/%s", name);

	g_test_add_data_func (one, NULL, func);
	g_test_add_data_func (two, "nodes", func);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	redis_port = servers_redis_start (NULL);
	add_both ("topics", test_topics);
	add_both ("order", test_order);
	add_both ("unsubscribe-in-handler", test_unsubscribe_in_handler);
	add_both ("unsubscribe-waits", test_unsubscribe_waits);
	add_both ("requests", test_requests);
	add_both ("free-with-pending", test_free_with_pending);
	g_test_add_func ("/bus/sync-in-handler", test_sync_in_handler);
	add_both ("overload", test_overload);
	add_both ("storm", test_storm);
	return g_test_run ();
}
