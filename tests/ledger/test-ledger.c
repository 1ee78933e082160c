/* The ledger's module on a real file and on a real PostgreSQL: that each event is written once, and what survives outages,
 * kill -9 and hostile events. */
#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include "events/ledger/spool.h"
#include "tests/ledger/fake-core.h"
#include "tests/ledger/ledger-fixture.h"
#include "tests/ledger/look.h"
#include "tests/lib/servers.h"

static const char *program;

/* ---- ticks ---- */

/* What is from 1970 would be deleted as too old. */
static gint64 now_ms (void)
{
	return g_get_real_time () / 1000;
}

/* n, n + 1... to seven meetings in turn. */
static void offer_ticks (gint64 from, gint64 to)
{
	for (gint64 i = from; i < to; i++)
		fake_offer (json_pack ("{s:s s:I s:o s:s s:s s:I}", "event", "tick", "time_ms", (json_int_t) now_ms (), "meeting",
			json_sprintf ("MT_%d", (int) (i % 7)), "code", "c", "call", "CA_t", "n", (json_int_t) i));
}

/* Ticks 0 to n-1, each once, in order. Returns n. */
static gint64 check_ticks (const char *url)
{
	g_autofree char *rows = look (url, "SELECT data, meeting, meeting_seq FROM events WHERE type = 'tick' ORDER BY seq");
	g_auto (GStrv) lines = g_strsplit (rows, "\n", -1);
	gint64 n = 0;

	for (; lines[n] != NULL && *lines[n] != '\0'; n++) {
		g_autofree char *expected =
			g_strdup_printf ("{\"code\":\"c\",\"n\":%d}|MT_%d|%d", (int) n, (int) (n % 7), (int) (n / 7 + 1));

		if (strcmp (lines[n], expected) != 0)
			g_error ("row %d is %s, not %s", (int) n, lines[n], expected);
	}
	return n;
}

static void test_module (Place *place, gconstpointer data)
{
	gint64 start_ms = now_ms ();

	(void) data;
	fake_start (place->folder, place->url, "n1", "");
	fake_offer (fake_event ("call_started", start_ms, "CA_1", json_pack ("{s:s}", "title", "Weekly")));
	fake_offer (fake_event ("participant_joined", start_ms + 5, "CA_1",
		json_pack ("{s:s s:s s:s s:s s:s}", "participation", "PA_1", "participant", "p1", "identity", "ann", "name", "Ann", "role",
			"participant")));
	fake_offer (fake_event ("quality", start_ms + 9, "CA_1", json_pack ("{s:s s:i}", "participation", "PA_1", "spoke_ms", 55)));
	offer_ticks (0, 5000);
	fake_wait_written (5004);
	g_assert_cmpint (fake_stat ("lag_ms"), >=, 0);
	fake_stop (); /* which ends what is open */
	g_assert_cmpint (check_ticks (place->url), ==, 5000);
	assert_rows (place->url, "SELECT end_reason, leave_reason, spoke_ms FROM calls, participations", "shutdown|shutdown|55");
	assert_rows (place->url, "SELECT COUNT (*) FROM events WHERE type LIKE 'node_%' AND meeting = '' AND meeting_seq = 0 AND node = 'n1'",
		"2");
	/* nothing is left to write, and nothing is written again */
	fake_start (place->folder, place->url, "n1", "");
	fake_wait_written (1);
	offer_ticks (5000, 5100);
	fake_stop ();
	g_assert_cmpint (check_ticks (place->url), ==, 5100);
	assert_rows (place->url, "SELECT COUNT (*) FROM spools", "2"); /* one for each start */
}

