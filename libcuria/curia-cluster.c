#include "config.h"
#include "curia-cluster-private.h"

#include <string.h>
#include "curia-clock.h"
#include "curia-error.h"

/* ---- nodes ---- */

static CuriaClusterNode *
node_copy (const CuriaClusterNode *node)
{
	CuriaClusterNode *copy = g_new (CuriaClusterNode, 1);

	*copy = *node;
	copy->name = g_strdup (node->name);
	copy->url = g_strdup (node->url);
	copy->version = g_strdup (node->version);
	return copy;
}

CuriaClusterNode *
cluster_own_node (CuriaCluster *self)
{
	CuriaClusterNode *node = g_new0 (CuriaClusterNode, 1);

	g_mutex_lock (&self->lock);
	*node = (CuriaClusterNode) {
		.participants = self->participants, .meetings = g_hash_table_size (self->held), .cpu_pct = self->cpu_pct,
		.placed = self->own_placed, .own = TRUE };
	g_mutex_unlock (&self->lock);
	node->connections = g_atomic_int_get (&self->connections);
	node->name = g_strdup (self->name);
	node->url = g_strdup (self->url);
	node->version = g_strdup (self->version);
	node->seen_ms = curia_clock_wall_ms ();
	return node;
}

GPtrArray *
curia_cluster_nodes (CuriaCluster *self)
{
	GPtrArray *nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_cluster_node_free);

	g_ptr_array_add (nodes, cluster_own_node (self));
	g_mutex_lock (&self->lock);
	for (guint i = 0; i < self->others->len; i++)
		g_ptr_array_add (nodes, node_copy (g_ptr_array_index (self->others, i)));
	g_mutex_unlock (&self->lock);
	return nodes;
}

/* "https://host:port" at the start of the url, and nothing but a path after it. */
static gboolean
is_at (const char *url, const char *origin)
{
	gsize length = strlen (origin);

	return *url != '\0' && length > 0 && g_ascii_strncasecmp (url, origin, length) == 0 && (url[length] == '\0' || url[length] == '/');
}

gboolean
curia_cluster_has_origin (CuriaCluster *self, const char *origin)
{
	gboolean found = is_at (self->url, origin);

	g_mutex_lock (&self->lock);
	for (guint i = 0; i < self->others->len && !found; i++)
		found = is_at (((CuriaClusterNode *) g_ptr_array_index (self->others, i))->url, origin);
	g_mutex_unlock (&self->lock);
	return found;
}

void
curia_cluster_set_connections (CuriaCluster *self, guint connections)
{
	g_atomic_int_set (&self->connections, (gint) connections);
}

/* ---- placing ---- */

/* Nodes that nobody could be sent to do not count; this one always does. Caller frees. */
static char *
least_loaded (CuriaCluster *self)
{
	g_autoptr (GPtrArray) nodes = curia_cluster_nodes (self);
	const CuriaClusterNode *best = g_ptr_array_index (nodes, 0);

	for (guint i = 1; i < nodes->len; i++) {
		const CuriaClusterNode *node = g_ptr_array_index (nodes, i);

		if (*node->url != '\0' && cluster_compare (node, best) < 0)
			best = node;
	}
	return g_strdup (best->name);
}

/* Its url, or NULL when it is not known; counts the meeting that goes there. Caller frees. */
static char *
url_of (CuriaCluster *self, const char *name, gboolean placed)
{
	char *url = NULL;

	g_mutex_lock (&self->lock);
	for (guint i = 0; i < self->others->len && url == NULL; i++) {
		CuriaClusterNode *node = g_ptr_array_index (self->others, i);

		if (!g_str_equal (node->name, name))
			continue;
		node->placed += placed;
		url = g_strdup (node->url);
	}
	g_mutex_unlock (&self->lock);
	return url;
}

static gboolean
is_held (CuriaCluster *self, const char *code)
{
	gboolean held;

	g_mutex_lock (&self->lock);
	held = g_hash_table_contains (self->held, code);
	g_mutex_unlock (&self->lock);
	return held;
}

gboolean
curia_cluster_place (CuriaCluster *self, const char *code, char **url, GError **error)
{
	g_autofree char *best = NULL, *owner = NULL;

	*url = NULL;
	if (self->reach == NULL || is_held (self, code))
		return TRUE;
	best = least_loaded (self);
	owner = reach_take (self->reach, code, best, error);
	if (owner == NULL)
		return FALSE;
	if (g_str_equal (owner, self->name)) {
		g_mutex_lock (&self->lock);
		self->own_placed++;
		g_mutex_unlock (&self->lock);
		return TRUE;
	}
	*url = url_of (self, owner, g_str_equal (owner, best));
	if (*url != NULL && **url != '\0')
		return TRUE;
	g_clear_pointer (url, g_free);
	return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "the meeting is on the node %s, which cannot be reached now", owner);
}

