/* Requests between nodes: ours that wait for the others, and theirs that are answered here. */
#include "curia-bus-redis-private.h"

#include <string.h>
#include "curia-error.h"
#include "curia-fields.h"

#define MAX_ASKED (2 * MAX_PENDING)
#define MAX_TIMEOUT_MS 60000
#define MAX_CHANNEL 200

/* ---- ours ---- */

typedef struct {
	Remote *remote;
	CuriaBusRequest *request; /* NULL: answered */
	gint64 serial;
	char *channel, *text;
	gint n_expected;  /* how many will answer, less those who had nobody for it */
	gboolean counted; /* Redis has said how many got it */
	gboolean listed;  /* the table owns it */
} Asked;

static void
asked_settle (Asked *self, json_t *reply, CuriaErrorCode code, const char *text)
{
	g_autoptr (GError) error = reply == NULL ? g_error_new_literal (CURIA_ERROR, (int) code, text) : NULL;

	if (self->request != NULL)
		curia_bus_answer (g_steal_pointer (&self->request), reply, error);
}

void
remote_asked_free (gpointer data)
{
	Asked *self = data;

	asked_settle (self, NULL, CURIA_ERROR_UNAVAILABLE, "the other nodes cannot be asked");
	g_free (self->channel);
	g_free (self->text);
	g_free (self);
}

/* When the job ended without the table taking it. */
static void
asked_release (gpointer data)
{
	Asked *self = data;

	if (!self->listed)
		remote_asked_free (self);
}

/* Nobody is left who could answer. */
static void
maybe_nobody (Asked *self, const char *text)
{
	if (!self->counted || self->n_expected > 0)
		return;
	asked_settle (self, NULL, CURIA_ERROR_NOT_FOUND, text);
	g_hash_table_remove (self->remote->asked, &self->serial);
}

typedef struct {
	Remote *remote;
	gint64 serial;
} Count;

static void
on_count (const redisReply *reply, const GError *error, gpointer data)
{
	Count *count = data;
	Asked *asked = g_hash_table_lookup (count->remote->asked, &count->serial);

	if (asked != NULL && error == NULL && reply->type == REDIS_REPLY_INTEGER) {
		asked->n_expected += (gint) reply->integer;
		asked->counted = TRUE;
		maybe_nobody (asked, "nobody answers on any node");
	} else if (asked != NULL)
		g_hash_table_remove (count->remote->asked, &count->serial);
	g_free (count);
}

static void
ask (gpointer data)
{
	Asked *asked = data;
	Remote *self = asked->remote;
	Count *count;

	if (g_hash_table_size (self->asked) >= MAX_ASKED || !remote_is_connected (self))
		return;
	count = g_new (Count, 1);
	*count = (Count) { self, asked->serial };
	if (!redis_command (self->commands, on_count, count, "PUBLISH", asked->channel, asked->text)) {
		g_free (count);
		return;
	}
	asked->listed = TRUE;
	g_clear_pointer (&asked->text, g_free);
	g_hash_table_insert (self->asked, &asked->serial, asked);
}

/* What is left of the request's time, as the others are to know it. */
static gint64
milliseconds_left (const CuriaBusRequest *request)
{
	return MAX (1, (request->deadline_us - g_get_monotonic_time ()) / 1000);
}

void
remote_ask (Remote *self, const char *topic, json_t *message, CuriaBusRequest *take_request)
{
	json_auto_t *envelope = remote_envelope (self, message);
	Asked *asked = g_new0 (Asked, 1);

	json_object_set_new (envelope, "reply", json_string (self->replies));
	json_object_set_new (envelope, "ms", json_integer (milliseconds_left (take_request)));
	asked->remote = self;
	asked->request = take_request;
	asked->serial = curia_json_int (envelope, "n", 0);
	asked->channel = remote_channel (self, topic);
	asked->text = json_dumps (envelope, JSON_COMPACT);
	if (strlen (asked->text) > REMOTE_MAX_MESSAGE)
		asked_settle (asked, NULL, CURIA_ERROR_TOO_LARGE, "a message between nodes may have 4 MiB");
	if (asked->request == NULL)
		remote_asked_free (asked);
	else
		loop_post (self->loop, ask, asked, asked_release);
}