/* Whatever comes, what is well-formed behind it is written. */
static void test_hostile (Place *place, gconstpointer data)
{
	static const char bad[] = "'; DROP TABLE events; -- $1 \\ \" %s %n";
	g_autofree char *giant = g_strnfill (5 * 1024 * 1024, 'x');
	json_t *deep = json_object ();

	(void) data;
	for (int i = 0; i < 2000; i++)
		deep = json_pack ("{s:o}", "d", deep);
	fake_start (place->folder, place->url, "n1", "");
	fake_offer_raw (json_array ());
	fake_offer_raw (json_string ("x"));
	fake_offer_raw (json_pack ("{s:i}", "type", 64));
	fake_offer_raw (json_pack ("{s:i s:n}", "type", 64, "event"));
	fake_offer (json_array ());
	fake_offer (json_pack ("{s:s}", "event", bad));
	fake_offer (json_pack ("{s:s s:s}", "event", "tick", "meeting", bad));
	fake_offer (json_pack ("{s:s s:s}", "event", "tick", "call", giant));
	fake_offer (json_pack ("{s:s}", "event", giant));
	fake_offer (fake_event ("participant_joined", now_ms (), "CA_1", json_pack ("{s:s}", "participation", bad)));
	gint64 malformed = 10;
	fake_offer (fake_event ("call_started", now_ms (), "CA_1", json_pack ("{s:s s:o}", "title", bad, "deep", deep)));
	fake_offer (fake_event ("participant_joined", now_ms (), "CA_1",
		json_pack ("{s:s s:s s:s s:o s:i}", "participation", "PA_1", "identity", giant, "name", bad, "role", json_stringn ("a\0b", 3),
			"participant", 7)));
	fake_offer (fake_event ("media_connected", now_ms (), "CA_1", json_pack ("{s:s s:s}", "participation", "PA_1", "join_ms", "soon")));
	fake_offer (fake_event ("media_connected", now_ms (), "CA_1", json_pack ("{s:s s:I}", "participation", "PA_1", "join_ms", (json_int_t) G_MAXINT64)));
	fake_offer (json_pack ("{s:s s:o}", "event", "x", "broken", json_string_nocheck ("\377\300\200")));
	offer_ticks (0, 100);
	fake_wait_written (1 + 5 + 100);
	g_assert_cmpint (fake_stat ("malformed"), ==, malformed);
	g_assert_cmpint (fake_stat ("dropped"), ==, 0);
	fake_stop ();
	g_assert_cmpint (check_ticks (place->url), ==, 100);
	assert_rows (place->url, "SELECT title FROM calls", bad);
	assert_rows (place->url, "SELECT name, role, participant, LENGTH (identity), join_ms FROM participations",
		"'; DROP TABLE events; -- $1 \\ \" %s %n|a||256|9223372036854775807");
	assert_rows (place->url, "SELECT MAX (LENGTH (data)) <= 8192 FROM events", g_str_has_prefix (place->url, "sqlite") ? "1" : "t");
}

/* A record in the spool that the database refuses: it goes, those around it are written. */
static void test_culprit (Place *place, gconstpointer data)
{
	g_autofree char *folder = g_build_filename (place->folder, "spool", NULL);
	Spool *spool = spool_open (folder, 1 << 26, 1 << 24, 1, NULL);

	(void) data;
	for (int i = 0; i < 50; i++) {
		g_autofree char *id = g_strdup_printf ("EV_%d", i), *text = g_strdup_printf ("{\"code\":\"c\",\"n\":%d}", i - (i > 33)),
						*meeting = g_strdup_printf ("MT_%d", (i - (i > 33)) % 7);
		Record record = { .kind = RECORD_EVENT, .time_ms = now_ms (), .id = id, .type = "tick", .node = "n1",
			.meeting = i == 33 ? "MT_\377" : meeting, .code = "c", .call = "CA", .data = text };

		spool_put (spool, &record);
	}
	g_assert_true (spool_flush (spool));
	spool_close (spool);
	fake_start (place->folder, place->url, "n1", "");
	fake_wait_written (49 + 1);
	g_assert_cmpint (fake_stat ("dropped"), ==, 1);
	fake_stop ();
	g_assert_cmpint (check_ticks (place->url), ==, 49);
}

/* ---- spools that were copied ---- */

static void empty_spool (const char *folder)
{
	g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

	for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;) {
		g_autofree char *path = g_build_filename (folder, name, NULL);
		g_unlink (path);
	}
}

static void copy_spool (const char *from, const char *to)
{
	g_autoptr (GDir) dir = g_dir_open (from, 0, NULL);

	empty_spool (to);
	g_mkdir (to, 0700);
	for (const char *name; (name = g_dir_read_name (dir)) != NULL;) {
		g_autofree char *path = g_build_filename (from, name, NULL), *copy = g_build_filename (to, name, NULL), *bytes = NULL;
		gsize n;

		g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
		g_assert_true (g_file_set_contents (copy, bytes, (gssize) n, NULL));
	}
}

/* One start that writes these ticks; returns how much the store had already. */
static gint64 run_ticks (const char *folder, const char *url, const char *node, gint64 waiting, gint64 from, gint64 to)
{
	fake_start (folder, url, node, "");
	offer_ticks (from, to);
	fake_wait_written (waiting + 1 + to - from);
	gint64 skipped = fake_stat ("skipped");
	fake_stop ();
	return skipped;
}

/* The folder is put back as it was some starts ago, and a copy of it is another server's: all that comes then is written, and
 * what was written from it is not written again. */
