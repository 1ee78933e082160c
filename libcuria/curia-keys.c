#include "curia-keys.h"

#include <string.h>
#include "curia-clock.h"
#include "curia-log.h"
#include "curia-store-keys.h"

#define TOPIC "keys"
#define PAUSE_US (2 * G_USEC_PER_SEC)
#define USED_EVERY_S 60 /* so often at most the store is told that a key is in use */

/* A row as it was read, and what became of it. */
typedef struct {
	char *secret, *scopes;
	gint64 expires_ms;
	CuriaKey *key; /* NULL: it could not be used */
	gint64 told_s; /* of its use, to the store */
} Loaded;

struct Keys {
	CuriaStore *store;
	CuriaBus *bus;
	CuriaKeyring *ring;
	char *seal_path;
	guint subscription;
	GThread *thread;
	GMutex lock;       /* leaf */
	GCond woken;
	gboolean due, stop; /* LOCK: lock */
	GMutex reading;    /* before lock; held while the store is asked */
	GHashTable *loaded; /* LOCK: reading; id -> Loaded */
	gboolean away;     /* LOCK: reading; it is known that the store is away */
	GMutex sealing;    /* leaf */
	CuriaSeal *seal;   /* LOCK: sealing; once made it stays */
};

static void
loaded_free (gpointer data)
{
	Loaded *self = data;

	g_free (self->secret);
	g_free (self->scopes);
	curia_key_unref (self->key);
	g_free (self);
}

const CuriaSeal *
keys_seal (Keys *self, GError **error)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->sealing);

	if (self->seal == NULL)
		self->seal = curia_seal_open (self->seal_path, error);
	return self->seal;
}

/* ---- reading ---- */

static CuriaJwsKey *
jws_of (Keys *self, const CuriaApiKey *row, GError **error)
{
	g_autofree char *purpose = g_strconcat ("api-key:", row->id, NULL), *secret = NULL;
	g_autoptr (CuriaJwsKey) key = NULL;
	const CuriaSeal *seal;

	if (strcmp (row->algorithm, "HS256") != 0) {
		key = curia_jws_key_new_pem (row->secret, error);
		/* what the row says and what the key is must be the same */
		return key != NULL && strcmp (curia_jws_name (curia_jws_key_algorithm (key)), row->algorithm) == 0
			? g_steal_pointer (&key) : NULL;
	}
	seal = keys_seal (self, error);
	secret = seal != NULL ? curia_seal_unlock (seal, purpose, row->secret, error) : NULL;
	return secret != NULL ? curia_jws_key_new_secret (secret, error) : NULL;
}

static Loaded *
load (Keys *self, const CuriaApiKey *row)
{
	Loaded *loaded = g_new0 (Loaded, 1);
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaJwsKey) jws = jws_of (self, row, &error);
	guint scopes;

	loaded->secret = g_strdup (row->secret);
	loaded->scopes = g_strdup (row->scopes);
	loaded->expires_ms = row->expires_ms;
	if (jws != NULL && curia_scopes_parse (row->scopes, &scopes, &error))
		loaded->key = curia_key_new (row->id, jws, scopes, row->expires_ms > 0 ? MAX (row->expires_ms / 1000, 1) : 0);
	else
		curia_log_warning ("keys", "API key %s cannot be used: %s", row->id, error != NULL ? error->message : "damaged");
	return loaded;
}

static gboolean
is_same (const Loaded *loaded, const CuriaApiKey *row)
{
	return loaded->expires_ms == row->expires_ms && strcmp (loaded->secret, row->secret) == 0
		&& strcmp (loaded->scopes, row->scopes) == 0;
}

/* What did not change stays the same object, which knows when it was used. */
static void
take (Keys *self, GPtrArray *rows)
{
	g_autoptr (GHashTable) loaded = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, loaded_free);
	g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_key_unref);

	for (guint i = 0; i < rows->len; i++) {
		const CuriaApiKey *row = g_ptr_array_index (rows, i);
		Loaded *before = g_hash_table_lookup (self->loaded, row->id), *now;

		if (before != NULL && is_same (before, row)) {
			g_autofree char *id = NULL;

			g_hash_table_steal_extended (self->loaded, row->id, (gpointer *) &id, NULL);
			now = before;
		} else
			now = load (self, row);
		g_hash_table_insert (loaded, g_strdup (row->id), now);
		if (now->key != NULL)
			g_ptr_array_add (keys, curia_key_ref (now->key));
	}
	curia_keyring_replace (self->ring, keys);
	g_hash_table_unref (self->loaded);
	self->loaded = g_steal_pointer (&loaded);
}

