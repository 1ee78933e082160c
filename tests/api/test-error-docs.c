/* docs/errors.md names every error of the table, with its numbers and title as they are. */
#include <glib.h>

#include "curia-error.h"

static void
test_every_error (void)
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

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/error-docs/every-error", test_every_error);
	return g_test_run ();
}
