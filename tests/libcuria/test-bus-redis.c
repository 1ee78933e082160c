/* What only Redis can do to the bus: go, hang, come late, carry rubbish, and join several who answer. */
#include "tests/libcuria/bus-fixture.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-fields.h"
#include "tests/lib/servers.h"

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

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	redis_port = servers_redis_start (NULL);
	g_test_add_func ("/bus/redis/restart", test_restart);
	g_test_add_func ("/bus/redis/hanging", test_hanging);
	g_test_add_func ("/bus/redis/hostile", test_hostile);
	g_test_add_func ("/bus/redis/oversized", test_oversized);
	g_test_add_func ("/bus/redis/several-answerers", test_several_answerers);
	g_test_add_func ("/bus/redis/two-databases", test_two_databases);
	g_test_add_func ("/bus/redis/late", test_late_redis);
	return g_test_run ();
}