static void test_copied (Place *place, gconstpointer data)
{
	g_autofree char *folder = g_build_filename (place->folder, "spool", NULL),
					*saved = g_build_filename (place->folder, "saved", NULL),
					*other = fake_folder_new (), *other_spool = g_build_filename (other, "spool", NULL);
	Spool *spool = spool_open (folder, 1 << 26, 1 << 24, 1, NULL);

	(void) data;
	for (int i = 0; i < 30; i++) {
		g_autofree char *id = g_strdup_printf ("EV_%d", i), *text = g_strdup_printf ("{\"code\":\"c\",\"n\":%d}", i),
						*meeting = g_strdup_printf ("MT_%d", i % 7);
		Record record = { .kind = RECORD_EVENT, .time_ms = now_ms (), .id = id, .type = "tick", .node = "n1", .meeting = meeting,
			.code = "c", .call = "CA", .data = text };

		spool_put (spool, &record);
	}
	g_assert_true (spool_flush (spool));
	spool_close (spool);
	copy_spool (folder, saved);
	g_assert_cmpint (run_ticks (place->folder, place->url, "n1", 30, 30, 100), ==, 0);
	g_assert_cmpint (run_ticks (place->folder, place->url, "n1", 0, 100, 200), ==, 0);
	copy_spool (saved, folder);
	g_assert_cmpint (run_ticks (place->folder, place->url, "n1", 30, 200, 250), ==, 30);
	g_assert_cmpint (run_ticks (place->folder, place->url, "n1", 0, 250, 300), ==, 0);
	copy_spool (saved, other_spool);
	g_assert_cmpint (run_ticks (other, place->url, "n2", 30, 300, 310), ==, 30);
	g_assert_cmpint (run_ticks (place->folder, place->url, "n1", 0, 310, 350), ==, 0);
	g_assert_cmpint (run_ticks (other, place->url, "n2", 0, 350, 400), ==, 0);
	g_assert_cmpint (check_ticks (place->url), ==, 400);
	assert_rows (place->url, "SELECT COUNT (*) FROM events WHERE type = 'node_started'", "7");
	empty_spool (saved);
	g_rmdir (saved);
	fake_folder_remove (other);
}

/* A server with another name takes over the spool of one that was killed: it closes that one's calls. */
static void test_renamed (Place *place, gconstpointer data)
{
	(void) data;
	run_ticks (place->folder, place->url, "n1", 0, 0, 1);
	g_autofree char *none = look (place->url,
		"INSERT INTO calls (id, meeting, code, title, node, started_ms, last_ms) VALUES ('CA_1', 'MT', 'c', '', 'n1', 5, 7)");
	run_ticks (place->folder, place->url, "n2", 0, 1, 2);
	assert_rows (place->url, "SELECT ended_ms, end_reason FROM calls WHERE id = 'CA_1'", "7|crashed");
}

/* Another process has the spool: the module does not start, and swallows what the core gives it. */
static void test_second (Place *place, gconstpointer data)
{
	g_autofree char *folder = g_build_filename (place->folder, "spool", NULL);
	Spool *spool = spool_open (folder, 1 << 26, 1 << 24, 1, NULL);

	(void) data;
	g_assert_false (fake_try_start (place->folder, place->url, "n1", ""));
	offer_ticks (0, 10);
	spool_close (spool);
	fake_start (place->folder, place->url, "n1", "");
	offer_ticks (0, 10);
	fake_wait_written (11);
	fake_stop ();
	g_assert_cmpint (check_ticks (place->url), ==, 10);
}

/* ---- the database goes away (PostgreSQL) ---- */

static void test_outage (Place *place, gconstpointer data)
{
	(void) data;
	fake_start (place->folder, place->url, "n1", "");
	offer_ticks (0, 3000);
	servers_postgres_stop (); /* in the middle of writing */
	for (gint64 i = 3000; i < 20000; i += 1000) {
		offer_ticks (i, i + 1000);
		g_usleep (50000);
	}
	fake_wait_stat ("spooled", 20001, 10 * G_USEC_PER_SEC);
	g_assert_cmpint (fake_stat ("written"), <, 20001);
	g_assert_cmpint (fake_stat ("spool_bytes"), >, 100000);
	servers_postgres_restart ();
	fake_wait_written (20001);
	g_assert_cmpint (check_ticks (place->url), ==, 20000);
	/* away at the end: the rest waits for the next start */
	servers_postgres_stop ();
	offer_ticks (20000, 21000);
	gint64 start_us = g_get_monotonic_time ();
	fake_stop ();
	g_assert_cmpint (g_get_monotonic_time () - start_us, <, 10 * G_USEC_PER_SEC);
	servers_postgres_restart ();
	fake_start (place->folder, place->url, "n1", "");
	offer_ticks (21000, 22000);
	fake_wait_written (1000 + 1 + 1 + 1000);
	fake_stop ();
	g_assert_cmpint (check_ticks (place->url), ==, 22000);
}

