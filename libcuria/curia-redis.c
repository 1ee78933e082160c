#include "curia-redis-private.h"

#include <string.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-log.h"

#define TICK_MS 500
#define PING_US (1 * G_USEC_PER_SEC)
#define SILENCE_US (3 * G_USEC_PER_SEC) /* without a byte, though asked: the connection is gone */
#define LOGIN_US (5 * G_USEC_PER_SEC)   /* from the first step to being up */
#define MIN_WAIT_MS 100
#define MAX_WAIT_MS 2000
#define READ_BYTES 65536
#define FLUSH_US (G_USEC_PER_SEC / 2)

typedef struct {
	RedisDone done; /* or NULL */
	gpointer data;
} Waiting;

/* One attempt and, if it succeeds, the connection. GIO holds it as long as an operation runs, even after its owner left. */
typedef struct {
	Redis *owner; /* NULL: given up */
	GCancellable *cancellable;
	GSocketConnection *connection; /* NULL while connecting */
	redisReader *reader;
	GByteArray *output;  /* to be written next */
	GByteArray *writing; /* being written */
	guint n_operations;
	gint64 begun_us, heard_us;
	char buffer[READ_BYTES];
} Link;

struct Redis {
	GMainContext *context;
	const RedisAddress *address;
	char *name; /* for logs */
	RedisEvents events;
	gpointer data;
	Link *link;     /* or NULL: waiting for the next attempt */
	GQueue waiting; /* of Waiting: commands whose reply is to come */
	GSource *ticker, *retry;
	guint n_links; /* those given up included */
	guint wait_ms, n_login;
	gboolean up, told; /* told: the log knows that it is away */
};

static void start (Redis *self);

/* ---- links ---- */

static void
link_unref (Redis *redis, Link *link)
{
	if (link->n_operations > 0 || link->owner != NULL)
		return;
	redis->n_links--;
	g_clear_object (&link->connection);
	g_object_unref (link->cancellable);
	redisReaderFree (link->reader);
	g_byte_array_unref (link->output);
	g_byte_array_unref (link->writing);
	g_free (link);
}

/* GIO's callbacks get the two, since a link that was given up does not know its owner. */
typedef struct {
	Redis *redis;
	Link *link;
} Operation;

static Operation *
operation_new (Redis *redis, Link *link)
{
	Operation *operation = g_new (Operation, 1);

	*operation = (Operation) { redis, link };
	link->n_operations++;
	return operation;
}

/* The link if it still counts, else NULL. */
static Link *
operation_end (Operation *operation, Redis **redis)
{
	Link *link = operation->link;
	gboolean counts = link->owner != NULL;

	*redis = operation->redis;
	link->n_operations--;
	link_unref (operation->redis, link);
	g_free (operation);
	return counts ? link : NULL;
}

/* ---- commands that wait ---- */

static void
answer_next (Redis *self, const redisReply *reply, const GError *error)
{
	Waiting *waiting = g_queue_pop_head (&self->waiting);

	if (waiting == NULL)
		return;
	if (waiting->done != NULL)
		waiting->done (reply, error, waiting->data);
	g_free (waiting);
}

static void
refuse_all (Redis *self)
{
	g_autoptr (GError) error = g_error_new (CURIA_ERROR, CURIA_ERROR_UNAVAILABLE, "%s is away", self->name);

	for (guint n = self->waiting.length; n > 0; n--) /* not those that a callback tries to add */
		answer_next (self, NULL, error);
}

/* ---- the end of a link, and the next attempt ---- */

static gboolean
on_retry (gpointer data)
{
	Redis *self = data;

	g_clear_pointer (&self->retry, g_source_unref);
	start (self);
	return G_SOURCE_REMOVE;
}

/* A quarter more or less, so that many nodes do not come back in the same moment. */
static void
schedule (Redis *self)
{
	guint wait_ms = self->wait_ms * g_random_int_range (75, 126) / 100;

	self->wait_ms = MIN (self->wait_ms * 2, MAX_WAIT_MS);
	self->retry = g_timeout_source_new (wait_ms);
	g_source_set_callback (self->retry, on_retry, self, NULL);
	g_source_attach (self->retry, self->context);
}

static void
drop (Redis *self)
{
	Link *link = g_steal_pointer (&self->link);

	if (link == NULL)
		return;
	link->owner = NULL;
	link->n_operations++; /* cancelling may end one at once */
	g_cancellable_cancel (link->cancellable);
	link->n_operations--;
	link_unref (self, link);
}

static void
fail (Redis *self, const char *why)
{
	gboolean was_up = self->up;

	if (self->link == NULL)
		return;
	if (!self->told)
		curia_log_warning ("redis", "%s: %s; trying again until it is back", self->name, why);
	self->told = TRUE;
	self->up = FALSE;
	drop (self);
	schedule (self);
	refuse_all (self);
	if (was_up)
		self->events.down (self->data);
}

/* ---- writing ---- */

static void on_written (GObject *stream, GAsyncResult *result, gpointer data);

