/* The bus: order, who hears what, and that every request is answered exactly once, whatever happens. */
#include "curia-bus.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "curia-fields.h"

/* ---- a log that several threads write ---- */

typedef struct {
	GMutex lock;
	GCond changed;
	GString *text;
	guint n;
} Log;

static void
log_init (Log *log)
{
	g_mutex_init (&log->lock);
	g_cond_init (&log->changed);
	log->text = g_string_new (NULL);
	log->n = 0;
}

static void
log_clear (Log *log)
{
	g_mutex_clear (&log->lock);
	g_cond_clear (&log->changed);
	g_string_free (log->text, TRUE);
}

static void
log_add (Log *log, const char *text)
{
	g_mutex_lock (&log->lock);
	g_string_append_printf (log->text, "%s%s", log->n++ ? " " : "", text);
	g_cond_broadcast (&log->changed);
	g_mutex_unlock (&log->lock);
}

static void
log_wait (Log *log, guint n)
{
	gint64 end_us = curia_clock_us () + 20 * G_USEC_PER_SEC;

	g_mutex_lock (&log->lock);
	while (log->n < n && g_cond_wait_until (&log->changed, &log->lock, end_us))
		;
	g_assert_cmpuint (log->n, >=, n);
	g_mutex_unlock (&log->lock);
}

static void
on_message (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	(void) topic;
	g_assert_null (request);
	log_add (data, curia_json_string (message, "t", "?"));
}

static void
publish (CuriaBus *bus, const char *topic, const char *text)
{
	json_auto_t *message = json_pack ("{s:s}", "t", text);
	g_autoptr (GError) error = NULL;

	g_assert_true (curia_bus_publish (bus, topic, message, &error));
	g_assert_no_error (error);
	json_object_set_new (message, "t", json_string ("changed afterwards")); /* which nobody may see */
}

/* ---- publications ---- */

static void
test_topics (void)
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
		{ "meeting.*", "meeting.*", TRUE },
		{ "room", "room", TRUE },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		CuriaBus *bus = curia_bus_new ();
		Log log;

		log_init (&log);
		g_assert_cmpuint (curia_bus_subscribe (bus, rows[i].subscription, on_message, &log), >, 0);
		publish (bus, rows[i].topic, "heard");
		curia_bus_free (bus); /* which delivers what is queued */
		g_assert_cmpstr (log.text->str, ==, rows[i].hears ? "heard" : "");
		log_clear (&log);
	}
}

