/* The store on a real file and on a real PostgreSQL: what it keeps, what it refuses, and what survives threads, kill -9 and
 * broken disks. What only PostgreSQL can do, or suffer, is in test-store-postgres.c. */
#include "curia-store.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "tests/lib/servers.h"

/* ---- an empty place for each test ---- */

typedef struct {
	char *folder, *path, *url; /* folder and path: SQLite's */
	void (*run_sql) (const char *where, const char *statements);
	const char *where; /* for run_sql */
} Place;

static void run_sqlite (const char *path, const char *statements)
{
	sqlite3 *db;

	g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
	g_assert_cmpint (sqlite3_exec (db, statements, NULL, NULL, NULL), ==, SQLITE_OK);
	sqlite3_close (db);
}

static void run_postgres (const char *url, const char *statements)
{
	PGconn *conn = PQconnectdb (url);
	PGresult *result = PQexec (conn, statements);

	if (PQresultStatus (result) != PGRES_COMMAND_OK)
		g_error ("%s: %s", statements, PQerrorMessage (conn));
	PQclear (result);
	PQfinish (conn);
}

static void file_set_up (Place *place, gconstpointer data)
{
	(void) data;
	place->folder = g_dir_make_tmp ("curia-store-XXXXXX", NULL);
	place->path = g_build_filename (place->folder, "test.db", NULL);
	place->url = g_strconcat ("sqlite:", place->path, NULL);
	place->run_sql = run_sqlite;
	place->where = place->path;
}

static void server_set_up (Place *place, gconstpointer data)
{
	(void) data;
	place->url = servers_postgres_start ();
	place->run_sql = run_postgres;
	place->where = place->url;
}

static void server_tear_down (Place *place, gconstpointer data)
{
	(void) data;
	g_free (place->url);
}

static void file_tear_down (Place *place, gconstpointer data)
{
	g_autoptr (GDir) dir = g_dir_open (place->folder, 0, NULL);
	const char *name;

	(void) data;
	while ((name = g_dir_read_name (dir)) != NULL) {
		g_autofree char *path = g_build_filename (place->folder, name, NULL);

		g_remove (path);
	}
	g_rmdir (place->folder);
	g_free (place->folder);
	g_free (place->path);
	g_free (place->url);
}

static CuriaStore *open_store (const char *url)
{
	g_autoptr (GError) error = NULL;
	CuriaStore *store = curia_store_open (url, &error);

	g_assert_no_error (error);
	return store;
}

/* ---- meetings ---- */

static void assert_same (const CuriaMeeting *a, const CuriaMeeting *b)
{
	g_assert_cmpstr (a->id, ==, b->id);
	g_assert_cmpstr (a->code, ==, b->code);
	g_assert_cmpstr (a->title, ==, b->title);
	g_assert_cmpstr (a->video_codec, ==, b->video_codec);
	g_assert_cmpint (a->max_participants, ==, b->max_participants);
	g_assert_cmpint (a->max_publishers, ==, b->max_publishers);
	g_assert_cmpint (a->camera_bitrate_bps, ==, b->camera_bitrate_bps);
	g_assert_cmpint (a->screen_bitrate_bps, ==, b->screen_bitrate_bps);
	g_assert_cmpint (a->simulcast_layers, ==, b->simulcast_layers);
	g_assert_cmpint (a->audio_slots, ==, b->audio_slots);
	g_assert_cmpint (a->created_ms, ==, b->created_ms);
	g_assert_cmpint (a->ended_ms, ==, b->ended_ms);
}