static void
write_more (Redis *self)
{
	Link *link = self->link;
	GByteArray *empty;

	if (link->writing->len > 0 || link->output->len == 0)
		return;
	empty = link->writing;
	link->writing = link->output;
	link->output = empty;
	g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (link->connection)), link->writing->data,
		link->writing->len, G_PRIORITY_DEFAULT, link->cancellable, on_written, operation_new (self, link));
}

static void
on_written (GObject *stream, GAsyncResult *result, gpointer data)
{
	g_autoptr (GError) error = NULL;
	gboolean written = g_output_stream_write_all_finish (G_OUTPUT_STREAM (stream), result, NULL, &error);
	Redis *self;
	Link *link = operation_end (data, &self);

	if (link == NULL)
		return;
	if (!written) {
		fail (self, error->message);
		return;
	}
	g_byte_array_set_size (link->writing, 0);
	write_more (self);
}

static gboolean
put (Redis *self, RedisDone done, gpointer data, guint argc, const char *const *argv)
{
	Link *link = self->link;
	Waiting *waiting;
	char *text = NULL;
	int length;

	if (link == NULL || link->connection == NULL || self->waiting.length >= REDIS_MAX_WAITING)
		return FALSE;
	length = redisFormatCommandArgv (&text, (int) argc, (const char **) argv, NULL);
	if (length < 0 || (gsize) length + link->output->len + link->writing->len > REDIS_MAX_OUTPUT) {
		redisFreeCommand (text);
		return FALSE;
	}
	g_byte_array_append (link->output, (const guint8 *) text, (guint) length);
	redisFreeCommand (text);
	if (!self->up || self->events.push == NULL) {
		waiting = g_new (Waiting, 1);
		*waiting = (Waiting) { done, data };
		g_queue_push_tail (&self->waiting, waiting);
	}
	write_more (self);
	return TRUE;
}

/* ---- logging in ---- */

static void
on_login (const redisReply *reply, const GError *error, gpointer data)
{
	Redis *self = data;
	const char *refusal = error == NULL ? redis_reply_error (reply) : NULL;

	if (error != NULL)
		return; /* the attempt has ended */
	if (refusal != NULL) {
		g_autofree char *why = g_strdup_printf ("Redis refuses: %s", refusal);

		fail (self, why);
		return;
	}
	if (--self->n_login > 0)
		return;
	self->up = TRUE;
	self->wait_ms = MIN_WAIT_MS;
	curia_log_info ("redis", "%s: connected", self->name);
	self->told = FALSE;
	self->events.up (self->data);
}

static void
say (Redis *self, const char *verb, const char *one, const char *two)
{
	const char *const words[] = { verb, one, two };

	self->n_login++;
	put (self, on_login, self, 1 + (one != NULL) + (two != NULL), words);
}

static void
log_in (Redis *self)
{
	const RedisAddress *address = self->address;

	self->n_login = 0;
	if (address->user != NULL)
		say (self, "AUTH", address->user, address->password);
	else if (address->password != NULL)
		say (self, "AUTH", address->password, NULL);
	if (address->db > 0) {
		g_autofree char *db = g_strdup_printf ("%u", address->db);

		say (self, "SELECT", db, NULL);
	}
	say (self, "PING", NULL, NULL); /* which is refused when a password is missing, or data are being loaded */
}

/* ---- reading ---- */

static void
take_reply (Redis *self, const redisReply *reply)
{
	if (self->up && self->events.push != NULL)
		self->events.push (reply, self->data);
	else
		answer_next (self, reply, NULL);
}

/* FALSE when the link ended meanwhile. */
static gboolean
take_replies (Redis *self, Link *link, gsize n_bytes)
{
	gpointer reply = NULL;

	if (redisReaderFeed (link->reader, link->buffer, n_bytes) != REDIS_OK) {
		fail (self, link->reader->errstr);
		return FALSE;
	}
	while (self->link == link) {
		if (redisReaderGetReply (link->reader, &reply) != REDIS_OK) {
			fail (self, link->reader->errstr);
			return FALSE;
		}
		if (reply == NULL)
			break;
		take_reply (self, reply);
		freeReplyObject (reply);
	}
	if (self->link == link && link->reader->len > REDIS_MAX_INPUT)
		fail (self, "a reply that is too long");
	return self->link == link;
}

static void on_read (GObject *stream, GAsyncResult *result, gpointer data);

static void
read_more (Redis *self, Link *link)
{
	g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (link->connection)), link->buffer, READ_BYTES,
		G_PRIORITY_DEFAULT, link->cancellable, on_read, operation_new (self, link));
}

static void
on_read (GObject *stream, GAsyncResult *result, gpointer data)
{
	g_autoptr (GError) error = NULL;
	gssize n_bytes = g_input_stream_read_finish (G_INPUT_STREAM (stream), result, &error);
	Link *link = ((Operation *) data)->link;
	Redis *self = ((Operation *) data)->redis;
	gboolean goes_on = FALSE;

	if (link->owner != NULL && n_bytes <= 0)
		fail (self, error != NULL ? error->message : "the connection was closed");
	else if (link->owner != NULL) {
		link->heard_us = curia_clock_us ();
		goes_on = take_replies (self, link, (gsize) n_bytes); /* the operation keeps the link meanwhile */
	}
	if (goes_on)
		read_more (self, link);
	operation_end (data, &self);
}

