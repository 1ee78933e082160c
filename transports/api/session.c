#include "session.h"

#include <string.h>
#include "connection.h"

Request *request_new (Verb verb, guint64 handle_id, const char *transaction, json_t *message)
{
	Request *self = g_new0 (Request, 1);

	self->verb = verb;
	self->handle_id = handle_id;
	self->key = g_strdup_printf ("%s %" G_GUINT64_FORMAT " %s", envelope_verb_name (verb), handle_id, transaction);
	self->transaction = self->key + strlen (self->key) - strlen (transaction);
	self->message = message;
	return self;
}

void request_free (gpointer data)
{
	Request *self = data;

	g_clear_pointer (&self->message, json_decref);
	g_free (self->key);
	g_free (self->plugin);
	g_free (self);
}

static void handle_free (gpointer data)
{
	Handle *self = data;

	g_queue_clear_full (&self->waiting, request_free);
	g_free (self->plugin);
	g_free (self);
}

Session *session_new (Hub *hub, Connection *connection, const Core *core)
{
	Session *self = g_new0 (Session, 1);

	self->refs = 1;
	self->hub = hub;
	self->identity = g_strdup (connection->identity);
	self->room = g_strdup (connection->room);
	self->connection = connection;
	self->replay = replay_new ();
	self->handles = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, handle_free);
	self->requests = g_hash_table_new_full (NULL, NULL, NULL, request_free);
	self->link = core->open (session_ref (self));
	return self;
}

Session *session_ref (Session *self)
{
	g_atomic_int_inc (&self->refs);
	return self;
}

void session_unref (gpointer data)
{
	Session *self = data;

	if (!g_atomic_int_dec_and_test (&self->refs))
		return;
	for (guint i = 0; i < SESSION_RECENT; i++) {
		g_free (self->recent[i].key);
		g_free (self->recent[i].reply);
	}
	replay_free (self->replay);
	g_hash_table_unref (self->handles);
	g_hash_table_unref (self->requests);
	g_free (self->identity);
	g_free (self->room);
	g_free (self);
}

/* ---- requests ---- */

static void ask (Session *self, const Core *core, Request *request, gint64 now_us)
{
	request->serial = ++self->serial;
	self->asked_us = now_us;
	g_hash_table_insert (self->requests, GSIZE_TO_POINTER (request->serial), request);
	core->request (self->link, request->serial, g_steal_pointer (&request->message));
}

void session_request (Session *self, const Core *core, Request *request, gint64 now_us)
{
	Handle *handle = session_handle (self, request->handle_id);

	if (handle && handle->busy) {
		g_queue_push_tail (&handle->waiting, request);
		return;
	}
	if (handle)
		handle->busy = TRUE;
	ask (self, core, request, now_us);
}

Request *session_answered (Session *self, const Core *core, gsize serial, gint64 now_us)
{
	Request *request = NULL;
	Handle *handle;

	if (!g_hash_table_steal_extended (self->requests, GSIZE_TO_POINTER (serial), NULL, (gpointer *) &request))
		return NULL;
	handle = session_handle (self, request->handle_id);
	if (handle) {
		Request *next = g_queue_pop_head (&handle->waiting);

		handle->busy = next != NULL;
		if (next)
			ask (self, core, next, now_us);
	}
	return request;
}

/* ---- handles ---- */

Handle *session_handle (Session *self, guint64 id)
{
	return g_hash_table_lookup (self->handles, &id);
}

void session_add_handle (Session *self, guint64 id, const char *plugin)
{
	Handle *handle = g_new0 (Handle, 1);

	handle->id = id;
	handle->plugin = g_strdup (plugin);
	g_hash_table_replace (self->handles, &handle->id, handle);
}

void session_remove_handle (Session *self, guint64 id)
{
	g_hash_table_remove (self->handles, &id);
}

/* ---- to the client ---- */

void session_say (Session *self, const char *json, gsize bytes)
{
	if (self->ending_us)
		return;
	replay_append (self->replay, json, bytes);
	if (self->connection)
		connection_wake (self->connection);
}

void session_on_ping (Session *self, guint32 number)
{
	self->ping_no = number;
	self->ping_seq = replay_sent (self->replay);
}

void session_on_pong (Session *self, guint32 number)
{
	if (number == self->ping_no)
		replay_confirm (self->replay, self->ping_seq);
}

/* ---- what was asked lately ---- */

static Recent *find_recent (Session *self, const char *key)
{
	for (guint i = 0; i < SESSION_RECENT; i++)
		if (g_strcmp0 (self->recent[i].key, key) == 0)
			return &self->recent[i];
	return NULL;
}

const Recent *session_remember (Session *self, const char *key)
{
	Recent *found = find_recent (self, key);

	if (found && found->generation < self->generation)
		return found;
	if (found == NULL) {
		found = &self->recent[self->recent_at++ % SESSION_RECENT];
		g_free (found->key);
		found->key = g_strdup (key);
	}
	found->generation = self->generation;
	g_clear_pointer (&found->reply, g_free);
	return NULL;
}

void session_remember_reply (Session *self, const char *key, const char *json, gsize bytes)
{
	Recent *found = find_recent (self, key);

	if (found == NULL || bytes > SESSION_RECENT_REPLY)
		return;
	g_free (found->reply);
	found->reply = g_strndup (json, bytes);
}
