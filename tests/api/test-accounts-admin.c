/* What administrators may do to accounts, links that work once, and the first administrator's. */
#include "tests/api/browser-fixture.h"

#include <glib/gstdio.h>

#include "transports/api/first-admin.h"
#include "transports/api/one-time.h"

static char *
secret_of (const Answer *answer)
{
	const char *at = strstr (text_at (answer, "url"), ONE_TIME_PAGE);

	g_assert_nonnull (at);
	return g_strdup (at + strlen (ONE_TIME_PAGE));
}

static int
use_link (Fixture *site, Browser *browser, const char *secret, const char *more)
{
	g_autofree char *body = g_strdup_printf ("{\"secret\":\"%s\",\"password\":\"a fresh password\"%s}", secret, more);

	return go (site, browser, "/api/v1/one-time", body);
}

static void
test_admin (void)
{
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) ann = { 0 }, bob = { 0 };

	go (site, &ann, "/api/v1/accounts", ANN);
	go (site, &bob, "/api/v1/accounts", BOB);
	make_admin (site, &ann);
	g_autofree char *anns = g_strconcat ("/api/v1/accounts/", ann.id, NULL), *bobs = g_strconcat ("/api/v1/accounts/", bob.id, NULL);
	g_auto (Answer) page = ask (site, API_GET, "/api/v1/accounts?limit=1", ann.token, NULL);
	check_schema (API_GET, "/api/v1/accounts", &page);
	g_assert_cmpuint (json_array_size (value_at (&page, "accounts")), ==, 1);
	g_autofree char *next = g_strconcat ("/api/v1/accounts?limit=5&cursor=", text_at (&page, "next_cursor"), NULL);
	g_auto (Answer) rest = ask (site, API_GET, next, ann.token, NULL), found = ask (site, API_GET, "/api/v1/accounts?q=BOB@", ann.token, NULL);
	g_assert_cmpuint (json_array_size (value_at (&rest, "accounts")), ==, 1);
	g_assert_cmpstr (text_at (&found, "accounts.0.name"), ==, "Bob");
	/* the last one stays */
	g_assert_cmpint (status_of (site, API_PATCH, anns, ann.token, "{\"role\":\"user\"}"), ==, 403);
	g_assert_cmpint (status_of (site, API_PATCH, anns, ann.token, "{\"state\":\"disabled\"}"), ==, 403);
	g_assert_cmpint (status_of (site, API_DELETE, anns, ann.token, NULL), ==, 403);
	/* who is switched off is out */
	g_assert_cmpint (status_of (site, API_PATCH, bobs, ann.token, "{\"state\":\"disabled\"}"), ==, 200);
	g_assert_cmpint (status_of (site, API_GET, "/api/v1/me", bob.token, NULL), ==, 401);
	g_assert_cmpint (refresh (site, &bob), ==, 401);
	g_assert_cmpint (status_of (site, API_PATCH, bobs, ann.token, "{\"state\":\"active\",\"role\":\"admin\"}"), ==, 200);
	g_assert_cmpint (go (site, &bob, "/api/v1/sessions", "{\"email\":\"bob@example.org\",\"password\":\"" PASSWORD "\"}"), ==, 201);
	g_assert_cmpint (status_of (site, API_DELETE, anns, bob.token, NULL), ==, 200);
	g_assert_cmpint (status_of (site, API_GET, "/api/v1/me", ann.token, NULL), ==, 401);
	g_assert_cmpint (status_of (site, API_GET, anns, bob.token, NULL), ==, 404);
}

