/* The spool on a real disk: order, bounds, and what is left after kill -9, torn files, flipped bits and a full disk. */
#include "config.h"
#include "events/ledger/queue.h"
#include "events/ledger/spool.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include "curia-error.h"
#include "curia-log.h"

#define MAX_BYTES (64 * 1024 * 1024)
#define SMALL_SEGMENT 4096

static Spool *open_spool (const char *folder, guint64 segment_bytes)
{
	g_autoptr (GError) error = NULL;
	Spool *spool = spool_open (folder, MAX_BYTES, segment_bytes, 1, &error);

	g_assert_no_error (error);
	return spool;
}

/* Its id is its place in the test, its data of some length. */
static void put (Spool *spool, int i)
{
	g_autofree char *id = g_strdup_printf ("EV_%d", i), *pad = g_strnfill ((gsize) (i * 7 % 300), 'x'),
					*data = g_strdup_printf ("{\"x\":\"%s\"}", pad);
	Record record = { .kind = RECORD_EVENT, .time_ms = i, .id = id, .type = "t", .node = "n", .meeting = "MT", .code = "c",
		.call = "CA", .data = data };

	spool_put (spool, &record);
}

static void put_many (Spool *spool, int from, int to)
{
	for (int i = from; i < to; i++) {
		put (spool, i);
		if (i % 5 == 4)
			g_assert_true (spool_flush (spool));
	}
	g_assert_true (spool_flush (spool));
}

static int number_of (const Record *record)
{
	g_assert_cmpstr (record->type, ==, "t");
	g_assert_true (g_str_has_prefix (record->id, "EV_"));
	g_assert_cmpint (record->time_ms, ==, atoi (record->id + 3));
	return atoi (record->id + 3);
}

/* All that is there, as numbers. */
static GArray *read_all (Spool *spool)
{
	GArray *found = g_array_new (FALSE, FALSE, sizeof (int));
	gint64 last = 0;
	Record records[17];
	guint n;

	while ((n = spool_read (spool, records, G_N_ELEMENTS (records))) > 0) {
		for (guint i = 0; i < n; i++) {
			int number = number_of (&records[i]);

			g_assert_cmpint (records[i].number, >, last);
			last = records[i].number;
			g_array_append_val (found, number);
		}
		spool_advance (spool);
	}
	return found;
}

static void assert_range (const GArray *found, int from, int to)
{
	g_assert_cmpint ((int) found->len, ==, to - from);
	for (guint i = 0; i < found->len; i++)
		g_assert_cmpint (g_array_index (found, int, i), ==, from + (int) i);
}

/* ---- folders ---- */

static void each_file (const char *folder, void (*func) (const char *path, gpointer data), gpointer data)
{
	g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
	const char *name;

	while ((name = g_dir_read_name (dir)) != NULL) {
		g_autofree char *path = g_build_filename (folder, name, NULL);
		func (path, data);
	}
}

static void remove_file (const char *path, gpointer data)
{
	(void) data;
	g_unlink (path);
}

static void remove_segment (const char *path, gpointer data)
{
	if (g_str_has_suffix (path, ".seg"))
		remove_file (path, data);
}

static void remove_folder (const char *folder)
{
	each_file (folder, remove_file, NULL);
	g_rmdir (folder);
}

static void copy_file (const char *path, gpointer folder)
{
	g_autofree char *name = g_path_get_basename (path), *to = g_build_filename (folder, name, NULL), *bytes = NULL;
	gsize n;

	g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
	g_assert_true (g_file_set_contents (to, bytes, (gssize) n, NULL));
}

/* The folder as a killed process would leave it now. */
static char *copy_folder (const char *folder)
{
	char *copy = g_dir_make_tmp ("curia-spool-XXXXXX", NULL);

	each_file (folder, copy_file, copy);
	return copy;
}

static void add_segment (const char *path, gpointer list)
{
	if (g_str_has_suffix (path, ".seg"))
		g_ptr_array_add (list, g_strdup (path));
}

static gint compare_names (gconstpointer a, gconstpointer b)
{
	return strcmp (*(char *const *) a, *(char *const *) b);
}

static GPtrArray *segments_of (const char *folder)
{
	GPtrArray *list = g_ptr_array_new_with_free_func (g_free);

	each_file (folder, add_segment, list);
	g_ptr_array_sort (list, compare_names);
	return list;
}

static guint n_segments (const char *folder)
{
	g_autoptr (GPtrArray) list = segments_of (folder);
	return list->len;
}

