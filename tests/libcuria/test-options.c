/* curia.jcfg: what is read, what is refused and how, and that the committed documentation is fresh. */
#include "curia-options.h"

#include <string.h>
#include <glib/gstdio.h>
#include "curia-error.h"
#include "curia-fields.h"

static void test_fallbacks_are_allowed (void)
{
	for (const CuriaOption *row = curia_option_table; row->section != NULL; row++) {
		gint64 number = g_ascii_strtoll (row->fallback, NULL, 10);

		g_assert_nonnull (row->doc);
		if (row->type == CURIA_OPTION_INT)
			g_assert_true (number >= row->min && number <= row->max);
		if (row->type == CURIA_OPTION_BOOL)
			g_assert_true (curia_words_contain ("true|false", row->fallback));
		if (row->type == CURIA_OPTION_STRING && row->allowed != NULL)
			g_assert_true (curia_words_contain (row->allowed, row->fallback));
		if (row->type == CURIA_OPTION_STRING && row->allowed == NULL)
			g_assert_cmpint (g_utf8_strlen (row->fallback, -1), <=, row->max);
	}
}

static void test_values (void)
{
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaOptions) options = curia_options_parse (
		"# comment\n"
		"api: { port = 0; address = \"\"; guests_join = false\n ice_servers = [ \"stun:a\", \"stun:b\" ] }\n"
		"token = { keys = ( \"a:b\" ); join_ttl_s = 60L }\n",
		"/etc/x/curia.jcfg", &error);
	const char *const *list;

	g_assert_no_error (error);
	g_assert_cmpint (curia_options_int (options, "api.port"), ==, 0);
	g_assert_cmpstr (curia_options_string (options, "api.address"), ==, "");
	g_assert_false (curia_options_bool (options, "api.guests_join"));
	g_assert_true (curia_options_bool (options, "api.guests_create"));
	g_assert_cmpint (curia_options_int (options, "token.join_ttl_s"), ==, 60);
	g_assert_cmpint (curia_options_int (options, "room.audio_slots"), ==, 3);
	g_assert_cmpstr (curia_options_string (options, "general.log_level"), ==, "info");
	g_assert_cmpstr (curia_options_list (options, "room.video_codecs")[0], ==, "vp8");
	g_assert_cmpuint (g_strv_length ((char **) curia_options_list (options, "room.video_codecs")), ==, 4);
	list = curia_options_list (options, "api.ice_servers");
	g_assert_cmpstr (list[0], ==, "stun:a");
	g_assert_cmpstr (list[1], ==, "stun:b");
	g_assert_null (list[2]);
	g_assert_null (curia_options_list (options, "api.allowed_origins")[0]);
}

static void test_files (void)
{
	g_autoptr (CuriaOptions) options = curia_options_parse (
		"api: { certificate = \"tls/cert.pem\"; private_key = \"/etc/key.pem\" }", "/etc/x/curia.jcfg", NULL);
	g_autofree char *relative = curia_options_file (options, "api.certificate");
	g_autofree char *absolute = curia_options_file (options, "api.private_key");
	g_autofree char *empty = curia_options_file (options, "api.html_folder");

	g_assert_cmpstr (relative, ==, "/etc/x/tls/cert.pem");
	g_assert_cmpstr (absolute, ==, "/etc/key.pem");
	g_assert_cmpstr (empty, ==, "");
}

static void test_refusals (void)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{ "api: { port = 65536 }", "f:1: api.port must be 0 to 65535, not 65536" },
		{ "api: {\n\n port = -1 }", "f:3: api.port must be 0 to 65535, not -1" },
		{ "api: { port = 99999999999L }", "f:1: api.port must be 0 to 65535, not 99999999999" },
		{ "api: { port = \"80\" }", "f:1: api.port must be an integer" },
		{ "api: { port = 80.5 }", "f:1: api.port must be an integer" },
		{ "api: { guests_join = 1 }", "f:1: api.guests_join must be true or false" },
		{ "api: { address = 127 }", "f:1: api.address must be a string in double quotes" },
		{ "api: { ice_servers = \"stun:a\" }", "f:1: api.ice_servers must be a list of strings: [ \"a\", \"b\" ]" },
		{ "api: { ice_servers = [ 1 ] }", "f:1: api.ice_servers must be a list of strings: [ \"a\", \"b\" ]" },
		{ "api: { ice_servers = ( { a = 1 } ) }", "f:1: api.ice_servers must be a list of strings: [ \"a\", \"b\" ]" },
		{ "general: { log_level = \"loud\" }",
			"f:1: general.log_level must be one of error|warning|info|debug, not \"loud\"" },
		{ "api: { address = \"a\\x01\" }", "f:1: api.address must have no control characters" },
		{ "api: { address = \"\\xff\" }", "f:1: api.address must be UTF-8" },
		{ "room: { video_codecs = [ \"vp8\", \"hevc\" ] }", "f:1: room.video_codecs must be one of vp8|h264|vp9|av1, not \"hevc\"" },
		{ "room: { video_codecs = [ ] }", "f:1: room.video_codecs must be 1 to 4 items, not 0" },
		{ "api: { ice_servers = [ \"turn:turn.example.org\" ] }", "f:1: api.ice_servers must begin with stun:" },
		{ "room: { batch_ms = 6 }", "f:1: room.batch_ms must be 0 to 5, not 6" },
		{ "store: { url = \"\" }", "f:1: store.url must be 1 to 4096 characters, not 0" },
		{ "store: { file = \"\" }", "f:1: store.file is not an option; options of store are url|connections|statement_timeout_ms|connect_wait_s" },
		{ "chat: { }", "f:1: chat is not a section; sections are general|store|bus|cluster|token|accounts|oidc|api|turn|room|ledger|webhooks" },
		{ "port = 1", "f:1: port is not a section; sections are general|store|bus|cluster|token|accounts|oidc|api|turn|room|ledger|webhooks" },
		{ "api = 1", "f:1: api is not a section; sections are general|store|bus|cluster|token|accounts|oidc|api|turn|room|ledger|webhooks" },
		{ "api: {\n port = 1\n port = 2 }", "f:3: port is set twice" },
		{ "api: { port = 1; address = \"port\"; port = 2; port = 3 }", "f:1: port is set twice" },
		{ "api: { }\nroom: { }\napi\n: { port = 1 }", "f:3: api is set twice" },
		{ "api: {\n port = }", "f:2: syntax error" },
		{ "api: {", "f:1: syntax error" },
		{ "\n  @include \"/etc/passwd\"", "f:2: @include is not supported" },
		{ "api: {}\n\t@include\t\"x\"", "f:2: @include is not supported" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GError) error = NULL;
		g_autoptr (CuriaOptions) options = curia_options_parse (rows[i].text, "f", &error);

		g_assert_null (options);
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
		g_assert_cmpstr (error->message, ==, rows[i].message);
	}
}

