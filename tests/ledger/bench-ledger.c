/* bench-ledger: how many events a second go through the module into a real store, and how long the core is held up by each.
 *   bench-ledger [SECONDS [RATE]]   RATE 0: as many as it takes, by keeping some thousands waiting
 * The mix is play.h's. */
#include "config.h"

#include <stdlib.h>
#include "tests/ledger/fake-core.h"
#include "tests/ledger/look.h"
#include "tests/ledger/play.h"
#include "tests/lib/servers.h"

#define BACKLOG 20000 /* written and not: enough that nobody waits for the generator */

/* ---- measuring ---- */

static gint compare_times (gconstpointer a, gconstpointer b)
{
	guint32 left = *(const guint32 *) a, right = *(const guint32 *) b;

	return left < right ? -1 : left > right;
}

static double percentile (const GArray *times_ns, double share)
{
	return g_array_index (times_ns, guint32, (guint) ((times_ns->len - 1) * share)) / 1000.0;
}

static gint64 now_ns (void)
{
	struct timespec now;

	clock_gettime (CLOCK_MONOTONIC, &now);
	return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static void offer (Play *play, GArray *times_ns)
{
	json_t *event = json_pack ("{s:s s:i s:I s:{s:s s:o}}", "emitter", "bench", "type", 64, "timestamp",
		(json_int_t) play->time_ms * 1000, "event", "plugin", "janus.plugin.curia.room", "data", play_next (play));
	gint64 start_ns = now_ns ();

	fake_call (event);
	guint32 took_ns = (guint32) (now_ns () - start_ns);
	json_decref (event);
	g_array_append_val (times_ns, took_ns);
}

static void hold_back (guint64 n, gint64 start_us, gint64 rate)
{
	if (rate > 0)
		while ((gint64) n > (g_get_monotonic_time () - start_us) * rate / G_USEC_PER_SEC)
			g_usleep (1000);
	else if (n % 100 == 0)
		while ((gint64) n - fake_stat ("written") > BACKLOG)
			g_usleep (1000);
}

static void bench (const char *what, const char *url, double seconds, gint64 rate)
{
	g_autofree char *folder = fake_folder_new ();
	g_autoptr (GArray) times_ns = g_array_new (FALSE, FALSE, sizeof (guint32));
	g_autofree char *sqlite = g_strdup_printf ("sqlite:%s/bench.db", folder);
	Play *play = g_new0 (Play, 1);

	fake_start (folder, url != NULL ? url : sqlite, "bench", "");
	gint64 start_us = g_get_monotonic_time (), until_us = start_us + (gint64) (seconds * G_USEC_PER_SEC);
	while (g_get_monotonic_time () < until_us) {
		play->time_ms = g_get_real_time () / 1000;
		offer (play, times_ns);
		hold_back (play->n, start_us, rate);
	}
	gint64 in_time = fake_stat ("written"), refused = fake_stat ("refused_queue");
	gint64 took_us = g_get_monotonic_time () - start_us;
	fake_wait_written ((gint64) play->n + 1 - refused);
	gint64 drained_us = g_get_monotonic_time () - start_us;
	g_array_sort (times_ns, compare_times);
	g_print ("%-10s %8.0f events/s offered, %8.0f/s written while it ran, %8.0f/s with what was left; refused %d;"
			 " incoming_event p50 %.1f us, p99 %.1f us, p99.9 %.1f us, max %.0f us\n",
		what, times_ns->len * 1e6 / (double) took_us, (double) in_time * 1e6 / (double) took_us,
		(double) play->n * 1e6 / (double) drained_us, (int) refused, percentile (times_ns, 0.5), percentile (times_ns, 0.99),
		percentile (times_ns, 0.999), percentile (times_ns, 1));
	g_assert_cmpint (look_number (url != NULL ? url : sqlite, "SELECT (SELECT COUNT (*) FROM events)"
		" + (SELECT COUNT (*) FROM quality_samples)"), ==, (gint64) play->n + 1 - refused);
	fake_stop ();
	fake_folder_remove (folder);
	g_free (play);
}

int main (int argc, char **argv)
{
	double seconds = argc > 1 ? atof (argv[1]) : 10;
	gint64 rate = argc > 2 ? atoll (argv[2]) : 0;
	g_autofree char *postgres = NULL;

	g_test_init (&(int) { 1 }, &(char **) { argv }, NULL);
	postgres = servers_postgres_start ();
	bench ("PostgreSQL", postgres, seconds, rate);
	bench ("SQLite", NULL, seconds, rate);
	return 0;
}
