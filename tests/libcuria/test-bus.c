/* The bus: order, who hears what, and that every request is answered exactly once, whatever happens. The same tests run
 * within one process, and on two buses that a real Redis joins: one side speaks, the other listens. */
#include "curia-bus.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <gio/gio.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-fields.h"
#include "tests/lib/servers.h"

#define MANY 10000 /* what a queue of the bus holds */

/* ---- one bus, or two nodes ---- */

typedef struct {
	CuriaBus *speaks, *listens; /* the same one when there is one node */
} Pair;

static guint redis_port;

static CuriaBus *
node_new (void)
{
	g_autofree char *url = g_strdup_printf ("redis://127.0.0.1:%u/1", redis_port);
	g_autoptr (GError) error = NULL;
	CuriaBus *bus = curia_bus_new_redis (&(CuriaRedisSettings) { .url = url, .prefix = "test" }, &error);

	g_assert_no_error (error);
	return bus;
}

static void
await_connected (CuriaBus *bus, gboolean connected)
{
	gint64 end_us = curia_clock_us () + 20 * G_USEC_PER_SEC;

	while (curia_bus_is_connected (bus) != connected && curia_clock_us () < end_us)
		g_usleep (2000);
	g_assert_true (curia_bus_is_connected (bus) == connected);
}

static void
pair_open (Pair *pair, gboolean nodes)
{
	pair->speaks = nodes ? node_new () : curia_bus_new ();
	pair->listens = nodes ? node_new () : pair->speaks;
	await_connected (pair->speaks, TRUE);
	await_connected (pair->listens, TRUE);
}

static void
pair_close (Pair *pair)
{
	if (pair->listens != pair->speaks)
		curia_bus_free (pair->listens);
	curia_bus_free (pair->speaks);
}

/* A subscription reaches Redis a little later than it is made. Waits until Redis knows of n on the topic. */
static char *
redis_says (const char *command)
{
	g_autoptr (GSocketClient) client = g_socket_client_new ();
	g_autoptr (GSocketConnection) connection = g_socket_client_connect_to_host (client, "127.0.0.1", (guint16) redis_port, NULL, NULL);
	char answer[4096] = "";
	gssize n;

	g_assert_nonnull (connection);
	g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), command, strlen (command),
		NULL, NULL, NULL));
	n = g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), answer, sizeof answer - 1, NULL, NULL);
	g_assert_cmpint (n, >, 0);
	return g_strndup (answer, (gsize) n);
}

static void
await_answer (const char *command, const char *wanted)
{
	gint64 end_us = curia_clock_us () + 20 * G_USEC_PER_SEC;

	for (;;) {
		g_autofree char *answer = redis_says (command);

		if (strstr (answer, wanted) != NULL)
			return;
		g_assert_cmpint (curia_clock_us (), <, end_us);
		g_usleep (5000);
	}
}

static void
await_subscribers (const char *topic, guint n)
{
	g_autofree char *command = g_strdup_printf ("PUBSUB NUMSUB test:1:topic:%s\r\n", topic), *wanted = g_strdup_printf ("\r\n:%u\r\n", n);

	await_answer (command, wanted);
}

static guint
subscribe (const Pair *pair, const char *topic, CuriaBusHandler handler, gpointer data)
{
	guint id = curia_bus_subscribe (pair->listens, topic, handler, data);

	g_assert_cmpuint (id, >, 0);
	if (pair->listens != pair->speaks)
		await_subscribers (topic, 1);
	return id;
}

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

/* ---- what only Redis can do ---- */

static json_t *
ask (CuriaBus *bus, const char *topic, GError **error)
{
	json_auto_t *message = json_pack ("{s:s}", "t", "ask");

	return curia_bus_request_sync (bus, topic, message, 5000, error);
}

static void
expect_answer (CuriaBus *bus)
{
	g_autoptr (GError) error = NULL;
	json_auto_t *reply = ask (bus, "t", &error);

	g_assert_no_error (error);
	g_assert_cmpstr (curia_json_string (reply, "t", ""), ==, "now");
}

static void
expect_error (CuriaBus *bus, CuriaErrorCode code)
{
	g_autoptr (GError) error = NULL;

	g_assert_null (ask (bus, "t", &error));
	g_assert_error (error, CURIA_ERROR, (int) code);
}

static void
on_state (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	(void) topic, (void) request;
	log_add (data, curia_json_string (message, "state", "?"));
}