/* A wrong secret must not end up in a log. */
static void test_secrets_stay_out (void)
{
	static const char *const texts[] = {
		"token: { keys = \"hush\" }",
		"token: { keys = [ \"hush\\x01\" ] }",
		"token: { keys = ( \"hush\", 1 ) }",
		"store: { url = \"postgresql://u:hush@h/x\\x01\" }",
	};

	for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
		g_autoptr (GError) error = NULL;

		g_assert_null (curia_options_parse (texts[i], "f", &error));
		g_assert_null (strstr (error->message, "hush"));
	}
}

static void test_load (void)
{
	g_autofree char *folder = g_dir_make_tmp ("curia-options-XXXXXX", NULL);
	g_autofree char *path = g_build_filename (folder, "curia.jcfg", NULL);
	g_autoptr (CuriaOptions) missing = curia_options_load (path, NULL), read = NULL;
	g_autoptr (GError) folder_error = NULL, nul_error = NULL;

	g_assert_cmpint (curia_options_int (missing, "api.port"), ==, 8080);
	g_assert_true (g_file_set_contents (path, "api: { port = 1234 }\n", -1, NULL));
	read = curia_options_load (path, NULL);
	g_assert_cmpint (curia_options_int (read, "api.port"), ==, 1234);
	g_assert_true (g_file_set_contents (path, "api: { }\n\0 x", 12, NULL));
	g_assert_null (curia_options_load (path, &nul_error));
	g_assert_error (nul_error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
	g_assert_null (curia_options_load (folder, &folder_error));
	g_assert_error (folder_error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
	g_remove (path);
	g_rmdir (folder);
}

/* Takes the comment signs off the sample's settings: it must then read as the defaults, so every default is valid. */
static void test_sample_is_readable (void)
{
	g_autofree char *sample = curia_options_sample ();
	g_autoptr (GRegex) commented = g_regex_new ("^\t#(?! )", G_REGEX_MULTILINE, 0, NULL);
	g_autofree char *live = g_regex_replace_literal (commented, sample, -1, 0, "\t", 0, NULL);
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaOptions) as_is = curia_options_parse (sample, "curia.jcfg.sample", &error), all = NULL;

	g_assert_no_error (error);
	all = curia_options_parse (live, "curia.jcfg.sample", &error);
	g_assert_no_error (error);
	g_assert_nonnull (strstr (live, "\tport = 8080\n"));
	g_assert_cmpint (curia_options_int (all, "api.port"), ==, curia_options_int (as_is, "api.port"));
}

static void assert_fresh (const char *name, const char *text)
{
	g_autofree char *path = g_build_filename (g_test_get_dir (G_TEST_DIST), name, NULL), *committed = NULL;

	g_assert_true (g_file_get_contents (path, &committed, NULL, NULL));
	if (!g_str_equal (committed, text))
		g_test_message ("%s is stale: run make options-docs", name);
	g_assert_true (g_str_equal (committed, text));
}

static void test_docs_are_fresh (void)
{
	g_autofree char *markdown = curia_options_markdown (), *sample = curia_options_sample ();

	assert_fresh ("docs/options.md", markdown);
	assert_fresh ("conf/curia.jcfg.sample", sample);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/options/fallbacks-are-allowed", test_fallbacks_are_allowed);
	g_test_add_func ("/options/values", test_values);
	g_test_add_func ("/options/files", test_files);
	g_test_add_func ("/options/refusals", test_refusals);
	g_test_add_func ("/options/secrets-stay-out", test_secrets_stay_out);
	g_test_add_func ("/options/load", test_load);
	g_test_add_func ("/options/sample-is-readable", test_sample_is_readable);
	g_test_add_func ("/options/docs-are-fresh", test_docs_are_fresh);
	return g_test_run ();
}
