#include "curia-sql.h"

#include "curia-error.h"

gboolean
sql_check_args (const SqlValue *args, guint n_args, GError **error)
{
	g_assert (n_args <= SQL_MAX_ARGS);
	for (guint i = 0; i < n_args; i++)
		if (args[i].type == SQL_TEXT && !g_utf8_validate (args[i].text, -1, NULL))
			return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "text must be valid UTF-8");
	return TRUE;
}

void
sql_read_number (const SqlValue *cells, guint n, gpointer data)
{
	(void) n;
	*(gint64 *) data = cells[0].number;
}

void
sql_count_row (const SqlValue *cells, guint n, gpointer data)
{
	(void) cells, (void) n;
	++*(guint *) data;
}
