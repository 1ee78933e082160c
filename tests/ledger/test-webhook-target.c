/* Where webhooks may go: a table of URLs, a table of addresses. */
#include "curia-webhook-target.h"

#include <arpa/inet.h>
#include <string.h>
#include "curia-error.h"

static const struct {
	const char *address;
	gboolean public;
} addresses[] = {
	{ "1.1.1.1", TRUE }, { "8.8.8.8", TRUE }, { "93.184.216.34", TRUE }, { "223.255.255.255", TRUE },
	{ "11.0.0.0", TRUE }, { "9.255.255.255", TRUE }, { "100.63.255.255", TRUE }, { "100.128.0.0", TRUE },
	{ "172.15.255.255", TRUE }, { "172.32.0.0", TRUE }, { "192.167.255.255", TRUE }, { "192.169.0.0", TRUE },
	{ "198.17.255.255", TRUE }, { "198.20.0.0", TRUE }, { "169.253.255.255", TRUE }, { "126.255.255.255", TRUE },
	{ "128.0.0.0", TRUE }, { "168.63.129.17", TRUE },
	{ "0.0.0.0", FALSE }, { "0.1.2.3", FALSE }, { "10.0.0.0", FALSE }, { "10.255.255.255", FALSE },
	{ "100.64.0.0", FALSE }, { "100.127.255.255", FALSE }, { "100.100.100.200", FALSE }, { "127.0.0.1", FALSE },
	{ "127.255.255.255", FALSE }, { "168.63.129.16", FALSE }, { "169.254.0.1", FALSE }, { "169.254.169.254", FALSE },
	{ "172.16.0.0", FALSE }, { "172.31.255.255", FALSE }, { "192.0.0.192", FALSE }, { "192.0.2.1", FALSE },
	{ "192.88.99.1", FALSE }, { "192.168.0.1", FALSE }, { "192.168.255.255", FALSE }, { "198.18.0.1", FALSE },
	{ "198.19.255.255", FALSE }, { "198.51.100.7", FALSE }, { "203.0.113.7", FALSE }, { "224.0.0.1", FALSE },
	{ "239.255.255.250", FALSE }, { "240.0.0.1", FALSE }, { "255.255.255.255", FALSE },
	{ "2606:4700:4700::1111", TRUE }, { "2a00:1450:4001::1", TRUE }, { "2001:4860:4860::8888", TRUE },
	{ "2003::1", TRUE }, { "3ffe::1", TRUE },
	{ "::", FALSE }, { "::1", FALSE }, { "::127.0.0.1", FALSE }, { "::ffff:127.0.0.1", FALSE },
	{ "::ffff:8.8.8.8", FALSE }, { "::ffff:0:8.8.8.8", FALSE }, { "64:ff9b::7f00:1", FALSE },
	{ "64:ff9b::808:808", FALSE }, { "64:ff9b:1::1", FALSE }, { "100::1", FALSE }, { "2001::1", FALSE },
	{ "2001:1ff:ffff::1", FALSE }, { "2001:db8::1", FALSE }, { "2002:7f00:1::", FALSE }, { "2620:4f:8000::1", FALSE },
	{ "3fff::1", FALSE }, { "3fff:fff::1", FALSE }, { "5f00::1", FALSE }, { "fc00::1", FALSE },
	{ "fd00:ec2::254", FALSE }, { "fdff::1", FALSE }, { "fe80::1", FALSE }, { "febf::1", FALSE }, { "fec0::1", FALSE },
	{ "ff02::1", FALSE }, { "ff0e::1", FALSE },
};

static gboolean
is_public (const char *text)
{
	struct sockaddr_in ipv4 = { .sin_family = AF_INET };
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6 };

	if (inet_pton (AF_INET, text, &ipv4.sin_addr) == 1)
		return curia_webhook_address_is_public ((const struct sockaddr *) &ipv4);
	g_assert_cmpint (inet_pton (AF_INET6, text, &ipv6.sin6_addr), ==, 1);
	return curia_webhook_address_is_public ((const struct sockaddr *) &ipv6);
}

static void
test_addresses (void)
{
	struct sockaddr unix_socket = { .sa_family = AF_UNIX };

	for (guint i = 0; i < G_N_ELEMENTS (addresses); i++) {
		g_test_message ("%s", addresses[i].address);
		g_assert_cmpint (is_public (addresses[i].address), ==, addresses[i].public);
	}
	g_assert_false (curia_webhook_address_is_public (&unix_socket));
}

static const CuriaWebhookAllowed nothing = { FALSE, FALSE }, http = { TRUE, FALSE }, all = { TRUE, TRUE };

