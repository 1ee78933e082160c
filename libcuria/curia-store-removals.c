#include "curia-store-removals.h"

#include "curia-error.h"
#include "curia-store-private.h"

void
curia_removal_free (CuriaRemoval *self)
{
	if (self == NULL)
		return;
	g_free (self->meeting);
	g_free (self->identity);
	g_free (self->name);
	g_free (self->removed_by);
	g_free (self);
}

/* ---- writes ---- */

/* All nodes hear of a removal and each may write it: the newest counts, whatever the order. */
static gboolean
upsert (Sql *sql, gpointer data, GError **error)
{
	const CuriaRemoval *removal = data;

	return SQL_RUN (sql,
			"INSERT INTO removals (meeting, identity, name, removed_ms, banned, removed_by) VALUES ($1, $2, $3, $4, $5, $6)"
			" ON CONFLICT (meeting, identity) DO UPDATE SET name = excluded.name, removed_ms = excluded.removed_ms,"
			" banned = excluded.banned, removed_by = excluded.removed_by WHERE excluded.removed_ms > removals.removed_ms",
			NULL, NULL, error, sql_text (removal->meeting), sql_text (removal->identity), sql_text (removal->name),
			sql_int (removal->removed_ms), sql_int (removal->banned), sql_text (removal->removed_by))
		&& SQL_RUN (sql,
			"DELETE FROM removals WHERE meeting = $1 AND identity IN (SELECT identity FROM removals WHERE meeting = $1"
			" ORDER BY removed_ms DESC, identity LIMIT 1000 OFFSET $2)",
			NULL, NULL, error, sql_text (removal->meeting), sql_int (CURIA_REMOVALS_MAX));
}

typedef struct {
	const char *meeting, *identity;
	GPtrArray *found;
} Query;

static gboolean
delete_removal (Sql *sql, gpointer data, GError **error)
{
	const Query *query = data;
	guint n = 0;

	if (!SQL_RUN (sql, "DELETE FROM removals WHERE meeting = $1 AND identity = $2 RETURNING identity", sql_count_row, &n, error,
			sql_text (query->meeting), sql_text (query->identity)))
		return FALSE;
	return n == 1 || curia_throw (error, CURIA_ERROR_NOT_FOUND, "nobody of this identity was removed from the meeting");
}

gboolean
curia_store_removal_add (CuriaStore *self, const CuriaRemoval *removal, GError **error)
{
	return database_write (self->database, upsert, (gpointer) removal, error);
}

gboolean
curia_store_removal_forget (CuriaStore *self, const char *meeting_id, const char *identity, GError **error)
{
	return database_write (self->database, delete_removal, &(Query) { meeting_id, identity, NULL }, error);
}

/* ---- reads ---- */

#define COLUMNS "meeting, identity, name, removed_ms, banned, removed_by"

static void
add_removal (const SqlValue *cells, guint n, gpointer data)
{
	CuriaRemoval *removal = g_new (CuriaRemoval, 1);

	(void) n;
	*removal = (CuriaRemoval) {
		.meeting = g_strdup (cells[0].text),
		.identity = g_strdup (cells[1].text),
		.name = g_strdup (cells[2].text),
		.removed_ms = cells[3].number,
		.banned = cells[4].number != 0,
		.removed_by = g_strdup (cells[5].text),
	};
	g_ptr_array_add (data, removal);
}

static gboolean
select_removals (Sql *sql, gpointer data, GError **error)
{
	const Query *query = data;

	g_ptr_array_set_size (query->found, 0);
	if (query->identity != NULL)
		return SQL_RUN (sql, "SELECT " COLUMNS " FROM removals WHERE meeting = $1 AND identity = $2", add_removal, query->found,
			error, sql_text (query->meeting), sql_text (query->identity));
	return SQL_RUN (sql, "SELECT " COLUMNS " FROM removals WHERE meeting = $1 ORDER BY removed_ms DESC, identity LIMIT $2",
		add_removal, query->found, error, sql_text (query->meeting), sql_int (CURIA_REMOVALS_MAX));
}

static GPtrArray *
find (CuriaStore *self, const char *meeting_id, const char *identity, GError **error)
{
	g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_removal_free);

	if (!database_read (self->database, select_removals, &(Query) { meeting_id, identity, found }, error))
		return NULL;
	return g_steal_pointer (&found);
}

gboolean
curia_store_removal_check (CuriaStore *self, const char *meeting_id, const char *identity, gint64 issued_s, GError **error)
{
	g_autoptr (GPtrArray) found = find (self, meeting_id, identity, error);

	if (found == NULL)
		return FALSE;
	if (found->len == 0)
		return TRUE;
	const CuriaRemoval *removal = found->pdata[0];
	if (removal->banned)
		return curia_throw (error, CURIA_ERROR_REMOVED, "you were removed from this meeting and may not come back");
	return issued_s > removal->removed_ms / 1000 || curia_throw (error, CURIA_ERROR_REMOVED, "you were removed from this meeting");
}

GPtrArray *
curia_store_removal_list (CuriaStore *self, const char *meeting_id, GError **error)
{
	return find (self, meeting_id, NULL, error);
}
