/* Calls and who was in them. */
#include "curia-store-history.h"

#include <jansson.h>
#include <string.h>
#include "curia-error.h"
#include "curia-fields.h"
#include "curia-store-private.h"

/* ---- calls ---- */

#define CALL_COLUMNS \
	"id, meeting, code, title, node, end_reason, started_ms, ended_ms, last_ms, join_failures," \
	" (SELECT COUNT (DISTINCT identity) FROM participations WHERE participations.call_id = calls.id)"
#define NEWEST " ORDER BY started_ms DESC, id DESC LIMIT $3"
#define MATCHES " AND (LOWER (title) LIKE $4 ESCAPE '\\' OR code LIKE $4 ESCAPE '\\')"

static void
add_call (const SqlValue *cells, guint n, gpointer data)
{
	CuriaCall *call = g_new (CuriaCall, 1);

	(void) n;
	*call = (CuriaCall) {
		.id = g_strdup (cells[0].text),
		.meeting = g_strdup (cells[1].text),
		.code = g_strdup (cells[2].text),
		.title = g_strdup (cells[3].text),
		.node = g_strdup (cells[4].text),
		.end_reason = g_strdup (cells[5].text),
		.started_ms = cells[6].number,
		.ended_ms = cells[7].number,
		.last_ms = cells[8].number,
		.join_failures = (int) cells[9].number,
		.people = (int) cells[10].number,
	};
	g_ptr_array_add (data, call);
}

typedef struct {
	const char *code, *id;
	char *pattern;
	gint64 before_ms;
	const char *before_id;
	int limit;
	GPtrArray *found;
} Query;

/* One statement for each combination, so that each has its index. */
static gboolean
select_calls (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;
	SqlValue args[] = { sql_int (query->before_ms), sql_text (query->before_id), sql_int (query->limit),
		sql_text (query->pattern != NULL ? query->pattern : query->code), sql_text (query->code) };
	const char *statement;
	guint n = 3 + (query->pattern != NULL) + (query->code != NULL);

	g_ptr_array_set_size (query->found, 0);
	if (query->pattern == NULL)
		statement = query->code == NULL
			? "SELECT " CALL_COLUMNS " FROM calls WHERE (started_ms, id) < ($1, $2)" NEWEST
			: "SELECT " CALL_COLUMNS " FROM calls WHERE (started_ms, id) < ($1, $2) AND code = $4" NEWEST;
	else
		statement = query->code == NULL
			? "SELECT " CALL_COLUMNS " FROM calls WHERE (started_ms, id) < ($1, $2)" MATCHES NEWEST
			: "SELECT " CALL_COLUMNS " FROM calls WHERE (started_ms, id) < ($1, $2)" MATCHES " AND code = $5" NEWEST;
	return sql->driver->run (sql, statement, args, n, add_call, query->found, error);
}

static gboolean
select_call (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	g_ptr_array_set_size (query->found, 0);
	return SQL_RUN (sql, "SELECT " CALL_COLUMNS " FROM calls WHERE id = $1", add_call, query->found, error,
		sql_text (query->id));
}

static GPtrArray *
calls_new (void)
{
	return g_ptr_array_new_with_free_func ((GDestroyNotify) curia_call_free);
}

/* "%part%", with what LIKE would take for more than a letter escaped. */
static char *
pattern_of (const char *search)
{
	g_autofree char *lower = g_utf8_strdown (search, -1);
	g_autoptr (GString) pattern = g_string_new ("%");

	for (const char *at = lower; *at != '\0'; at++) {
		if (strchr ("%_\\", *at) != NULL)
			g_string_append_c (pattern, '\\');
		g_string_append_c (pattern, *at);
	}
	g_string_append_c (pattern, '%');
	return g_strdup (pattern->str);
}