static void check_meetings (const char *url)
{
	g_autoptr (CuriaStore) store = open_store (url);
	g_autoptr (CuriaMeeting) meeting = curia_meeting_new (), same_code = curia_meeting_new (), read = NULL,
							 unknown = NULL;
	g_autoptr (GError) exists = NULL, none = NULL, error = NULL;

	unknown = curia_meeting_new ();
	g_free (meeting->title);
	meeting->title = g_strdup ("'; DROP TABLE meetings; -- \xf0\x9f\x91\xa9 $1");
	g_assert_true (curia_store_meeting_create (store, meeting, &error));
	g_assert_no_error (error);
	read = curia_store_meeting_lookup (store, meeting->code, &error);
	g_assert_no_error (error);
	assert_same (read, meeting);

	g_free (same_code->code);
	same_code->code = g_strdup (meeting->code);
	g_assert_false (curia_store_meeting_create (store, same_code, &exists));
	g_assert_error (exists, CURIA_ERROR, CURIA_ERROR_MEETING_EXISTS);

	g_assert_null (curia_store_meeting_lookup (store, unknown->code, &none));
	g_assert_error (none, CURIA_ERROR, CURIA_ERROR_NO_SUCH_MEETING);
	g_assert_false (curia_store_meeting_update (store, unknown, NULL));
	g_assert_false (curia_store_meeting_end (store, unknown->code, 1, NULL));
	g_assert_true (curia_store_healthy (store, &error));
}

static void test_meetings (Place *place, gconstpointer data)
{
	(void) data;
	check_meetings (place->url);
	check_meetings (place->url); /* rows that are there already */
}

static void test_other_names (Place *place, gconstpointer data)
{
	(void) data;
	check_meetings (place->path); /* a plain path */
	check_meetings (":memory:");
	check_meetings ("sqlite::memory:");
}

/* Refused alike, and whoever comes next does not notice. */
static void test_refused_values (Place *place, gconstpointer data)
{
	static const char *const titles[] = { "\xff\xfe", "cut \xf0\x9f\x91", "\xed\xa0\x80", "\xc0\x80" };
	g_autoptr (CuriaStore) store = open_store (place->url);

	(void) data;
	for (guint i = 0; i < G_N_ELEMENTS (titles); i++) {
		g_autoptr (CuriaMeeting) meeting = curia_meeting_new (), good = curia_meeting_new ();
		g_autoptr (GError) error = NULL;

		g_free (meeting->title);
		meeting->title = g_strdup (titles[i]);
		g_assert_false (curia_store_meeting_create (store, meeting, &error));
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
		g_assert_cmpstr (error->message, ==, "text must be valid UTF-8");
		g_assert_true (curia_store_meeting_create (store, good, NULL));
		g_assert_null (curia_store_meeting_lookup (store, titles[i], NULL));
	}
}

