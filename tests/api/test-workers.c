/* Workers: what is taken is carried out or discarded, never both and never neither. */
#include "transports/api/workers.h"

#define N 20

static struct {
	gint begun, run, discarded; /* atomic */
	gint open;                  /* atomic */
} counts;

static void
run (gpointer data)
{
	(void) data;
	g_atomic_int_inc (&counts.begun);
	while (!g_atomic_int_get (&counts.open))
		g_usleep (1000);
	g_atomic_int_inc (&counts.run);
}

static void
discard (gpointer data)
{
	(void) data;
	g_atomic_int_inc (&counts.discarded);
}

static gpointer
open_soon (gpointer data)
{
	g_usleep (100 * 1000);
	g_atomic_int_set (&counts.open, TRUE);
	return data;
}

static void
test_all_run (void)
{
	Workers *workers = workers_new (4, N);

	counts.begun = counts.run = counts.discarded = 0;
	counts.open = TRUE;
	for (int i = 0; i < N; i++)
		g_assert_true (workers_push (workers, run, NULL, discard));
	while (g_atomic_int_get (&counts.run) < N)
		g_usleep (1000);
	workers_free (workers);
	g_assert_cmpint (counts.discarded, ==, 0);
}

/* At the end what was begun is finished, and what was not is not begun. */
static void
test_end (void)
{
	Workers *workers = workers_new (2, N);
	GThread *opener;
	int taken = 0;

	counts.begun = counts.run = counts.discarded = counts.open = 0;
	while (taken < 2)
		taken += workers_push (workers, run, NULL, discard);
	while (g_atomic_int_get (&counts.begun) < 2)
		g_usleep (1000);
	while (workers_push (workers, run, NULL, discard))
		taken++;
	g_assert_cmpint (taken, ==, 2 + N);
	g_assert_cmpuint (workers_waiting (workers), ==, N);
	opener = g_thread_new ("open", open_soon, NULL);
	workers_free (workers);
	g_thread_join (opener);
	g_assert_cmpint (counts.run, ==, 2);
	g_assert_cmpint (counts.discarded, ==, N);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/workers/all-run", test_all_run);
	g_test_add_func ("/workers/end", test_end);
	return g_test_run ();
}