/* ---- tests ---- */

static void test_order (void)
{
	g_autofree char *folder = g_dir_make_tmp ("curia-spool-XXXXXX", NULL), *id = NULL;
	Spool *spool = open_spool (folder, SMALL_SEGMENT);
	Record records[3];

	put_many (spool, 0, 500);
	g_assert_cmpuint (n_segments (folder), >, 10);
	/* read, but not advanced over: read again */
	g_assert_cmpuint (spool_read (spool, records, 3), ==, 3);
	g_assert_cmpuint (spool_read (spool, records, 3), ==, 3);
	g_assert_cmpint (number_of (&records[0]), ==, 0);
	id = g_strdup (spool_id (spool));
	spool_advance (spool);
	spool_close (spool);

	/* another start: what was not advanced over is there under its id, and what is put now comes after it under another */
	spool = open_spool (folder, SMALL_SEGMENT);
	put_many (spool, 500, 600);
	g_assert_cmpuint (spool_read (spool, records, 3), ==, 3);
	g_assert_cmpstr (spool_id (spool), ==, id);
	g_autoptr (GArray) found = read_all (spool);
	g_assert_cmpstr (spool_id (spool), !=, id);
	g_assert_cmpstr (spool_previous (spool), ==, id);
	g_assert_cmpint ((int) found->len, >=, 597);
	g_assert_cmpint (g_array_index (found, int, found->len - 1), ==, 599);
	g_assert_cmpuint (n_segments (folder), ==, 1);
	spool_close (spool);
	g_assert_cmpuint (n_segments (folder), ==, 0);
	remove_folder (folder);
}

