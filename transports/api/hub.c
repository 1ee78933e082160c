#include "hub-private.h"

#include <string.h>
#include "curia-log.h"
#include "forward.h"
#include "server.h"

#define KEEPALIVE_US (15 * G_USEC_PER_SEC) /* Janus' session_timeout is 60 s */
#define ENDING_US (5 * G_USEC_PER_SEC)     /* for the core to end a session that we asked it to end */

Hub *hub_new (Server *server, const Core *core, const HubLimits *limits)
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

void hub_unregister (Hub *self, Session *session)
{
	hub_uncount_dropped (self, session);
	if (g_hash_table_lookup (self->by_id, &session->id) == session)
		g_hash_table_remove (self->by_id, &session->id);
}

void hub_detach (Session *session)
{
	if (session->connection)
		g_ptr_array_remove (session->connection->sessions, session);
	session->connection = NULL;
}

/* Lets go of it; the caller takes it out of `all`. */
static void release (Hub *self, Session *session)
{
	hub_unregister (self, session);
	hub_detach (session);
	if (session->link)
		self->core->close (g_steal_pointer (&session->link));
}

void hub_ask_own (Hub *self, Session *session, Verb verb, Handle *handle, json_t *body, gint64 now_us)
{
	Request *request = request_new (verb, handle ? handle->id : 0, ENVELOPE_OWN_PREFIX,
		forward_own (verb, session->id, handle ? handle->id : 0, body));

	request->own = TRUE;
	session_request (session, self->core, request, now_us);
}

void hub_end (Hub *self, Session *session, gint64 now_us)
{
	hub_unregister (self, session);
	hub_detach (session);
	session->ending_us = now_us;
	if (session->id)
		hub_ask_own (self, session, VERB_DESTROY, NULL, NULL, now_us);
}

void hub_close (Hub *self)
{
	self->closing = TRUE;
}

void hub_free (Hub *self)
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

void hub_say (Connection *connection, Session *session, json_t *message)
{
	if (session) {
		g_autofree char *text = json_dumps (message, JSON_COMPACT);

		session_say (session, text, strlen (text));
	} else {
		connection_send (connection, message);
	}
	json_decref (message);
}

void hub_say_error (Connection *connection, Session *session, const Envelope *envelope, const Refusal *refusal)
{
	json_t *message = json_pack ("{ss s{si ss}}", "janus", "error", "error", "code", refusal->code, "reason", refusal->reason);

	if (envelope->transaction)
		json_object_set_new (message, "transaction", json_string (envelope->transaction));
	if (envelope->session_id)
		json_object_set_new (message, "session_id", json_integer ((json_int_t) envelope->session_id));
	hub_say (connection, session, message);
}
/* ---- time ---- */

/* TRUE when it is done with. */
static gboolean tick (Hub *self, Session *session, gint64 now_us)
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
		hub_end (self, session, now_us);
	} else if (now_us - session->asked_us > KEEPALIVE_US) {
		hub_ask_own (self, session, VERB_KEEPALIVE, NULL, NULL, now_us);
	}
	return FALSE;
}

void hub_tick (Hub *self, gint64 now_us)
{
	GHashTableIter iter;
	gpointer session;

	g_hash_table_iter_init (&iter, self->all);
	while (g_hash_table_iter_next (&iter, &session, NULL))
		if (tick (self, session, now_us)) {
			release (self, session);
			g_hash_table_iter_remove (&iter);
		}
	hub_check_total (self, now_us);
}

guint hub_sessions (const Hub *self)
{
	return g_hash_table_size (self->all);
}

HubCounts hub_counts (const Hub *self)
{
	return (HubCounts) { g_hash_table_size (self->all), self->dropped, self->queued_bytes };
}