static const struct {
	const char *url;
	const CuriaWebhookAllowed *allowed;
	const char *problem; /* NULL: good */
} urls[] = {
	{ "https://example.org", &nothing, NULL },
	{ "https://example.org/", &nothing, NULL },
	{ "HTTPS://Example.ORG:8443/hook?a=b&c=%20", &nothing, NULL },
	{ "https://xn--bcher-kva.example/x", &nothing, NULL },
	{ "https://example.org?x", &nothing, NULL },
	{ "https://1.1.1.1/", &nothing, NULL },
	{ "https://[2606:4700:4700::1111]:443/", &nothing, NULL },
	{ "http://example.org/", &http, NULL },
	{ "http://127.0.0.1:8080/", &all, NULL },
	{ "http://localhost/", &all, NULL },
	{ "http://[::1]/", &all, NULL },
	{ "http://example.org/", &nothing, "https://" },
	{ "", &all, "begin" },
	{ "example.org", &all, "begin" },
	{ "//example.org/", &all, "begin" },
	{ "ftp://example.org/", &all, "begin" },
	{ "file:///etc/passwd", &all, "begin" },
	{ "gopher://127.0.0.1:6379/_FLUSHALL", &all, "begin" },
	{ "httpx://example.org/", &all, "begin" },
	{ "https:/example.org/", &all, "begin" },
	{ " https://example.org/", &all, "begin" },
	{ "javascript:alert(1)", &all, "begin" },
	{ "https://", &all, "host" },
	{ "https:///path", &all, "host" },
	{ "https://:443/", &all, "host" },
	{ "https://example.org:/", &all, "port" },
	{ "https://example.org:0/", &all, "port" },
	{ "https://example.org:65536/", &all, "port" },
	{ "https://example.org:-1/", &all, "port" },
	{ "https://example.org:44a/", &all, "port" },
	{ "https://example.org:443:443/", &all, "port" },
	{ "https://user@example.org/", &all, "user name" },
	{ "https://user:secret@example.org/", &all, "user name" },
	{ "https://example.org@127.0.0.1/", &all, "user name" },
	{ "https://example.org\\@127.0.0.1/", &all, "RFC 3986" },
	{ "https://example.org#@127.0.0.1/", &all, "fragment" },
	{ "https://example.org/#x", &all, "fragment" },
	{ "https://exa mple.org/", &all, "RFC 3986" },
	{ "https://example.org/\r\nX-Evil: 1", &all, "RFC 3986" },
	{ "https://example.org/\tx", &all, "RFC 3986" },
	{ "https://b\303\274cher.example/", &all, "RFC 3986" },
	{ "https://127.0.0.1\357\274\216nip.io/", &all, "RFC 3986" },
	{ "https://%31%32%37.0.0.1/", &all, "host" },
	{ "https://[::1%25lo]/", &all, "host" },
	{ "https://[::1/", &all, "host" },
	{ "https://[]/", &all, "host" },
	{ "https://::1/", &all, "host" },
	{ "https://a*b/", &all, "host" },
	{ "https://localhost/", &nothing, "private" },
	{ "https://LOCALHOST./", &nothing, "private" },
	{ "https://app.localhost/", &nothing, "private" },
	{ "https://127.0.0.1/", &nothing, "private" },
	{ "https://127.0.0.1./", &nothing, "private" },
	{ "https://127.1/", &nothing, "private" },
	{ "https://2130706433/", &nothing, "private" },
	{ "https://0x7f000001/", &nothing, "private" },
	{ "https://0x7f.0.0.1/", &nothing, "private" },
	{ "https://017700000001/", &nothing, "private" },
	{ "https://0177.0.0.01/", &nothing, "private" },
	{ "https://0/", &nothing, "private" },
	{ "https://10.1.2.3/", &nothing, "private" },
	{ "http://169.254.169.254/latest/meta-data/", &http, "private" },
	{ "https://[::1]/", &nothing, "private" },
	{ "https://[::]/", &nothing, "private" },
	{ "https://[::ffff:127.0.0.1]/", &nothing, "private" },
	{ "https://[::ffff:7f00:1]/", &nothing, "private" },
	{ "https://[64:ff9b::7f00:1]/", &nothing, "private" },
	{ "https://[fd00:ec2::254]/", &nothing, "private" },
	{ "https://[fe80::1]/", &nothing, "private" },
};

static void
test_urls (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (urls); i++) {
		g_autoptr (GError) error = NULL;

		g_test_message ("%s", urls[i].url);
		g_assert_cmpint (curia_webhook_url_check (urls[i].url, *urls[i].allowed, &error), ==, urls[i].problem == NULL);
		if (urls[i].problem == NULL)
			continue;
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
		g_assert_nonnull (strstr (error->message, urls[i].problem));
		g_autofree char *field = curia_error_field (error);
		g_assert_cmpstr (field, ==, "url");
	}
}

static void
test_length (void)
{
	g_autoptr (GString) url = g_string_new ("https://example.org/");

	while (url->len < CURIA_WEBHOOK_URL_MAX)
		g_string_append_c (url, 'a');
	g_assert_true (curia_webhook_url_check (url->str, nothing, NULL));
	g_string_append_c (url, 'a');
	g_assert_false (curia_webhook_url_check (url->str, nothing, NULL));
}

/* Whatever is let through has nothing in it that two parsers could read in two ways. */
static void
test_random (void)
{
	static const char letters[] = "https://[]@:.0x17af#?%\\ \t\r\nlocalhost\303\274";
	guint good = 0;

	for (guint i = 0; i < 200000; i++) {
		char url[48] = "https://";
		gsize n = 8 + g_test_rand_int_range (0, 30);

		for (gsize k = 8; k < n; k++)
			url[k] = letters[g_test_rand_int_range (0, sizeof letters - 1)];
		if (!curia_webhook_url_check (url, nothing, NULL))
			continue;
		good++;
		g_assert_null (strpbrk (url, "#\\ \t\r\n"));
		g_autofree char *authority = g_strndup (url + 8, strcspn (url + 8, "/?"));
		g_assert_null (strchr (authority, '@'));
		g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_HAS_PASSWORD, NULL);
		g_assert_true (uri == NULL || (g_uri_get_user (uri) == NULL && g_uri_get_host (uri) != NULL));
	}
	g_assert_cmpuint (good, >, 100);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/webhook-target/addresses", test_addresses);
	g_test_add_func ("/webhook-target/urls", test_urls);
	g_test_add_func ("/webhook-target/length", test_length);
	g_test_add_func ("/webhook-target/random", test_random);
	return g_test_run ();
}
