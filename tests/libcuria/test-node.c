/* The node: one per process, opened by the first and closed by the last. */
#include "curia-node.h"

#include <string.h>
#include <glib/gstdio.h>
#include "curia-error.h"

#define KEYS                                                                                                           \
	"token: { keys = [ \"devkey:0123456789abcdef0123456789abcdef\", \"second:0123456789abcdef0123456789abcdef\" ] }\n"

static char *folder, *file;

static void
write_options (const char *text)
{
	g_assert_true (g_file_set_contents (file, text, -1, NULL));
}

static void
test_shared (void)
{
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaNode) first = NULL, second = NULL;
	g_autoptr (CuriaClaims) claims = curia_claims_new ();
	g_autofree char *jwt = NULL, *db = g_build_filename (folder, "curia.db", NULL);

	write_options (KEYS);
	first = curia_node_ref (folder, &error);
	g_assert_no_error (error);
	second = curia_node_ref ("/nowhere", &error); /* it is open already */
	g_assert_true (first == second);
	g_assert_nonnull (curia_node_bus (first));
	g_assert_cmpint (curia_options_int (curia_node_options (first), "api.port"), ==, 8080);
	g_assert_cmpuint (strlen (curia_node_secret (first)), ==, 43);
	jwt = curia_token_mint (curia_node_keys (first), claims, 1000, 60, &error);
	g_assert_no_error (error);
	g_assert_true (curia_store_healthy (curia_node_store (first), &error));
	g_assert_true (g_file_test (db, G_FILE_TEST_EXISTS)); /* beside its options, wherever the process runs */
}

static void
test_opens_again (void)
{
	g_autofree char *secret = NULL;

	write_options (KEYS);
	for (int i = 0; i < 3; i++) {
		g_autoptr (CuriaNode) node = curia_node_ref (folder, NULL);

		g_assert_nonnull (node);
		g_assert_cmpstr (curia_node_secret (node), !=, secret);
		g_free (secret);
		secret = g_strdup (curia_node_secret (node));
	}
}

static void
test_refusals (void)
{
	static const struct {
		const char *text, *part_of_message;
	} rows[] = {
		{ "", "token.keys must hold at least one \"keyid:secret\"" },
		{ "token: { keys = [ ] }", "token.keys must hold at least one \"keyid:secret\"" },
		{ "token: { keys = [ \"nocolon\" ] }", "token.keys, item 1: each key must be \"keyid:secret\"" },
		{ "token: { keys = [ \"k:hush\" ] }",
			"token.keys, item 1: the secret of key \"k\": a secret must have 32 bytes or more" },
		{ "api: { port = 70000 }", "curia.jcfg:1: api.port must be 0 to 65535, not 70000" },
		{ KEYS "store: { url = \"/no/such/folder/x.db\" }", "cannot open the store /no/such/folder/x.db" },
		{ KEYS "store: { url = \"redis://x\" }", "store.url must be sqlite:<path>" },
		{ KEYS "store: { url = \"postgresql:u:hush@h/x\" }", "store.url must be sqlite:<path>" },
		{ KEYS "store: { url = \"postgresql://u:hush@127.0.0.1:1/x\", connect_wait_s = 0 }", "PostgreSQL cannot be reached" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GError) error = NULL;

		write_options (rows[i].text);
		g_assert_null (curia_node_ref (folder, &error));
		g_assert_nonnull (strstr (error->message, rows[i].part_of_message));
		g_assert_null (strstr (error->message, "hush"));
	}
}

static gpointer
ref_and_unref (gpointer data)
{
	(void) data;
	for (int i = 0; i < 10; i++) {
		g_autoptr (CuriaNode) node = curia_node_ref (folder, NULL);

		g_assert_true (curia_store_healthy (curia_node_store (node), NULL));
	}
	return NULL;
}

static void
test_threads (void)
{
	GThread *threads[4];

	write_options (KEYS);
	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		threads[i] = g_thread_new ("node", ref_and_unref, NULL);
	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
	static const char *const names[] = { "curia.jcfg", "curia.db" };
	int failed;

	g_test_init (&argc, &argv, NULL);
	folder = g_dir_make_tmp ("curia-node-XXXXXX", NULL);
	file = g_build_filename (folder, "curia.jcfg", NULL);
	g_test_add_func ("/node/shared", test_shared);
	g_test_add_func ("/node/opens-again", test_opens_again);
	g_test_add_func ("/node/refusals", test_refusals);
	g_test_add_func ("/node/threads", test_threads);
	failed = g_test_run ();
	for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
		g_autofree char *path = g_build_filename (folder, names[i], NULL);

		g_remove (path);
	}
	g_rmdir (folder);
	g_free (folder);
	g_free (file);
	return failed;
}
