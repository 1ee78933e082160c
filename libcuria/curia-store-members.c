#include "curia-store-members.h"

#include "curia-error.h"
#include "curia-store-private.h"

void
curia_member_free (CuriaMember *self)
{
	if (self == NULL)
		return;
	g_free (self->account);
	g_free (self->email);
	g_free (self->name);
	g_free (self);
}

/* ---- writes ---- */

typedef struct {
	const char *meeting;
	CuriaMemberKey who;
	const char *role;
	gint64 now_ms;
	char *account; /* found */
} Set;

static void
take_text (const SqlValue *cells, guint n, gpointer data)
{
	char **text = data;

	(void) n;
	g_free (*text);
	*text = g_strdup (cells[0].text);
}

static gboolean
find_account (Sql *sql, Set *set, GError **error)
{
	g_autofree char *email = set->who.email != NULL ? g_utf8_strdown (set->who.email, -1) : NULL;

	g_clear_pointer (&set->account, g_free);
	if (!(set->who.account != NULL
			? SQL_RUN (sql, "SELECT id FROM accounts WHERE id = $1", take_text, &set->account, error, sql_text (set->who.account))
			: SQL_RUN (sql, "SELECT id FROM accounts WHERE email = $1", take_text, &set->account, error, sql_text (email))))
		return FALSE;
	return set->account != NULL || curia_throw (error, CURIA_ERROR_NOT_FOUND, "there is no such account");
}

static gboolean
set_member (Sql *sql, gpointer data, GError **error)
{
	Set *set = data;
	gint64 n = 0;

	if (!find_account (sql, set, error)
		|| !SQL_RUN (sql,
			"INSERT INTO members (meeting, account, role, added_ms) VALUES ($1, $2, $3, $4)"
			" ON CONFLICT (meeting, account) DO UPDATE SET role = excluded.role",
			NULL, NULL, error, sql_text (set->meeting), sql_text (set->account), sql_text (set->role), sql_int (set->now_ms))
		|| !SQL_RUN (sql, "SELECT COUNT (*) FROM members WHERE meeting = $1", sql_read_number, &n, error, sql_text (set->meeting)))
		return FALSE;
	return n <= CURIA_MEMBERS_MAX
		|| curia_throw (error, CURIA_ERROR_TOO_MANY, "the meeting has %d members already, which is the most", CURIA_MEMBERS_MAX);
}

gboolean
curia_store_member_set (CuriaStore *self, const char *meeting_id, CuriaMemberKey who, CuriaRole role, gint64 now_ms, char **account,
	GError **error)
{
	Set set = { meeting_id, who, curia_role_name (role), now_ms, NULL };
	gboolean done = database_write (self->database, set_member, &set, error);
	g_autofree char *found = set.account;

	if (done && account != NULL)
		*account = g_steal_pointer (&found);
	return done;
}

typedef struct {
	const char *meeting, *account;
	char *role;
	GPtrArray *found;
} Query;

static gboolean
delete_member (Sql *sql, gpointer data, GError **error)
{
	const Query *query = data;
	guint n = 0;

	if (!SQL_RUN (sql, "DELETE FROM members WHERE meeting = $1 AND account = $2 RETURNING account", sql_count_row, &n, error,
			sql_text (query->meeting), sql_text (query->account)))
		return FALSE;
	return n == 1 || curia_throw (error, CURIA_ERROR_NOT_FOUND, "this account is no member of the meeting");
}

gboolean
curia_store_member_remove (CuriaStore *self, const char *meeting_id, const char *account, GError **error)
{
	return database_write (self->database, delete_member, &(Query) { meeting_id, account, NULL, NULL }, error);
}

/* ---- reads ---- */

static gboolean
select_role (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	return SQL_RUN (sql, "SELECT role FROM members WHERE meeting = $1 AND account = $2", take_text, &query->role, error,
		sql_text (query->meeting), sql_text (query->account));
}

int
curia_store_member_role (CuriaStore *self, const char *meeting_id, const char *account, GError **error)
{
	Query query = { meeting_id, account, NULL, NULL };
	CuriaRole role;
	gboolean done = database_read (self->database, select_role, &query, error);
	g_autofree char *name = query.role;

	if (!done)
		return -2;
	return curia_role_parse (name, &role) ? (int) role : -1;
}

static void
add_member (const SqlValue *cells, guint n, gpointer data)
{
	CuriaMember *member = g_new0 (CuriaMember, 1);

	(void) n;
	member->account = g_strdup (cells[0].text);
	member->email = g_strdup (cells[1].text);
	member->name = g_strdup (cells[2].text);
	if (!curia_role_parse (cells[3].text, &member->role))
		member->role = CURIA_ROLE_VIEWER;
	member->added_ms = cells[4].number;
	g_ptr_array_add (data, member);
}

static gboolean
select_members (Sql *sql, gpointer data, GError **error)
{
	const Query *query = data;

	g_ptr_array_set_size (query->found, 0);
	return SQL_RUN (sql,
		"SELECT accounts.id, accounts.email, accounts.name, members.role, members.added_ms FROM members"
		" JOIN accounts ON accounts.id = members.account WHERE members.meeting = $1"
		" ORDER BY members.added_ms, members.account LIMIT $2",
		add_member, query->found, error, sql_text (query->meeting), sql_int (CURIA_MEMBERS_MAX));
}

GPtrArray *
curia_store_member_list (CuriaStore *self, const char *meeting_id, GError **error)
{
	g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_member_free);

	if (!database_read (self->database, select_members, &(Query) { meeting_id, NULL, NULL, found }, error))
		return NULL;
	return g_steal_pointer (&found);
}
