#include "curia-bus-redis-private.h"

#include <string.h>
#include "curia-error.h"
#include "curia-fields.h"
#include "curia-id.h"
#include "curia-log.h"
#include "curia-metrics.h"

#define SWEEP_MS 1000
#define INSTANCE_BYTES 12
#define LOG_EVERY 1000 /* refused messages */

/* ---- envelopes [any] ---- */

gboolean
remote_shares (const char *topic)
{
	return !g_str_equal (topic, "room") && !g_str_has_prefix (topic, "local.");
}

char *
remote_channel (Remote *self, const char *topic)
{
	return g_strconcat (self->topics, topic, NULL);
}

json_t *
remote_envelope (Remote *self, json_t *message)
{
	gint64 serial;

	g_mutex_lock (&self->lock);
	serial = ++self->last_serial;
	g_mutex_unlock (&self->lock);
	return json_pack ("{s:s s:I s:O?}", "from", self->instance, "n", (json_int_t) serial, "message", message);
}

gboolean
remote_write (Remote *self, json_t *message, char **text, GError **error)
{
	json_auto_t *envelope = remote_envelope (self, message);

	*text = json_dumps (envelope, JSON_COMPACT);
	if (strlen (*text) <= REMOTE_MAX_MESSAGE)
		return TRUE;
	g_clear_pointer (text, g_free);
	return curia_throw (error, CURIA_ERROR_TOO_LARGE, "a message between nodes may have %d bytes", REMOTE_MAX_MESSAGE);
}

/* ---- publishing ---- */

typedef struct {
	Remote *remote;
	char *channel, *text;
} Publication;

static void
publication_free (gpointer data)
{
	Publication *publication = data;

	g_free (publication->channel);
	g_free (publication->text);
	g_free (publication);
}

static void
publish (gpointer data)
{
	Publication *publication = data;
	Remote *self = publication->remote;

	if (!redis_command (self->commands, NULL, NULL, "PUBLISH", publication->channel, publication->text))
		g_atomic_int_inc (&self->n_dropped);
}

void
remote_send (Remote *self, char *take_channel, char *take_text)
{
	Publication *publication = g_new (Publication, 1);

	*publication = (Publication) { self, take_channel, take_text };
	if (!loop_post (self->loop, publish, publication, publication_free))
		g_atomic_int_inc (&self->n_dropped);
}

void
remote_publish (Remote *self, const char *topic, char *take_text)
{
	remote_send (self, remote_channel (self, topic), take_text);
}

/* ---- subscriptions ---- */

/* The pattern that fits what begins as the topic does: what means something in patterns is escaped. */
static char *
pattern_of (const char *channel)
{
	GString *pattern = g_string_new (NULL);

	for (gsize i = 0; channel[i + 1] != '\0'; i++) { /* all but the star at the end */
		if (strchr ("*?[]\\^", channel[i]) != NULL)
			g_string_append_c (pattern, '\\');
		g_string_append_c (pattern, channel[i]);
	}
	g_string_append_c (pattern, '*');
	return g_string_free (pattern, FALSE);
}

static gboolean
send_watch (Remote *self, const char *topic, gboolean on)
{
	g_autofree char *channel = remote_channel (self, topic), *pattern = NULL;

	if (!g_str_has_suffix (topic, "*"))
		return redis_command (self->subscriber, NULL, NULL, on ? "SUBSCRIBE" : "UNSUBSCRIBE", channel);
	pattern = pattern_of (channel);
	return redis_command (self->subscriber, NULL, NULL, on ? "PSUBSCRIBE" : "PUNSUBSCRIBE", pattern);
}

/* Makes the connection's subscriptions what is wanted; what does not fit into its output waits for the next sweep. */
static void
send_watches (gpointer data)
{
	Remote *self = data;
	GHashTableIter iter;
	gpointer topic;

	if (!redis_is_up (self->subscriber))
		return; /* when it is, all are sent */
	g_mutex_lock (&self->lock);
	g_hash_table_iter_init (&iter, self->changed);
	while (g_hash_table_iter_next (&iter, &topic, NULL)) {
		gboolean want = g_hash_table_contains (self->wanted, topic);

		if (want != g_hash_table_contains (self->watched, topic) && !send_watch (self, topic, want))
			break;
		if (want)
			g_hash_table_add (self->watched, g_strdup (topic));
		else
			g_hash_table_remove (self->watched, topic);
		g_hash_table_iter_remove (&iter);
	}
	g_mutex_unlock (&self->lock);
}