static void
test_links (void)
{
	g_autoptr (Fixture) site = fixture_new (OPEN);
	g_auto (Browser) ann = { 0 }, bob = { 0 }, visitor = { 0 };

	go (site, &ann, "/api/v1/accounts", ANN);
	go (site, &bob, "/api/v1/accounts", BOB);
	make_admin (site, &ann);
	g_autofree char *path = g_strconcat ("/api/v1/accounts/", bob.id, "/reset", NULL);
	g_auto (Answer) made = ask (site, API_POST, path, ann.token, NULL);
	check_schema (API_POST, path, &made);
	g_autofree char *secret = secret_of (&made), *look = g_strdup_printf ("{\"secret\":\"%s\"}", secret);
	g_auto (Answer) seen = send (site, API_POST, "/api/v1/one-time/look", look, (How) { 0 });
	g_assert_cmpstr (text_at (&seen, "purpose"), ==, "reset");
	g_assert_cmpstr (text_at (&seen, "email"), ==, "bob@example.org");
	g_assert_cmpint (refresh (site, &bob), ==, 200); /* nothing has happened yet */
	g_assert_cmpint (use_link (site, &visitor, "guess", ""), ==, 404);
	g_assert_cmpint (use_link (site, &visitor, secret, ",\"role\":\"admin\""), ==, 422);
	g_assert_cmpint (use_link (site, &visitor, secret, ""), ==, 200);
	g_assert_cmpstr (visitor.id, ==, bob.id);
	g_assert_cmpint (refresh (site, &bob), ==, 401);
	g_assert_cmpint (use_link (site, &visitor, secret, ""), ==, 404);
	g_assert_cmpint (refresh (site, &visitor), ==, 200);
	/* an invitation is such a link, of a new account */
	g_auto (Answer) invited = ask (site, API_POST, "/api/v1/accounts/invite", ann.token, "{\"email\":\"Cy@x.org\",\"name\":\"Cy\"}");
	check_schema (API_POST, "/api/v1/accounts/invite", &invited);
	g_autofree char *invitation = secret_of (&invited);
	g_auto (Browser) cy = { 0 };
	g_assert_cmpint (go (site, &cy, "/api/v1/sessions", "{\"email\":\"cy@x.org\",\"password\":\"\"}"), ==, 422);
	g_assert_cmpint (use_link (site, &cy, invitation, ""), ==, 200);
	g_assert_cmpint (status_of (site, API_POST, "/api/v1/accounts/invite", ann.token, "{\"email\":\"cy@x.org\"}"), ==, 409);
}

static void
test_first_admin (void)
{
	g_autoptr (Fixture) site = fixture_new ("");
	g_autofree char *path = g_build_filename (site->folder, FIRST_ADMIN_FILE, NULL), *line = NULL, *again = NULL;
	g_auto (Browser) admin = { 0 }, other = { 0 };
	GStatBuf status;

	first_admin_announce (site->node);
	g_assert_true (g_file_get_contents (path, &line, NULL, NULL));
	g_assert_cmpint (g_stat (path, &status), ==, 0);
	g_assert_cmpint (status.st_mode & 0777, ==, 0600);
	g_assert_true (g_str_has_prefix (line, "https://localhost:8443" ONE_TIME_PAGE));
	first_admin_announce (site->node); /* the next start keeps what still works */
	g_assert_true (g_file_get_contents (path, &again, NULL, NULL));
	g_assert_cmpstr (again, ==, line);
	const char *secret = g_strstrip (line) + strlen ("https://localhost:8443" ONE_TIME_PAGE);
	g_assert_cmpint (use_link (site, &admin, secret, ""), ==, 422); /* it makes an account: whose? */
	g_assert_cmpint (use_link (site, &admin, secret, ",\"email\":\"root@x.org\",\"name\":\"Root\""), ==, 200);
	g_assert_cmpint (status_of (site, API_GET, "/api/v1/accounts", admin.token, NULL), ==, 200);
	g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
	g_assert_cmpint (use_link (site, &other, secret, ",\"email\":\"two@x.org\",\"name\":\"Two\""), ==, 404);
	first_admin_announce (site->node);
	g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/accounts/admin", test_admin);
	g_test_add_func ("/accounts/links", test_links);
	g_test_add_func ("/accounts/first-admin", test_first_admin);
	return g_test_run ();
}
