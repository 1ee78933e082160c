/* The table of errors, and what is read out of messages. */
#include "curia-error.h"

static void
test_rows (void)
{
	for (int i = 0; i < CURIA_N_ERRORS; i++) {
		const CuriaErrorRow *row = curia_error_row_of ((CuriaErrorCode) i);

		g_assert_cmpint (row->code, ==, i);
		g_assert_cmpint (row->http_status, >=, 400);
		g_assert_cmpint (row->http_status, <, 600);
		g_assert_true (g_regex_match_simple ("^[a-z]+(-[a-z]+)*$", row->slug, 0, 0));
		for (int j = 0; j < i; j++) {
			const CuriaErrorRow *other = curia_error_row_of ((CuriaErrorCode) j);

			g_assert_cmpint (row->wire_code, !=, other->wire_code);
			g_assert_cmpstr (row->slug, !=, other->slug);
		}
	}
}

static void
test_foreign (void)
{
	g_autoptr (GError) foreign = g_error_new (G_FILE_ERROR, G_FILE_ERROR_NOENT, "no file");
	g_autoptr (GError) wild = g_error_new (CURIA_ERROR, 12345, "no such code");

	g_assert_cmpint (curia_error_row (foreign)->code, ==, CURIA_ERROR_INTERNAL);
	g_assert_cmpint (curia_error_row (wild)->code, ==, CURIA_ERROR_INTERNAL);
	g_assert_cmpint (curia_error_row (NULL)->code, ==, CURIA_ERROR_INTERNAL);
	g_assert_cmpint (curia_error_row_of ((CuriaErrorCode) -1)->code, ==, CURIA_ERROR_INTERNAL);
}

static void
test_throw (void)
{
	g_autoptr (GError) error = NULL;

	g_assert_false (curia_throw (NULL, CURIA_ERROR_TIMEOUT, "nobody asks"));
	g_assert_false (curia_throw (&error, CURIA_ERROR_TIMEOUT, "after %d ms", 12));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_TIMEOUT);
	g_assert_cmpstr (error->message, ==, "after 12 ms");
}

static void
test_field (void)
{
	static const struct {
		CuriaErrorCode code;
		const char *message, *field;
	} rows[] = {
		{ CURIA_ERROR_INVALID_FIELD, "height must be 0 to 4320, not -1", "height" },
		{ CURIA_ERROR_INVALID_FIELD, "slots[0].want.source must be one of a|b", "slots[0].want.source" },
		{ CURIA_ERROR_MISSING_FIELD, "token is required", "token" },
		{ CURIA_ERROR_INVALID_FIELD, "\"a b\" is not a field here", NULL },
		{ CURIA_ERROR_INVALID_FIELD, "curia.jcfg:3: api.port must be 0 to 65535", NULL },
		{ CURIA_ERROR_INVALID_FIELD, "word", NULL },
		{ CURIA_ERROR_INVALID_FIELD, "", NULL },
		{ CURIA_ERROR_TIMEOUT, "token took too long", NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GError) error = g_error_new_literal (CURIA_ERROR, rows[i].code, rows[i].message);
		g_autofree char *field = curia_error_field (error);

		g_assert_cmpstr (field, ==, rows[i].field);
	}
	g_assert_null (curia_error_field (NULL));
}

static void
test_url (void)
{
	static const struct {
		CuriaErrorCode code;
		const char *message, *url;
	} rows[] = {
		{ CURIA_ERROR_WRONG_NODE, "the meeting is on another node: wss://b:8443/janus", "wss://b:8443/janus" },
		{ CURIA_ERROR_WRONG_NODE, "the meeting is elsewhere", NULL },
		{ CURIA_ERROR_WRONG_NODE, "", NULL },
		{ CURIA_ERROR_TIMEOUT, "no answer from wss://b:8443/janus", NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GError) error = g_error_new_literal (CURIA_ERROR, rows[i].code, rows[i].message);
		g_autofree char *url = curia_error_url (error);

		g_assert_cmpstr (url, ==, rows[i].url);
	}
	g_assert_null (curia_error_url (NULL));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/error/rows", test_rows);
	g_test_add_func ("/error/foreign", test_foreign);
	g_test_add_func ("/error/throw", test_throw);
	g_test_add_func ("/error/field", test_field);
	g_test_add_func ("/error/url", test_url);
	return g_test_run ();
}
