/* Files of the web client: which path is which file, and what a browser gets to know of it. */
#include "transports/api/static.h"

#include <glib/gstdio.h>
#include <string.h>

static const struct {
	const char *path, *file;
} paths[] = {
	{ "/", "index.html" },
	{ "/m/abcd-efgh-jkmn", "meeting.html" },
	{ "/m/", "meeting.html" },
	{ "/m/../../etc/passwd", "meeting.html" },
	{ "/m", "m" },
	{ "/history", "history.html" },
	{ "/sign-in", "sign-in.html" },
	{ "/meetings", "meetings.html" },
	{ "/account", "account.html" },
	{ "/admin", "admin.html" },
	{ "/admin/", NULL },
	{ "/admin/x", "admin/x" },
	{ "/js/curia.js", "js/curia.js" },
	{ "/a/b/c-d_e.f+g@2x~1.png", "a/b/c-d_e.f+g@2x~1.png" },
	{ "", NULL },
	{ "js/curia.js", NULL },
	{ "//etc/passwd", NULL },
	{ "/..", NULL },
	{ "/../etc/passwd", NULL },
	{ "/js/../../etc/passwd", NULL },
	{ "/js/", NULL },
	{ "/.git/config", NULL },
	{ "/js/.hidden", NULL },
	{ "/js/a b.js", NULL },
	{ "/js/a\\b.js", NULL },
	{ "/js/%2e%2e/x", NULL },
	{ "/js/a\n.js", NULL },
	{ "/1/2/3/4/5/6/7/8/9/10/11/12/13", NULL },
};

static const struct {
	const char *name, *type;
} types[] = {
	{ "index.html", "text/html; charset=utf-8" },
	{ "js/a.js", "text/javascript; charset=utf-8" },
	{ "js/a.mjs", "text/javascript; charset=utf-8" },
	{ "a.CSS", "text/css; charset=utf-8" },
	{ "a.svg", "image/svg+xml" },
	{ "a.webmanifest", "application/manifest+json" },
	{ "a.woff2", "font/woff2" },
	{ "a.html.exe", "application/octet-stream" },
	{ "LICENSE", "application/octet-stream" },
};

static void
test_paths (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
		g_autofree char *file = static_file_of (paths[i].path);

		g_assert_cmpstr (file, ==, paths[i].file);
	}
	for (guint i = 0; i < G_N_ELEMENTS (types); i++)
		g_assert_cmpstr (static_type_of (types[i].name), ==, types[i].type);
}

static const char *
header (const Reply *reply, const char *name)
{
	for (guint i = 0; i < reply->n_headers; i++)
		if (strcmp (reply->headers[i].name, name) == 0)
			return reply->headers[i].value;
	return NULL;
}

static void
test_serving (void)
{
	g_autofree char *folder = g_dir_make_tmp ("curia-static-XXXXXX", NULL);
	g_autofree char *page = g_build_filename (folder, "index.html", NULL);
	g_autofree char *inside = g_build_filename (folder, "folder", NULL);
	Reply reply = { 0 };

	g_assert_true (g_file_set_contents (page, "<html>", -1, NULL));
	g_assert_cmpint (g_mkdir (inside, 0700), ==, 0);
	static_handle (folder, "/", NULL, NULL, &reply);
	g_assert_cmpint (reply.status, ==, 200);
	g_assert_cmpmem (g_bytes_get_data (reply.body, NULL), g_bytes_get_size (reply.body), "<html>", 6);
	g_assert_cmpstr (header (&reply, "cache-control:"), ==, "no-cache");

	g_autofree char *etag = g_strdup (header (&reply, "etag:"));
	g_autofree char *modified = g_strdup (header (&reply, "last-modified:"));
	g_autofree char *listed = g_strconcat ("\"other\", W/", etag, NULL);
	const char *const known[][2] = { { etag, NULL }, { listed, NULL }, { NULL, modified }, { "*", NULL } };
	for (guint i = 0; i < G_N_ELEMENTS (known); i++) {
		static_handle (folder, "/", known[i][0], known[i][1], &reply);
		g_assert_cmpint (reply.status, ==, 304);
		g_assert_null (reply.body);
	}
	static_handle (folder, "/", "\"other\"", modified, &reply);
	g_assert_cmpint (reply.status, ==, 200);

	const char *const absent[] = { "/nothing.js", "/folder", "/../index.html", "/m/x" };
	for (guint i = 0; i < G_N_ELEMENTS (absent); i++) {
		static_handle (folder, absent[i], NULL, NULL, &reply);
		g_assert_cmpint (reply.status, ==, 404);
		g_assert_cmpstr (reply.type, ==, "application/problem+json");
	}
	reply_clear (&reply);
	g_rmdir (inside);
	g_unlink (page);
	g_rmdir (folder);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/static/paths", test_paths);
	g_test_add_func ("/static/serving", test_serving);
	return g_test_run ();
}