void
remote_watch (Remote *self, const char *topic, int change)
{
	int count;

	g_mutex_lock (&self->lock);
	count = GPOINTER_TO_INT (g_hash_table_lookup (self->wanted, topic)) + change;
	if (count > 0)
		g_hash_table_replace (self->wanted, g_strdup (topic), GINT_TO_POINTER (count));
	else
		g_hash_table_remove (self->wanted, topic);
	if (count == 0 || (count == 1 && change > 0))
		g_hash_table_add (self->changed, g_strdup (topic));
	g_mutex_unlock (&self->lock);
	loop_post (self->loop, send_watches, self, NULL); /* refused: the sweep does it */
}

/* ---- what comes ---- */

static void
refuse (Remote *self, const char *channel)
{
	if (self->n_refused++ % LOG_EVERY == 0)
		curia_log_warning ("bus", "a message on %.200s that is none of a node's (%u so far)", channel, self->n_refused);
}

static gboolean
is_repetition (Remote *self, const char *from, json_int_t n)
{
	if (n == self->last_n && g_strcmp0 (from, self->last_from) == 0)
		return TRUE;
	if (g_strcmp0 (from, self->last_from) != 0) {
		g_free (self->last_from);
		self->last_from = g_strdup (from);
	}
	self->last_n = n;
	return FALSE;
}

static void
take_publication (Remote *self, const char *topic, json_t *envelope)
{
	json_t *message = json_object_get (envelope, "message");

	if (g_str_equal (curia_json_string (envelope, "from", ""), self->instance))
		return; /* our own, delivered long ago */
	if (!bus_deliver (self->bus, topic, json_is_null (message) ? NULL : json_incref (message)))
		g_atomic_int_inc (&self->n_dropped);
}

static void
take_envelope (Remote *self, const char *channel, json_t *envelope)
{
	const char *from = curia_json_string (envelope, "from", NULL);
	json_int_t n = curia_json_int (envelope, "n", 0);
	const char *topic;

	if (from == NULL || n <= 0)
		refuse (self, channel);
	else if (g_str_equal (channel, self->replies))
		remote_take_reply (self, envelope);
	else if (!g_str_has_prefix (channel, self->topics) || !remote_shares (channel + strlen (self->topics)))
		refuse (self, channel);
	else if (!is_repetition (self, from, n)) {
		topic = channel + strlen (self->topics);
		if (json_object_get (envelope, "reply") != NULL)
			remote_take_request (self, topic, envelope);
		else
			take_publication (self, topic, envelope);
	}
}

static void
take_message (Remote *self, const redisReply *channel, const redisReply *text)
{
	json_auto_t *envelope = NULL;

	if (channel->type != REDIS_REPLY_STRING || text->type != REDIS_REPLY_STRING || !g_utf8_validate (channel->str, -1, NULL))
		return;
	if (text->len <= REMOTE_MAX_MESSAGE)
		envelope = json_loadb (text->str, text->len, 0, NULL);
	if (json_is_object (envelope))
		take_envelope (self, channel->str, envelope);
	else
		refuse (self, channel->str);
}

/* ---- being connected ---- */

static void
set_connected (Remote *self, gboolean connected)
{
	if (g_atomic_int_get (&self->connected) == connected)
		return;
	g_atomic_int_set (&self->connected, connected);
	if (connected)
		curia_metrics_add (CURIA_METRIC_BUS_RECONNECTS, NULL, NULL, 1);
	else
		remote_refuse_asked (self);
	bus_deliver (self->bus, "local.bus", json_pack ("{s:s}", "state", connected ? "up" : "down"));
}

/* Our own channel is subscribed to last: when that is confirmed, all are in force. */
static void
maybe_connected (Remote *self, const char *channel)
{
	if (g_str_equal (channel, self->replies))
		set_connected (self, redis_is_up (self->commands));
}

