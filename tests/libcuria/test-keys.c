/* API keys of the store: kept on both databases, sealed, taken into the keyring of each node, and gone from it in time. */
#include "curia-keys.h"

#include <string.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-store-keys.h"
#include "curia-token.h"
#include "tests/libcuria/store-fixture.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define WAIT_US (10 * G_USEC_PER_SEC)

/* ---- the seal ---- */

static char *folder;

static char *
path_of (const char *name)
{
	return g_build_filename (folder, name, NULL);
}

static void
test_seal (void)
{
	g_autofree char *path = path_of ("a.key"), *other_path = path_of ("b.key");
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaSeal) made = curia_seal_open (path, &error), again = curia_seal_open (path, &error),
						  other = curia_seal_open (other_path, &error);
	g_autofree char *sealed = curia_seal_lock (made, "x", SECRET), *twice = curia_seal_lock (made, "x", SECRET),
					*open = curia_seal_unlock (again, "x", sealed, &error);
	GStatBuf about;

	g_assert_no_error (error);
	g_assert_cmpint (g_stat (path, &about), ==, 0);
	g_assert_cmpint (about.st_mode & 0777, ==, 0600);
	g_assert_cmpstr (open, ==, SECRET);
	g_assert_cmpstr (sealed, !=, twice);
	g_assert_null (strstr (sealed, SECRET));
	g_assert_null (curia_seal_unlock (made, "y", sealed, NULL));
	g_assert_null (curia_seal_unlock (other, "x", sealed, NULL));
	for (gsize i = 0; sealed[i] != '\0'; i++) {
		g_autofree char *cut = g_strndup (sealed, i), *changed = g_strdup (sealed);

		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		g_assert_null (curia_seal_unlock (made, "x", cut, NULL));
		g_assert_null (curia_seal_unlock (made, "x", changed, NULL));
	}
	g_assert_null (curia_seal_unlock (made, "x", "", &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INTERNAL);
}

