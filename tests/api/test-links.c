/* Hosts and the links made of them. */
#include "transports/api/links.h"

#include <string.h>

static void
test_host (void)
{
	static const struct {
		const char *host;
		gboolean valid;
	} rows[] = {
		{ "meet.example.org", TRUE }, { "meet.example.org:8443", TRUE }, { "localhost", TRUE }, { "10.0.0.1:80", TRUE },
		{ "[::1]", TRUE }, { "[2001:db8::1]:8443", TRUE }, { "xn--bcher-kva.example", TRUE }, { "a.", TRUE },
		{ NULL, FALSE }, { "", FALSE }, { ":80", FALSE }, { ".a", FALSE }, { "a:", FALSE }, { "a:0", FALSE },
		{ "a:65536", FALSE }, { "a:8o", FALSE }, { "a:-1", FALSE }, { "a:+1", FALSE }, { "a:1:2", FALSE },
		{ "a/b", FALSE }, { "a@b", FALSE }, { "a b", FALSE }, { "a\"b", FALSE }, { "a<b", FALSE }, { "a\nb", FALSE },
		{ "a_b", FALSE }, { "[::1", FALSE }, { "[]", FALSE }, { "[a]", FALSE }, { "[1.2.3.4]", FALSE },
		{ "[::1]x", FALSE }, { "[::1]:", FALSE }, { "[::1%25eth0]", FALSE }, { "b\xc3\xbc.example", FALSE },
	};
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_test_message ("%s", rows[i].host);
		g_assert_cmpint (api_links_host_valid (rows[i].host), ==, rows[i].valid);
	}
	g_autofree char *endless = g_strnfill (300, 'a');
	g_assert_false (api_links_host_valid (endless));
}

static void
test_base (void)
{
	static const struct {
		const char *public_url, *host;
		gboolean tls;
		const char *base, *socket;
	} rows[] = {
		{ "", "meet.example.org", TRUE, "https://meet.example.org", "wss://meet.example.org/janus" },
		{ NULL, "10.0.0.1:8080", FALSE, "http://10.0.0.1:8080", "ws://10.0.0.1:8080/janus" },
		{ "", "[::1]:8443", TRUE, "https://[::1]:8443", "wss://[::1]:8443/janus" },
		{ "", "evil/\"><script>", TRUE, "https://localhost:8443", "wss://localhost:8443/janus" },
		{ "", NULL, FALSE, "http://localhost:8443", "ws://localhost:8443/janus" },
		{ "https://a.example", "b.example", FALSE, "https://a.example", "wss://a.example/janus" },
		{ "https://a.example/meet//", "b.example", FALSE, "https://a.example/meet", "wss://a.example/meet/janus" },
	};
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *base = api_links_base (rows[i].public_url, rows[i].host, rows[i].tls, 8443);
		g_autofree char *socket = api_links_socket (base);
		g_assert_cmpstr (base, ==, rows[i].base);
		g_assert_cmpstr (socket, ==, rows[i].socket);
	}
	g_autofree char *page = api_links_meeting ("https://a.example", "abcd-efgh-jkmn");
	g_assert_cmpstr (page, ==, "https://a.example/m/abcd-efgh-jkmn");
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/links/host", test_host);
	g_test_add_func ("/links/base", test_base);
	return g_test_run ();
}
