/* The store on a real file and on a real PostgreSQL: what it keeps and what it refuses. What it survives is in
 * test-store-survival.c; what only PostgreSQL can do, or suffer, in test-store-postgres.c. */
#include "tests/libcuria/store-fixture.h"

#include <string.h>
#include <sys/stat.h>
#include "curia-error.h"

/* ---- meetings ---- */

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

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	ADD ("meetings", test_meetings);
	ADD ("update-and-end", test_update_and_end);
	ADD ("list", test_list);
	ADD ("list-refusals", test_list_refusals);
	ADD ("refused-values", test_refused_values);
	ADD ("broken-rule", test_broken_rule);
	ADD ("newer-schema", test_newer_schema);
	ADD ("first-schema", test_first_schema);
	ADD_FILE ("other-names", test_other_names);
	ADD_FILE ("open-refusals", test_open_refusals);
	ADD_FILE ("private-file", test_private_file);
	return g_test_run ();
}