static void
test_seal_refusals (void)
{
	g_autofree char *path = path_of ("bad.key"), *nowhere = path_of ("none/seal.key");
	static const char *const texts[] = { "", "short", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };

	for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
		g_autoptr (GError) error = NULL;

		g_assert_true (g_file_set_contents_full (path, texts[i], -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
		g_assert_null (curia_seal_open (path, &error));
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
		g_assert_true (texts[i][0] == '\0' || strstr (error->message, texts[i]) == NULL);
	}
	g_assert_null (curia_seal_open (nowhere, NULL));
}

static gpointer
open_seal (gpointer path)
{
	CuriaSeal *seal = curia_seal_open (path, NULL);

	g_assert_nonnull (seal);
	return seal;
}

/* All who start at once get the same key. */
static void
test_seal_race (void)
{
	g_autofree char *path = path_of ("race.key"), *sealed = NULL;
	GThread *threads[8];
	CuriaSeal *seals[8];

	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		threads[i] = g_thread_new ("seal", open_seal, path);
	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		seals[i] = g_thread_join (threads[i]);
	sealed = curia_seal_lock (seals[0], "x", SECRET);
	for (guint i = 0; i < G_N_ELEMENTS (seals); i++) {
		g_autofree char *open = curia_seal_unlock (seals[i], "x", sealed, NULL);

		g_assert_cmpstr (open, ==, SECRET);
		curia_seal_free (seals[i]);
	}
}

/* ---- rows ---- */

static CuriaApiKey *
make_key (CuriaStore *store, const CuriaSeal *seal, const char *scopes)
{
	g_autoptr (CuriaApiKey) key = curia_api_key_new ();
	g_autofree char *purpose = g_strconcat ("api-key:", key->id, NULL);
	g_autoptr (GError) error = NULL;

	g_free (key->secret);
	key->secret = curia_seal_lock (seal, purpose, SECRET);
	g_free (key->scopes);
	key->scopes = g_strdup (scopes);
	curia_store_key_create (store, key, &error);
	g_assert_no_error (error);
	return g_steal_pointer (&key);
}

static void
test_rows (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autofree char *path = path_of ("rows.key");
	g_autoptr (CuriaSeal) seal = curia_seal_open (path, NULL);
	g_autoptr (GError) error = NULL, none = NULL;
	gint64 now_ms = curia_clock_wall_ms ();

	(void) data;
	g_autoptr (CuriaApiKey) key = make_key (store, seal, "roomJoin"), next = curia_api_key_new (), last = curia_api_key_new (),
							found = curia_store_key_lookup (store, key->id, &error);
	g_assert_no_error (error);
	g_assert_cmpstr (found->secret, ==, key->secret);
	g_assert_cmpstr (found->scopes, ==, "roomJoin");
	g_assert_null (curia_store_key_lookup (store, "AKnone", &none));
	g_assert_error (none, CURIA_ERROR, CURIA_ERROR_NOT_FOUND);

	/* used: only forward */
	g_assert_true (curia_store_key_used (store, key->id, 2000, &error));
	g_assert_true (curia_store_key_used (store, key->id, 1000, &error));

	/* rotation: both live until the old one ends */
	g_assert_true (curia_store_key_rotate (store, key->id, next, now_ms + 1000, &error));
	g_assert_true (curia_store_key_rotate (store, next->id, last, now_ms + 5000, &error));
	g_autoptr (GPtrArray) live = curia_store_key_list_live (store, now_ms, &error),
						 later = curia_store_key_list_live (store, now_ms + 1000, &error);
	g_assert_cmpuint (live->len, ==, 3);
	g_assert_cmpuint (later->len, ==, 2);
	g_assert_false (curia_store_key_rotate (store, "AKnone", next, now_ms, NULL));

	/* revocation: at once, for good, and without its secret */
	g_assert_true (curia_store_key_revoke (store, key->id, 77, &error));
	g_assert_true (curia_store_key_revoke (store, key->id, 99, &error));
	g_autoptr (CuriaApiKey) gone = curia_store_key_lookup (store, key->id, &error);
	g_assert_cmpint (gone->revoked_ms, ==, 77);
	g_assert_cmpint (gone->used_ms, ==, 2000);
	g_assert_cmpstr (gone->secret, ==, "");
	g_assert_false (curia_store_key_rotate (store, key->id, next, now_ms, NULL));
	g_assert_false (curia_store_key_revoke (store, "AKnone", 1, NULL));
	g_autoptr (GPtrArray) all = curia_store_key_list (store, &error);
	g_assert_cmpuint (all->len, ==, 3);

	/* what ended long ago is forgotten when another is made */
	g_autoptr (CuriaApiKey) one_more = make_key (store, seal, "");
	g_autoptr (GPtrArray) rest = curia_store_key_list (store, &error);
	g_assert_cmpuint (rest->len, ==, 3);
	g_assert_null (curia_store_key_lookup (store, key->id, NULL));
}

/* ---- nodes ---- */

typedef struct {
	CuriaKeyring *ring;
	CuriaBus *bus;
	Keys *keys;
} Node;

static Node
node_open (CuriaStore *store, const char *seal_path)
{
	Node node = { curia_keyring_new (), curia_bus_new (), NULL };

	g_assert_true (curia_keyring_add (node.ring, "configured", SECRET, NULL));
	node.keys = keys_new (store, node.bus, node.ring, seal_path);
	return node;
}

static void
node_close (Node *node)
{
	keys_free (node->keys);
	curia_bus_free (node->bus);
	curia_keyring_free (node->ring);
}

static gboolean
has (const Node *node, const char *id)
{
	g_autoptr (CuriaKey) key = curia_keyring_lookup (node->ring, id, curia_clock_wall_ms () / 1000);

	return key != NULL;
}

/* How long it takes until a node that is not told sees it. */
static gint64
wait_for (const Node *node, const char *id, gboolean wanted)
{
	gint64 start_us = g_get_monotonic_time ();

	while (has (node, id) != wanted) {
		g_assert_cmpint (g_get_monotonic_time () - start_us, <, WAIT_US);
		g_usleep (20000);
	}
	return g_get_monotonic_time () - start_us;
}

static char *
mint (const char *id)
{
	g_autoptr (CuriaKeyring) application = curia_keyring_new ();
	g_autoptr (CuriaClaims) claims = curia_claims_new ();

	claims->room_join = claims->room_admin = TRUE;
	g_assert_true (curia_keyring_add (application, id, SECRET, NULL));
	return curia_token_mint (application, claims, curia_clock_wall_ms () / 1000, 600, NULL);
}

/* The second node hears nothing of the first, as when Redis is away, and shares store and file. */
static void
test_nodes (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autofree char *path = path_of ("nodes.key"), *jwt = NULL;
	Node a = node_open (store, path), b = node_open (store, path);
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaApiKey) key = make_key (store, keys_seal (a.keys, &error), "roomJoin");
	gint64 now_s = curia_clock_wall_ms () / 1000;

	(void) data;
	jwt = mint (key->id);
	g_assert_true (keys_changed (a.keys, &error));
	g_assert_true (has (&a, key->id));
	wait_for (&b, key->id, TRUE);
	g_autoptr (CuriaClaims) claims = curia_token_verify (b.ring, jwt, now_s, &error);
	g_assert_no_error (error);
	g_assert_true (claims->room_join && !claims->room_admin); /* its scope */

	g_assert_true (curia_store_key_revoke (store, key->id, curia_clock_wall_ms (), &error));
	g_assert_true (keys_changed (a.keys, &error));
	g_assert_false (has (&a, key->id));
	gint64 waited_us = wait_for (&b, key->id, FALSE);
	g_test_message ("revoked on the other node after %" G_GINT64_FORMAT " ms", waited_us / 1000);
	g_assert_null (curia_token_verify (b.ring, jwt, now_s, NULL));
	g_assert_true (has (&b, "configured"));
	node_close (&a);
	node_close (&b);
}

