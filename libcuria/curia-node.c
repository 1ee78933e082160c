#include "curia-node.h"

#include <string.h>
#include "curia-account-token.h"
#include "curia-error.h"
#include "curia-id.h"
#include "curia-keys.h"
#include "curia-log.h"
#include "curia-store-secrets.h"
#include "curia-vitals.h"

#define FILE_NAME "curia.jcfg"
#define SECRET_BYTES 32

struct CuriaNode {
	guint references; /* LOCK: node_lock */
	CuriaOptions *options;
	CuriaStore *store;
	CuriaBus *bus;
	CuriaCluster *cluster;
	Vitals *vitals;
	CuriaKeyring *keys;
	Keys *stored_keys; /* which the keyring has besides */
	CuriaPasswordPool *passwords;
	char *secret, *account_key;
};

/* Modules are loaded one by one into one process, and this library once: its static data is what they share. */
static GMutex node_lock;
static CuriaNode *open_node; /* LOCK: node_lock */

static void
node_free (CuriaNode *self)
{
	keys_free (self->stored_keys); /* asks the store, and hears the bus */
	vitals_free (self->vitals);
	curia_cluster_free (self->cluster);
	curia_bus_free (self->bus); /* first: its handlers may use the rest */
	curia_store_close (self->store);
	curia_keyring_free (self->keys);
	curia_options_free (self->options);
	curia_password_pool_free (self->passwords);
	g_free (self->secret);
	g_free (self->account_key);
	g_free (self);
}

static void
set_log_level (const CuriaOptions *options)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };

	for (guint i = 0; i < G_N_ELEMENTS (names); i++)
		if (g_str_equal (names[i], curia_options_string (options, "general.log_level")))
			curia_log_set_level ((CuriaLogLevel) i);
}

static gboolean
add_key (CuriaKeyring *keys, const char *pair, GError **error)
{
	const char *colon = strchr (pair, ':');
	g_autofree char *id = NULL;

	if (colon == NULL)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "each key must be \"keyid:secret\"");
	id = g_strndup (pair, (gsize) (colon - pair));
	return curia_keyring_add (keys, id, colon + 1, error);
}

/* A path is relative to the options' folder. */
static gboolean
add_public_key (CuriaKeyring *keys, const char *folder, const char *pair, GError **error)
{
	const char *colon = strchr (pair, ':');
	g_autofree char *id = NULL, *path = NULL, *pem = NULL;
	g_autoptr (GError) cause = NULL;

	if (colon == NULL)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "each key must be \"keyid:file.pem\"");
	id = g_strndup (pair, (gsize) (colon - pair));
	path = g_path_is_absolute (colon + 1) ? g_strdup (colon + 1) : g_build_filename (folder, colon + 1, NULL);
	if (!g_file_get_contents (path, &pem, NULL, &cause))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "%s", cause->message);
	return curia_keyring_add_public (keys, id, pem, error);
}

static gboolean
open_public_keys (CuriaKeyring *keys, const CuriaOptions *options, const char *folder, GError **error)
{
	const char *const *pairs = curia_options_list (options, "token.public_keys");

	for (guint i = 0; pairs[i] != NULL; i++)
		if (!add_public_key (keys, folder, pairs[i], error)) {
			g_prefix_error (error, "token.public_keys, item %u: ", i + 1);
			return FALSE;
		}
	return TRUE;
}

static CuriaKeyring *
open_keys (const CuriaOptions *options, const char *folder, GError **error)
{
	const char *const *pairs = curia_options_list (options, "token.keys");
	g_autoptr (CuriaKeyring) keys = curia_keyring_new ();

	if (pairs[0] == NULL) {
		curia_throw (error, CURIA_ERROR_INVALID_FIELD,
			"token.keys must hold at least one \"keyid:secret\" (secret of 32 bytes or more)");
		return NULL;
	}
	for (guint i = 0; pairs[i] != NULL; i++)
		if (!add_key (keys, pairs[i], error)) {
			g_prefix_error (error, "token.keys, item %u: ", i + 1);
			return NULL;
		}
	return open_public_keys (keys, options, folder, error) ? g_steal_pointer (&keys) : NULL;
}

/* A path in store.url is relative to the options' folder, not to wherever Janus was started. */
static char *
store_url (const CuriaOptions *options, const char *folder)
{
	const char *url = curia_options_string (options, "store.url"), *path = url;

	if (g_str_has_prefix (url, "sqlite:"))
		path += strlen ("sqlite:");
	if (strstr (url, "://") != NULL || g_str_has_prefix (url, "postgres:") || g_str_has_prefix (url, "postgresql:")
		|| g_path_is_absolute (path) || g_str_equal (path, ":memory:"))
		return g_strdup (url);
	return g_strdup_printf ("sqlite:%s/%s", folder, path);
}

static CuriaStore *
open_store (const CuriaOptions *options, const char *folder, GError **error)
{
	g_autofree char *url = store_url (options, folder);
	CuriaStoreSettings settings = {
		.connections = (guint) curia_options_int (options, "store.connections"),
		.statement_timeout_ms = curia_options_int (options, "store.statement_timeout_ms"),
		.connect_wait_ms = curia_options_int (options, "store.connect_wait_s") * 1000,
	};

	return curia_store_open_with (url, &settings, error);
}

