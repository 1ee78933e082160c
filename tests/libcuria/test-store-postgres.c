/* The store and its server: started late, restarted in the middle, locked, over TLS, or not letting us in. */
#include "curia-store.h"

#include <string.h>
#include <libpq-fe.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-log.h"
#include "tests/lib/servers.h"

static CuriaStore *
open_store (const char *url)
{
	g_autoptr (GError) error = NULL;
	CuriaStore *store = curia_store_open (url, &error);

	g_assert_no_error (error);
	return store;
}

static PGconn *
connect_to (const char *url)
{
	PGconn *conn = PQconnectdb (url);

	g_assert_cmpint (PQstatus (conn), ==, CONNECTION_OK);
	return conn;
}

static void
run_sql (PGconn *conn, const char *statement)
{
	PGresult *result = PQexec (conn, statement);

	if (PQresultStatus (result) != PGRES_COMMAND_OK && PQresultStatus (result) != PGRES_TUPLES_OK)
		g_error ("%s: %s", statement, PQerrorMessage (conn));
	PQclear (result);
}

static char *
read_sql (PGconn *conn, const char *query)
{
	PGresult *result = PQexec (conn, query);
	char *value = NULL;

	g_assert_cmpint (PQresultStatus (result), ==, PGRES_TUPLES_OK);
	if (PQntuples (result) > 0)
		value = g_strdup (PQgetvalue (result, 0, 0));
	PQclear (result);
	return value;
}

/* ---- opening ---- */

typedef struct {
	const char *url;
	gint64 wait_ms;
	GError *error;
	gboolean ok;
} Opening;

static gpointer
open_in_thread (gpointer data)
{
	Opening *opening = data;
	CuriaStoreSettings settings = curia_store_defaults;
	g_autoptr (CuriaStore) store = NULL;

	settings.connect_wait_ms = opening->wait_ms;
	store = curia_store_open_with (opening->url, &settings, &opening->error);
	opening->ok = store != NULL;
	return NULL;
}