static void test_private (void)
{
	g_autofree char *parent = g_dir_make_tmp ("curia-spool-XXXXXX", NULL), *folder = g_build_filename (parent, "spool", NULL);
	mode_t mask = umask (0);
	Spool *spool = open_spool (folder, SMALL_SEGMENT);
	g_autoptr (GError) error = NULL;
	struct stat about;

	put_many (spool, 0, 1);
	g_assert_cmpint (stat (folder, &about), ==, 0);
	g_assert_cmpint (about.st_mode & 0777, ==, 0700);
	g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
	for (const char *name; (name = g_dir_read_name (dir)) != NULL;) {
		g_autofree char *path = g_build_filename (folder, name, NULL);

		g_assert_cmpint (stat (path, &about), ==, 0);
		g_assert_cmpint (about.st_mode & 0777, ==, 0600);
	}
	/* and one process' */
	g_assert_null (spool_open (folder, MAX_BYTES, SMALL_SEGMENT, 1, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
	umask (mask);
	spool_close (spool);
	remove_folder (folder);
	g_rmdir (parent);
}

/* The last file ends anywhere. */
static void test_torn (void)
{
	g_autofree char *folder = g_dir_make_tmp ("curia-spool-XXXXXX", NULL);
	Spool *spool = open_spool (folder, MAX_BYTES);

	put_many (spool, 0, 3);
	g_autofree char *copy = copy_folder (folder), *bytes = NULL;
	g_autoptr (GPtrArray) list = segments_of (copy);
	gsize n;
	g_assert_cmpuint (list->len, ==, 1);
	const char *path = g_ptr_array_index (list, 0);
	g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
	int before = 3;
	for (gsize length = n - 1; length > 0; length -= MIN (length, 5)) {
		g_assert_true (g_file_set_contents (path, bytes, (gssize) length, NULL));
		Spool *torn = open_spool (copy, MAX_BYTES);
		put_many (torn, 1000, 1002);
		g_autoptr (GArray) found = read_all (torn);
		g_assert_cmpint ((int) found->len, >=, before - 1 + 2);
		g_assert_cmpint ((int) found->len, <=, before + 2);
		before = (int) found->len - 2;
		for (int i = 0; i < before; i++)
			g_assert_cmpint (g_array_index (found, int, i), ==, i);
		g_assert_cmpint (g_array_index (found, int, before), ==, 1000);
		spool_close (torn);
	}
	g_assert_cmpint (before, ==, 0);
	spool_close (spool);
	remove_folder (folder);
	remove_folder (copy);
}

/* Flipped bits cost the events that they are in, and no other. */
static void test_flips (void)
{
	g_autofree char *folder = g_dir_make_tmp ("curia-spool-XXXXXX", NULL);
	Spool *spool = open_spool (folder, 16384);

	put_many (spool, 0, 300);
	curia_log_set_level (CURIA_LOG_ERROR);
	for (int round = 0; round < 200; round++) {
		g_autofree char *copy = copy_folder (folder);
		g_autoptr (GPtrArray) list = segments_of (copy);
		int n_flips = g_test_rand_int_range (1, 4), last = -1;

		for (int flip = 0; flip < n_flips; flip++) {
			const char *path = g_ptr_array_index (list, (guint) g_test_rand_int_range (0, (int) list->len));
			g_autofree char *bytes = NULL;
			gsize n;

			g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
			bytes[g_test_rand_int_range (0, (int) n)] ^= (char) (1 << g_test_rand_int_range (0, 8));
			g_assert_true (g_file_set_contents (path, bytes, (gssize) n, NULL));
		}
		Spool *damaged = open_spool (copy, 16384);
		g_autoptr (GArray) found = read_all (damaged);
		g_assert_cmpint ((int) found->len, >=, 300 - n_flips);
		g_assert_cmpint ((int) found->len, <, 300);
		for (guint i = 0; i < found->len; i++) {
			g_assert_cmpint (g_array_index (found, int, i), >, last);
			last = g_array_index (found, int, i);
		}
		spool_close (damaged);
		remove_folder (copy);
	}
	spool_close (spool);
	remove_folder (folder);
}

/* Garbage of any kind in the folder. */
static void test_garbage (void)
{
	for (int round = 0; round < 50; round++) {
		g_autofree char *folder = g_dir_make_tmp ("curia-spool-XXXXXX", NULL),
						*path = g_build_filename (folder, "0000010000000000.seg", NULL),
						*other = g_build_filename (folder, "notes.txt", NULL), *id = g_build_filename (folder, "spool", NULL);
		gsize n = (gsize) g_test_rand_int_range (0, 40000);
		g_autofree guint8 *bytes = g_malloc (n + 1);

		for (gsize i = 0; i < n; i++)
			bytes[i] = (guint8) (round % 2 ? g_test_rand_int () : 0);
		g_assert_true (g_file_set_contents (path, (char *) bytes, (gssize) n, NULL));
		g_assert_true (g_file_set_contents (other, "x", 1, NULL));
		g_assert_true (g_file_set_contents (id, (char *) bytes, (gssize) MIN (n, 20), NULL));
		Spool *spool = open_spool (folder, SMALL_SEGMENT);
		put_many (spool, 0, 10);
		g_autoptr (GArray) found = read_all (spool);
		assert_range (found, 0, 10);
		spool_close (spool);
		g_assert_true (g_file_test (other, G_FILE_TEST_EXISTS));
		remove_folder (folder);
	}
}

/* The id under which what is put now is read. */
static char *new_id (const char *folder)
{
	Spool *spool = open_spool (folder, SMALL_SEGMENT);

	put_many (spool, 0, 3);
	g_autoptr (GArray) found = read_all (spool);
	assert_range (found, 0, 3);
	char *id = g_strdup (spool_id (spool));
	spool_close (spool);
	g_assert_cmpuint (n_segments (folder), ==, 0);
	return id;
}

/* Each start has its own id, whatever the folder says: one that was put back, and one that was copied. */
static void test_ids (void)
{
	g_autofree char *folder = g_dir_make_tmp ("curia-spool-XXXXXX", NULL), *first = new_id (folder), *old = copy_folder (folder),
					*second = new_id (folder), *third = new_id (folder), *again = new_id (old);

	g_assert_cmpuint (strlen (first), ==, 19);
	g_assert_cmpstr (first, !=, second);
	g_assert_cmpstr (second, !=, third);
	g_assert_cmpstr (again, !=, first);
	g_assert_cmpstr (again, !=, second);
	remove_folder (folder);
	remove_folder (old);
}

/* What is not an id is not taken for one. */
static void test_bad_id (void)
{
	static const char *const bad[] = { "", "SP_", "SP_ 1", "SP_0123456789abcdef", "SP_0123456789abcde\377 1\n",
		"SP_0123456789abcde' 1\n", "SP_0123456789abcdef0 1\n", "XX_0123456789abcdef 1\n", "SP_0123456789abcdef -1\n", "SP_0123456789abcdef 8388608\n",
		"SP_0123456789abcdef 99999999999999999999999\n", "SP_0123456789abcdef 1 2\n", "SP_0123456789abcdef x\n" };

	curia_log_set_level (CURIA_LOG_ERROR);
	for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
		g_autofree char *folder = g_dir_make_tmp ("curia-spool-XXXXXX", NULL), *path = g_build_filename (folder, "spool", NULL),
						*text = NULL;

		g_assert_true (g_file_set_contents (path, bad[i], -1, NULL));
		g_autofree char *id = new_id (folder);
		g_autofree char *expected = g_strconcat (id, " 1\n", NULL);
		g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
		g_assert_cmpstr (text, ==, expected);
		remove_folder (folder);
	}
	/* the last generation there can be */
	g_autofree char *folder = g_dir_make_tmp ("curia-spool-XXXXXX", NULL), *path = g_build_filename (folder, "spool", NULL);
	g_assert_true (g_file_set_contents (path, "SP_0123456789abcdef 8388607\n", -1, NULL));
	for (int i = 0; i < 2; i++)
		g_free (new_id (folder));
	remove_folder (folder);
}

/* A segment from the days when the folder had one id. */
static void test_unnamed (void)
{
	g_autofree char *folder = g_dir_make_tmp ("curia-spool-XXXXXX", NULL), *id = g_build_filename (folder, "spool", NULL),
					*old = g_build_filename (folder, "0000010000000000.seg", NULL);
	Spool *spool = open_spool (folder, MAX_BYTES);
	Record record;

	put_many (spool, 0, 3);
	spool_close (spool);
	g_autoptr (GPtrArray) list = segments_of (folder);
	g_assert_cmpint (g_rename (g_ptr_array_index (list, 0), old), ==, 0);
	g_assert_true (g_file_set_contents (id, "SP_0123456789abcdef 1\n", -1, NULL));
	for (int start = 0; start < 2; start++) {
		spool = open_spool (folder, MAX_BYTES);
		g_assert_cmpuint (spool_read (spool, &record, 1), ==, 1);
		g_assert_cmpstr (spool_id (spool), ==, "SP_0123456789abcdef");
		spool_close (spool);
	}
	remove_folder (folder);
}

/* What is named like a segment and is none. */
static void test_no_files (void)
{
	g_autofree char *folder = g_dir_make_tmp ("curia-spool-XXXXXX", NULL),
					*inner = g_build_filename (folder, "0000010000000000-SP_0123456789abcdef.seg", NULL),
					*pipe = g_build_filename (folder, "0000010000000001.seg", NULL),
					*link = g_build_filename (folder, "0000010000000002.seg", NULL);

	curia_log_set_level (CURIA_LOG_ERROR);
	g_assert_cmpint (g_mkdir (inner, 0700), ==, 0);
	g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
	g_assert_cmpint (symlink ("/dev/zero", link), ==, 0);
	Spool *spool = open_spool (folder, SMALL_SEGMENT);
	put_many (spool, 0, 100);
	g_autoptr (GArray) found = read_all (spool);
	assert_range (found, 0, 100);
	g_assert_cmpuint (spool_bad (spool), ==, 0);
	spool_close (spool);
	g_assert_true (g_file_test (inner, G_FILE_TEST_IS_DIR));
	g_rmdir (inner);
	remove_folder (folder);
}

static void read_until (Spool *spool, GArray *found, guint n)
{
	gint64 until_us = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

	while (found->len < n && g_get_monotonic_time () < until_us) {
		g_autoptr (GArray) more = read_all (spool);

		g_array_append_vals (found, more->data, more->len);
		g_usleep (50000);
	}
	g_assert_cmpuint (found->len, ==, n);
}

/* A file that became shorter in the middle of a frame, then one that is gone: what is behind them is read. */
static void test_unreadable (void)
{
	g_autofree char *folder = g_dir_make_tmp ("curia-spool-XXXXXX", NULL);
	g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (int));
	Spool *spool = open_spool (folder, MAX_BYTES);
	struct stat about;

	curia_log_set_level (CURIA_LOG_ERROR);
	put_many (spool, 0, 10);
	g_autoptr (GPtrArray) list = segments_of (folder);
	const char *path = g_ptr_array_index (list, 0);
	g_autofree char *bad = g_strconcat (path, ".bad", NULL);
	g_assert_cmpint (stat (path, &about), ==, 0);
	g_assert_cmpint (truncate (path, about.st_size - 5), ==, 0);
	/* it is the open one: it stays until another is begun */
	for (int i = 0; i < 70; i++) {
		g_autoptr (GArray) more = read_all (spool);

		g_array_append_vals (found, more->data, more->len);
		g_usleep (100000);
	}
	assert_range (found, 0, 9);
	g_assert_cmpuint (spool_bad (spool), ==, 0);
	g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
	put_many (spool, 10, 20);
	read_until (spool, found, 19);
	g_assert_cmpint (g_array_index (found, int, 18), ==, 19);
	g_assert_cmpuint (spool_bad (spool), ==, 1);
	g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
	g_assert_true (g_file_test (bad, G_FILE_TEST_EXISTS));
	put_many (spool, 20, 30);
	spool_close (spool);

	spool = open_spool (folder, MAX_BYTES);
	each_file (folder, remove_segment, NULL);
	put_many (spool, 30, 40);
	g_array_set_size (found, 0);
	read_until (spool, found, 10);
	assert_range (found, 30, 40);
	g_assert_cmpuint (spool_bad (spool), ==, 1);
	spool_close (spool);
	remove_folder (folder);
}

