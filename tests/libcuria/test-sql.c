/* The drivers under the store, SQLite and PostgreSQL alike: values that go in and come out, writes in bulk, failures inside a
 * transaction. Then what only a server can do: be slow, be gone, come back. */
#include "libcuria/curia-sql.h"

#include <signal.h>
#include <string.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "tests/lib/servers.h"

#define TIMEOUT_MS 400

static const gint unhurried = FALSE;

typedef struct {
	Sql *sql;
	char *url;
} Place;

static Sql *
open_sql (const SqlDriver *driver, const char *where)
{
	g_autoptr (GError) error = NULL;
	Sql *sql = driver->open (where, SQL_READ_WRITE, &(SqlSettings) { TIMEOUT_MS, &unhurried }, &error);

	g_assert_no_error (error);
	g_assert_true (driver->ready (sql, &error));
	g_assert_no_error (error);
	return sql;
}

static void
sqlite_set_up (Place *place, gconstpointer data)
{
	(void) data;
	place->sql = open_sql (&sqlite_driver, ":memory:");
}

static void
postgres_set_up (Place *place, gconstpointer data)
{
	(void) data;
	place->url = servers_postgres_start ();
	place->sql = open_sql (&postgres_driver, place->url);
}

static void
tear_down (Place *place, gconstpointer data)
{
	(void) data;
	place->sql->driver->close (place->sql);
	g_free (place->url);
}

static void
script (Place *place, const char *statements)
{
	g_autoptr (GError) error = NULL;

	place->sql->driver->script (place->sql, statements, &error);
	g_assert_no_error (error);
}

static void
later (Place *place, const char *statements)
{
	g_assert_true (place->sql->driver->script_later (place->sql, statements, NULL));
}

static void
keep_number (const SqlValue *cells, guint n, gpointer data)
{
	g_assert_cmpuint (n, ==, 1);
	g_assert_cmpint (cells[0].type, ==, SQL_INT);
	*(gint64 *) data = cells[0].number;
}

static gint64
number (Sql *sql, const char *query)
{
	g_autoptr (GError) error = NULL;
	gint64 found = -1;

	g_assert_true (sql->driver->run (sql, query, NULL, 0, keep_number, &found, &error));
	g_assert_no_error (error);
	return found;
}

/* ---- values ---- */

typedef struct {
	SqlValue values[3];
	guint n_rows;
} Expected;

static void
compare_row (const SqlValue *cells, guint n, gpointer data)
{
	Expected *expected = data;

	g_assert_cmpuint (n, ==, 3);
	for (guint i = 0; i < n; i++) {
		g_assert_cmpint (cells[i].type, ==, expected->values[i].type);
		if (cells[i].type == SQL_INT)
			g_assert_cmpint (cells[i].number, ==, expected->values[i].number);
		else
			g_assert_cmpstr (cells[i].text, ==, expected->values[i].text);
	}
	expected->n_rows++;
}

static void
test_values (Place *place, gconstpointer data)
{
	g_autofree char *long_text = g_strnfill (1000000, 'x');
	const SqlValue rows[][3] = {
		{ sql_int (0), sql_int (0), sql_text ("") },
		{ sql_int (G_MAXINT32), sql_int (G_MAXINT64), sql_text ("'; DROP TABLE a; -- $1 \\ \"") },
		{ sql_int (G_MININT32), sql_int (G_MININT64), sql_text ("\xf0\x9f\x91\xa9 \xc3\xa4") },
		{ sql_text (NULL), sql_text (NULL), sql_text (NULL) },
		{ sql_int (1), sql_int (1700000000000), sql_text (long_text) },
		{ sql_int (2), sql_text (NULL), sql_text ("2") },
	};

	(void) data;
	script (place, "CREATE TABLE a (small INTEGER, big BIGINT, words TEXT)");
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		Expected expected = { .values = { rows[i][0], rows[i][1], rows[i][2] } };
		g_autoptr (GError) error = NULL;

		g_assert_true (place->sql->driver->run (
			place->sql, "INSERT INTO a (small, big, words) VALUES ($1, $2, $3) RETURNING small, big, words", rows[i], 3,
			compare_row, &expected, &error));
		g_assert_no_error (error);
		g_assert_cmpuint (expected.n_rows, ==, 1);
	}
	g_assert_cmpint (number (place->sql, "SELECT COUNT (*) FROM a WHERE words IS NULL"), ==, 1);
	g_assert_cmpint (number (place->sql, "SELECT SUM (big) FROM a WHERE small = 1 OR small = 2"), ==, 1700000000000);
	g_assert_cmpint (number (place->sql, "SELECT COUNT (*) > 1 FROM a"), ==, 1);
	g_assert_cmpint (number (place->sql, "SELECT MAX (small) FROM a"), ==, G_MAXINT32);
}

