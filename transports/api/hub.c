#include "hub.h"

#include <string.h>
#include "connection.h"
#include "curia-clock.h"
#include "curia-log.h"
#include "forward.h"
#include "server.h"
#include "session.h"

#define KEEPALIVE_US (15 * G_USEC_PER_SEC) /* Janus' session_timeout is 60 s */
#define ENDING_US (5 * G_USEC_PER_SEC)     /* for the core to end a session that we asked it to end */
#define ROOM_PLUGIN "janus.plugin.curia.room"

struct Hub {
	Server *server;
	const Core *core;
	HubLimits limits;
	GHashTable *all;   /* set of Session; holds the reference */
	GHashTable *by_id; /* id -> Session */
	gboolean closing;  /* the core takes no more requests */
};

/* What the core said, on its way to the sockets' thread. */
typedef struct {
	Session *session;
	gsize serial;
	char *text;
	gsize bytes;
	gboolean success, detached, own;
	guint64 id; /* data.id of a success, sender of an event */
} Answer;

Hub *
hub_new (Server *server, const Core *core, const HubLimits *limits)
{
	Hub *self = g_new0 (Hub, 1);

	self->server = server;
	self->core = core;
	self->limits = *limits;
	self->all = g_hash_table_new_full (NULL, NULL, NULL, session_unref);
	self->by_id = g_hash_table_new (g_int64_hash, g_int64_equal);
	return self;
}

/* ---- a session's end ---- */

static void
unregister (Hub *self, Session *session)
{
	if (g_hash_table_lookup (self->by_id, &session->id) == session)
		g_hash_table_remove (self->by_id, &session->id);
}

static void
detach (Session *session)
{
	if (session->connection)
		g_ptr_array_remove (session->connection->sessions, session);
	session->connection = NULL;
}

/* Lets go of it; the caller takes it out of `all`. */
static void
release (Hub *self, Session *session)
{
	unregister (self, session);
	detach (session);
	if (session->link)
		self->core->close (g_steal_pointer (&session->link));
}

static void
ask_own (Hub *self, Session *session, Verb verb, Handle *handle, json_t *body, gint64 now_us)
{
	Request *request = request_new (verb, handle ? handle->id : 0, ENVELOPE_OWN_PREFIX,
		forward_own (verb, session->id, handle ? handle->id : 0, body));

	request->own = TRUE;
	session_request (session, self->core, request, now_us);
}

/* Asks the core to end it: unlike transport_gone this is told to event handlers, and works whatever
 * reclaim_session_timeout says. */
static void
end (Hub *self, Session *session, gint64 now_us)
{
	unregister (self, session);
	detach (session);
	session->ending_us = now_us;
	if (session->id)
		ask_own (self, session, VERB_DESTROY, NULL, NULL, now_us);
}

void
hub_close (Hub *self)
{
	self->closing = TRUE;
}

void
hub_free (Hub *self)
{
	GHashTableIter iter;
	gpointer session;

	g_hash_table_iter_init (&iter, self->all);
	while (g_hash_table_iter_next (&iter, &session, NULL)) {
		self->core->gone (((Session *) session)->link);
		release (self, session);
	}
	g_hash_table_unref (self->all);
	g_hash_table_unref (self->by_id);
	g_free (self);
}

/* ---- what we say ourselves ---- */

static void
say (Connection *connection, Session *session, json_t *message)
{
	if (session) {
		g_autofree char *text = json_dumps (message, JSON_COMPACT);

		session_say (session, text, strlen (text));
	} else {
		connection_send (connection, message);
	}
	json_decref (message);
}

/* Answers that need no core. */
static void
say_simple (Connection *connection, Session *session, const char *kind, const Envelope *envelope)
{
	json_t *message = json_pack ("{ss ss}", "janus", kind, "transaction", envelope->transaction);

	if (session)
		json_object_set_new (message, "session_id", json_integer ((json_int_t) session->id));
	say (connection, session, message);
}

