/* When failed deliveries are tried again. */
#include "events/ledger/webhook-retry.h"

static const WebhookRetry retry = { .min_ms = 1000, .max_ms = 600000, .give_up_ms = 86400000 };

static const struct {
	gint64 tries, now_ms; /* tried since 0 */
	guint64 random;
	gint64 next_ms;
} rows[] = {
	{ 0, 0, 0, 1000 },
	{ 0, 0, 500, 500 },
	{ 0, 0, 501, 1000 }, /* modulo 501 */
	{ 1, 0, 0, 2000 },
	{ 5, 0, 0, 32000 },
	{ 9, 0, 0, 512000 },
	{ 10, 0, 0, 600000 },
	{ 11, 0, 300000, 300000 },
	{ 1000000, 0, 0, 600000 },
	{ G_MAXINT64, 0, 0, 600000 },
	{ 50, 86000000, 0, 86400000 }, /* not beyond the end */
	{ 50, 86399999, 0, 86400000 },
	{ 50, 86400000, 0, 0 },
	{ 0, 90000000, 0, 0 },
};

static void
test_rows (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		g_assert_cmpint (
			webhook_retry_at (&retry, 0, rows[i].tries, rows[i].now_ms, rows[i].random), ==, rows[i].next_ms);
}

/* A receiver that is down for good: how often it hears of one delivery in 24 hours, and that it ends after them. */
static void
test_a_day (void)
{
	gint64 now_ms = 5000, last_ms = 0, tries = 0;

	for (gint64 next_ms = now_ms; next_ms != 0; tries++) {
		g_assert_cmpint (next_ms - now_ms, <=, 600000);
		g_assert_true (tries == 0 || next_ms > now_ms);
		last_ms = now_ms = next_ms;
		next_ms = webhook_retry_at (&retry, 5000, tries, now_ms, ((guint64) g_test_rand_int () << 32) | g_test_rand_int ());
	}
	g_assert_cmpint (last_ms, ==, 5000 + 86400000);
	g_assert_cmpint (tries, >, 144); /* every ten minutes at the least */
	g_assert_cmpint (tries, <, 320);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/webhook-retry/rows", test_rows);
	g_test_add_func ("/webhook-retry/a-day", test_a_day);
	return g_test_run ();
}
