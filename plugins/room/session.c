#include "config.h"
#include "plugins/room/session.h"

#include "plugins/room/metrics.h"
#include "plugins/room/slot.h"
#include "plugins/room/track.h"

static struct {
	GMutex lock;
	GHashTable *by_handle; /* LOCK: lock */
	/* At the end: handles that the core has not destroyed still point to their session, and media may come in for them until
	 * the process exits. */
	GHashTable *kept;
	guint64 last_number;   /* LOCK: lock */
} table;

Session *session_new (janus_plugin_session *handle)
{
	Session *self = g_new0 (Session, 1);
	self->refs = 1;
	self->handle = handle;
	g_mutex_init (&self->lock);
	g_mutex_init (&self->lane_lock);
	g_queue_init (&self->lane);
	return self;
}

Session *session_ref (Session *self)
{
	g_atomic_int_inc (&self->refs);
	return self;
}

void session_unref (Session *self)
{
	if (!g_atomic_int_dec_and_test (&self->refs))
		return;
	metrics_keep_session (self);
	g_clear_pointer (&self->sections, sections_unref);
	janus_refcount_decrease (&self->handle->ref);
	g_mutex_clear (&self->lock);
	g_mutex_clear (&self->lane_lock);
	g_free (self);
}

Sections *sections_new (void)
{
	Sections *self = g_new0 (Sections, 1);
	self->refs = 1;
	return self;
}

void sections_unref (Sections *self)
{
	if (!g_atomic_int_dec_and_test (&self->refs))
		return;
	for (int i = 0; i < SESSION_MAX_SECTIONS; i++) {
		g_clear_pointer (&self->tracks[i], track_unref);
		g_clear_pointer (&self->slots[i], slot_unref);
	}
	g_free (self);
}

void sections_put_track (Sections *self, int mindex, Track *track)
{
	g_return_if_fail (mindex >= 0 && mindex < SESSION_MAX_SECTIONS);
	g_clear_pointer (&self->tracks[mindex], track_unref);
	self->tracks[mindex] = track_ref (track);
}

void sections_put_slot (Sections *self, int mindex, Slot *slot)
{
	g_return_if_fail (mindex >= 0 && mindex < SESSION_MAX_SECTIONS);
	g_clear_pointer (&self->slots[mindex], slot_unref);
	self->slots[mindex] = slot_ref (slot);
}

void session_set_sections (Session *self, Sections *take_sections)
{
	g_mutex_lock (&self->lock);
	Sections *old = self->sections;
	self->sections = take_sections;
	g_mutex_unlock (&self->lock);
	g_clear_pointer (&old, sections_unref);
}

Sections *session_sections (Session *self)
{
	g_mutex_lock (&self->lock);
	Sections *sections = self->sections;
	if (sections)
		g_atomic_int_inc (&sections->refs);
	g_mutex_unlock (&self->lock);
	return sections;
}

void sessions_start (void)
{
	g_clear_pointer (&table.kept, g_hash_table_unref); /* of a run before this one, as tests have */
	table.by_handle = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) session_unref);
}

void sessions_stop (void)
{
	g_mutex_lock (&table.lock);
	table.kept = g_steal_pointer (&table.by_handle);
	g_mutex_unlock (&table.lock);
}

void sessions_add (Session *session)
{
	g_mutex_lock (&table.lock);
	session->number = ++table.last_number;
	if (table.by_handle)
		g_hash_table_insert (table.by_handle, session->handle, session_ref (session));
	g_mutex_unlock (&table.lock);
}

void sessions_remove (janus_plugin_session *handle)
{
	gpointer session = NULL;
	g_mutex_lock (&table.lock);
	if (table.by_handle)
		g_hash_table_steal_extended (table.by_handle, handle, NULL, &session);
	g_mutex_unlock (&table.lock);
	if (session)
		session_unref (session);
}

Session *sessions_lookup (janus_plugin_session *handle)
{
	g_mutex_lock (&table.lock);
	Session *session = table.by_handle ? g_hash_table_lookup (table.by_handle, handle) : NULL;
	if (session)
		session_ref (session);
	g_mutex_unlock (&table.lock);
	return session;
}

GPtrArray *sessions_all (void)
{
	GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) session_unref);
	GHashTableIter iter;
	gpointer session;
	g_mutex_lock (&table.lock);
	if (table.by_handle) {
		g_hash_table_iter_init (&iter, table.by_handle);
		while (g_hash_table_iter_next (&iter, NULL, &session))
			g_ptr_array_add (all, session_ref (session));
	}
	g_mutex_unlock (&table.lock);
	return all;
}

guint sessions_count (void)
{
	g_mutex_lock (&table.lock);
	guint n = table.by_handle ? g_hash_table_size (table.by_handle) : 0;
	g_mutex_unlock (&table.lock);
	return n;
}