static void
say_error (Connection *connection, Session *session, const Envelope *envelope, const Refusal *refusal)
{
	json_t *message = json_pack ("{ss s{si ss}}", "janus", "error", "error", "code", refusal->code, "reason", refusal->reason);

	if (envelope->transaction)
		json_object_set_new (message, "transaction", json_string (envelope->transaction));
	if (envelope->session_id)
		json_object_set_new (message, "session_id", json_integer ((json_int_t) envelope->session_id));
	say (connection, session, message);
}

/* ---- from the core ---- */

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
static void
check_queue (Hub *self, Session *session, gint64 now_us)
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
		end (self, session, now_us);
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
			say_error (session->connection, session, &(Envelope) { .transaction = request->transaction,
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
	check_queue (self, session, now_us);
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
	unregister (session->hub, session);
	session_unref (session);
}

void
hub_session_over (Session *session)
{
	server_post (session->hub->server, on_over, session_ref (session), session_unref);
}

/* ---- connections come and go ---- */

/* Tells the rooms that a participant's socket is gone, or back. */
static void
tell_rooms (Hub *self, Session *session, const char *state, gint64 now_us)
{
	GHashTableIter iter;
	gpointer handle;

	if (self->closing)
		return;
	g_hash_table_iter_init (&iter, session->handles);
	while (g_hash_table_iter_next (&iter, NULL, &handle)) {
		if (strcmp (((Handle *) handle)->plugin, ROOM_PLUGIN) != 0 ||
		    ((Handle *) handle)->waiting.length > SESSION_MAX_WAITING)
			continue;
		ask_own (self, session, VERB_MESSAGE, handle,
			json_pack ("{ss ss ss}", "request", "connection", "state", state, "secret", self->limits.secret), now_us);
	}
}

void
hub_drop (Hub *self, Connection *connection, gint64 deadline_us, gint64 now_us)
{
	while (connection->sessions->len) {
		Session *session = connection->sessions->pdata[connection->sessions->len - 1];

		detach (session);
		session->deadline_us = deadline_us;
		if (session->id && !session->over)
			tell_rooms (self, session, "dropped", now_us);
	}
}

static gboolean
is_claimable (const Session *session, const Connection *connection)
{
	return session && !session->over && !session->ending_us && connection_is_by (connection, session->identity, session->room);
}

static void
take_over (Hub *self, Session *session, Connection *connection, gint64 now_us)
{
	Connection *before = session->connection;

	if (before == connection)
		return;
	detach (session);
	if (before && before->sessions->len == 0)
		connection_close (before, LWS_CLOSE_STATUS_NORMAL, "Claimed by another connection", now_us);
	session->connection = connection;
	session->generation++;
	session->deadline_us = 0;
	g_ptr_array_add (connection->sessions, session);
	if (before == NULL)
		tell_rooms (self, session, "back", now_us);
}

static gboolean
claim (Hub *self, Connection *connection, const Envelope *envelope, gint64 now_us, Refusal *refusal)
{
	Session *session = g_hash_table_lookup (self->by_id, &envelope->session_id);
	json_t *last_seq = json_object_get (envelope->root, "last_seq");

	if (last_seq && (!json_is_integer (last_seq) || json_integer_value (last_seq) < 0))
		return refusal_set (refusal, JANUS_CODE_INVALID_TYPE, "last_seq must be an integer from 0");
	if (!is_claimable (session, connection))
		return refusal_set (refusal, JANUS_CODE_NO_SESSION, "No such session, or it is not yours");
	if (session->connection != connection && connection->sessions->len >= CONNECTION_MAX_SESSIONS)
		return refusal_set (refusal, JANUS_CODE_NOT_ACCEPTING, "At most %d sessions per connection", CONNECTION_MAX_SESSIONS);
	if (last_seq == NULL)
		replay_rewind_all (session->replay);
	else if (!replay_rewind (session->replay, (guint64) json_integer_value (last_seq)))
		return refusal_set (refusal, JANUS_CODE_NO_SESSION, "What came after last_seq is not kept any more: start over");
	take_over (self, session, connection, now_us);
	json_t *reply = json_pack ("{ss sI ss sI}", "janus", "success", "session_id", (json_int_t) session->id, "transaction",
		envelope->transaction, "seq", (json_int_t) replay_last (session->replay));
	connection_send (connection, reply);
	json_decref (reply);
	return TRUE;
}

/* ---- from clients ---- */

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

static gboolean
check_room_for (Session *session, const Envelope *envelope, const Handle *handle, Refusal *refusal)
{
	if (envelope->scope == SCOPE_HANDLE && handle == NULL)
		return refusal_set (refusal, JANUS_CODE_NO_HANDLE, "No such handle in this session");
	if (handle && handle->waiting.length >= SESSION_MAX_WAITING)
		return refusal_set (refusal, JANUS_CODE_MESSAGE, "More than %d requests wait on this handle", SESSION_MAX_WAITING);
	if (g_hash_table_size (session->requests) >= SESSION_MAX_OPEN)
		return refusal_set (refusal, JANUS_CODE_MESSAGE, "More than %d requests are not answered yet", SESSION_MAX_OPEN);
	if (envelope->verb == VERB_ATTACH && g_hash_table_size (session->handles) >= SESSION_MAX_HANDLES)
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
		say_error (connection, NULL, &envelope, &refusal);
		return;
	}
	if (envelope.verb == VERB_CLAIM) {
		if (!claim (self, connection, &envelope, now_us, &refusal))
			say_error (connection, NULL, &envelope, &refusal);
		return;
	}
	if (envelope.scope != SCOPE_NONE) {
		session = g_hash_table_lookup (self->by_id, &envelope.session_id);
		if (session == NULL || session->connection != connection || session->over) {
			refusal_set (&refusal, JANUS_CODE_NO_SESSION, "No such session on this connection");
			say_error (connection, NULL, &envelope, &refusal);
			return;
		}
	}
	if (!carry_out (self, connection, session, &envelope, now_us, &refusal))
		say_error (connection, session, &envelope, &refusal);
	if (session)
		check_queue (self, session, now_us);
}

