/* docs/errors.md names every error of the table, with its numbers and title as they are. */
#include <glib.h>

#include <string.h>

#include "curia-error.h"
#include "transports/api/error-page.h"

static void test_every_error (void)
{
	g_autofree char *path = g_test_build_filename (G_TEST_DIST, "docs", "errors.md", NULL), *text = NULL;
	g_autoptr (GError) error = NULL;
	g_file_get_contents (path, &text, NULL, &error);
	g_assert_no_error (error);
	for (guint code = 0; code < CURIA_N_ERRORS; code++) {
		const CuriaErrorRow *row = curia_error_row_of (code);
		g_autofree char *heading = g_strdup_printf ("\n## %s\n\n**%s.** HTTP %d, room error %d.\n", row->slug, row->title,
			row->http_status, row->wire_code);
		g_test_message ("%s", heading);
		g_assert_nonnull (g_strstr_len (text, -1, heading));
	}
	guint headings = 0;
	for (const char *at = text; (at = g_strstr_len (at, -1, "\n## ")) != NULL; at += 4)
		headings++;
	g_assert_cmpuint (headings, ==, CURIA_N_ERRORS);
}

/* The page that `type` leads to has an anchor for every error. */
static void test_page (void)
{
	Reply reply = { 0 };
	gsize size;
	error_page_answer (&reply);
	const char *html = g_bytes_get_data (reply.body, &size);
	g_assert_cmpint (reply.status, ==, 200);
	g_assert_cmpstr (reply.type, ==, "text/html; charset=utf-8");
	for (guint code = 0; code < CURIA_N_ERRORS; code++) {
		g_autofree char *anchor = g_strdup_printf ("<h2 id=\"%s\">", curia_error_row_of (code)->slug);
		g_assert_nonnull (g_strstr_len (html, size, anchor));
	}
	g_assert_null (g_strstr_len (html, size, "**"));
	g_assert_null (g_strstr_len (html, size, "]("));
	reply_clear (&reply);
}

static void test_html (void)
{
	static const struct {
		const char *markdown, *html;
	} rows[] = {
		{ "# A <b>", "<h1>A &lt;b&gt;</h1>" },
		{ "## too-large", "<h2 id=\"too-large\">too-large</h2>" },
		{ "One\ntwo.", "<p>One\ntwo.</p>" },
		{ "`a&b` **c** [d](e.md)", "<p><code>a&amp;b</code> <strong>c</strong> d</p>" },
	};
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *html = error_page_html (rows[i].markdown);
		g_assert_nonnull (strstr (html, rows[i].html));
	}
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/error-docs/every-error", test_every_error);
	g_test_add_func ("/error-docs/page", test_page);
	g_test_add_func ("/error-docs/html", test_html);
	return g_test_run ();
}