/* ---- connecting ---- */

static void
on_connected (GObject *client, GAsyncResult *result, gpointer data)
{
	g_autoptr (GError) error = NULL;
	GSocketConnection *connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (client), result, &error);
	Redis *self;
	Link *link = operation_end (data, &self);

	if (link == NULL) {
		g_clear_object (&connection);
		return;
	}
	if (connection == NULL) {
		fail (self, error->message);
		return;
	}
	link->connection = connection;
	read_more (self, link);
	log_in (self);
}

/* The handshake is about to begin: what we trust, and who we are. */
static void
on_client_event (GSocketClient *client, GSocketClientEvent event, GSocketConnectable *host, GIOStream *stream, gpointer data)
{
	const RedisAddress *address = data;

	(void) client, (void) host;
	if (event != G_SOCKET_CLIENT_TLS_HANDSHAKING)
		return;
	if (address->authorities != NULL)
		g_tls_connection_set_database (G_TLS_CONNECTION (stream), address->authorities);
	if (address->certificate != NULL)
		g_tls_connection_set_certificate (G_TLS_CONNECTION (stream), address->certificate);
}

static void
start (Redis *self)
{
	g_autoptr (GSocketClient) client = g_socket_client_new ();
	g_autoptr (GSocketConnectable) where = g_network_address_new (self->address->host, self->address->port);
	Link *link = g_new0 (Link, 1);

	link->owner = self;
	link->cancellable = g_cancellable_new ();
	link->reader = redisReaderCreate ();
	link->output = g_byte_array_new ();
	link->writing = g_byte_array_new ();
	link->begun_us = link->heard_us = curia_clock_us ();
	self->link = link;
	self->n_links++;
	g_socket_client_set_enable_proxy (client, FALSE);
	g_socket_client_set_tls (client, self->address->tls);
	g_signal_connect (client, "event", G_CALLBACK (on_client_event), (gpointer) self->address);
	g_socket_client_connect_async (client, where, link->cancellable, on_connected, operation_new (self, link));
}

/* ---- is it there? ---- */

static gboolean
on_tick (gpointer data)
{
	static const char *const ping[] = { "PING" };
	Redis *self = data;
	Link *link = self->link;
	gint64 now_us = curia_clock_us ();

	if (link == NULL)
		return G_SOURCE_CONTINUE;
	if (!self->up && now_us - link->begun_us > LOGIN_US)
		fail (self, "no connection in time");
	else if (self->up && now_us - link->heard_us > SILENCE_US)
		fail (self, "no answer");
	else if (self->up && now_us - link->heard_us > PING_US)
		put (self, NULL, NULL, 1, ping);
	return G_SOURCE_CONTINUE;
}

/* ---- the interface ---- */

Redis *
redis_new (GMainContext *context, const RedisAddress *address, const char *label, const RedisEvents *events, gpointer data)
{
	g_autofree char *where = redis_address_show (address);
	Redis *self = g_new0 (Redis, 1);

	self->context = g_main_context_ref (context);
	self->address = address;
	self->name = g_strdup_printf ("%s (%s)", where, label);
	self->events = *events;
	self->data = data;
	self->wait_ms = MIN_WAIT_MS;
	g_queue_init (&self->waiting);
	self->ticker = g_timeout_source_new (TICK_MS);
	g_source_set_callback (self->ticker, on_tick, self, NULL);
	g_source_attach (self->ticker, context);
	self->retry = g_idle_source_new (); /* so that GIO is called from the context's own thread */
	g_source_set_callback (self->retry, on_retry, self, NULL);
	g_source_attach (self->retry, context);
	return self;
}

static void
stop_source (GSource **source)
{
	if (*source == NULL)
		return;
	g_source_destroy (*source);
	g_clear_pointer (source, g_source_unref);
}

void
redis_free (Redis *self)
{
	if (self == NULL)
		return;
	stop_source (&self->ticker);
	stop_source (&self->retry);
	self->up = FALSE;
	drop (self);
	refuse_all (self);
	g_main_context_push_thread_default (self->context); /* where GIO's next steps go */
	while (self->n_links > 0)
		g_main_context_iteration (self->context, TRUE);
	g_main_context_pop_thread_default (self->context);
	g_main_context_unref (self->context);
	g_free (self->name);
	g_free (self);
}

void
redis_flush (Redis *self)
{
	gint64 end_us = curia_clock_us () + FLUSH_US;

	g_main_context_push_thread_default (self->context);
	while (self->up && self->waiting.length > 0 && curia_clock_us () < end_us)
		if (!g_main_context_iteration (self->context, FALSE))
			g_usleep (1000);
	g_main_context_pop_thread_default (self->context);
}

gboolean
redis_is_up (Redis *self)
{
	return self->up;
}

gboolean
redis_send (Redis *self, RedisDone done, gpointer data, guint argc, const char *const *argv)
{
	return self->up && put (self, done, data, argc, argv);
}

const char *
redis_reply_error (const redisReply *reply)
{
	return reply->type == REDIS_REPLY_ERROR ? reply->str : NULL;
}
