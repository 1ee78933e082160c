#include "hub-private.h"

#include <string.h>
#include "curia-clock.h"

/* What the core said, on its way to the sockets' thread. */
typedef struct {
	Session *session;
	gsize serial;
	char *text;
	gsize bytes;
	gboolean success, detached, own;
	guint64 id; /* data.id of a success, sender of an event */
} Answer;

static void
answer_free (gpointer data)
{
	Answer *self = data;

	g_atomic_int_add (&self->session->queued_bytes, -(gint) self->bytes);
	session_unref (self->session);
	free (self->text);
	g_free (self);
}

static Answer *
answer_new (Session *session, gsize serial, json_t *message)
{
	Answer *self = g_new0 (Answer, 1);
	const char *kind = json_string_value (json_object_get (message, "janus"));
	const char *transaction = json_string_value (json_object_get (message, "transaction"));

	self->session = session_ref (session);
	self->serial = serial;
	self->success = g_strcmp0 (kind, "success") == 0;
	self->detached = g_strcmp0 (kind, "detached") == 0;
	self->own = transaction && g_str_has_prefix (transaction, ENVELOPE_OWN_PREFIX);
	self->id = (guint64) json_integer_value (self->success ? json_object_get (json_object_get (message, "data"), "id")
							       : json_object_get (message, "sender"));
	self->text = json_dumps (message, JSON_COMPACT | JSON_PRESERVE_ORDER);
	self->bytes = self->text ? strlen (self->text) : 0;
	return self;
}

/* A reader that is too slow, or that does not come back to what has piled up for it. */
void
hub_check_queue (Hub *self, Session *session, gint64 now_us)
{
	Connection *connection = session->connection;
	gsize bytes = replay_bytes (session->replay);

	if (connection && bytes + connection->plain_bytes > self->limits.output_queue_bytes)
		connection_close (connection, LWS_CLOSE_STATUS_POLICY_VIOLATION, "Reads too slowly", now_us);
	if (bytes > 2 * self->limits.output_queue_bytes)
		g_atomic_int_set (&session->flooded, TRUE);
}

static void
say_plain (Connection *connection, const char *text, gsize bytes)
{
	json_t *message = connection ? json_loadb (text, bytes, 0, NULL) : NULL;

	if (message)
		connection_send (connection, message);
	json_decref (message);
}

static void
on_created (Hub *self, Session *session, const Answer *answer, gint64 now_us)
{
	if (!answer->success || answer->id == 0) {
		say_plain (session->connection, answer->text, answer->bytes);
		session->over = TRUE;
		return;
	}
	session->id = answer->id;
	if (session->connection == NULL) {
		hub_end (self, session, now_us);
		return;
	}
	g_hash_table_insert (self->by_id, &session->id, session);
	session_say (session, answer->text, answer->bytes);
}

/* What still waits for a handle that is gone is answered as the core would. */
static void
forget_handle (Session *session, guint64 id)
{
	Handle *handle = session_handle (session, id);

	for (Request *request; handle && (request = g_queue_pop_head (&handle->waiting)); request_free (request)) {
		Refusal refusal;

		refusal_set (&refusal, JANUS_CODE_NO_HANDLE, "The handle is detached");
		if (!request->own)
			hub_say_error (session->connection, session, &(Envelope) { .transaction = request->transaction,
				.session_id = session->id }, &refusal);
	}
	session_remove_handle (session, id);
}

static void
on_request_answered (Hub *self, Session *session, const Request *request, const Answer *answer, gint64 now_us)
{
	if (request->own) {
		session->over |= request->verb == VERB_DESTROY;
		return;
	}
	if (request->verb == VERB_CREATE) {
		on_created (self, session, answer, now_us);
		return;
	}
	if (request->verb == VERB_INFO) {
		say_plain (session->connection, answer->text, answer->bytes);
		session->over = TRUE;
		return;
	}
	if (request->verb == VERB_ATTACH && answer->success)
		session_add_handle (session, answer->id, request->plugin);
	if (request->verb == VERB_DETACH && answer->success)
		forget_handle (session, request->handle_id);
	session_remember_reply (session, request->key, answer->text, answer->bytes);
	session_say (session, answer->text, answer->bytes);
}

static void
on_answer (gpointer data)
{
	Answer *answer = data;
	Session *session = answer->session;
	Hub *self = session->hub;
	gint64 now_us = curia_clock_us ();

	if (session->link == NULL) {
		answer_free (answer);
		return;
	}
	if (answer->serial) {
		Request *request = session_answered (session, self->core, answer->serial, now_us);

		if (request) {
			on_request_answered (self, session, request, answer, now_us);
			request_free (request);
		}
	} else if (!answer->own) {
		if (answer->detached)
			forget_handle (session, answer->id);
		session_say (session, answer->text, answer->bytes);
	}
	hub_check_queue (self, session, now_us);
	answer_free (answer);
}

void
hub_answer (Session *session, gsize serial, json_t *message)
{
	Hub *self = session->hub;
	Answer *answer = answer_new (session, serial, message);
	gint queued = g_atomic_int_add (&session->queued_bytes, (gint) answer->bytes);

	json_decref (message);
	if ((gsize) queued > 2 * self->limits.output_queue_bytes || answer->text == NULL) {
		g_atomic_int_set (&session->flooded, TRUE);
		answer_free (answer);
		return;
	}
	server_post (self->server, on_answer, answer, answer_free);
}

static void
on_over (gpointer data)
{
	Session *session = data;

	session->over = TRUE;
	hub_unregister (session->hub, session);
	session_unref (session);
}

void
hub_session_over (Session *session)
{
	server_post (session->hub->server, on_over, session_ref (session), session_unref);
}
