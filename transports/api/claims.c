#include "hub-private.h"

#include <string.h>

#define ROOM_PLUGIN "janus.plugin.curia.room"

/* Tells the rooms that a participant's socket is gone, or back. */
static void tell_rooms (Hub *self, Session *session, const char *state, gint64 now_us)
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
		hub_ask_own (self, session, VERB_MESSAGE, handle,
			json_pack ("{ss ss ss}", "request", "connection", "state", state, "secret", self->limits.secret), now_us);
	}
}

void hub_drop (Hub *self, Connection *connection, gint64 deadline_us, gint64 now_us)
{
	while (connection->sessions->len) {
		Session *session = connection->sessions->pdata[connection->sessions->len - 1];

		hub_detach (session);
		session->deadline_us = deadline_us;
		if (session->id == 0 || session->over)
			continue;
		tell_rooms (self, session, "dropped", now_us);
		hub_count_dropped (self, session, connection->peer, now_us);
	}
}
static gboolean is_claimable (const Session *session, const Connection *connection)
{
	return session && !session->over && !session->ending_us && connection_is_by (connection, session->identity, session->room);
}

static void take_over (Hub *self, Session *session, Connection *connection, gint64 now_us)
{
	Connection *before = session->connection;

	if (before == connection)
		return;
	hub_detach (session);
	if (before && before->sessions->len == 0)
		connection_close (before, LWS_CLOSE_STATUS_NORMAL, "Claimed by another connection", now_us);
	session->connection = connection;
	session->generation++;
	session->deadline_us = 0;
	hub_uncount_dropped (self, session);
	g_ptr_array_add (connection->sessions, session);
	if (before == NULL)
		tell_rooms (self, session, "back", now_us);
}

gboolean hub_claim (Hub *self, Connection *connection, const Envelope *envelope, gint64 now_us, Refusal *refusal)
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