/* A rule of the database's own, as a mistake of ours would break it. */
static void test_broken_rule (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (CuriaMeeting) meeting = curia_meeting_new ();
	g_autoptr (GError) error = NULL;

	(void) data;
	place->run_sql (place->where, "CREATE UNIQUE INDEX only_one_title ON meetings (title)");
	g_free (meeting->title);
	meeting->title = g_strdup ("One");
	g_assert_true (curia_store_meeting_create (store, meeting, NULL));
	g_clear_pointer (&meeting, curia_meeting_free);
	meeting = curia_meeting_new ();
	g_assert_true (curia_store_meeting_create (store, meeting, NULL));
	g_free (meeting->title);
	meeting->title = g_strdup ("One");
	g_assert_false (curia_store_meeting_update (store, meeting, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
	g_assert_null (strstr (error->message, "One"));
	g_assert_true (curia_store_healthy (store, NULL));
}

static void test_update_and_end (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (CuriaMeeting) meeting = curia_meeting_new (), read = NULL;

	(void) data;
	g_assert_true (curia_store_meeting_create (store, meeting, NULL));
	g_assert_true (curia_store_meeting_end (store, meeting->code, 1000, NULL));
	g_assert_true (curia_store_meeting_end (store, meeting->code, 2000, NULL)); /* the first end counts */
	meeting->max_participants = 7;
	meeting->max_publishers = 3;
	meeting->camera_bitrate_bps = 800000;
	meeting->screen_bitrate_bps = 900000;
	meeting->simulcast_layers = 2;
	meeting->audio_slots = 5;
	g_free (meeting->title);
	meeting->title = g_strdup ("New");
	g_assert_true (curia_store_meeting_update (store, meeting, NULL)); /* and an update does not open it again */
	meeting->ended_ms = 1000;
	read = curia_store_meeting_lookup (store, meeting->code, NULL);
	assert_same (read, meeting);
}

/* ---- lists ---- */

static GPtrArray *list_all (CuriaStore *store, int limit, guint *n_pages)
{
	GPtrArray *codes = g_ptr_array_new_with_free_func (g_free);
	g_autofree char *cursor = NULL;

	*n_pages = 0;
	do {
		g_autofree char *next = NULL;
		g_autoptr (GError) error = NULL;
		g_autoptr (GPtrArray) page = curia_store_meeting_list (store, limit, cursor, &next, &error);

		g_assert_no_error (error);
		++*n_pages;
		for (guint i = 0; i < page->len; i++)
			g_ptr_array_add (codes, g_strdup (((CuriaMeeting *) g_ptr_array_index (page, i))->code));
		g_free (cursor);
		cursor = g_steal_pointer (&next);
	} while (cursor != NULL);
	return codes;
}

static void test_list (Place *place, gconstpointer data)
{
	enum { N = 25 };
	static const struct {
		int limit;
		guint n_pages;
	} rows[] = { { 1, N }, { 2, 13 }, { 5, 5 }, { 24, 2 }, { 25, 1 }, { 200, 1 } };
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (GPtrArray) newest_first = NULL;
	guint n_pages;

	(void) data;
	newest_first = list_all (store, 10, &n_pages);
	g_assert_cmpuint (newest_first->len, ==, 0);
	for (int i = 0; i < N; i++) {
		g_autoptr (CuriaMeeting) meeting = curia_meeting_new ();

		meeting->created_ms = 1000 + i / 4; /* several at the same moment */
		g_assert_true (curia_store_meeting_create (store, meeting, NULL));
	}
	g_ptr_array_unref (newest_first);
	newest_first = list_all (store, 200, &n_pages);
	g_assert_cmpuint (newest_first->len, ==, N);
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GPtrArray) codes = list_all (store, rows[i].limit, &n_pages);

		g_assert_cmpuint (n_pages, ==, rows[i].n_pages);
		g_assert_cmpuint (codes->len, ==, N);
		for (guint j = 0; j < N; j++)
			g_assert_cmpstr (g_ptr_array_index (codes, j), ==, g_ptr_array_index (newest_first, j));
	}
}

static void test_list_refusals (Place *place, gconstpointer data)
{
	static const struct {
		int limit;
		const char *cursor;
		const char *message;
	} rows[] = {
		{ 0, NULL, "limit must be 1 to 200, not 0" },
		{ -1, NULL, "limit must be 1 to 200, not -1" },
		{ 201, NULL, "limit must be 1 to 200, not 201" },
		{ 10, "", "cursor must be a next_cursor from before" },
		{ 10, "x", "cursor must be a next_cursor from before" },
		{ 10, "12", "cursor must be a next_cursor from before" },
		{ 10, "12.", "cursor must be a next_cursor from before" },
		{ 10, "-12.MT_a", "cursor must be a next_cursor from before" },
		{ 10, "12.MT a", "cursor must be a next_cursor from before" },
		{ 10, "12.MT_a' OR 1=1 --", "cursor must be a next_cursor from before" },
	};
	g_autoptr (CuriaStore) store = open_store (place->url);

	(void) data;
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *next = NULL;
		g_autoptr (GError) error = NULL;

		g_assert_null (curia_store_meeting_list (store, rows[i].limit, rows[i].cursor, &next, &error));
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
		g_assert_cmpstr (error->message, ==, rows[i].message);
		g_assert_null (next);
	}
}

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

/* ---- opening ---- */

static void test_open_refusals (Place *place, gconstpointer data)
{
	g_autofree char *no_folder = g_strconcat ("sqlite:", place->folder, "/no/such.db", NULL);
	g_autofree char *garbage_path = g_build_filename (place->folder, "garbage.db", NULL);
	g_autofree char *garbage = g_strconcat ("sqlite:", garbage_path, NULL),
					*folder = g_strconcat ("sqlite:", place->folder, NULL);
	const struct {
		const char *url;
		CuriaErrorCode code;
	} rows[] = {
		{ no_folder, CURIA_ERROR_UNAVAILABLE },
		{ garbage, CURIA_ERROR_UNAVAILABLE },
		{ folder, CURIA_ERROR_UNAVAILABLE },
		{ "mysql://localhost/curia", CURIA_ERROR_INVALID_FIELD },
	};

	(void) data;
	g_assert_true (
		g_file_set_contents (garbage_path, "This is no database, but a text of some length.......", -1, NULL));
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GError) error = NULL;

		g_assert_null (curia_store_open (rows[i].url, &error));
		g_assert_error (error, CURIA_ERROR, (int) rows[i].code);
	}
}