static void
on_push (const redisReply *reply, gpointer data)
{
	Remote *self = data;
	const char *kind;

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 3 || reply->element[0]->type != REDIS_REPLY_STRING)
		return; /* pongs */
	kind = reply->element[0]->str;
	if (g_str_equal (kind, "message"))
		take_message (self, reply->element[1], reply->element[2]);
	else if (g_str_equal (kind, "pmessage") && reply->elements == 4)
		take_message (self, reply->element[2], reply->element[3]);
	else if (g_str_equal (kind, "subscribe") && reply->element[1]->type == REDIS_REPLY_STRING)
		maybe_connected (self, reply->element[1]->str);
}

static void
subscribe_own (Remote *self)
{
	redis_command (self->subscriber, NULL, NULL, "SUBSCRIBE", self->replies);
}

static void
on_subscriber_up (gpointer data)
{
	Remote *self = data;
	GHashTableIter iter;
	gpointer topic;

	g_hash_table_remove_all (self->watched);
	g_mutex_lock (&self->lock);
	g_hash_table_remove_all (self->changed);
	g_hash_table_iter_init (&iter, self->wanted);
	while (g_hash_table_iter_next (&iter, &topic, NULL))
		g_hash_table_add (self->changed, g_strdup (topic));
	g_mutex_unlock (&self->lock);
	send_watches (self);
	subscribe_own (self);
}

/* Whichever comes second asks for the confirmation that counts. */
static void
on_commands_up (gpointer data)
{
	Remote *self = data;

	if (redis_is_up (self->subscriber))
		subscribe_own (self);
}

static void
on_down (gpointer data)
{
	set_connected (data, FALSE);
}

static gboolean
on_sweep (gpointer data)
{
	send_watches (data);
	remote_sweep_asked (data);
	return G_SOURCE_CONTINUE;
}

/* ---- life ---- */

gboolean
remote_is_connected (Remote *self)
{
	return g_atomic_int_get (&self->connected);
}

static void
connect_both (gpointer data)
{
	static const RedisEvents commands = { on_commands_up, on_down, NULL }, subscriber = { on_subscriber_up, on_down, on_push };
	Remote *self = data;

	self->commands = redis_new (loop_context (self->loop), self->address, "bus", &commands, self);
	self->subscriber = redis_new (loop_context (self->loop), self->address, "bus, listening", &subscriber, self);
	self->sweep = loop_timer (self->loop, SWEEP_MS, on_sweep, self);
}

static Remote *
remote_new (CuriaBus *bus, RedisAddress *take_address)
{
	Remote *self = g_new0 (Remote, 1);

	self->bus = bus;
	self->address = take_address;
	self->instance = curia_id_secret (INSTANCE_BYTES);
	/* channels know nothing of databases, so their names do */
	self->topics = g_strdup_printf ("%s:%u:topic:", take_address->prefix, take_address->db);
	self->replies = g_strdup_printf ("%s:%u:reply:%s", take_address->prefix, take_address->db, self->instance);
	g_mutex_init (&self->lock);
	self->wanted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
	self->changed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
	self->watched = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
	self->asked = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, remote_asked_free);
	self->loop = loop_new ("curia-redis");
	loop_post (self->loop, connect_both, self, NULL);
	return self;
}

void
remote_free (Remote *self)
{
	if (self == NULL)
		return;
	loop_stop (self->loop);
	g_source_destroy (self->sweep);
	g_source_unref (self->sweep);
	redis_free (self->commands);
	redis_free (self->subscriber);
	g_hash_table_unref (self->asked);
	g_hash_table_unref (self->watched);
	g_hash_table_unref (self->changed);
	g_hash_table_unref (self->wanted);
	loop_free (self->loop);
	redis_address_free (self->address);
	g_mutex_clear (&self->lock);
	g_free (self->last_from);
	g_free (self->topics);
	g_free (self->replies);
	g_free (self->instance);
	g_free (self);
}

CuriaBus *
curia_bus_new_redis (const CuriaRedisSettings *settings, GError **error)
{
	RedisAddress *address = redis_address_new (settings, error);
	CuriaBus *self;

	if (address == NULL)
		return NULL;
	self = curia_bus_new ();
	self->remote = remote_new (self, address);
	return self;
}