static void test_bound (void)
{
	g_autofree char *folder = g_dir_make_tmp ("curia-spool-XXXXXX", NULL);
	Spool *spool = spool_open (folder, 80000, SMALL_SEGMENT, 1, NULL);
	int n = 0;

	while (spool_room (spool) == SPOOL_ROOM)
		put_many (spool, n, n + 1), n++;
	g_assert_cmpuint (spool_bytes (spool), >=, 70000);
	g_assert_cmpint (spool_room (spool), ==, SPOOL_TIGHT);
	while (spool_room (spool) == SPOOL_TIGHT)
		put_many (spool, n, n + 1), n++;
	g_assert_cmpuint (spool_bytes (spool), >=, 80000);
	g_assert_cmpuint (spool_bytes (spool), <, 81000);
	g_autoptr (GArray) found = read_all (spool);
	assert_range (found, 0, n);
	g_assert_cmpint (spool_room (spool), ==, SPOOL_ROOM);
	spool_close (spool);
	remove_folder (folder);
}

/* No more room on the disk, played by a limit on the size of files: what came before and after it is there. */
static void test_full_disk (void)
{
	g_autofree char *folder = g_dir_make_tmp ("curia-spool-XXXXXX", NULL);
	Spool *spool = open_spool (folder, MAX_BYTES);
	struct rlimit before, tight;
	int lost = 0;

	curia_log_set_level (CURIA_LOG_ERROR);
	signal (SIGXFSZ, SIG_IGN);
	getrlimit (RLIMIT_FSIZE, &before);
	tight = (struct rlimit) { 3000, before.rlim_max };
	put_many (spool, 0, 5);
	setrlimit (RLIMIT_FSIZE, &tight);
	for (int i = 5; i < 105; i++) {
		put (spool, i);
		lost += !spool_flush (spool);
	}
	setrlimit (RLIMIT_FSIZE, &before);
	g_assert_cmpint (lost, >, 50);
	put_many (spool, 200, 210);
	g_autoptr (GArray) found = read_all (spool);
	g_assert_cmpint ((int) found->len, ==, 105 - lost + 10);
	g_assert_cmpint (g_array_index (found, int, 4), ==, 4);
	g_assert_cmpint (g_array_index (found, int, found->len - 1), ==, 209);
	spool_close (spool);
	remove_folder (folder);
}