static void test_newer_schema (Place *place, gconstpointer data)
{
	g_autoptr (GError) error = NULL;

	(void) data;
	curia_store_close (open_store (place->url));
	curia_store_close (open_store (place->url)); /* nothing to do the second time */
	place->run_sql (place->where, "INSERT INTO curia_migrations VALUES (1000, 'from the future', 0)");
	g_assert_null (curia_store_open (place->url, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
	g_assert_nonnull (strstr (error->message, "newer"));
}

/* A database as the first release made it: meetings that are in it leave open what it did not know. */
static const char first_release[] =
	"CREATE TABLE curia_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_ms BIGINT NOT NULL);"
	"CREATE TABLE meetings (id TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE, title TEXT NOT NULL, video_codec TEXT NOT NULL,"
	" max_participants INTEGER NOT NULL, created_ms BIGINT NOT NULL, ended_ms BIGINT NOT NULL DEFAULT 0);"
	"INSERT INTO curia_migrations VALUES (1, 'meetings', 1000);"
	"INSERT INTO meetings VALUES ('MT_old', 'aaaa-bbbb-cccc', 'Old', 'h264', 7, 1000, 0);";

static void test_first_schema (Place *place, gconstpointer data)
{
	g_autoptr (CuriaMeeting) meeting = NULL;
	g_autoptr (CuriaStore) store = NULL;
	g_autoptr (GError) error = NULL;

	(void) data;
	place->run_sql (place->where, first_release);
	store = open_store (place->url);
	meeting = curia_store_meeting_lookup (store, "aaaa-bbbb-cccc", &error);
	g_assert_no_error (error);
	g_assert_cmpstr (meeting->title, ==, "Old");
	g_assert_cmpint (meeting->max_participants, ==, 7);
	g_assert_cmpint (meeting->max_publishers, ==, 0);
	g_assert_cmpint (meeting->audio_slots, ==, 0);
}

static void test_private_file (Place *place, gconstpointer data)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (CuriaMeeting) meeting = curia_meeting_new ();

	(void) data;
	g_assert_true (curia_store_meeting_create (store, meeting, NULL));
	for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++) {
		g_autofree char *path = g_strconcat (place->path, suffixes[i], NULL);
		struct stat about;

		g_assert_cmpint (stat (path, &about), ==, 0);
		g_assert_cmpint (about.st_mode & 0777, ==, 0600);
	}
}

#define ADD_FILE(name, test) g_test_add ("/store/sqlite/" name, Place, NULL, file_set_up, test, file_tear_down)
#define ADD_SERVER(name, test) g_test_add ("/store/postgresql/" name, Place, NULL, server_set_up, test, server_tear_down)
#define ADD(name, test)                                                                                                \
	do {                                                                                                               \
		ADD_FILE (name, test);                                                                                         \
		ADD_SERVER (name, test);                                                                                       \
	} while (0)

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	ADD ("meetings", test_meetings);
	ADD ("update-and-end", test_update_and_end);
	ADD ("list", test_list);
	ADD ("list-refusals", test_list_refusals);
	ADD ("refused-values", test_refused_values);
	ADD ("broken-rule", test_broken_rule);
	ADD ("threads", test_threads);
	ADD ("killed", test_killed);
	ADD ("first-open-race", test_first_open_race);
	ADD ("newer-schema", test_newer_schema);
	ADD ("first-schema", test_first_schema);
	ADD_FILE ("other-names", test_other_names);
	ADD_FILE ("memory-threads", test_memory_threads);
	ADD_FILE ("full-disk", test_full_disk);
	ADD_FILE ("open-refusals", test_open_refusals);
	ADD_FILE ("private-file", test_private_file);
	return g_test_run ();
}
