#include "curia-store-sessions.h"

#include "curia-error.h"
#include "curia-store-accounts-private.h"
#include "curia-store-private.h"

#define SESSION_COLUMNS "id, account, secret, generation, created_ms, used_ms, expires_ms, address, agent"

void
curia_session_free (CuriaSession *self)
{
	if (self == NULL)
		return;
	g_free (self->id);
	g_free (self->account);
	g_free (self->secret);
	g_free (self->address);
	g_free (self->agent);
	g_free (self);
}

static void
add_session (const SqlValue *cells, guint n, gpointer sessions)
{
	CuriaSession *session = g_new (CuriaSession, 1);

	(void) n;
	*session = (CuriaSession) {
		.id = g_strdup (cells[0].text),
		.account = g_strdup (cells[1].text),
		.secret = g_strdup (cells[2].text),
		.generation = cells[3].number,
		.created_ms = cells[4].number,
		.used_ms = cells[5].number,
		.expires_ms = cells[6].number,
		.address = g_strdup (cells[7].text),
		.agent = g_strdup (cells[8].text),
	};
	g_ptr_array_add (sessions, session);
}

static GPtrArray *
sessions_new (void)
{
	return g_ptr_array_new_with_free_func ((GDestroyNotify) curia_session_free);
}

static gboolean
ended (GError **error)
{
	return curia_throw (error, CURIA_ERROR_SESSION_ENDED, "the session has ended: sign in again");
}

/* ---- signing in ---- */

/* What has run out, here and then: where nobody signs in nothing grows either. */
static gboolean
expire (Sql *sql, gint64 now_ms, GError **error)
{
	return SQL_RUN (sql, "DELETE FROM sessions WHERE expires_ms <= $1", NULL, NULL, error, sql_int (now_ms))
		&& SQL_RUN (sql, "DELETE FROM one_time_links WHERE expires_ms <= $1", NULL, NULL, error, sql_int (now_ms));
}

static gboolean
create (Sql *sql, gpointer data, GError **error)
{
	const CuriaSession *session = data;
	guint n = 0;

	if (!SQL_RUN (sql, "UPDATE accounts SET signed_in_ms = $2 WHERE id = $1 AND state = 'active' RETURNING id", sql_count_row, &n,
			error, sql_text (session->account), sql_int (session->created_ms)))
		return FALSE;
	if (n == 0)
		return ended (error);
	return expire (sql, session->created_ms, error)
		&& SQL_RUN (sql, "INSERT INTO sessions (" SESSION_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", NULL, NULL, error,
			   sql_text (session->id), sql_text (session->account), sql_text (session->secret), sql_int (session->generation),
			   sql_int (session->created_ms), sql_int (session->used_ms), sql_int (session->expires_ms),
			   sql_text (session->address), sql_text (session->agent))
		&& SQL_RUN (sql,
			"DELETE FROM sessions WHERE account = $1 AND id NOT IN"
			" (SELECT id FROM sessions WHERE account = $1 ORDER BY used_ms DESC, id DESC LIMIT $2)",
			NULL, NULL, error, sql_text (session->account), sql_int (CURIA_SESSIONS_MAX));
}

gboolean
curia_store_session_create (CuriaStore *self, const CuriaSession *session, GError **error)
{
	return database_write (self->database, create, (gpointer) session, error);
}

/* ---- refreshing ---- */

typedef struct {
	const CuriaRefresh *refresh;
	GPtrArray *found;
	gboolean reused; /* there was such a session, but of another generation */
} Refreshing;

static gboolean
select_account (Sql *sql, const char *session, gint64 now_ms, GPtrArray *found, GError **error)
{
	return SQL_RUN (sql,
		"SELECT " ACCOUNT_COLUMNS " FROM accounts WHERE state = 'active'"
		" AND id = (SELECT account FROM sessions WHERE id = $1 AND expires_ms > $2)",
		account_add_row, found, error, sql_text (session), sql_int (now_ms));
}