/* Puts without end from `from` on, and tells each that is flushed. */
static void put_forever (const char *folder, int from, int out)
{
	Spool *spool = spool_open (folder, MAX_BYTES, SMALL_SEGMENT, 1, NULL);

	for (int i = from; spool != NULL; i++) {
		put (spool, i);
		if (i % 3 == 0 && (!spool_flush (spool) || write (out, &i, sizeof i) != sizeof i))
			break;
	}
	_exit (1);
}

static void test_killed (void)
{
	g_autofree char *folder = g_dir_make_tmp ("curia-spool-XXXXXX", NULL);
	int next = 0;

	for (int round = 0; round < 12; round++) {
		int ends[2], last = -1, status, want = g_test_rand_int_range (1, 400), n = 0;
		pid_t pid;

		g_assert_cmpint (pipe (ends), ==, 0);
		pid = fork ();
		if (pid == 0)
			put_forever (folder, next, ends[1]);
		close (ends[1]);
		for (int i; read (ends[0], &i, sizeof i) == sizeof i; last = i)
			if (++n == want)
				kill (pid, SIGKILL);
		close (ends[0]);
		waitpid (pid, &status, 0);
		g_assert_true (WIFSIGNALED (status));
		Spool *spool = open_spool (folder, SMALL_SEGMENT);
		g_autoptr (GArray) found = read_all (spool);
		g_assert_cmpint (next + (int) found->len - 1, >=, last);
		assert_range (found, next, next + (int) found->len);
		next += (int) found->len;
		spool_close (spool);
	}
	remove_folder (folder);
}

