#include "config.h"
#include "tests/ledger/look.h"

#include <string.h>
#include <glib.h>
#include <libpq-fe.h>
#include <sqlite3.h>

static void look_postgres (const char *url, const char *query, GString *out)
{
	PGconn *conn = PQconnectdb (url);

	if (PQstatus (conn) != CONNECTION_OK)
		g_error ("%s", PQerrorMessage (conn));
	PGresult *result = PQexec (conn, query);
	if (PQresultStatus (result) != PGRES_TUPLES_OK && PQresultStatus (result) != PGRES_COMMAND_OK)
		g_error ("%s: %s", query, PQerrorMessage (conn));
	for (int row = 0; row < PQntuples (result); row++)
		for (int column = 0; column < PQnfields (result); column++)
			g_string_append_printf (out, "%s%s", column > 0 ? "|" : row > 0 ? "\n" : "", PQgetvalue (result, row, column));
	PQclear (result);
	PQfinish (conn);
}

static void look_sqlite (const char *path, const char *query, GString *out)
{
	sqlite3 *db;
	sqlite3_stmt *statement;
	int code;

	g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
	sqlite3_busy_timeout (db, 10000);
	if (sqlite3_prepare_v2 (db, query, -1, &statement, NULL) != SQLITE_OK)
		g_error ("%s: %s", query, sqlite3_errmsg (db));
	for (int row = 0; (code = sqlite3_step (statement)) == SQLITE_ROW; row++)
		for (int column = 0; column < sqlite3_column_count (statement); column++) {
			const char *text = (const char *) sqlite3_column_text (statement, column);

			g_string_append_printf (out, "%s%s", column > 0 ? "|" : row > 0 ? "\n" : "", text != NULL ? text : "");
		}
	g_assert_cmpint (code, ==, SQLITE_DONE);
	sqlite3_finalize (statement);
	sqlite3_close (db);
}

char *look (const char *url, const char *query)
{
	GString *out = g_string_new (NULL);

	if (strncmp (url, "postgres", 8) == 0)
		look_postgres (url, query, out);
	else
		look_sqlite (url + strlen ("sqlite:"), query, out);
	return g_string_free (out, FALSE);
}

long long look_number (const char *url, const char *query)
{
	g_autofree char *text = look (url, query);

	return g_ascii_strtoll (text, NULL, 10);
}
