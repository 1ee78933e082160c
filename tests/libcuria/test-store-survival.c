/* What the store survives, on a real file and on a real PostgreSQL: many threads, kill -9, several processes that make it at
 * once, a full disk. */
#include "tests/libcuria/store-fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "curia-clock.h"
#include "curia-error.h"

/* ---- many at once ---- */

#define N_THREADS 16
#define N_EACH 40

static gpointer create_many (gpointer data)
{
	CuriaStore *store = data;

	for (int i = 0; i < N_EACH; i++) {
		g_autoptr (CuriaMeeting) meeting = curia_meeting_new (), read = NULL;
		g_autoptr (GError) error = NULL;

		g_assert_true (curia_store_meeting_create (store, meeting, &error));
		g_assert_no_error (error);
		read = curia_store_meeting_lookup (store, meeting->code, &error); /* what is acknowledged can be read */
		g_assert_no_error (error);
		assert_same (read, meeting);
	}
	return NULL;
}

static void check_threads (const char *url)
{
	g_autoptr (CuriaStore) store = open_store (url);
	g_autoptr (GPtrArray) codes = NULL;
	GThread *threads[N_THREADS];
	gint64 start_us = curia_clock_us ();
	guint n_pages;

	for (guint i = 0; i < N_THREADS; i++)
		threads[i] = g_thread_new ("create", create_many, store);
	for (guint i = 0; i < N_THREADS; i++)
		g_thread_join (threads[i]);
	g_test_message ("%d durable writes by %d threads: %d ms", N_THREADS * N_EACH, N_THREADS,
		(int) ((curia_clock_us () - start_us) / 1000));
	codes = list_all (store, 200, &n_pages);
	g_assert_cmpuint (codes->len, ==, N_THREADS * N_EACH);
}

static void test_threads (Place *place, gconstpointer data)
{
	(void) data;
	check_threads (place->url);
}

static void test_memory_threads (Place *place, gconstpointer data)
{
	(void) place, (void) data;
	check_threads (":memory:");
}

/* ---- other processes ---- */

/* Runs `child` in a process of its own, which exits with what it returns. Returns the process' id. */
static pid_t start_child (int (*child) (const char *url, int out), const char *url, int *from_child)
{
	int pipe_ends[2];
	pid_t pid;

	g_assert_cmpint (pipe (pipe_ends), ==, 0);
	pid = fork ();
	g_assert_cmpint (pid, >=, 0);
	if (pid == 0) {
		close (pipe_ends[0]);
		_exit (child (url, pipe_ends[1]));
	}
	close (pipe_ends[1]);
	*from_child = pipe_ends[0];
	return pid;
}

#define CODE_LENGTH 14

/* Creates until killed, and tells each code once it is acknowledged. */
static int create_forever (const char *url, int out)
{
	g_autoptr (CuriaStore) store = curia_store_open (url, NULL);

	while (store != NULL) {
		g_autoptr (CuriaMeeting) meeting = curia_meeting_new ();

		if (!curia_store_meeting_create (store, meeting, NULL)
			|| write (out, meeting->code, CODE_LENGTH) != CODE_LENGTH)
			break;
	}
	return 1;
}

static void test_killed (Place *place, gconstpointer data)
{
	(void) data;
	for (int round = 0; round < 3; round++) {
		g_autoptr (GPtrArray) codes = g_ptr_array_new_with_free_func (g_free);
		char code[CODE_LENGTH + 1] = "";
		int from_child, status;
		pid_t pid = start_child (create_forever, place->url, &from_child);

		while (read (from_child, code, CODE_LENGTH) == CODE_LENGTH) {
			g_ptr_array_add (codes, g_strdup (code));
			if (codes->len == 20 + (guint) round * 7)
				kill (pid, SIGKILL);
		}
		close (from_child);
		waitpid (pid, &status, 0);
		g_assert_true (WIFSIGNALED (status));
		{
			g_autoptr (CuriaStore) store = open_store (place->url);

			for (guint i = 0; i < codes->len; i++) {
				g_autoptr (CuriaMeeting) meeting =
					curia_store_meeting_lookup (store, g_ptr_array_index (codes, i), NULL);

				g_assert_nonnull (meeting);
			}
		}
	}
}

static int open_and_create (const char *url, int out)
{
	g_autoptr (CuriaStore) store = curia_store_open (url, NULL);

	for (int i = 0; i < 10; i++) {
		g_autoptr (CuriaMeeting) meeting = curia_meeting_new ();

		if (store == NULL || !curia_store_meeting_create (store, meeting, NULL))
			return 1;
	}
	return write (out, "x", 1) == 1 ? 0 : 1;
}

/* Several processes find no database and all want to make it. */
static void test_first_open_race (Place *place, gconstpointer data)
{
	enum { N = 4 };
	pid_t pids[N];
	int ends[N];
	guint n_pages;

	(void) data;
	for (int i = 0; i < N; i++)
		pids[i] = start_child (open_and_create, place->url, &ends[i]);
	for (int i = 0; i < N; i++) {
		int status;

		waitpid (pids[i], &status, 0);
		g_assert_true (WIFEXITED (status));
		g_assert_cmpint (WEXITSTATUS (status), ==, 0);
		close (ends[i]);
	}
	{
		g_autoptr (CuriaStore) store = open_store (place->url);
		g_autoptr (GPtrArray) codes = list_all (store, 200, &n_pages);

		g_assert_cmpuint (codes->len, ==, N * 10);
	}
}

/* No more room on the disk: played by a limit on the size of files. */
static void test_full_disk (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (CuriaMeeting) first = curia_meeting_new (), last = curia_meeting_new (), read = NULL, lost = NULL;
	g_autoptr (GError) full = NULL, error = NULL;
	struct rlimit before, tight;

	(void) data;
	g_assert_true (curia_store_meeting_create (store, first, NULL));
	signal (SIGXFSZ, SIG_IGN);
	getrlimit (RLIMIT_FSIZE, &before);
	tight = (struct rlimit) { 1024, before.rlim_max };
	setrlimit (RLIMIT_FSIZE, &tight);
	lost = curia_meeting_new ();
	g_assert_false (curia_store_meeting_create (store, lost, &full));
	setrlimit (RLIMIT_FSIZE, &before);
	g_assert_error (full, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
	g_assert_null (strstr (full->message, "INSERT"));
	/* room again: it goes on, without the meeting that was refused */
	g_assert_true (curia_store_meeting_create (store, last, &error));
	g_assert_no_error (error);
	g_assert_null (curia_store_meeting_lookup (store, lost->code, NULL));
	read = curia_store_meeting_lookup (store, first->code, &error);
	g_assert_no_error (error);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	ADD ("threads", test_threads);
	ADD ("killed", test_killed);
	ADD ("first-open-race", test_first_open_race);
	ADD_FILE ("memory-threads", test_memory_threads);
	ADD_FILE ("full-disk", test_full_disk);
	return g_test_run ();
}
