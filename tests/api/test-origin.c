/* Which pages may open a WebSocket. */
#include "transports/api/origin.h"

static const char *const listed[] = { "https://app.example.org", "http://localhost:3000", NULL };

static const struct {
	const char *origin, *host, *public_url;
	gboolean welcome;
} rows[] = {
	{ NULL, "meet.example.org", "", TRUE },
	{ "https://meet.example.org", "meet.example.org", "", TRUE },
	{ "https://meet.example.org:8443", "meet.example.org:8443", "", TRUE },
	{ "https://MEET.example.org", "meet.example.org", "", TRUE },
	{ "https://meet.example.org", "meet.example.org:8443", "", FALSE },
	{ "https://evil.example.org", "meet.example.org", "", FALSE },
	{ "https://meet.example.org.evil.org", "meet.example.org", "", FALSE },
	{ "https://evil.org/meet.example.org", "meet.example.org", "", FALSE },
	{ "null", "meet.example.org", "", FALSE },
	{ "file://", "meet.example.org", "", FALSE },
	{ "https://", "", "", FALSE },
	{ "https://public.example.org", "10.0.0.1:8443", "https://public.example.org/", TRUE },
	{ "https://app.example.org", "meet.example.org", "", TRUE },
	{ "http://localhost:3000", "meet.example.org", "", TRUE },
	{ "https://app.example.org.evil.org", "meet.example.org", "", FALSE },
	{ "https://meet.example.org", NULL, NULL, FALSE },
};

static void
test_rows (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		g_assert_cmpint (origin_is_welcome (rows[i].origin, rows[i].host, rows[i].public_url, listed), ==, rows[i].welcome);
	g_assert_false (origin_is_welcome ("https://app.example.org", "meet.example.org", "", NULL));
	g_assert_false (origin_is_listed (NULL, listed));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/origin/rows", test_rows);
	return g_test_run ();
}