gboolean
curia_cluster_claim (CuriaCluster *self, const char *code, GError **error)
{
	g_autofree char *owner = NULL, *url = NULL;
	const char *rest;

	if (self->reach == NULL || is_held (self, code))
		return TRUE;
	owner = reach_take (self->reach, code, self->name, error);
	if (owner == NULL)
		return FALSE;
	if (g_str_equal (owner, self->name))
		return TRUE;
	url = url_of (self, owner, FALSE);
	if (url == NULL || !g_str_has_prefix (url, "http"))
		return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "the meeting is on the node %s, which cannot be reached now", owner);
	for (rest = url + strlen ("http"); g_str_has_suffix (url, "/");)
		url[strlen (url) - 1] = '\0';
	return curia_throw (error, CURIA_ERROR_WRONG_NODE, "the meeting is on another node: ws%s/janus", rest);
}

/* ---- meetings and people of this node ---- */

static void
held_free (gpointer data)
{
	Held *held = data;

	g_hash_table_unref (held->identities);
	g_free (held);
}

void
curia_cluster_hold (CuriaCluster *self, const char *code)
{
	Held *held = g_new (Held, 1);

	*held = (Held) { g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
	g_mutex_lock (&self->lock);
	g_hash_table_replace (self->held, g_strdup (code), held);
	g_mutex_unlock (&self->lock);
	if (self->reach != NULL)
		reach_hold (self->reach, code);
}

void
curia_cluster_release (CuriaCluster *self, const char *code)
{
	Held *held;

	g_mutex_lock (&self->lock);
	held = g_hash_table_lookup (self->held, code);
	if (held != NULL)
		self->participants -= g_hash_table_size (held->identities);
	g_hash_table_remove (self->held, code);
	g_mutex_unlock (&self->lock);
	if (self->reach != NULL)
		reach_release (self->reach, code);
}

/* TRUE when it changes something. */
static gboolean
note (CuriaCluster *self, const char *code, const char *identity, gboolean present)
{
	gboolean changed = FALSE;
	Held *held;

	g_mutex_lock (&self->lock);
	held = g_hash_table_lookup (self->held, code);
	if (held != NULL && present && g_hash_table_size (held->identities) < CLUSTER_MAX_IDENTITIES)
		changed = g_hash_table_add (held->identities, g_strdup (identity));
	else if (held != NULL && !present)
		changed = g_hash_table_remove (held->identities, identity);
	if (changed)
		self->participants += present ? 1 : -1;
	g_mutex_unlock (&self->lock);
	return changed;
}

void
curia_cluster_enter (CuriaCluster *self, const char *code, const char *identity)
{
	if (note (self, code, identity, TRUE) && self->reach != NULL)
		reach_tell (self->reach, code, identity, TRUE);
}

void
curia_cluster_leave (CuriaCluster *self, const char *code, const char *identity)
{
	if (note (self, code, identity, FALSE) && self->reach != NULL)
		reach_tell (self->reach, code, identity, FALSE);
}

static json_t *
own_presence (CuriaCluster *self, const char *code)
{
	json_t *presence = json_object ();
	GHashTableIter iter;
	gpointer identity;
	Held *held;

	g_mutex_lock (&self->lock);
	held = g_hash_table_lookup (self->held, code);
	if (held != NULL) {
		g_hash_table_iter_init (&iter, held->identities);
		while (g_hash_table_iter_next (&iter, &identity, NULL))
			json_object_set_new (presence, identity, json_string (self->name));
	}
	g_mutex_unlock (&self->lock);
	return presence;
}

json_t *
curia_cluster_presence (CuriaCluster *self, const char *code, GError **error)
{
	if (self->reach == NULL || is_held (self, code))
		return own_presence (self, code);
	return reach_presence (self->reach, code, error);
}

/* ---- life ---- */

static gboolean
check (const CuriaClusterSettings *settings, GError **error)
{
	if (!cluster_is_url (settings->url))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "cluster.url must be https://host[:port], not \"%.200s\"", settings->url);
	if (settings->redis != NULL && !cluster_is_name (settings->name))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "general.node_name, or the host's name, must be 1 to %d printable characters",
			CLUSTER_MAX_NAME);
	return TRUE;
}

CuriaCluster *
curia_cluster_new (const CuriaClusterSettings *settings, GError **error)
{
	CuriaCluster *self;

	if (!check (settings, error))
		return NULL;
	self = g_new0 (CuriaCluster, 1);
	self->name = g_strdup (settings->name);
	self->url = g_strdup (settings->url);
	while (g_str_has_suffix (self->url, "/"))
		self->url[strlen (self->url) - 1] = '\0';
	self->version = g_strdup (PACKAGE_VERSION);
	self->bus = settings->bus;
	g_mutex_init (&self->lock);
	self->held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, held_free);
	self->others = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_cluster_node_free);
	if (settings->redis != NULL) {
		self->reach = reach_new (self, settings->redis, error);
		if (self->reach == NULL)
			g_clear_pointer (&self, curia_cluster_free);
	}
	return self;
}

void
curia_cluster_free (CuriaCluster *self)
{
	if (self == NULL)
		return;
	reach_free (self->reach);
	g_hash_table_unref (self->held);
	g_ptr_array_unref (self->others);
	g_mutex_clear (&self->lock);
	g_free (self->name);
	g_free (self->url);
	g_free (self->version);
	g_free (self);
}