/* ---- time ---- */

/* TRUE when it is done with. */
static gboolean
tick (Hub *self, Session *session, gint64 now_us)
{
	if (session->over && (session->connection == NULL || !replay_has_next (session->replay)))
		return TRUE;
	if (session->ending_us) {
		if (now_us - session->ending_us < ENDING_US)
			return FALSE;
		self->core->gone (session->link);
		return TRUE;
	}
	if (session->over || session->id == 0)
		return FALSE;
	if (g_atomic_int_get (&session->flooded) || (session->deadline_us && now_us >= session->deadline_us)) {
		curia_log_info ("hub", "session ends: %s", session->deadline_us ? "nobody came back for it" : "its reader is too slow");
		if (session->connection)
			connection_close (session->connection, LWS_CLOSE_STATUS_POLICY_VIOLATION, "Reads too slowly", now_us);
		end (self, session, now_us);
	} else if (now_us - session->asked_us > KEEPALIVE_US) {
		ask_own (self, session, VERB_KEEPALIVE, NULL, NULL, now_us);
	}
	return FALSE;
}

void
hub_tick (Hub *self, gint64 now_us)
{
	GHashTableIter iter;
	gpointer session;

	g_hash_table_iter_init (&iter, self->all);
	while (g_hash_table_iter_next (&iter, &session, NULL))
		if (tick (self, session, now_us)) {
			release (self, session);
			g_hash_table_iter_remove (&iter);
		}
}

guint
hub_sessions (const Hub *self)
{
	return g_hash_table_size (self->all);
}