static gboolean
is_over (gpointer key, gpointer value, gpointer data)
{
	Asked *asked = value;

	(void) key, (void) data;
	return asked->request == NULL || request_is_settled (asked->request);
}

void
remote_sweep_asked (Remote *self)
{
	g_hash_table_foreach_remove (self->asked, is_over, NULL);
}

void
remote_refuse_asked (Remote *self)
{
	g_hash_table_remove_all (self->asked);
}

static CuriaErrorCode
code_of (const char *slug)
{
	for (int code = 0; code < CURIA_N_ERRORS; code++)
		if (g_str_equal (curia_error_row_of ((CuriaErrorCode) code)->slug, slug))
			return (CuriaErrorCode) code;
	return CURIA_ERROR_INTERNAL;
}

static void
take_absence (Remote *self, gint64 serial, const char *text)
{
	Asked *asked = g_hash_table_lookup (self->asked, &serial);

	if (asked == NULL)
		return;
	asked->n_expected--;
	maybe_nobody (asked, text);
}

void
remote_take_reply (Remote *self, json_t *envelope)
{
	gint64 serial = curia_json_int (envelope, "re", 0);
	const char *slug = curia_json_string (envelope, "error", NULL), *text = curia_json_string (envelope, "text", "no reason given");
	Asked *asked = g_hash_table_lookup (self->asked, &serial);
	json_t *message = json_object_get (envelope, "message");

	if (asked == NULL)
		return; /* too late */
	if (slug != NULL && code_of (slug) == CURIA_ERROR_NOT_FOUND) {
		take_absence (self, serial, text);
		return;
	}
	if (slug != NULL)
		asked_settle (asked, NULL, code_of (slug), text);
	else
		asked_settle (asked, json_is_object (message) ? message : NULL, CURIA_ERROR_INTERNAL, "a reply that is none");
	g_hash_table_remove (self->asked, &serial);
}

/* ---- theirs ---- */

typedef struct {
	Remote *remote;
	char *channel; /* where the reply goes */
	json_int_t serial;
} Relay;

/* [bus] */
static void
on_answered (json_t *reply, const GError *error, gpointer data)
{
	Relay *self = data;
	json_auto_t *envelope = remote_envelope (self->remote, reply);
	g_autofree char *text = NULL;

	json_object_set_new (envelope, "re", json_integer (self->serial));
	if (error != NULL) {
		json_object_set_new (envelope, "error", json_string (curia_error_row (error)->slug));
		json_object_set_new (envelope, "text", json_string (error->message));
	}
	text = json_dumps (envelope, JSON_COMPACT);
	if (strlen (text) > REMOTE_MAX_MESSAGE) {
		g_autoptr (GError) large = g_error_new (CURIA_ERROR, CURIA_ERROR_TOO_LARGE, "the reply has more than 4 MiB");

		on_answered (NULL, large, self);
		return;
	}
	remote_send (self->remote, self->channel, g_steal_pointer (&text));
	g_free (self);
}

static gboolean
is_reply_channel (Remote *self, const char *channel)
{
	gsize length = strlen (self->replies) - strlen (self->instance);

	return strncmp (channel, self->replies, length) == 0 && strlen (channel) < MAX_CHANNEL;
}

void
remote_take_request (Remote *self, const char *topic, json_t *envelope)
{
	const char *channel = curia_json_string (envelope, "reply", "");
	json_t *message = json_object_get (envelope, "message");
	json_int_t serial = curia_json_int (envelope, "n", 0);
	gint64 timeout_ms = CLAMP (curia_json_int (envelope, "ms", 1), 1, MAX_TIMEOUT_MS);
	Relay *relay;

	if (g_str_equal (channel, self->replies)) { /* our own: whoever it was for has just unsubscribed here */
		take_absence (self, serial, "nobody answers any more");
		return;
	}
	if (!is_reply_channel (self, channel))
		return;
	relay = g_new (Relay, 1);
	*relay = (Relay) { self, g_strdup (channel), serial };
	bus_request_here (self->bus, topic, json_is_null (message) ? NULL : message, (guint) timeout_ms, on_answered, relay);
}