/* A statement that was first run with NULL, or with a small number, takes large ones too. */
static void
test_types_of_arguments (Place *place, gconstpointer data)
{
	static const char query[] = "SELECT COUNT (*) FROM a WHERE ($1 = 0 OR big < $1) AND words <> $2";
	const struct {
		SqlValue number, text;
		gint64 found;
	} rows[] = {
		{ sql_int (0), sql_text (NULL), 0 },
		{ sql_int (5000000000), sql_text (""), 1 },
		{ sql_text (NULL), sql_text (""), 0 },
		{ sql_int (3000000000), sql_text (""), 0 },
		{ sql_int (0), sql_text (""), 1 },
	};

	(void) data;
	script (place, "CREATE TABLE a (big BIGINT, words TEXT); INSERT INTO a VALUES (4000000000, 'w')");
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GError) error = NULL;
		gint64 found = -1;

		SQL_RUN (place->sql, query, keep_number, &found, &error, rows[i].number, rows[i].text);
		g_assert_no_error (error);
		g_assert_cmpint (found, ==, rows[i].found);
	}
}

/* ---- writes in bulk ---- */

#define N_SETS 20000
#define N_ARGS 9
#define INSERT_EVENT "INSERT INTO e (seq, id, type, time_ms, node, meeting, meeting_seq, call_id, data)" \
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"

static SqlValue *
make_events (char (*ids)[32])
{
	SqlValue *args = g_new (SqlValue, N_SETS * N_ARGS);

	for (guint i = 0; i < N_SETS; i++) {
		const SqlValue set[N_ARGS] = { sql_int (i + 1), sql_text (ids[i]), sql_text ("participant_joined"), sql_int (1700000000000 + i),
			sql_text ("node"), sql_text ("MT_abcdefghijkl"), sql_int (i), sql_text ("CA_abcdefghijklmnop"),
			sql_text ("{\"participant\":\"p7\",\"participation\":\"PA_abcdefghijklmnop\",\"identity\":\"ann\",\"name\":\"Ann\"}") };

		g_snprintf (ids[i], sizeof ids[i], "EV_%020u", i);
		memcpy (&args[i * N_ARGS], set, sizeof set);
	}
	return args;
}

