/* The events as they were numbered, for who follows them. */
#include "curia-error.h"
#include "curia-store-history.h"
#include "curia-store-private.h"

#define EVENT_COLUMNS "seq, time_ms, id, type, meeting, call_id, data"

typedef struct {
	const char *meeting;
	gint64 after;
	int limit;
	GPtrArray *found;
} Query;

static void
add_event (const SqlValue *cells, guint n, gpointer data)
{
	CuriaEvent *event = g_new (CuriaEvent, 1);

	(void) n;
	*event = (CuriaEvent) {
		.seq = cells[0].number,
		.time_ms = cells[1].number,
		.id = g_strdup (cells[2].text),
		.type = g_strdup (cells[3].text),
		.meeting = g_strdup (cells[4].text),
		.call = g_strdup (cells[5].text),
		.data = g_strdup (cells[6].text),
	};
	g_ptr_array_add (data, event);
}

static gboolean
select_after (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	g_ptr_array_set_size (query->found, 0);
	if (query->meeting == NULL)
		return SQL_RUN (sql, "SELECT " EVENT_COLUMNS " FROM events WHERE seq > $1 ORDER BY seq LIMIT $2", add_event,
			query->found, error, sql_int (query->after), sql_int (query->limit));
	return SQL_RUN (sql, "SELECT " EVENT_COLUMNS " FROM events WHERE meeting = $3 AND seq > $1 ORDER BY seq LIMIT $2", add_event,
		query->found, error, sql_int (query->after), sql_int (query->limit), sql_text (query->meeting));
}

GPtrArray *
curia_store_events_after (CuriaStore *self, const char *meeting, gint64 after, int limit, GError **error)
{
	g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_event_free);
	Query query = { meeting, after, MIN (limit, CURIA_HISTORY_MAX_EVENTS), found };

	return database_read (self->database, select_after, &query, error) ? g_steal_pointer (&found) : NULL;
}

typedef struct {
	gint64 first, last;
} Range;

static void
read_range (const SqlValue *cells, guint n, gpointer data)
{
	(void) n;
	*(Range *) data = (Range) { cells[0].number, MAX (cells[1].number, cells[2].number) };
}

static gboolean
select_range (Sql *sql, gpointer data, GError **error)
{
	return SQL_RUN (sql,
		"SELECT COALESCE ((SELECT MIN (seq) FROM events), 0), COALESCE ((SELECT MAX (seq) FROM events), 0),"
		" COALESCE ((SELECT value FROM sequences WHERE name = $1), 0)",
		read_range, data, error, sql_text ("events"));
}

gboolean
curia_store_events_range (CuriaStore *self, gint64 *first, gint64 *last, GError **error)
{
	Range range = { 0 };
	gboolean ok = database_read (self->database, select_range, &range, error);

	*first = range.first;
	*last = range.last;
	return ok;
}