static gboolean
refresh (Keys *self, GError **error)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reading);
	g_autoptr (GError) cause = NULL;
	g_autoptr (GPtrArray) rows = curia_store_key_list_live (self->store, curia_clock_wall_ms (), &cause);

	if (rows != NULL)
		take (self, rows);
	else if (!self->away)
		curia_log_warning ("keys", "API keys stay as they were: %s", cause->message);
	self->away = rows == NULL;
	if (cause != NULL)
		g_propagate_error (error, g_steal_pointer (&cause));
	return !self->away;
}

static void
tell_use (Keys *self)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->reading);
	GHashTableIter iter;
	gpointer id, data;

	if (self->away)
		return;
	g_hash_table_iter_init (&iter, self->loaded);
	while (g_hash_table_iter_next (&iter, &id, &data)) {
		Loaded *loaded = data;
		gint64 used_s = loaded->key != NULL ? curia_key_used_s (loaded->key) : 0;

		if (used_s < loaded->told_s + USED_EVERY_S)
			continue;
		loaded->told_s = used_s;
		if (!curia_store_key_used (self->store, id, used_s * 1000, NULL))
			return;
	}
}

/* ---- when ---- */

static gboolean
wait_until_due (Keys *self)
{
	gint64 end_us = g_get_monotonic_time () + PAUSE_US;
	gboolean stop;

	g_mutex_lock (&self->lock);
	while (!self->due && !self->stop && g_cond_wait_until (&self->woken, &self->lock, end_us))
		;
	self->due = FALSE;
	stop = self->stop;
	g_mutex_unlock (&self->lock);
	return !stop;
}

static gpointer
run (gpointer data)
{
	Keys *self = data;

	while (wait_until_due (self)) {
		refresh (self, NULL);
		tell_use (self);
	}
	return NULL;
}

static void
wake (Keys *self, gboolean stop)
{
	g_mutex_lock (&self->lock);
	self->due = TRUE;
	self->stop |= stop;
	g_cond_signal (&self->woken);
	g_mutex_unlock (&self->lock);
}

static void
on_changed (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	(void) topic;
	(void) message;
	if (request != NULL)
		curia_bus_answer (request, NULL, NULL);
	wake (data, FALSE);
}

gboolean
keys_changed (Keys *self, GError **error)
{
	json_auto_t *nothing = json_object ();

	/* nodes that do not hear it find out by themselves */
	curia_bus_publish (self->bus, TOPIC, nothing, NULL);
	return refresh (self, error);
}

Keys *
keys_new (CuriaStore *store, CuriaBus *bus, CuriaKeyring *ring, const char *seal_path)
{
	Keys *self = g_new0 (Keys, 1);

	self->store = store;
	self->bus = bus;
	self->ring = ring;
	self->seal_path = g_strdup (seal_path);
	self->loaded = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, loaded_free);
	g_mutex_init (&self->lock);
	g_mutex_init (&self->reading);
	g_mutex_init (&self->sealing);
	g_cond_init (&self->woken);
	refresh (self, NULL);
	self->subscription = curia_bus_subscribe (bus, TOPIC, on_changed, self);
	self->thread = g_thread_new ("curia-keys", run, self);
	return self;
}

void
keys_free (Keys *self)
{
	if (self == NULL)
		return;
	curia_bus_unsubscribe (self->bus, self->subscription);
	wake (self, TRUE);
	g_thread_join (self->thread);
	g_hash_table_unref (self->loaded);
	curia_seal_free (self->seal);
	g_free (self->seal_path);
	g_mutex_clear (&self->lock);
	g_mutex_clear (&self->reading);
	g_mutex_clear (&self->sealing);
	g_cond_clear (&self->woken);
	g_free (self);
}