GPtrArray *
curia_store_call_list (CuriaStore *self, const CuriaCallQuery *asked, char **next_cursor, GError **error)
{
	g_autoptr (GPtrArray) found = calls_new ();
	g_autofree char *pattern = asked->search != NULL ? pattern_of (asked->search) : NULL;
	Query query = { .code = asked->code, .pattern = pattern, .limit = asked->limit + 1, .found = found };

	*next_cursor = NULL;
	if (asked->limit < 1 || asked->limit > CURIA_HISTORY_MAX_CALLS) {
		curia_throw (error, CURIA_ERROR_INVALID_FIELD, "limit must be 1 to %d, not %d", CURIA_HISTORY_MAX_CALLS, asked->limit);
		return NULL;
	}
	if (!store_cursor_parse (asked->cursor, &query.before_ms, &query.before_id, error) ||
		!database_read (self->database, select_calls, &query, error))
		return NULL;
	if (found->len > (guint) asked->limit) {
		g_ptr_array_set_size (found, asked->limit);
		const CuriaCall *last = found->pdata[asked->limit - 1];
		*next_cursor = store_cursor_of (last->started_ms, last->id);
	}
	return g_steal_pointer (&found);
}

CuriaCall *
curia_store_call_lookup (CuriaStore *self, const char *id, GError **error)
{
	g_autoptr (GPtrArray) found = calls_new ();

	if (!database_read (self->database, select_call, &(Query) { .id = id, .found = found }, error))
		return NULL;
	if (found->len == 0) {
		curia_throw (error, CURIA_ERROR_NOT_FOUND, "There is no call %.40s", id);
		return NULL;
	}
	return g_ptr_array_steal_index (found, 0);
}

/* ---- participations ---- */

static void
add_participation (const SqlValue *cells, guint n, gpointer data)
{
	CuriaParticipation *participation = g_new (CuriaParticipation, 1);

	(void) n;
	*participation = (CuriaParticipation) {
		.id = g_strdup (cells[0].text),
		.participant = g_strdup (cells[1].text),
		.identity = g_strdup (cells[2].text),
		.name = g_strdup (cells[3].text),
		.role = g_strdup (cells[4].text),
		.leave_reason = g_strdup (cells[5].text),
		.joined_ms = cells[6].number,
		.left_ms = cells[7].number,
		.join_ms = cells[8].number,
		.spoke_ms = cells[9].number,
		.reconnects = (int) cells[10].number,
	};
	g_ptr_array_add (data, participation);
}

static gboolean
select_participations (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	g_ptr_array_set_size (query->found, 0);
	return SQL_RUN (sql,
		"SELECT id, participant, identity, name, role, leave_reason, joined_ms, left_ms, join_ms, spoke_ms, reconnects"
		" FROM participations WHERE call_id = $1 ORDER BY joined_ms, id LIMIT $2",
		add_participation, query->found, error, sql_text (query->id), sql_int (query->limit));
}

GPtrArray *
curia_store_call_participations (CuriaStore *self, const char *call_id, GError **error)
{
	g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_participation_free);
	Query query = { .id = call_id, .limit = CURIA_HISTORY_MAX_PARTICIPATIONS, .found = found };

	return database_read (self->database, select_participations, &query, error) ? g_steal_pointer (&found) : NULL;
}

/* ---- who could not get in ---- */

static void
add_failure (const SqlValue *cells, guint n, gpointer data)
{
	json_auto_t *fields = json_loads (cells[1].text, 0, NULL);
	CuriaJoinFailure *failure = g_new (CuriaJoinFailure, 1);

	(void) n;
	*failure = (CuriaJoinFailure) {
		.time_ms = cells[0].number,
		.identity = g_strdup (curia_json_string (fields, "identity", "")),
		.error = g_strdup (curia_json_string (fields, "error", "")),
		.detail = g_strdup (curia_json_string (fields, "detail", "")),
	};
	g_ptr_array_add (data, failure);
}

typedef struct {
	const CuriaCall *call;
	GPtrArray *found;
} Failures;

static gboolean
select_failures (Sql *sql, gpointer data, GError **error)
{
	Failures *query = data;

	g_ptr_array_set_size (query->found, 0);
	return SQL_RUN (sql,
		"SELECT time_ms, data FROM events WHERE meeting = $1 AND call_id = $2 AND type = 'join_failed'"
		" ORDER BY seq DESC LIMIT $3",
		add_failure, query->found, error, sql_text (query->call->meeting), sql_text (query->call->id),
		sql_int (CURIA_HISTORY_MAX_FAILURES));
}

GPtrArray *
curia_store_call_failures (CuriaStore *self, const CuriaCall *call, GError **error)
{
	g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_join_failure_free);

	return database_read (self->database, select_failures, &(Failures) { call, found }, error) ? g_steal_pointer (&found) : NULL;
}
