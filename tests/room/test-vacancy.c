/* Meetings that stand empty: when they are due, and that somebody who comes stops it. */
#include "config.h"

#include "plugins/room/vacancy.h"

static void assert_due (Vacancies *self, gint64 now_us, const char *expected)
{
	g_autofree char *code = vacancy_take_due (self, now_us);
	g_assert_cmpstr (code, ==, expected);
}

static void test_due (void)
{
	Vacancies *self = vacancy_new ();
	g_assert_true (vacancy_is_none (self));
	assert_due (self, G_MAXINT64, NULL);
	vacancy_add (self, "a", 100);
	vacancy_add (self, "b", 200);
	vacancy_add (self, "c", 300);
	assert_due (self, 99, NULL);
	assert_due (self, 100, "a");
	assert_due (self, 100, NULL);
	vacancy_remove (self, "b");
	assert_due (self, 299, NULL);
	vacancy_add (self, "c", 400); /* it stands empty once more */
	assert_due (self, 399, NULL);
	assert_due (self, 400, "c");
	g_assert_true (vacancy_is_none (self));
	g_hash_table_unref (self);
}

static void test_bound (void)
{
	Vacancies *self = vacancy_new ();
	for (guint i = 0; i < VACANCY_MAX + 5; i++) {
		g_autofree char *code = g_strdup_printf ("%u", i);
		vacancy_add (self, code, i);
	}
	g_assert_cmpuint (g_hash_table_size (self), ==, VACANCY_MAX);
	vacancy_add (self, "7", 20000); /* what is there already may be put off */
	guint n = 0;
	for (char *code; (code = vacancy_take_due (self, VACANCY_MAX)); g_free (code))
		n++;
	g_assert_cmpuint (n, ==, VACANCY_MAX - 1);
	g_hash_table_unref (self);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/vacancy/due", test_due);
	g_test_add_func ("/vacancy/bound", test_bound);
	return g_test_run ();
}
