#include "curia-keyring.h"

#include <string.h>
#include "curia-error.h"

#define MAX_KEYS 64 /* that options name */

struct CuriaKey {
	char *id;
	CuriaJwsKey *jws;
	guint scopes;
	gint64 expires_s; /* 0: never */
	guint used_s;     /* atomic; lasts until 2106 */
};

struct CuriaKeyring {
	GPtrArray *added; /* of CuriaKey, in order; read-only once the keyring is in use */
	GRWLock lock;     /* leaf */
	GPtrArray *stored; /* LOCK: lock; of CuriaKey */
};

/* ---- scopes ---- */

gboolean
curia_scopes_parse (const char *names, guint *scopes, GError **error)
{
	g_auto (GStrv) known = g_strsplit (CURIA_SCOPE_NAMES, "|", -1), wanted = g_strsplit (names, ",", -1);

	*scopes = *names == '\0' ? CURIA_SCOPES_ALL : 0;
	for (char **name = wanted; *names != '\0' && *name != NULL; name++) {
		guint i = 0;

		while (known[i] != NULL && strcmp (known[i], *name) != 0)
			i++;
		if (known[i] == NULL)
			return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "scopes must be of %s", CURIA_SCOPE_NAMES);
		*scopes |= 1U << i;
	}
	return TRUE;
}

/* ---- one key ---- */

CuriaKey *
curia_key_new (const char *id, CuriaJwsKey *jws, guint scopes, gint64 expires_s)
{
	CuriaKey *self = g_atomic_rc_box_new (CuriaKey);

	*self = (CuriaKey) { g_strdup (id), curia_jws_key_ref (jws), scopes, expires_s, 0 };
	return self;
}

static void
key_clear (gpointer data)
{
	CuriaKey *self = data;

	g_free (self->id);
	curia_jws_key_unref (self->jws);
}

CuriaKey *
curia_key_ref (CuriaKey *self)
{
	return g_atomic_rc_box_acquire (self);
}

void
curia_key_unref (CuriaKey *self)
{
	if (self != NULL)
		g_atomic_rc_box_release_full (self, key_clear);
}

const char *
curia_key_id (const CuriaKey *self)
{
	return self->id;
}

CuriaJwsKey *
curia_key_jws (const CuriaKey *self)
{
	return self->jws;
}

guint
curia_key_scopes (const CuriaKey *self)
{
	return self->scopes;
}

gint64
curia_key_used_s (const CuriaKey *self)
{
	return (gint64) g_atomic_int_get (&self->used_s);
}

void
curia_key_touch (CuriaKey *self, gint64 now_s)
{
	g_atomic_int_set (&self->used_s, (guint) now_s);
}

/* ---- the ring ---- */

CuriaKeyring *
curia_keyring_new (void)
{
	CuriaKeyring *self = g_new0 (CuriaKeyring, 1);

	g_rw_lock_init (&self->lock);
	self->added = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_key_unref);
	self->stored = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_key_unref);
	return self;
}

void
curia_keyring_free (CuriaKeyring *self)
{
	if (self == NULL)
		return;
	g_ptr_array_unref (self->added);
	g_ptr_array_unref (self->stored);
	g_rw_lock_clear (&self->lock);
	g_free (self);
}

static CuriaKey *
find (GPtrArray *keys, const char *id)
{
	for (guint i = 0; i < keys->len; i++) {
		CuriaKey *key = g_ptr_array_index (keys, i);

		if (strcmp (key->id, id) == 0)
			return key;
	}
	return NULL;
}

static gboolean
is_key_id (const char *id)
{
	gsize length = strspn (id, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_-.");

	return length >= 1 && length <= 64 && id[length] == '\0';
}

/* Takes `jws`, which may be NULL with `why` set. */
static gboolean
add (CuriaKeyring *self, const char *key_id, CuriaJwsKey *jws, const char *kind, GError *why, GError **error)
{
	g_autoptr (CuriaJwsKey) key = jws;
	g_autoptr (GError) reason = why;

	if (!is_key_id (key_id))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "key id must be 1 to 64 of A-Z a-z 0-9 _ - .");
	if (key == NULL)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "the %s of key \"%s\": %s", kind, key_id, reason->message);
	if (find (self->added, key_id) != NULL)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "key \"%s\" is there twice", key_id);
	if (self->added->len == MAX_KEYS)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "there may be at most %d keys", MAX_KEYS);
	g_ptr_array_add (self->added, curia_key_new (key_id, key, CURIA_SCOPES_ALL, 0));
	return TRUE;
}

gboolean
curia_keyring_add (CuriaKeyring *self, const char *key_id, const char *secret, GError **error)
{
	GError *why = NULL;
	CuriaJwsKey *jws = curia_jws_key_new_secret (secret, &why);

	return add (self, key_id, jws, "secret", why, error);
}

gboolean
curia_keyring_add_public (CuriaKeyring *self, const char *key_id, const char *pem, GError **error)
{
	GError *why = NULL;
	CuriaJwsKey *jws = curia_jws_key_new_pem (pem, &why);

	return add (self, key_id, jws, "PEM", why, error);
}

void
curia_keyring_replace (CuriaKeyring *self, GPtrArray *keys)
{
	GPtrArray *old;

	g_rw_lock_writer_lock (&self->lock);
	old = self->stored;
	self->stored = g_ptr_array_ref (keys);
	g_rw_lock_writer_unlock (&self->lock);
	g_ptr_array_unref (old);
}

static CuriaKey *
lookup (const CuriaKeyring *ring, const char *id)
{
	CuriaKeyring *self = (CuriaKeyring *) ring; /* whose lock is no part of what it says */
	CuriaKey *key = find (self->added, id);

	if (key != NULL)
		return curia_key_ref (key);
	g_rw_lock_reader_lock (&self->lock);
	key = find (self->stored, id);
	if (key != NULL)
		curia_key_ref (key);
	g_rw_lock_reader_unlock (&self->lock);
	return key;
}

CuriaKey *
curia_keyring_lookup (const CuriaKeyring *self, const char *id, gint64 now_s)
{
	g_autoptr (CuriaKey) key = lookup (self, id);

	return key != NULL && (key->expires_s == 0 || now_s < key->expires_s) ? g_steal_pointer (&key) : NULL;
}

gboolean
curia_keyring_has (const CuriaKeyring *self, const char *key_id)
{
	g_autoptr (CuriaKey) key = lookup (self, key_id);

	return key != NULL && curia_jws_key_signs (key->jws);
}

guint
curia_keyring_scopes (const CuriaKeyring *self, const char *key_id)
{
	g_autoptr (CuriaKey) key = key_id != NULL ? lookup (self, key_id) : NULL;

	if (key_id == NULL)
		return CURIA_SCOPES_ALL; /* an account's own */
	return key != NULL ? key->scopes : 0;
}

const char *
curia_keyring_first (const CuriaKeyring *self)
{
	for (guint i = 0; i < self->added->len; i++) {
		const CuriaKey *key = g_ptr_array_index (self->added, i);

		if (curia_jws_key_signs (key->jws))
			return key->id;
	}
	return NULL;
}
