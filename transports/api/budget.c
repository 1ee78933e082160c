#include "hub-private.h"

#include "curia-log.h"

/* ---- sessions whose socket is lost ---- */

void hub_uncount_dropped (Hub *self, Session *session)
{
	if (session->peer == NULL)
		return;
	session->peer->dropped--;
	self->dropped--;
	session->peer = NULL;
}

/* Of those of an address, or of all. */
static Session *lost_longest (Hub *self, const Peer *peer)
{
	GHashTableIter iter;
	gpointer key;
	Session *found = NULL;

	g_hash_table_iter_init (&iter, self->all);
	while (g_hash_table_iter_next (&iter, &key, NULL)) {
		Session *session = key;

		if (session->peer && (peer == NULL || session->peer == peer) && (found == NULL || session->deadline_us < found->deadline_us))
			found = session;
	}
	return found;
}

static void give_up (Hub *self, Session *session, const char *reason, gint64 now_us)
{
	curia_log_info ("hub", "session ends: %s", reason);
	hub_end (self, session, now_us);
	replay_clear (session->replay);
}

void hub_count_dropped (Hub *self, Session *session, Peer *peer, gint64 now_us)
{
	session->peer = peer;
	peer->dropped++;
	self->dropped++;
	if (self->closing)
		return;
	if (peer->dropped > self->limits.max_dropped_per_address && !peers_is_loopback (peer->address))
		give_up (self, lost_longest (self, peer), "its address has more than api.max_dropped_per_address", now_us);
	if (self->dropped > self->limits.max_dropped)
		give_up (self, lost_longest (self, NULL), "there are more than api.max_dropped", now_us);
}

/* ---- what is queued ---- */

static gsize queued_for (const Session *session)
{
	return session->ending_us ? 0 : replay_bytes (session->replay) + (gsize) g_atomic_int_get (&session->queued_bytes);
}

static gsize queued_for_connection (const Connection *connection)
{
	gsize bytes = connection->plain_bytes;

	for (guint i = 0; i < connection->sessions->len; i++)
		bytes += queued_for (connection->sessions->pdata[i]);
	return connection->close_code ? 0 : bytes;
}

/* Who has most, of all that hold something: a connection with its sessions, or a session without one. */
typedef struct {
	gsize total, most;
	Connection *connection;
	Session *session;
} Queues;

static void weigh (Queues *queues, gsize bytes, Connection *connection, Session *session)
{
	queues->total += bytes;
	if (bytes <= queues->most)
		return;
	queues->most = bytes;
	queues->connection = connection;
	queues->session = session;
}

static Queues weigh_all (Hub *self)
{
	Queues queues = { 0 };
	GHashTableIter iter;
	gpointer session;

	for (guint i = 0; i < self->server->connections->len; i++) {
		Connection *connection = self->server->connections->pdata[i];

		weigh (&queues, queued_for_connection (connection), connection, NULL);
	}
	g_hash_table_iter_init (&iter, self->all);
	while (g_hash_table_iter_next (&iter, &session, NULL))
		if (((Session *) session)->connection == NULL)
			weigh (&queues, queued_for (session), NULL, session);
	return queues;
}

static void disconnect (Hub *self, Connection *connection, gint64 now_us)
{
	connection_close (connection, LWS_CLOSE_STATUS_POLICY_VIOLATION, "Too much is queued, and most of it for you", now_us);
	while (connection->sessions->len)
		give_up (self, connection->sessions->pdata[0], "most of api.output_total_bytes was queued for it", now_us);
}

void hub_check_total (Hub *self, gint64 now_us)
{
	Queues queues;

	for (queues = weigh_all (self); queues.total > self->limits.output_total_bytes && queues.most; queues = weigh_all (self)) {
		if (queues.connection)
			disconnect (self, queues.connection, now_us);
		else
			give_up (self, queues.session, "most of api.output_total_bytes was queued for it", now_us);
	}
	self->queued_bytes = queues.total;
}