/* One statement: of two who refresh with the same token at once, one is too late, on whichever node. */
static gboolean
count_up (Sql *sql, const CuriaRefresh *refresh, guint *n, GError **error)
{
	return SQL_RUN (sql,
		"UPDATE sessions SET generation = generation + 1, used_ms = $4, expires_ms = $5, address = $6, agent = $7"
		" WHERE id = $1 AND secret = $2 AND generation = $3 AND expires_ms > $4 RETURNING id",
		sql_count_row, n, error, sql_text (refresh->id), sql_text (refresh->secret), sql_int (refresh->generation),
		sql_int (refresh->now_ms), sql_int (refresh->expires_ms), sql_text (refresh->address), sql_text (refresh->agent));
}

/* That the session goes is to be kept, so it is no failure here. */
static gboolean
refresh (Sql *sql, gpointer data, GError **error)
{
	Refreshing *self = data;
	const CuriaRefresh *refresh = self->refresh;
	guint n = 0, lost = 0;

	g_ptr_array_set_size (self->found, 0);
	if (!count_up (sql, refresh, &n, error))
		return FALSE;
	if (n == 1)
		return select_account (sql, refresh->id, refresh->now_ms, self->found, error);
	if (!SQL_RUN (sql, "DELETE FROM sessions WHERE id = $1 AND secret = $2 RETURNING id", sql_count_row, &lost, error,
			sql_text (refresh->id), sql_text (refresh->secret)))
		return FALSE;
	self->reused = lost > 0;
	return TRUE;
}

CuriaAccount *
curia_store_session_refresh (CuriaStore *self, const CuriaRefresh *ask, gboolean *reused, GError **error)
{
	g_autoptr (GPtrArray) found = accounts_new ();
	Refreshing refreshing = { .refresh = ask, .found = found };

	*reused = FALSE;
	if (!database_write (self->database, refresh, &refreshing, error))
		return NULL;
	*reused = refreshing.reused;
	if (found->len == 0) {
		ended (error);
		return NULL;
	}
	return g_ptr_array_steal_index (found, 0);
}

typedef struct {
	const char *account, *id;
	gint64 now_ms;
	GPtrArray *found;
	guint n;
} Query;

static gboolean
account_of (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	return select_account (sql, query->id, query->now_ms, query->found, error);
}

CuriaAccount *
curia_store_session_account (CuriaStore *self, const char *id, gint64 now_ms, GError **error)
{
	g_autoptr (GPtrArray) found = accounts_new ();

	if (!database_read (self->database, account_of, &(Query) { .id = id, .now_ms = now_ms, .found = found }, error))
		return NULL;
	if (found->len == 0) {
		ended (error);
		return NULL;
	}
	return g_ptr_array_steal_index (found, 0);
}

/* ---- the end ---- */

static gboolean
end (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	query->n = 0;
	return SQL_RUN (sql, "DELETE FROM sessions WHERE account = $1 AND (id = $2 OR $2 = '') RETURNING id", sql_count_row, &query->n,
		error, sql_text (query->account), sql_text (query->id != NULL ? query->id : ""));
}

gboolean
curia_store_session_end (CuriaStore *self, const char *account, const char *id, guint *n, GError **error)
{
	Query query = { .account = account, .id = id };
	gboolean done = database_write (self->database, end, &query, error);

	*n = query.n;
	return done;
}

static gboolean
list (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	return SQL_RUN (sql,
		"SELECT " SESSION_COLUMNS " FROM sessions WHERE account = $1 AND expires_ms > $2 ORDER BY used_ms DESC, id", add_session,
		query->found, error, sql_text (query->account), sql_int (query->now_ms));
}

GPtrArray *
curia_store_session_list (CuriaStore *self, const char *account, gint64 now_ms, GError **error)
{
	g_autoptr (GPtrArray) found = sessions_new ();

	if (!database_read (self->database, list, &(Query) { .account = account, .now_ms = now_ms, .found = found }, error))
		return NULL;
	return g_steal_pointer (&found);
}
