#include "hub-private.h"

#include "forward.h"

/* Answers that need no core. */
static void
say_simple (Connection *connection, Session *session, const char *kind, const Envelope *envelope)
{
	json_t *message = json_pack ("{ss ss}", "janus", kind, "transaction", envelope->transaction);

	if (session)
		json_object_set_new (message, "session_id", json_integer ((json_int_t) session->id));
	hub_say (connection, session, message);
}

static gboolean
begin (Hub *self, Connection *connection, const Envelope *envelope, gint64 now_us, Refusal *refusal)
{
	json_t *message;
	Session *session;

	if (connection->sessions->len >= CONNECTION_MAX_SESSIONS)
		return refusal_set (refusal, JANUS_CODE_NOT_ACCEPTING, "At most %d sessions per connection", CONNECTION_MAX_SESSIONS);
	message = forward_request (envelope, refusal);
	if (message == NULL)
		return FALSE;
	session = session_new (self, connection, self->core);
	g_hash_table_add (self->all, session);
	g_ptr_array_add (connection->sessions, session);
	session_request (session, self->core, request_new (envelope->verb, 0, envelope->transaction, message), now_us);
	return TRUE;
}

/* Handles that the core was asked for and has not given yet. */
static guint
n_attaching (Session *session)
{
	GHashTableIter iter;
	gpointer request;
	guint n = 0;

	g_hash_table_iter_init (&iter, session->requests);
	while (g_hash_table_iter_next (&iter, NULL, &request))
		n += ((Request *) request)->verb == VERB_ATTACH;
	return n;
}

static gboolean
check_room_for (Session *session, const Envelope *envelope, const Handle *handle, Refusal *refusal)
{
	if (envelope->scope == SCOPE_HANDLE && handle == NULL)
		return refusal_set (refusal, JANUS_CODE_NO_HANDLE, "No such handle in this session");
	if (handle && handle->waiting.length >= SESSION_MAX_WAITING)
		return refusal_set (refusal, JANUS_CODE_MESSAGE, "More than %d requests wait on this handle", SESSION_MAX_WAITING);
	if (g_hash_table_size (session->requests) >= SESSION_MAX_OPEN)
		return refusal_set (refusal, JANUS_CODE_MESSAGE, "More than %d requests are not answered yet", SESSION_MAX_OPEN);
	if (envelope->verb == VERB_ATTACH && g_hash_table_size (session->handles) + n_attaching (session) >= SESSION_MAX_HANDLES)
		return refusal_set (refusal, JANUS_CODE_ATTACH, "At most %d handles per session", SESSION_MAX_HANDLES);
	return TRUE;
}

static gboolean
pass_on (Hub *self, Session *session, const Envelope *envelope, gint64 now_us, Refusal *refusal)
{
	Handle *handle = envelope->scope == SCOPE_HANDLE ? session_handle (session, envelope->handle_id) : NULL;
	const Recent *before;
	json_t *message;
	Request *request;

	if (!check_room_for (session, envelope, handle, refusal))
		return FALSE;
	message = forward_request (envelope, refusal);
	if (message == NULL)
		return FALSE;
	request = request_new (envelope->verb, handle ? handle->id : 0, envelope->transaction, message);
	request->plugin = g_strdup (json_string_value (json_object_get (message, "plugin")));
	before = session_remember (session, request->key);
	if (before == NULL) {
		session_request (session, self->core, request, now_us);
		return TRUE;
	}
	if (before->reply)
		session_say (session, before->reply, strlen (before->reply));
	request_free (request);
	return TRUE;
}

/* Requests without a session, and those that need no core. */
static gboolean
carry_out (Hub *self, Connection *connection, Session *session, const Envelope *envelope, gint64 now_us, Refusal *refusal)
{
	switch (envelope->verb) {
	case VERB_PING: say_simple (connection, NULL, "pong", envelope); return TRUE;
	case VERB_KEEPALIVE: say_simple (connection, session, "ack", envelope); return TRUE;
	case VERB_CREATE:
	case VERB_INFO: return begin (self, connection, envelope, now_us, refusal);
	default: return pass_on (self, session, envelope, now_us, refusal);
	}
}

void
hub_receive (Hub *self, Connection *connection, const char *text, gsize bytes, gint64 now_us)
{
	g_auto (Envelope) envelope = { 0 };
	Session *session = NULL;
	Refusal refusal;

	if (!envelope_parse (&envelope, text, bytes, &refusal)) {
		hub_say_error (connection, NULL, &envelope, &refusal);
		return;
	}
	if (envelope.verb == VERB_CLAIM) {
		if (!hub_claim (self, connection, &envelope, now_us, &refusal))
			hub_say_error (connection, NULL, &envelope, &refusal);
		return;
	}
	if (envelope.scope != SCOPE_NONE) {
		session = g_hash_table_lookup (self->by_id, &envelope.session_id);
		if (session == NULL || session->connection != connection || session->over) {
			refusal_set (&refusal, JANUS_CODE_NO_SESSION, "No such session on this connection");
			hub_say_error (connection, NULL, &envelope, &refusal);
			return;
		}
	}
	if (!carry_out (self, connection, session, &envelope, now_us, &refusal))
		hub_say_error (connection, session, &envelope, &refusal);
	if (session)
		hub_check_queue (self, session, now_us);
}