/* A node without the others' file goes on with its own keys and cannot use theirs. */
static void
test_other_file (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autofree char *path = path_of ("one.key"), *other_path = path_of ("two.key");
	Node a = node_open (store, path), b = node_open (store, other_path);
	g_autoptr (CuriaApiKey) key = make_key (store, keys_seal (a.keys, NULL), "");

	(void) data;
	g_assert_true (keys_changed (a.keys, NULL) && keys_changed (b.keys, NULL));
	g_assert_true (has (&a, key->id));
	g_assert_false (has (&b, key->id));
	g_assert_true (has (&b, "configured"));
	node_close (&a);
	node_close (&b);
}

/* Whoever copies a row into another cannot use it under that name. */
static void
test_moved_row (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autofree char *path = path_of ("moved.key"), *statement = NULL;
	Node a = node_open (store, path);
	g_autoptr (CuriaApiKey) weak = make_key (store, keys_seal (a.keys, NULL), "roomJoin"),
							strong = make_key (store, keys_seal (a.keys, NULL), "");

	(void) data;
	statement = g_strdup_printf ("UPDATE api_keys SET secret = '%s' WHERE id = '%s'", weak->secret, strong->id);
	place->run_sql (place->where, statement);
	g_assert_true (keys_changed (a.keys, NULL));
	g_assert_true (has (&a, weak->id));
	g_assert_false (has (&a, strong->id));
	node_close (&a);
}

int
main (int argc, char **argv)
{
	g_autofree char *command = NULL;
	int failed;

	g_test_init (&argc, &argv, NULL);
	folder = g_dir_make_tmp ("curia-keys-XXXXXX", NULL);
	g_test_add_func ("/seal/round-trip", test_seal);
	g_test_add_func ("/seal/refusals", test_seal_refusals);
	g_test_add_func ("/seal/race", test_seal_race);
	ADD ("keys/rows", test_rows);
	ADD ("keys/nodes", test_nodes);
	ADD ("keys/other-file", test_other_file);
	ADD ("keys/moved-row", test_moved_row);
	failed = g_test_run ();
	command = g_strdup_printf ("rm -r '%s'", folder);
	g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
	g_free (folder);
	return failed;
}