/* After a reboot the server may come up later than we do. */
static void
test_waits_for_server (void)
{
	g_autofree char *url = servers_postgres_start ();
	Opening patient = { .url = url, .wait_ms = 30000 }, hasty = { .url = url, .wait_ms = 0 };
	GThread *thread;

	servers_postgres_stop ();
	open_in_thread (&hasty);
	g_assert_false (hasty.ok);
	g_assert_error (hasty.error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
	g_assert_nonnull (strstr (hasty.error->message, "PostgreSQL cannot be reached"));
	g_clear_error (&hasty.error);
	thread = g_thread_new ("open", open_in_thread, &patient);
	g_usleep (700 * 1000);
	servers_postgres_restart ();
	g_thread_join (thread);
	g_assert_no_error (patient.error);
	g_assert_true (patient.ok);
}

/* What waiting does not cure is told at once, and no password is told to anybody. */

static GString *logged;

static void
keep_line (CuriaLogLevel level, const char *line)
{
	(void) level;
	g_string_append_printf (logged, "%s\n", line);
}

static void
test_refusals (void)
{
	g_autofree char *url = servers_postgres_start (), *latin = servers_postgres_database ("latin");
	const char *at = strchr (url, '@') + 1;
	PGconn *conn = connect_to (url);
	const struct {
		char *url;
		const char *part_of_message;
	} rows[] = {
		{ g_strdup_printf ("postgresql://nobody:hush@%s", at), "role \"nobody\" does not exist" },
		{ g_strdup_printf ("postgresql://curia:hush@%s_not", at), "does not exist" },
		{ g_strdup_printf ("postgresql://curia:hush@%s?sslmode=require", at), "SSL" },
		{ g_strdup_printf ("postgresql://curia:hush@%s?sslmode=verify-full&sslrootcert=/no/such", at), "SSL" },
		{ g_strdup (latin), "store.url must name a database in UTF8" },
		{ g_strdup ("postgresql://curia:hush@[::1/curia"), "store.url must be a PostgreSQL URL" },
		{ g_strdup ("postgresql://curia:hush@h/curia?hush=1"), "store.url must be a PostgreSQL URL" },
		{ g_strdup ("postgresql:curia:hush@h/curia"), "store.url must be sqlite:<path> or postgresql://" },
		{ g_strdup ("mysql://curia:hush@h/curia"), "store.url must be sqlite:<path> or postgresql://" },
		{ g_strdup ("postgres://h/curia?sslmod=require"), "sslmod" },
	};

	run_sql (conn, "DROP DATABASE latin");
	run_sql (conn, "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
	PQfinish (conn);
	logged = g_string_new (NULL);
	curia_log_set_sink (keep_line);
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		Opening opening = { .url = rows[i].url, .wait_ms = 60000 };
		gint64 start_us = curia_clock_us ();

		open_in_thread (&opening);
		g_assert_false (opening.ok);
		g_assert_error (opening.error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
		if (strstr (opening.error->message, rows[i].part_of_message) == NULL)
			g_error ("%s: %s", rows[i].url, opening.error->message);
		g_assert_null (strstr (opening.error->message, "hush"));
		g_assert_cmpint (curia_clock_us () - start_us, <, 5 * G_USEC_PER_SEC);
		g_clear_error (&opening.error);
		g_free (rows[i].url);
	}
	curia_log_set_sink (NULL);
	g_assert_null (strstr (logged->str, "hush"));
	g_string_free (logged, TRUE);
}

/* The server makes its own certificate; who is to be trusted comes with the URL. */
static void
test_tls (void)
{
	g_autofree char *url = servers_postgres_start (), *folder = NULL, *tls_url = NULL, *version = NULL;
	PGconn *conn = connect_to (url);
	g_autoptr (CuriaStore) store = NULL;
	g_autoptr (CuriaMeeting) meeting = curia_meeting_new ();

	folder = read_sql (conn, "SHOW data_directory");
	run_sql (conn,
		"COPY (SELECT 1) TO PROGRAM 'umask 077; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
		" -subj /CN=curia -addext subjectAltName=IP:127.0.0.1 -keyout server.key -out server.crt 2>/dev/null'");
	run_sql (conn, "ALTER SYSTEM SET ssl = on");
	run_sql (conn, "SELECT pg_reload_conf ()");
	PQfinish (conn);
	g_usleep (300 * 1000);
	tls_url = g_strdup_printf ("%s?sslmode=verify-full&sslrootcert=%s/server.crt", url, folder);
	store = open_store (tls_url);
	g_assert_true (curia_store_meeting_create (store, meeting, NULL));
	conn = connect_to (url);
	version = read_sql (conn, "SELECT MIN (version) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
		" WHERE application_name = 'curia' AND datname = current_database ()");
	g_assert_cmpstr (version, ==, "TLSv1.3");
	run_sql (conn, "ALTER SYSTEM RESET ssl");
	run_sql (conn, "SELECT pg_reload_conf ()");
	PQfinish (conn);
}

/* ---- a server that goes and comes ---- */

#define N_THREADS 16
#define N_RESTARTS 3

typedef struct {
	CuriaStore *store;
	GPtrArray *codes; /* that were acknowledged */
	guint n_refused;
	const gint *stop; /* ATOMIC */
} Writing;

static gpointer
write_until_told (gpointer data)
{
	Writing *writing = data;

	while (!g_atomic_int_get (writing->stop)) {
		g_autoptr (CuriaMeeting) meeting = curia_meeting_new ();
		g_autoptr (GError) error = NULL;

		if (curia_store_meeting_create (writing->store, meeting, &error)) {
			g_ptr_array_add (writing->codes, g_strdup (meeting->code));
			continue;
		}
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
		g_assert_cmpstr (error->message, ==, "the store is not available");
		writing->n_refused++;
		g_usleep (2000);
	}
	return NULL;
}

static void
assert_has_all (CuriaStore *store, const GPtrArray *codes)
{
	for (guint i = 0; i < codes->len; i++) {
		g_autoptr (GError) error = NULL;
		g_autoptr (CuriaMeeting) meeting = curia_store_meeting_lookup (store, g_ptr_array_index (codes, i), &error);

		g_assert_no_error (error);
	}
}

static void
wait_until_healthy (CuriaStore *store, gint64 limit_ms)
{
	gint64 end_us = curia_clock_us () + limit_ms * 1000;

	while (!curia_store_healthy (store, NULL)) {
		g_assert_cmpint (curia_clock_us (), <, end_us);
		g_usleep (20 * 1000);
	}
}

static void
test_restarts_while_writing (void)
{
	g_autofree char *url = servers_postgres_start ();
	g_autoptr (CuriaStore) store = open_store (url);
	GThread *threads[N_THREADS];
	Writing writings[N_THREADS];
	guint n_written = 0, n_refused = 0;
	gint stop = FALSE;

	for (guint i = 0; i < N_THREADS; i++) {
		writings[i] = (Writing) { store, g_ptr_array_new_with_free_func (g_free), 0, &stop };
		threads[i] = g_thread_new ("write", write_until_told, &writings[i]);
	}
	for (guint i = 0; i < N_RESTARTS; i++) {
		g_usleep (500 * 1000);
		servers_postgres_restart ();
		wait_until_healthy (store, 10000);
	}
	g_usleep (200 * 1000);
	g_atomic_int_set (&stop, TRUE);
	for (guint i = 0; i < N_THREADS; i++)
		g_thread_join (threads[i]);
	for (guint i = 0; i < N_THREADS; i++) {
		assert_has_all (store, writings[i].codes);
		n_written += writings[i].codes->len;
		n_refused += writings[i].n_refused;
		g_ptr_array_unref (writings[i].codes);
	}
	g_test_message ("%u written, %u refused, %d restarts", n_written, n_refused, N_RESTARTS);
	g_assert_cmpuint (n_written, >, 100);
	g_assert_cmpuint (n_refused, >, 0);
}

/* Every connection is cut, again and again: what reads or writes right then fails, the next does not. */
static void
test_terminated (void)
{
	g_autofree char *url = servers_postgres_start ();
	g_autoptr (CuriaStore) store = open_store (url);
	PGconn *conn = connect_to (url);

	for (int i = 0; i < 5; i++) {
		g_autoptr (CuriaMeeting) meeting = curia_meeting_new (), read = NULL;
		g_autoptr (GError) error = NULL;

		run_sql (conn, "SELECT pg_terminate_backend (pid, 5000) FROM pg_stat_activity"
			" WHERE datname = current_database () AND pid <> pg_backend_pid ()");
		g_assert_true (curia_store_meeting_create (store, meeting, &error));
		g_assert_no_error (error);
		read = curia_store_meeting_lookup (store, meeting->code, &error);
		g_assert_no_error (error);
	}
	PQfinish (conn);
}

static void
test_health (void)
{
	g_autofree char *url = servers_postgres_start ();
	g_autoptr (CuriaStore) store = open_store (url);
	g_autoptr (GError) error = NULL;

	g_assert_true (curia_store_healthy (store, NULL));
	servers_postgres_stop ();
	g_assert_false (curia_store_healthy (store, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
	servers_postgres_restart ();
	wait_until_healthy (store, 6000);
}

/* ---- locks ---- */

static CuriaStore *
open_impatient (const char *url, guint connections, gint64 statement_timeout_ms)
{
	CuriaStoreSettings settings = { connections, statement_timeout_ms, 30000 };
	g_autoptr (GError) error = NULL;
	CuriaStore *store = curia_store_open_with (url, &settings, &error);

	g_assert_no_error (error);
	return store;
}

static gpointer
hurry_soon (gpointer data)
{
	g_usleep (300 * 1000);
	curia_store_hurry (data);
	return NULL;
}

/* What would have waited for half a minute fails within seconds, and what comes after it at once. */
static void
test_hurry (void)
{
	g_autofree char *url = servers_postgres_start ();
	g_autoptr (CuriaStore) store = open_impatient (url, 4, 30000);
	g_autoptr (CuriaMeeting) meeting = curia_meeting_new ();
	g_autoptr (GError) error = NULL, again = NULL;
	PGconn *conn = connect_to (url);
	GThread *hurrier;
	gint64 began_us = curia_clock_us ();

	run_sql (conn, "BEGIN; LOCK TABLE meetings IN ACCESS EXCLUSIVE MODE");
	hurrier = g_thread_new ("hurry", hurry_soon, store);
	g_assert_false (curia_store_meeting_create (store, meeting, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
	g_assert_cmpint (curia_clock_us () - began_us, <, 8 * G_USEC_PER_SEC);
	g_thread_join (hurrier);
	began_us = curia_clock_us ();
	g_assert_false (curia_store_meeting_create (store, meeting, &again));
	g_assert_error (again, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
	g_assert_cmpint (curia_clock_us () - began_us, <, G_USEC_PER_SEC);
	PQfinish (conn);
}

static void
test_statement_timeout (void)
{
	g_autofree char *url = servers_postgres_start ();
	g_autoptr (CuriaStore) store = open_impatient (url, 4, 500);
	g_autoptr (CuriaMeeting) lost = curia_meeting_new (), kept = curia_meeting_new ();
	g_autoptr (GError) write_error = NULL, read_error = NULL, error = NULL;
	PGconn *conn = connect_to (url);

	run_sql (conn, "BEGIN; LOCK TABLE meetings IN ACCESS EXCLUSIVE MODE");
	g_assert_false (curia_store_meeting_create (store, lost, &write_error));
	g_assert_error (write_error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
	g_assert_cmpstr (write_error->message, ==, "the store took too long");
	g_assert_null (curia_store_meeting_lookup (store, lost->code, &read_error));
	g_assert_error (read_error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE);
	run_sql (conn, "ROLLBACK");
	g_assert_true (curia_store_meeting_create (store, kept, &error));
	g_assert_no_error (error);
	g_assert_null (curia_store_meeting_lookup (store, lost->code, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_NO_SUCH_MEETING);
	PQfinish (conn);
}

static gpointer
look_up (gpointer data)
{
	g_autoptr (GError) error = NULL;

	g_assert_null (curia_store_meeting_lookup (data, "aaaa-bbbb-cccc", &error));
	return g_steal_pointer (&error);
}

/* One connection to read with, and it is in use: the others wait for 5 s and no longer. */
static void
test_readers_are_bounded (void)
{
	enum { N = 6 };
	g_autofree char *url = servers_postgres_start ();
	g_autoptr (CuriaStore) store = open_impatient (url, 1, 7000);
	PGconn *conn = connect_to (url);
	GThread *threads[N];
	guint n_overloaded = 0;

	run_sql (conn, "BEGIN; LOCK TABLE meetings IN ACCESS EXCLUSIVE MODE");
	for (guint i = 0; i < N; i++)
		threads[i] = g_thread_new ("read", look_up, store);
	for (guint i = 0; i < N; i++) {
		g_autoptr (GError) error = g_thread_join (threads[i]);

		n_overloaded += g_error_matches (error, CURIA_ERROR, CURIA_ERROR_OVERLOADED);
	}
	g_assert_cmpuint (n_overloaded, ==, N - 1);
	PQfinish (conn);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/store-postgres/waits-for-server", test_waits_for_server);
	g_test_add_func ("/store-postgres/refusals", test_refusals);
	g_test_add_func ("/store-postgres/tls", test_tls);
	g_test_add_func ("/store-postgres/restarts-while-writing", test_restarts_while_writing);
	g_test_add_func ("/store-postgres/terminated", test_terminated);
	g_test_add_func ("/store-postgres/health", test_health);
	g_test_add_func ("/store-postgres/hurry", test_hurry);
	g_test_add_func ("/store-postgres/statement-timeout", test_statement_timeout);
	g_test_add_func ("/store-postgres/readers-are-bounded", test_readers_are_bounded);
	return g_test_run ();
}