static void
test_restart (void)
{
	Pair pair;
	Log log, local, state;

	log_init (&log);
	log_init (&local);
	log_init (&state);
	pair_open (&pair, TRUE);
	curia_bus_subscribe (pair.speaks, "local.bus", on_state, &state);
	subscribe (&pair, "t", on_request, NULL);
	subscribe (&pair, "news", on_message, &log);
	curia_bus_subscribe (pair.speaks, "here", on_message, &local);
	expect_answer (pair.speaks);
	servers_redis_stop ();
	await_connected (pair.speaks, FALSE);
	await_connected (pair.listens, FALSE);
	expect_error (pair.speaks, CURIA_ERROR_UNAVAILABLE);
	expect_answer (pair.listens); /* within the node all goes on */
	publish (pair.speaks, "news", "lost");
	publish (pair.speaks, "here", "here");
	log_wait (&local, 1);
	servers_redis_restart ();
	await_connected (pair.speaks, TRUE);
	await_connected (pair.listens, TRUE);
	expect_answer (pair.speaks); /* subscribed to again before it counts as connected */
	publish (pair.speaks, "news", "found");
	log_wait (&log, 1);
	log_wait (&state, 2);
	pair_close (&pair);
	g_assert_cmpstr (log.text->str, ==, "found");
	g_assert_true (g_str_has_suffix (state.text->str, "down up"));
	log_clear (&log);
	log_clear (&local);
	log_clear (&state);
}

static pid_t
redis_pid (void)
{
	g_autofree char *info = redis_says ("INFO server\r\n");

	return (pid_t) atoi (strstr (info, "process_id:") + strlen ("process_id:"));
}

/* Redis takes what we send and says nothing: requests end in time, nobody is blocked, and it mends itself. */
static void
test_hanging (void)
{
	pid_t pid = redis_pid ();
	gint64 start_us;
	Pair pair;

	pair_open (&pair, TRUE);
	subscribe (&pair, "t", on_request, NULL);
	g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
	start_us = curia_clock_us ();
	for (int i = 0; i < 1000; i++)
		publish (pair.speaks, "news", "x");
	g_assert_cmpint (curia_clock_us () - start_us, <, G_USEC_PER_SEC);
	expect_error (pair.speaks, CURIA_ERROR_UNAVAILABLE); /* as soon as it is noticed */
	g_assert_cmpint (curia_clock_us () - start_us, <, 7 * G_USEC_PER_SEC);
	expect_answer (pair.listens);
	g_assert_cmpint (kill (pid, SIGCONT), ==, 0);
	await_connected (pair.speaks, TRUE);
	await_connected (pair.listens, TRUE);
	expect_answer (pair.speaks);
	pair_close (&pair);
}

/* Nothing that is on a channel does harm, and what is meant for this process only does not come in. */
static void
test_hostile (void)
{
	static const struct {
		const char *topic, *text;
	} rows[] = {
		{ "t", "" },
		{ "t", "{" },
		{ "t", "[]" },
		{ "t", "{}" },
		{ "t", "{\"from\":7,\"n\":1}" },
		{ "t", "{\"from\":\"x\",\"n\":\"1\",\"message\":{\"t\":\"no\"}}" },
		{ "t", "{\"from\":\"x\",\"n\":-1,\"message\":{\"t\":\"no\"}}" },
		{ "t", "{\"from\":\"x\",\"n\":99999999999999999999,\"message\":{\"t\":\"no\"}}" },
		{ "t", "{\"from\":\"x\",\"n\":1,\"reply\":\"elsewhere\",\"message\":{\"t\":\"no\"}}" },
		{ "t", "{\"from\":\"x\",\"n\":2,\"reply\":{},\"ms\":\"long\",\"message\":{\"t\":\"no\"}}" },
		{ "t", "{\"from\":\"x\",\"n\":3,\"message\":{\"t\":\"no\\u0000\"}}" },
		{ "t", "\xff\xfe" },
		{ "room", "{\"from\":\"x\",\"n\":4,\"message\":{\"t\":\"no\"}}" },
		{ "local.bus", "{\"from\":\"x\",\"n\":5,\"message\":{\"t\":\"no\"}}" },
	};
	Pair pair;
	Log log;

	log_init (&log);
	pair_open (&pair, TRUE);
	subscribe (&pair, "t", on_message, &log);
	curia_bus_subscribe (pair.listens, "room", on_message, &log);
	curia_bus_subscribe (pair.listens, "local.*", on_message, &log);
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *channel = g_strdup_printf ("test:1:topic:%s", rows[i].topic);
		g_autofree char *command = g_strdup_printf ("*3\r\n$7\r\nPUBLISH\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n", strlen (channel), channel,
			strlen (rows[i].text), rows[i].text);
		g_autofree char *answer = redis_says (command);

		g_test_message ("%s: %s", rows[i].topic, answer);
		g_assert_cmpint (answer[0], ==, ':');
	}
	publish (pair.speaks, "t", "yes");
	log_wait (&log, 1);
	pair_close (&pair);
	g_assert_cmpstr (log.text->str, ==, "yes");
	log_clear (&log);
}

