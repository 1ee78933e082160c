#include "tests/libcuria/bus-fixture.h"

#include <string.h>
#include <gio/gio.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-fields.h"

/* ---- one bus, or two nodes ---- */

guint redis_port;

CuriaBus *
node_new (void)
{
	g_autofree char *url = g_strdup_printf ("redis://127.0.0.1:%u/1", redis_port);
	g_autoptr (GError) error = NULL;
	CuriaBus *bus = curia_bus_new_redis (&(CuriaRedisSettings) { .url = url, .prefix = "test" }, &error);

	g_assert_no_error (error);
	return bus;
}

void
await_connected (CuriaBus *bus, gboolean connected)
{
	gint64 end_us = curia_clock_us () + 20 * G_USEC_PER_SEC;

	while (curia_bus_is_connected (bus) != connected && curia_clock_us () < end_us)
		g_usleep (2000);
	g_assert_true (curia_bus_is_connected (bus) == connected);
}

void
pair_open (Pair *pair, gboolean nodes)
{
	pair->speaks = nodes ? node_new () : curia_bus_new ();
	pair->listens = nodes ? node_new () : pair->speaks;
	await_connected (pair->speaks, TRUE);
	await_connected (pair->listens, TRUE);
}

void
pair_close (Pair *pair)
{
	if (pair->listens != pair->speaks)
		curia_bus_free (pair->listens);
	curia_bus_free (pair->speaks);
}

char *
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

void
await_subscribers (const char *topic, guint n)
{
	g_autofree char *command = g_strdup_printf ("PUBSUB NUMSUB test:1:topic:%s\r\n", topic), *wanted = g_strdup_printf ("\r\n:%u\r\n", n);

	await_answer (command, wanted);
}

guint
subscribe (const Pair *pair, const char *topic, CuriaBusHandler handler, gpointer data)
{
	guint id = curia_bus_subscribe (pair->listens, topic, handler, data);

	g_assert_cmpuint (id, >, 0);
	if (pair->listens != pair->speaks)
		await_subscribers (topic, 1);
	return id;
}

/* ---- a log ---- */

void
log_init (Log *log)
{
	g_mutex_init (&log->lock);
	g_cond_init (&log->changed);
	log->text = g_string_new (NULL);
	log->n = 0;
}

void
log_clear (Log *log)
{
	g_mutex_clear (&log->lock);
	g_cond_clear (&log->changed);
	g_string_free (log->text, TRUE);
}

void
log_add (Log *log, const char *text)
{
	g_mutex_lock (&log->lock);
	g_string_append_printf (log->text, "%s%s", log->n++ ? " " : "", text);
	g_cond_broadcast (&log->changed);
	g_mutex_unlock (&log->lock);
}

void
log_wait (Log *log, guint n)
{
	gint64 end_us = curia_clock_us () + 20 * G_USEC_PER_SEC;

	g_mutex_lock (&log->lock);
	while (log->n < n && g_cond_wait_until (&log->changed, &log->lock, end_us))
		;
	g_assert_cmpuint (log->n, >=, n);
	g_mutex_unlock (&log->lock);
}

void
on_message (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	(void) topic;
	g_assert_null (request);
	log_add (data, curia_json_string (message, "t", "?"));
}

void
publish (CuriaBus *bus, const char *topic, const char *text)
{
	json_auto_t *message = json_pack ("{s:s}", "t", text);
	g_autoptr (GError) error = NULL;

	g_assert_true (curia_bus_publish (bus, topic, message, &error));
	g_assert_no_error (error);
	json_object_set_new (message, "t", json_string ("changed afterwards")); /* which nobody may see */
}

/* ---- who answers ---- */

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

GThread *late_thread;

void
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