/* One writes, one reads, both without pause. */
#define N_LIVE 60000

static gpointer put_live (gpointer spool)
{
	put_many (spool, 0, N_LIVE);
	return NULL;
}

static void test_live (void)
{
	g_autofree char *folder = g_dir_make_tmp ("curia-spool-XXXXXX", NULL);
	Spool *spool = open_spool (folder, 65536);
	GThread *writer = g_thread_new ("put", put_live, spool);
	int next = 0;

	while (next < N_LIVE) {
		g_autoptr (GArray) found = read_all (spool);

		assert_range (found, next, next + (int) found->len);
		next += (int) found->len;
		if (found->len == 0)
			spool_wait (spool, G_USEC_PER_SEC);
	}
	g_thread_join (writer);
	spool_close (spool);
	g_assert_cmpuint (n_segments (folder), ==, 0);
	remove_folder (folder);
}

static void test_refusals (void)
{
	g_autoptr (GError) error = NULL;

	g_assert_null (spool_open ("/proc/no/such/folder", MAX_BYTES, SMALL_SEGMENT, 1, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
}

/* ---- the queue before it ---- */

#define N_PUSHERS 4
#define N_EACH 20000

typedef struct {
	Queue *queue;
	guint number;
} Pusher;

static gpointer push_all (gpointer data)
{
	const Pusher *pusher = data;

	for (guint i = 0; i < N_EACH; i++)
		while (!queue_push (pusher->queue, GUINT_TO_POINTER (pusher->number * N_EACH + i + 1)))
			g_usleep (100); /* full */
	return NULL;
}

static gpointer close_after (gpointer data)
{
	Pusher pushers[N_PUSHERS];
	GThread *threads[N_PUSHERS];

	for (guint i = 0; i < N_PUSHERS; i++) {
		pushers[i] = (Pusher) { data, i };
		threads[i] = g_thread_new ("push", push_all, &pushers[i]);
	}
	for (guint i = 0; i < N_PUSHERS; i++)
		g_thread_join (threads[i]);
	queue_close (data);
	return NULL;
}

/* Nothing is lost, and each pusher's items keep their order. */
static void test_queue (void)
{
	g_autoptr (GPtrArray) items = g_ptr_array_new ();
	guint next[N_PUSHERS] = { 0 }, n = 0;
	Queue *queue = queue_new (1000);

	for (guint i = 0; i < 1000; i++)
		g_assert_true (queue_push (queue, queue));
	g_assert_false (queue_push (queue, queue));
	g_assert_cmpuint (queue_length (queue), ==, 1000);
	g_assert_true (queue_take (queue, items));
	g_assert_cmpuint (items->len, ==, 1000);
	GThread *closer = g_thread_new ("close", close_after, queue);
	g_ptr_array_set_size (items, 0);
	while (queue_take (queue, items)) {
		g_assert_cmpuint (items->len, <=, 1000);
		for (guint i = 0; i < items->len; i++, n++) {
			guint item = GPOINTER_TO_UINT (items->pdata[i]) - 1;

			g_assert_cmpuint (item % N_EACH, ==, next[item / N_EACH]++);
		}
		g_ptr_array_set_size (items, 0);
	}
	g_assert_cmpuint (n, ==, N_PUSHERS * N_EACH);
	g_thread_join (closer);
	queue_free (queue);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/spool/order", test_order);
	g_test_add_func ("/spool/private", test_private);
	g_test_add_func ("/spool/torn", test_torn);
	g_test_add_func ("/spool/flips", test_flips);
	g_test_add_func ("/spool/garbage", test_garbage);
	g_test_add_func ("/spool/ids", test_ids);
	g_test_add_func ("/spool/bad-id", test_bad_id);
	g_test_add_func ("/spool/unnamed", test_unnamed);
	g_test_add_func ("/spool/no-files", test_no_files);
	g_test_add_func ("/spool/unreadable", test_unreadable);
	g_test_add_func ("/spool/bound", test_bound);
	g_test_add_func ("/spool/full-disk", test_full_disk);
	g_test_add_func ("/spool/killed", test_killed);
	g_test_add_func ("/spool/live", test_live);
	g_test_add_func ("/spool/refusals", test_refusals);
	g_test_add_func ("/queue/threads", test_queue);
	return g_test_run ();
}