/* ---- kill -9 ---- */

/* The process that is killed: offers without end, and tells how many are spooled. */
static int report_fd;

/* The test framework talks on standard output. */
static void keep_output (void)
{
	report_fd = dup (STDOUT_FILENO);
	g_assert_nonnull (freopen ("/dev/null", "w", stdout));
}

static int run_child (char **args)
{
	prctl (PR_SET_PDEATHSIG, SIGKILL);
	fake_start (args[0], args[1], "n1", "");
	for (gint64 i = atoll (args[2]);; i += 50) {
		offer_ticks (i, i + 50);
		g_usleep (10000);
		gint64 spooled = fake_stat ("spooled") - 1;
		if (fake_stat ("offered") != i + 50 - atoll (args[2]) || fake_stat ("refused_queue") > 0)
			return 2;
		if (write (report_fd, &spooled, sizeof spooled) != sizeof spooled)
			return 1;
	}
}

/* Runs it until `until` says that it is enough, which may do something meanwhile. Returns how many were spooled at least. */
static gint64 kill_child (const Place *place, gint64 from, gboolean (*until) (gint64 spooled, gint64 ms))
{
	g_autofree char *first = g_strdup_printf ("%" G_GINT64_FORMAT, from);
	char *args[] = { (char *) program, "--child", place->folder, place->url, first, NULL };
	g_autoptr (GError) error = NULL;
	gint64 spooled, last = 0, start_us = g_get_monotonic_time ();
	int out, status;
	GPid pid;

	g_spawn_async_with_pipes (NULL, args, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL, &out, NULL, &error);
	g_assert_no_error (error);
	while (read (out, &spooled, sizeof spooled) == sizeof spooled) {
		last = spooled;
		if (until (spooled, (g_get_monotonic_time () - start_us) / 1000))
			kill (pid, SIGKILL);
	}
	close (out);
	g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
	g_assert_true (WIFSIGNALED (status));
	return last;
}

static int wanted;

static gboolean until_wanted (gint64 spooled, gint64 ms)
{
	(void) ms;
	return spooled >= wanted;
}

static gboolean until_outage (gint64 spooled, gint64 ms)
{
	static gboolean stopped;

	(void) ms;
	if (spooled > 2000 && !stopped) {
		servers_postgres_stop ();
		stopped = TRUE;
	}
	return spooled >= 12000;
}

/* What was spooled and not yet in the store when the process died is written by the next. */
static gint64 recover (const Place *place, gint64 before)
{
	fake_start (place->folder, place->url, "n1", "");
	gint64 until_us = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;
	/* node_started of this start is its last, so once that is there, so is all before it */
	while (look_number (place->url, "SELECT COUNT (*) FROM events WHERE type = 'node_started'") <= before
		&& g_get_monotonic_time () < until_us)
		g_usleep (20000);
	fake_stop ();
	return check_ticks (place->url);
}

static void test_killed (Place *place, gconstpointer data)
{
	gint64 next = 0;

	(void) data;
	for (int round = 0; round < 4; round++) {
		wanted = g_test_rand_int_range (1, 3000);
		gint64 spooled = kill_child (place, next, until_wanted);
		gint64 after = recover (place, round * 2 + 1);
		g_assert_cmpint (after, >=, next + spooled);
		next = after;
	}
	assert_rows (place->url, "SELECT COUNT (*) FROM spools", "8");
}

static void test_killed_in_outage (Place *place, gconstpointer data)
{
	(void) data;
	gint64 spooled = kill_child (place, 0, until_outage);
	servers_postgres_restart ();
	g_assert_cmpint (recover (place, 1), >=, spooled);
}

int main (int argc, char **argv)
{
	gboolean is_child = argc == 5 && g_str_equal (argv[1], "--child");

	program = argv[0];
	if (is_child)
		keep_output ();
	g_test_init (&argc, &argv, NULL);
	if (is_child)
		return run_child (argv + 2);
	ON_BOTH ("module", test_module);
	ON_BOTH ("hostile", test_hostile);
	ON_BOTH ("culprit", test_culprit);
	ON_BOTH ("copied", test_copied);
	ON_BOTH ("renamed", test_renamed);
	ON_BOTH ("second", test_second);
	ON_BOTH ("killed", test_killed);
	ON_SERVER ("outage", test_outage);
	ON_SERVER ("killed-in-outage", test_killed_in_outage);
	return g_test_run ();
}
