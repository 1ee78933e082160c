/* Identifiers: shape, spread, and what people type. */
#include "curia-id.h"

#include <string.h>

#define ROUNDS 5000

static void
test_shapes (void)
{
	g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

	for (int i = 0; i < ROUNDS; i++) {
		char *id = curia_id_new ("MT_"), *code = curia_id_code ();
		g_autofree char *secret = curia_id_secret (32);

		g_assert_true (g_regex_match_simple ("^MT_[0-9A-Za-z]{16}$", id, 0, 0));
		g_assert_true (g_regex_match_simple ("^[a-hjkmnp-z]{4}-[a-hjkmnp-z]{4}-[a-hjkmnp-z]{4}$", code, 0, 0));
		g_assert_true (g_regex_match_simple ("^[0-9A-Za-z_-]{43}$", secret, 0, 0));
		g_assert_true (g_hash_table_add (seen, id));
		g_assert_true (g_hash_table_add (seen, code));
	}
}

/* Each letter of a code within 6 sigma of its share. */
static void
test_spread (void)
{
	int counts[128] = { 0 }, n = ROUNDS * 12, letters = 0;

	for (int i = 0; i < ROUNDS; i++) {
		g_autofree char *code = curia_id_code ();

		for (const char *at = code; *at; at++)
			counts[(guchar) *at & 127]++;
	}
	for (int letter = 'a'; letter <= 'z'; letter++) {
		int off = counts[letter] - n / 23;

		letters += counts[letter] > 0;
		if (counts[letter] > 0)
			g_assert_cmpint (off * off, <, 36 * n / 23);
	}
	g_assert_cmpint (letters, ==, 23);
}

static void
test_parse (void)
{
	static const struct {
		const char *text, *normal;
	} rows[] = {
		{ "abcd-efgh-jkmn", "abcd-efgh-jkmn" },
		{ "ABCD-EFGH-JKMN", "abcd-efgh-jkmn" },
		{ "abcdefghjkmn", "abcd-efgh-jkmn" },
		{ "abcdef-ghjkmn", "abcd-efgh-jkmn" },
		{ "abcd-efgh-jkm", NULL },
		{ "abcd-efgh-jkmnp", NULL },
		{ "abcd-efgh-jkmi", NULL },
		{ "abcd-efgh-jkm0", NULL },
		{ "abcd efgh jkmn", NULL },
		{ "abcd-efgh-jkm\xc3\xa9", NULL },
		{ "------------a------------b", NULL },
		{ "", NULL },
		{ "../../etc/passwd", NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *normal = NULL;

		g_assert_cmpint (curia_id_code_parse (rows[i].text, &normal), ==, rows[i].normal != NULL);
		g_assert_cmpstr (normal, ==, rows[i].normal);
		g_assert_cmpint (curia_id_code_parse (rows[i].text, NULL), ==, rows[i].normal != NULL);
	}
	g_assert_false (curia_id_code_parse (NULL, NULL));
}

static void
test_secrets (void)
{
	g_autofree char *empty = curia_id_secret (0), *one = curia_id_secret (1);

	g_assert_cmpstr (empty, ==, "");
	g_assert_cmpuint (strlen (one), ==, 2);
	g_assert_true (curia_id_secret_equal ("same", "same"));
	g_assert_true (curia_id_secret_equal ("", ""));
	g_assert_false (curia_id_secret_equal ("same", "samE"));
	g_assert_false (curia_id_secret_equal ("same", "sam"));
	g_assert_false (curia_id_secret_equal (NULL, "same"));
	g_assert_false (curia_id_secret_equal (NULL, NULL));
	g_assert_cmpuint (curia_id_random64 (), !=, curia_id_random64 ());
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/id/shapes", test_shapes);
	g_test_add_func ("/id/spread", test_spread);
	g_test_add_func ("/id/parse", test_parse);
	g_test_add_func ("/id/secrets", test_secrets);
	return g_test_run ();
}
