/* Credentials for TURN, compared with what openssl and coturn compute. */
#include "transports/api/turn.h"

#include <string.h>

/* printf %s "$username" | openssl dgst -sha1 -hmac "$secret" -binary | base64 */
static const struct {
	const char *secret, *username, *credential;
} vectors[] = {
	{ "north", "1433895918:turn@example", "Y06bLsWt49IlztSVsE7d202Rfys=" },
	{ "key", "The quick brown fox jumps over the lazy dog", "3nybhbi3iqa8ino29wqQcBydtNk=" }, /* the well-known one */
};

static void
test_vectors (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (vectors); i++) {
		g_autofree char *credential = api_turn_credential (vectors[i].secret, vectors[i].username);
		g_assert_cmpstr (credential, ==, vectors[i].credential);
	}
}

static json_t *
servers (const char *text, const char *whom)
{
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaOptions) options = curia_options_parse (text, "curia.jcfg", &error);
	g_assert_no_error (error);
	return api_turn_ice_servers (options, whom, 1000000);
}

static const char *
text_in (json_t *list, gsize i, const char *name)
{
	return json_string_value (json_object_get (json_array_get (list, i), name));
}

static void
test_ice_servers (void)
{
	static const char turn[] = "api: { ice_servers = [ \"stun:stun.example.org\" ] }\n"
		"turn: { urls = [ \"turn:turn.example.org\", \"turns:turn.example.org:5349\" ]; secret = \"0123456789abcdef\"; ttl_s = 600 }\n";
	json_auto_t *none = servers ("", "ann"), *stun = servers ("api: { ice_servers = [ \"stun:a\" ] }", "ann"), *both = servers (turn, "ann"),
		*other = servers (turn, "bob");
	g_assert_cmpint (json_array_size (none), ==, 0);
	g_assert_cmpint (json_array_size (stun), ==, 1);
	g_assert_null (json_object_get (json_array_get (stun, 0), "username"));
	g_assert_cmpint (json_array_size (both), ==, 2);
	g_assert_cmpint (json_array_size (json_object_get (json_array_get (both, 1), "urls")), ==, 2);
	const char *username = text_in (both, 1, "username");
	g_assert_true (g_str_has_prefix (username, "1000600:"));
	g_assert_null (strstr (username, "ann"));
	g_autofree char *credential = api_turn_credential ("0123456789abcdef", username);
	g_assert_cmpstr (text_in (both, 1, "credential"), ==, credential);
	g_assert_cmpstr (text_in (other, 1, "username"), !=, username);
	g_assert_cmpstr (text_in (other, 1, "credential"), !=, credential);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/turn/vectors", test_vectors);
	g_test_add_func ("/turn/ice-servers", test_ice_servers);
	return g_test_run ();
}