/* Beyond 4 MiB nothing leaves, and nothing comes in; within it all does. */
static void
test_oversized (void)
{
	g_autofree char *large = g_strnfill (5 * 1024 * 1024, 'x'), *fits = g_strnfill (3 * 1024 * 1024, 'y');
	json_auto_t *too_large = json_pack ("{s:s}", "t", large), *message = json_pack ("{s:s}", "t", fits);
	g_autoptr (GError) error = NULL, refused = NULL;
	g_autofree char *answer = NULL;
	Pair pair;
	Log log;

	log_init (&log);
	pair_open (&pair, TRUE);
	subscribe (&pair, "t", on_message, &log);
	g_assert_false (curia_bus_publish (pair.speaks, "t", too_large, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_TOO_LARGE);
	g_assert_null (curia_bus_request_sync (pair.speaks, "t", too_large, 5000, &refused));
	g_assert_error (refused, CURIA_ERROR, CURIA_ERROR_TOO_LARGE);
	answer = redis_says ("EVAL \"return redis.call('publish','test:1:topic:t','{\\\"from\\\":\\\"x\\\",\\\"n\\\":1,\\\"message\\\":{\\\"t\\\":\\\"' .. "
						 "string.rep('x',6000000) .. '\\\"}}')\" 0\r\n");
	g_assert_cmpstr (answer, ==, ":1\r\n");
	g_assert_true (curia_bus_publish (pair.speaks, "t", message, NULL));
	publish (pair.speaks, "t", "end");
	log_wait (&log, 2);
	pair_close (&pair);
	g_assert_cmpuint (strlen (log.text->str), ==, strlen (fits) + strlen (" end"));
	log_clear (&log);
}

/* The first who can answer counts; that others had nobody for it does not. */
static void
test_several_answerers (void)
{
	CuriaBus *third = node_new ();
	Pair pair;
	guint id;

	pair_open (&pair, TRUE);
	await_connected (third, TRUE);
	subscribe (&pair, "t", on_request, NULL);
	id = curia_bus_subscribe (third, "t", on_request, NULL);
	await_subscribers ("t", 2);
	expect_answer (pair.speaks);
	curia_bus_unsubscribe (third, id); /* Redis hears of it later */
	expect_answer (pair.speaks);
	curia_bus_free (third);
	await_subscribers ("t", 1);
	expect_answer (pair.speaks);
	pair_close (&pair);
}

/* The bus works from the first moment, whenever Redis comes. */
static void
test_late_redis (void)
{
	Log log;
	CuriaBus *bus;

	log_init (&log);
	servers_redis_stop ();
	bus = node_new ();
	curia_bus_subscribe (bus, "t", on_request, NULL);
	curia_bus_subscribe (bus, "news", on_message, &log);
	publish (bus, "news", "here");
	log_wait (&log, 1);
	expect_answer (bus);
	g_assert_false (curia_bus_is_connected (bus));
	servers_redis_restart ();
	await_connected (bus, TRUE);
	await_subscribers ("t", 1);
	curia_bus_free (bus);
	log_clear (&log);
}

static void
test_two_databases (void)
{
	g_autofree char *url = g_strdup_printf ("redis://127.0.0.1:%u/2", redis_port);
	CuriaBus *elsewhere = curia_bus_new_redis (&(CuriaRedisSettings) { .url = url, .prefix = "test" }, NULL);
	g_autoptr (GError) error = NULL;
	Pair pair;

	pair_open (&pair, TRUE);
	await_connected (elsewhere, TRUE);
	subscribe (&pair, "t", on_request, NULL);
	g_assert_null (ask (elsewhere, "t", &error)); /* an installation of its own */
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_NOT_FOUND);
	curia_bus_free (elsewhere);
	pair_close (&pair);
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
	g_test_add_func ("/bus/redis/restart", test_restart);
	g_test_add_func ("/bus/redis/hanging", test_hanging);
	g_test_add_func ("/bus/redis/hostile", test_hostile);
	g_test_add_func ("/bus/redis/oversized", test_oversized);
	g_test_add_func ("/bus/redis/several-answerers", test_several_answerers);
	g_test_add_func ("/bus/redis/two-databases", test_two_databases);
	g_test_add_func ("/bus/redis/late", test_late_redis);
	return g_test_run ();
}