static void
test_run_many (Place *place, gconstpointer data)
{
	g_autofree char (*ids)[32] = g_malloc (N_SETS * sizeof *ids);
	g_autofree SqlValue *args = make_events (ids);
	const SqlDriver *driver = place->sql->driver;
	g_autoptr (GError) error = NULL, twice = NULL;
	gint64 start_us;

	(void) data;
	script (place, "CREATE TABLE e (seq BIGINT PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, time_ms BIGINT NOT NULL,"
		" node TEXT NOT NULL, meeting TEXT NOT NULL, meeting_seq BIGINT NOT NULL, call_id TEXT NOT NULL, data TEXT NOT NULL)");
	start_us = curia_clock_us ();
	script (place, driver->begin);
	g_assert_true (driver->run_many (place->sql, INSERT_EVENT, args, N_ARGS, N_SETS, &error));
	g_assert_no_error (error);
	script (place, "COMMIT");
	g_test_message ("%d rows of %d columns: %d ms", N_SETS, N_ARGS, (int) ((curia_clock_us () - start_us) / 1000));
	g_assert_cmpint (number (place->sql, "SELECT COUNT (*) FROM e"), ==, N_SETS);
	g_assert_cmpint (number (place->sql, "SELECT SUM (meeting_seq) FROM e"), ==, N_SETS * (gint64) (N_SETS - 1) / 2);

	/* one of many is refused: all of them are taken back, and nothing else */
	script (place, "DELETE FROM e WHERE seq <> 12345");
	script (place, driver->begin);
	script (place, "SAVEPOINT job");
	g_assert_false (driver->run_many (place->sql, INSERT_EVENT, args, N_ARGS, N_SETS, &twice));
	g_assert_error (twice, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
	script (place, "ROLLBACK TO SAVEPOINT job");
	g_assert_true (driver->run_many (place->sql, INSERT_EVENT, args, N_ARGS, 100, &error));
	g_assert_true (driver->run_many (place->sql, INSERT_EVENT, args, N_ARGS, 0, &error));
	script (place, "COMMIT");
	g_assert_cmpint (number (place->sql, "SELECT COUNT (*) FROM e"), ==, 101);
}

/* ---- transactions ---- */

static void
test_later (Place *place, gconstpointer data)
{
	const SqlDriver *driver = place->sql->driver;
	g_autoptr (GError) error = NULL;

	(void) data;
	script (place, "CREATE TABLE a (n INTEGER PRIMARY KEY)");
	for (int round = 0; round < 2; round++) {
		later (place, driver->begin);
		g_assert_true (driver->in_transaction (place->sql));
		later (place, "SAVEPOINT job");
		g_assert_true (SQL_RUN (place->sql, "INSERT INTO a VALUES ($1)", NULL, NULL, NULL, sql_int (round)));
		later (place, "RELEASE SAVEPOINT job");
		later (place, "SAVEPOINT job");
		g_assert_true (SQL_RUN (place->sql, "INSERT INTO a VALUES ($1)", NULL, NULL, NULL, sql_int (100)));
		g_assert_false (SQL_RUN (place->sql, "INSERT INTO a VALUES ($1)", NULL, NULL, NULL, sql_int (round)));
		script (place, "ROLLBACK TO SAVEPOINT job");
		later (place, "RELEASE SAVEPOINT job");
		script (place, "COMMIT");
		g_assert_false (driver->in_transaction (place->sql));
	}
	g_assert_cmpint (number (place->sql, "SELECT COUNT (*) FROM a"), ==, 2);
	/* begun, nothing done, taken back */
	later (place, driver->begin);
	script (place, "ROLLBACK");
	g_assert_false (driver->in_transaction (place->sql));
	/* a mistake: no such table, and no transaction either */
	g_assert_false (SQL_RUN (place->sql, "INSERT INTO nowhere VALUES ($1)", NULL, NULL, &error, sql_int (1)));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
	g_assert_cmpint (number (place->sql, "SELECT COUNT (*) FROM a"), ==, 2);
}

/* PostgreSQL answers "COMMIT" of a failed transaction as if all were well. */
static void
test_failed_commit (Place *place, gconstpointer data)
{
	(void) data;
	script (place, "CREATE TABLE a (n INTEGER PRIMARY KEY)");
	script (place, place->sql->driver->begin);
	g_assert_true (SQL_RUN (place->sql, "INSERT INTO a VALUES ($1)", NULL, NULL, NULL, sql_int (1)));
	g_assert_false (SQL_RUN (place->sql, "INSERT INTO a VALUES ($1)", NULL, NULL, NULL, sql_int (1)));
	g_assert_false (place->sql->driver->script (place->sql, "COMMIT", NULL));
	g_assert_cmpint (number (place->sql, "SELECT COUNT (*) FROM a"), ==, 0);
}

/* ---- a server: slow, gone, back ---- */

static void
test_timeout (Place *place, gconstpointer data)
{
	g_autoptr (GError) error = NULL;
	gint64 start_us = curia_clock_us ();

	(void) data;
	g_assert_false (place->sql->driver->script (place->sql, "SELECT pg_sleep (30)", &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
	g_assert_cmpstr (error->message, ==, "the store took too long");
	g_assert_cmpint (curia_clock_us () - start_us, <, 10 * G_USEC_PER_SEC);
	g_assert_cmpint (number (place->sql, "SELECT 7"), ==, 7); /* the connection is as good as before */
}

static gint64
backend_pid (Sql *sql)
{
	return number (sql, "SELECT pg_backend_pid ()");
}

/* It neither answers nor hangs up. */
static void
test_frozen (Place *place, gconstpointer data)
{
	pid_t pid = (pid_t) backend_pid (place->sql);
	g_autoptr (GError) error = NULL;

	(void) data;
	g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
	g_assert_false (SQL_RUN (place->sql, "SELECT $1", NULL, NULL, &error, sql_int (1)));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
	g_assert_true (place->sql->driver->ready (place->sql, NULL));
	g_assert_cmpint (backend_pid (place->sql), !=, pid);
	kill (pid, SIGCONT);
}

static void
terminate (Place *place, gint64 pid)
{
	Sql *other = open_sql (&postgres_driver, place->url);
	g_autofree char *statement = g_strdup_printf ("SELECT pg_terminate_backend (%d, 5000)", (int) pid);

	other->driver->script (other, statement, NULL);
	other->driver->close (other);
}

static void
test_terminated (Place *place, gconstpointer data)
{
	static const char insert[] = "INSERT INTO a VALUES ($1)";
	const SqlDriver *driver = place->sql->driver;
	g_autoptr (GError) error = NULL;

	(void) data;
	script (place, "CREATE TABLE a (n INTEGER PRIMARY KEY)");
	later (place, driver->begin);
	g_assert_true (SQL_RUN (place->sql, insert, NULL, NULL, NULL, sql_int (1)));
	terminate (place, backend_pid (place->sql));
	g_assert_false (SQL_RUN (place->sql, insert, NULL, NULL, &error, sql_int (2)));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
	/* whatever the work does now happens nowhere, least of all in a new session */
	g_assert_false (SQL_RUN (place->sql, insert, NULL, NULL, NULL, sql_int (3)));
	g_assert_false (driver->script (place->sql, "COMMIT", NULL));
	g_assert_false (driver->in_transaction (place->sql));
	g_assert_true (driver->ready (place->sql, NULL));
	g_assert_cmpint (number (place->sql, "SELECT COUNT (*) FROM a"), ==, 0);
	g_assert_true (SQL_RUN (place->sql, insert, NULL, NULL, NULL, sql_int (4))); /* prepared anew */
	/* between two pieces of work nobody notices */
	terminate (place, backend_pid (place->sql));
	g_assert_true (driver->ready (place->sql, NULL));
	g_assert_cmpint (number (place->sql, "SELECT COUNT (*) FROM a"), ==, 1);
}

/* Pauses of 100, 200, 400... ms: in between it fails without asking the network. */
static void
test_backoff (Place *place, gconstpointer data)
{
	const SqlDriver *driver = place->sql->driver;
	gint64 end_us, start_us;
	guint n_calls = 0;

	(void) data;
	servers_postgres_stop ();
	g_assert_false (driver->ready (place->sql, NULL));
	start_us = curia_clock_us ();
	for (int i = 0; i < 1000; i++)
		g_assert_false (driver->ready (place->sql, NULL));
	g_assert_cmpint (curia_clock_us () - start_us, <, 1000 * 1000); /* a try to connect takes about 1 ms */
	g_usleep (1500 * 1000);
	g_assert_false (driver->ready (place->sql, NULL));
	servers_postgres_restart ();
	end_us = curia_clock_us () + 10 * G_USEC_PER_SEC;
	while (!driver->ready (place->sql, NULL) && curia_clock_us () < end_us) {
		n_calls++;
		g_usleep (10 * 1000);
	}
	g_assert_cmpint (number (place->sql, "SELECT 7"), ==, 7);
	g_test_message ("back after %u calls", n_calls);
}

#define ADD_POSTGRES(name, test) g_test_add ("/sql/postgresql/" name, Place, NULL, postgres_set_up, test, tear_down)
#define ADD_SQLITE(name, test) g_test_add ("/sql/sqlite/" name, Place, NULL, sqlite_set_up, test, tear_down)
#define ADD(name, test)                                                                                                \
	do {                                                                                                               \
		ADD_SQLITE (name, test);                                                                                       \
		ADD_POSTGRES (name, test);                                                                                     \
	} while (0)

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	ADD ("values", test_values);
	ADD ("types-of-arguments", test_types_of_arguments);
	ADD ("run-many", test_run_many);
	ADD ("later", test_later);
	ADD_POSTGRES ("failed-commit", test_failed_commit);
	ADD_POSTGRES ("timeout", test_timeout);
	ADD_POSTGRES ("frozen", test_frozen);
	ADD_POSTGRES ("terminated", test_terminated);
	ADD_POSTGRES ("backoff", test_backoff);
	return g_test_run ();
}
