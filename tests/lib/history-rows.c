#include "history-rows.h"

#include <libpq-fe.h>
#include <sqlite3.h>
#include <string.h>

static void
run_postgres (const char *url, const char *statements)
{
	PGconn *connection = PQconnectdb (url);
	g_assert_cmpint (PQstatus (connection), ==, CONNECTION_OK);
	PGresult *result = PQexec (connection, statements);
	if (PQresultStatus (result) != PGRES_COMMAND_OK)
		g_error ("%s: %s", statements, PQresultErrorMessage (result));
	PQclear (result);
	PQfinish (connection);
}

static void
run_sqlite (const char *path, const char *statements)
{
	sqlite3 *connection;
	char *problem = NULL;
	g_assert_cmpint (sqlite3_open (path, &connection), ==, SQLITE_OK);
	sqlite3_busy_timeout (connection, 10000);
	if (sqlite3_exec (connection, statements, NULL, NULL, &problem) != SQLITE_OK)
		g_error ("%s: %s", statements, problem);
	sqlite3_close (connection);
}

void
rows_run (const char *url, const char *statements)
{
	if (g_str_has_prefix (url, "sqlite:"))
		run_sqlite (url + strlen ("sqlite:"), statements);
	else
		run_postgres (url, statements);
}

/* 'it''s'. Caller frees. */
static char *
quote (const char *text)
{
	g_auto (GStrv) parts = g_strsplit (text, "'", -1);
	g_autofree char *doubled = g_strjoinv ("''", parts);
	return g_strconcat ("'", doubled, "'", NULL);
}

#define NUMBER "%" G_GINT64_FORMAT

void
rows_call (const char *url, const char *id, const char *meeting, const char *code, const char *title, gint64 started_ms, gint64 ended_ms,
	int join_failures)
{
	g_autofree char *quoted = quote (title);
	g_autofree char *sql = g_strdup_printf ("INSERT INTO calls VALUES ('%s', '%s', '%s', %s, 'node-1', " NUMBER ", " NUMBER
		", '%s', " NUMBER ", %d)", id, meeting, code, quoted, started_ms, ended_ms, ended_ms ? "empty" : "",
		ended_ms ? ended_ms : started_ms, join_failures);
	rows_run (url, sql);
}

void
rows_participation (const char *url, const char *id, const char *call, const char *identity, const char *name, gint64 joined_ms,
	gint64 left_ms, gint64 join_ms, gint64 spoke_ms)
{
	g_autofree char *person = quote (identity), *shown = quote (name);
	g_autofree char *sql = g_strdup_printf ("INSERT INTO participations VALUES ('%s', '%s', 'MT_1', 'p1', %s, %s, 'participant', " NUMBER
		", " NUMBER ", '%s', " NUMBER ", " NUMBER ", 1)", id, call, person, shown, joined_ms, left_ms, left_ms ? "left" : "", join_ms,
		spoke_ms);
	rows_run (url, sql);
}

void
rows_sample (const char *url, const char *participation, const char *call, gint64 time_ms, const gint64 values[12])
{
	static int number;
	g_autoptr (GString) sql = g_string_new (NULL);
	g_string_printf (sql, "INSERT INTO quality_samples VALUES ('EV_sample%d', '%s', '%s', " NUMBER, ++number, participation, call, time_ms);
	for (int i = 0; i < 12; i++)
		g_string_append_printf (sql, ", " NUMBER, values[i]);
	g_string_append_c (sql, ')');
	rows_run (url, sql->str);
}

void
rows_event (const char *url, gint64 seq, const char *type, gint64 time_ms, const char *meeting, const char *call, const char *data)
{
	g_autofree char *quoted = quote (data);
	g_autofree char *sql = g_strdup_printf ("BEGIN;"
		"INSERT INTO sequences VALUES ('events', " NUMBER ") ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value;"
		"INSERT INTO events VALUES (" NUMBER ", 'EV_" NUMBER "', '%s', " NUMBER ", 'node-1', '%s', " NUMBER ", '%s', %s);"
		"COMMIT", seq, seq, seq, type, time_ms, meeting, seq, call, quoted);
	rows_run (url, sql);
}