static void
test_order (void)
{
	enum { N = 500 };
	CuriaBus *bus = curia_bus_new ();
	g_autoptr (GString) expected = g_string_new (NULL);
	Log log;

	log_init (&log);
	curia_bus_subscribe (bus, "t", on_message, &log);
	for (int i = 0; i < N; i++) {
		g_autofree char *text = g_strdup_printf ("%d", i);

		g_string_append_printf (expected, "%s%d", i ? " " : "", i);
		publish (bus, "t", text);
	}
	curia_bus_free (bus);
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
test_unsubscribe_in_handler (void)
{
	CuriaBus *bus = curia_bus_new ();
	Changer changer = { .bus = bus };
	Log log;

	log_init (&log);
	changer.log = &log;
	changer.own_id = curia_bus_subscribe (bus, "t", on_unsubscribe_both, &changer);
	changer.other_id = curia_bus_subscribe (bus, "t", on_message, &log);
	publish (bus, "t", "second");
	publish (bus, "t", "third");
	publish (bus, "other", "fourth");
	curia_bus_free (bus);
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
test_unsubscribe_waits (void)
{
	CuriaBus *bus = curia_bus_new ();
	gint running = 0;
	guint id = curia_bus_subscribe (bus, "t", on_slow, &running);

	publish (bus, "t", "x");
	while (!g_atomic_int_get (&running))
		g_usleep (1000);
	curia_bus_unsubscribe (bus, id);
	g_assert_cmpint (g_atomic_int_get (&running), ==, 0);
	curia_bus_unsubscribe (bus, id); /* twice does no harm */
	curia_bus_unsubscribe (bus, 12345);
	curia_bus_free (bus);
}

/* ---- requests ---- */

typedef struct {
	Log *log;
	guint delay_ms; /* answers from another thread when > 0 */
} Answerer;

typedef struct {
	CuriaBusRequest *request;
	guint delay_ms;
} Later;

static gpointer
answer_later (gpointer data)
{
	Later *later = data;
	json_auto_t *reply = json_pack ("{s:s}", "t", "later");

	g_usleep (later->delay_ms * 1000);
	curia_bus_answer (later->request, reply, NULL);
	g_free (later);
	return NULL;
}

static GThread *late_thread;

static void
on_request (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	const char *text = curia_json_string (message, "t", "");
	guint delay_ms = GPOINTER_TO_UINT (data);

	(void) topic;
	g_assert_nonnull (request);
	if (delay_ms > 0) {
		Later *later = g_new (Later, 1);

		*later = (Later) { request, delay_ms };
		late_thread = g_thread_new ("later", answer_later, later);
	} else if (g_str_equal (text, "refuse")) {
		g_autoptr (GError) error = g_error_new (CURIA_ERROR, CURIA_ERROR_FORBIDDEN, "no");

		curia_bus_answer (request, NULL, error);
	} else {
		json_auto_t *reply = g_str_equal (text, "nothing") ? NULL : json_pack ("{s:s}", "t", "now");

		curia_bus_answer (request, reply, NULL);
	}
}

static void
test_requests (void)
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
		CuriaBus *bus = curia_bus_new ();
		json_auto_t *message = json_pack ("{s:s}", "t", rows[i].text), *reply = NULL;
		g_autoptr (GError) error = NULL;

		late_thread = NULL;
		curia_bus_subscribe (bus, "t", on_request, GUINT_TO_POINTER (rows[i].delay_ms));
		reply = curia_bus_request_sync (bus, rows[i].topic, message, rows[i].timeout_ms, &error);
		if (rows[i].reply != NULL) {
			g_assert_no_error (error);
			g_assert_cmpstr (curia_json_string (reply, "t", ""), ==, rows[i].reply);
		} else {
			g_assert_null (reply);
			g_assert_error (error, CURIA_ERROR, (int) rows[i].code);
		}
		curia_bus_free (bus); /* before a late answer */
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
test_free_with_pending (void)
{
	CuriaBus *bus = curia_bus_new ();
	Log log;

	log_init (&log);
	curia_bus_subscribe (bus, "t", on_keep, &log);
	curia_bus_request (bus, "t", NULL, 60000, on_reply, &log);
	log_wait (&log, 1);
	curia_bus_free (bus);
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
test_overload (void)
{
	enum { N = 12000, MAX = 10000 };
	CuriaBus *bus = curia_bus_new ();
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
	CuriaBus *bus;
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
			id = curia_bus_subscribe (storm->bus, "storm", on_storm_request, storm);
		curia_bus_request (storm->bus, i % 7 == 0 ? "nobody" : "storm", NULL, i % 3, on_storm_reply, storm);
		curia_bus_publish (storm->bus, "storm", NULL, NULL);
		if (i % 10 == 5)
			curia_bus_unsubscribe (storm->bus, id);
	}
	return NULL;
}

static void
test_storm (void)
{
	Storm storm = { .bus = curia_bus_new () };
	GThread *threads[N_ASKERS];

	for (guint i = 0; i < N_ASKERS; i++)
		threads[i] = g_thread_new ("ask", ask_many, &storm);
	for (guint i = 0; i < N_ASKERS; i++)
		g_thread_join (threads[i]);
	curia_bus_free (storm.bus);
	g_assert_cmpint (storm.n_replies, ==, N_ASKERS * N_ASKS);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/bus/topics", test_topics);
	g_test_add_func ("/bus/order", test_order);
	g_test_add_func ("/bus/unsubscribe-in-handler", test_unsubscribe_in_handler);
	g_test_add_func ("/bus/unsubscribe-waits", test_unsubscribe_waits);
	g_test_add_func ("/bus/requests", test_requests);
	g_test_add_func ("/bus/free-with-pending", test_free_with_pending);
	g_test_add_func ("/bus/sync-in-handler", test_sync_in_handler);
	g_test_add_func ("/bus/overload", test_overload);
	g_test_add_func ("/bus/storm", test_storm);
	return g_test_run ();
}