static const char *
name_of (const CuriaOptions *options)
{
	const char *name = curia_options_string (options, "general.node_name");

	return *name != '\0' ? name : g_get_host_name ();
}

/* With the other nodes, if there are any. */
static gboolean
open_bus (CuriaNode *self, const CuriaOptions *options, GError **error)
{
	g_autofree char *ca_file = curia_options_file (options, "bus.ca_file"),
		*certificate = curia_options_file (options, "bus.certificate"), *key = curia_options_file (options, "bus.private_key");
	CuriaRedisSettings redis = { curia_options_string (options, "bus.url"), curia_options_string (options, "bus.prefix"), ca_file,
		certificate, key };
	gboolean alone = *redis.url == '\0';
	CuriaClusterSettings cluster = { name_of (options), curia_options_string (options, "cluster.url"), NULL, alone ? NULL : &redis };

	self->bus = alone ? curia_bus_new () : curia_bus_new_redis (&redis, error);
	cluster.bus = self->bus;
	self->cluster = self->bus != NULL ? curia_cluster_new (&cluster, error) : NULL;
	if (!alone && *cluster.url == '\0')
		curia_log_warning ("node", "cluster.url is empty: no other server will send anybody here");
	return self->cluster != NULL;
}

static Keys *
open_stored_keys (CuriaNode *self)
{
	g_autofree char *path = curia_options_file (self->options, "api.seal_key"),
					*folder = curia_options_file (self->options, "api.state_folder"),
					*fallback = g_build_filename (folder, "seal.key", NULL);

	return keys_new (self->store, self->bus, self->keys, *path != '\0' ? path : fallback);
}

static CuriaNode *
node_open (const char *folder, GError **error)
{
	g_autofree char *file = g_build_filename (folder, FILE_NAME, NULL);
	g_autoptr (CuriaOptions) options = curia_options_load (file, error);
	g_autoptr (CuriaKeyring) keys = NULL;
	CuriaStore *store;
	CuriaNode *self;

	if (options == NULL)
		return NULL;
	set_log_level (options);
	keys = open_keys (options, folder, error);
	if (keys == NULL) {
		g_prefix_error (error, "%s: ", file);
		return NULL;
	}
	store = open_store (options, folder, error);
	if (store == NULL)
		return NULL;
	self = g_new0 (CuriaNode, 1);
	self->options = g_steal_pointer (&options);
	self->keys = g_steal_pointer (&keys);
	self->store = store;
	self->account_key = curia_store_shared_secret (store, CURIA_ACCOUNT_TOKEN_KEY, error);
	if (self->account_key == NULL || !open_bus (self, self->options, error)) {
		g_prefix_error (error, "%s: ", file);
		node_free (self);
		return NULL;
	}
	self->stored_keys = open_stored_keys (self);
	self->vitals = vitals_new (self->store, self->bus, self->cluster);
	self->secret = curia_id_secret (SECRET_BYTES);
	self->passwords = curia_password_pool_new ((guint) curia_options_int (self->options, "accounts.hash_concurrency"));
	curia_log_info ("node", "%s: options from %s", curia_node_name (self), file);
	return self;
}

CuriaNode *
curia_node_ref (const char *config_folder, GError **error)
{
	CuriaNode *self;

	g_mutex_lock (&node_lock);
	if (open_node == NULL)
		open_node = node_open (config_folder, error);
	if (open_node != NULL)
		open_node->references++;
	self = open_node;
	g_mutex_unlock (&node_lock);
	return self;
}

void
curia_node_unref (CuriaNode *self)
{
	if (self == NULL)
		return;
	g_mutex_lock (&node_lock);
	g_assert (self == open_node && self->references > 0);
	if (--self->references == 0)
		g_clear_pointer (&open_node, node_free);
	g_mutex_unlock (&node_lock);
}

const CuriaOptions *
curia_node_options (CuriaNode *self)
{
	return self->options;
}

CuriaStore *
curia_node_store (CuriaNode *self)
{
	return self->store;
}

gboolean
curia_node_store_is_up (CuriaNode *self)
{
	return vitals_store_is_up (self->vitals);
}

CuriaBus *
curia_node_bus (CuriaNode *self)
{
	return self->bus;
}

CuriaCluster *
curia_node_cluster (CuriaNode *self)
{
	return self->cluster;
}

CuriaPasswordPool *
curia_node_passwords (CuriaNode *self)
{
	return self->passwords;
}

const char *
curia_node_account_key (CuriaNode *self)
{
	return self->account_key;
}

const CuriaKeyring *
curia_node_keys (CuriaNode *self)
{
	return self->keys;
}

gboolean
curia_node_keys_changed (CuriaNode *self, GError **error)
{
	return keys_changed (self->stored_keys, error);
}

const CuriaSeal *
curia_node_seal (CuriaNode *self, GError **error)
{
	return keys_seal (self->stored_keys, error);
}

const char *
curia_node_secret (CuriaNode *self)
{
	return self->secret;
}

const char *
curia_node_name (CuriaNode *self)
{
	return name_of (self->options);
}
