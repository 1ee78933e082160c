#include "curia-store-accounts.h"

#include <string.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-id.h"
#include "curia-store-accounts-private.h"
#include "curia-store-private.h"
#include "curia-text.h"

#define MAX_LIST 200

/* ---- the value ---- */

CuriaAccount *
curia_account_new (void)
{
	CuriaAccount *self = g_new (CuriaAccount, 1);

	*self = (CuriaAccount) {
		.id = curia_id_new ("AC_"),
		.email = g_strdup (""),
		.name = g_strdup (""),
		.password = g_strdup (""),
		.role = g_strdup ("user"),
		.state = g_strdup ("active"),
		.avatar = g_strdup (""),
		.language = g_strdup (""),
		.preferences = g_strdup ("{}"),
		.created_ms = curia_clock_wall_ms (),
	};
	return self;
}

void
curia_account_free (CuriaAccount *self)
{
	if (self == NULL)
		return;
	g_free (self->id);
	g_free (self->email);
	g_free (self->name);
	g_free (self->password);
	g_free (self->role);
	g_free (self->state);
	g_free (self->avatar);
	g_free (self->language);
	g_free (self->preferences);
	g_free (self);
}

gboolean
curia_account_is_admin (const CuriaAccount *self)
{
	return g_str_equal (self->role, "admin") && g_str_equal (self->state, "active");
}

static gboolean
is_address (const char *text)
{
	const char *at = strchr (text, '@');

	if (at == NULL || at == text || at[1] == '\0' || strchr (at + 1, '@') != NULL || strlen (text) > CURIA_EMAIL_MAX)
		return FALSE;
	for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c)) {
		gunichar letter = g_utf8_get_char (c);

		if (g_unichar_isspace (letter) || text_is_control (letter, FALSE) || strchr ("<>\"(),:;\\", *c) != NULL)
			return FALSE;
	}
	return TRUE;
}

char *
curia_account_email (const char *text)
{
	g_autofree char *small = NULL, *normal = NULL;

	if (text == NULL || strlen (text) > CURIA_EMAIL_MAX || !g_utf8_validate (text, -1, NULL))
		return NULL;
	small = g_utf8_strdown (text, -1);
	normal = g_utf8_normalize (g_strstrip (small), -1, G_NORMALIZE_NFC);
	return is_address (normal) ? g_steal_pointer (&normal) : NULL;
}

/* ---- rows ---- */

void
account_add_row (const SqlValue *cells, guint n, gpointer accounts)
{
	CuriaAccount *account = g_new (CuriaAccount, 1);

	(void) n;
	*account = (CuriaAccount) {
		.id = g_strdup (cells[0].text),
		.email = g_strdup (cells[1].text),
		.email_verified = cells[2].number != 0,
		.name = g_strdup (cells[3].text),
		.password = g_strdup (cells[4].text),
		.role = g_strdup (cells[5].text),
		.state = g_strdup (cells[6].text),
		.avatar = g_strdup (cells[7].text),
		.language = g_strdup (cells[8].text),
		.preferences = g_strdup (cells[9].text),
		.created_ms = cells[10].number,
		.signed_in_ms = cells[11].number,
	};
	g_ptr_array_add (accounts, account);
}

GPtrArray *
accounts_new (void)
{
	return g_ptr_array_new_with_free_func ((GDestroyNotify) curia_account_free);
}

CuriaAccount *
account_take_only (GPtrArray *accounts, GError **error)
{
	g_autoptr (GPtrArray) found = accounts;

	if (found->len == 0) {
		no_such_account (error);
		return NULL;
	}
	return g_ptr_array_steal_index (found, 0);
}

gboolean
no_such_account (GError **error)
{
	return curia_throw (error, CURIA_ERROR_NOT_FOUND, "there is no such account");
}

/* ---- writes, in a transaction ---- */

gboolean
account_insert (Sql *sql, const CuriaAccount *account, GError **error)
{
	guint n = 0;

	if (!SQL_RUN (sql,
			"INSERT INTO accounts (" ACCOUNT_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
			" ON CONFLICT DO NOTHING RETURNING id",
			sql_count_row, &n, error, sql_text (account->id), sql_text (account->email), sql_int (account->email_verified),
			sql_text (account->name), sql_text (account->password), sql_text (account->role), sql_text (account->state),
			sql_text (account->avatar), sql_text (account->language), sql_text (account->preferences),
			sql_int (account->created_ms), sql_int (account->signed_in_ms)))
		return FALSE;
	return n == 1 || curia_throw (error, CURIA_ERROR_ACCOUNT_EXISTS, "there is an account of this e-mail address already");
}

gboolean
account_end_sessions (Sql *sql, const char *account, const char *but, GError **error)
{
	return SQL_RUN (sql, "DELETE FROM sessions WHERE account = $1 AND id <> $2", NULL, NULL, error, sql_text (account),
		sql_text (but != NULL ? but : ""));
}

gboolean
account_count_admins (Sql *sql, gint64 *n, GError **error)
{
	*n = 0;
	return SQL_RUN (sql, "SELECT COUNT (*) FROM accounts WHERE role = $1 AND state = 'active'", sql_read_number, n, error,
		sql_text ("admin"));
}

static gboolean
end_links (Sql *sql, const char *account, GError **error)
{
	return SQL_RUN (sql, "DELETE FROM one_time_links WHERE account = $1", NULL, NULL, error, sql_text (account));
}

gboolean
account_store_password (Sql *sql, const char *id, const char *password, const char *but, GError **error)
{
	guint n = 0;

	if (!SQL_RUN (sql, "UPDATE accounts SET password = $2 WHERE id = $1 RETURNING id", sql_count_row, &n, error, sql_text (id),
			sql_text (password)))
		return FALSE;
	return n == 1 ? end_links (sql, id, error) && account_end_sessions (sql, id, but, error) : no_such_account (error);
}

/* After a change that may have taken the last one away: then nothing has changed. Two such changes at once on two nodes must see
 * each other, so admins' rows are locked first by writing to them. */
static gboolean
lock_admins (Sql *sql, GError **error)
{
	return SQL_RUN (sql, "UPDATE accounts SET role = role WHERE role = $1", NULL, NULL, error, sql_text ("admin"));
}

static gboolean
check_admin_left (Sql *sql, gboolean was_admin, GError **error)
{
	gint64 n;

	if (!was_admin)
		return TRUE;
	return account_count_admins (sql, &n, error)
		&& (n > 0 || curia_throw (error, CURIA_ERROR_FORBIDDEN, "this is the last administrator"));
}

/* Whether the account is an active admin; NOT_FOUND. */
static gboolean
read_admin (Sql *sql, const char *id, gboolean *admin, GError **error)
{
	g_autoptr (GPtrArray) found = accounts_new ();
	g_autoptr (CuriaAccount) account = NULL;

	if (!lock_admins (sql, error)
		|| !SQL_RUN (sql, "SELECT " ACCOUNT_COLUMNS " FROM accounts WHERE id = $1", account_add_row, found, error, sql_text (id)))
		return FALSE;
	account = account_take_only (g_steal_pointer (&found), error);
	*admin = account != NULL && curia_account_is_admin (account);
	return account != NULL;
}

typedef struct {
	const char *id, *role, *state, *password, *but, *old;
} Change;

static gboolean
set_role (Sql *sql, gpointer data, GError **error)
{
	const Change *change = data;
	gboolean was_admin;

	return read_admin (sql, change->id, &was_admin, error)
		&& SQL_RUN (sql, "UPDATE accounts SET role = $2, state = $3 WHERE id = $1", NULL, NULL, error, sql_text (change->id),
			sql_text (change->role), sql_text (change->state))
		&& check_admin_left (sql, was_admin, error)
		&& (g_str_equal (change->state, "active") || account_end_sessions (sql, change->id, NULL, error));
}

static gboolean
delete_account (Sql *sql, gpointer data, GError **error)
{
	static const char *const statements[] = {
		"DELETE FROM sessions WHERE account = $1", "DELETE FROM one_time_links WHERE account = $1",
		"DELETE FROM account_identities WHERE account = $1", "DELETE FROM members WHERE account = $1",
		"UPDATE meetings SET owner = '' WHERE owner = $1", "DELETE FROM accounts WHERE id = $1",
	};
	const char *id = data;
	gboolean was_admin;

	if (!read_admin (sql, id, &was_admin, error))
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS (statements); i++)
		if (!SQL_RUN (sql, statements[i], NULL, NULL, error, sql_text (id)))
			return FALSE;
	return check_admin_left (sql, was_admin, error);
}

static gboolean
create (Sql *sql, gpointer data, GError **error)
{
	return account_insert (sql, data, error);
}

static gboolean
update (Sql *sql, gpointer data, GError **error)
{
	const CuriaAccount *account = data;
	guint n = 0;

	if (!SQL_RUN (sql,
			"UPDATE accounts SET name = $2, avatar = $3, language = $4, preferences = $5, email_verified = $6 WHERE id = $1"
			" RETURNING id",
			sql_count_row, &n, error, sql_text (account->id), sql_text (account->name), sql_text (account->avatar),
			sql_text (account->language), sql_text (account->preferences), sql_int (account->email_verified)))
		return FALSE;
	return n == 1 || no_such_account (error);
}

static gboolean
set_password (Sql *sql, gpointer data, GError **error)
{
	const Change *change = data;

	return account_store_password (sql, change->id, change->password, change->but, error);
}

static gboolean
rehash (Sql *sql, gpointer data, GError **error)
{
	const Change *change = data;

	return SQL_RUN (sql, "UPDATE accounts SET password = $3 WHERE id = $1 AND password = $2", NULL, NULL, error,
		sql_text (change->id), sql_text (change->old), sql_text (change->password));
}

/* ---- writes ---- */

gboolean
curia_store_account_create (CuriaStore *self, const CuriaAccount *account, GError **error)
{
	return database_write (self->database, create, (gpointer) account, error);
}

gboolean
curia_store_account_update (CuriaStore *self, const CuriaAccount *account, GError **error)
{
	return database_write (self->database, update, (gpointer) account, error);
}

gboolean
curia_store_account_set_password (CuriaStore *self, const char *id, const char *password, const char *but, GError **error)
{
	return database_write (self->database, set_password, &(Change) { .id = id, .password = password, .but = but }, error);
}

gboolean
curia_store_account_rehash (CuriaStore *self, const char *id, const char *old, const char *password, GError **error)
{
	return database_write (self->database, rehash, &(Change) { .id = id, .old = old, .password = password }, error);
}

gboolean
curia_store_account_set_role (CuriaStore *self, const char *id, const char *role, const char *state, GError **error)
{
	return database_write (self->database, set_role, &(Change) { .id = id, .role = role, .state = state }, error);
}

gboolean
curia_store_account_delete (CuriaStore *self, const char *id, GError **error)
{
	return database_write (self->database, delete_account, (gpointer) id, error);
}

/* ---- reads ---- */

typedef struct {
	const char *value, *before_id;
	gint64 before_ms, limit;
	GPtrArray *found;
} Query;

static gboolean
by_id (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	return SQL_RUN (sql, "SELECT " ACCOUNT_COLUMNS " FROM accounts WHERE id = $1", account_add_row, query->found, error,
		sql_text (query->value));
}

static gboolean
by_email (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	return SQL_RUN (sql, "SELECT " ACCOUNT_COLUMNS " FROM accounts WHERE email = $1", account_add_row, query->found, error,
		sql_text (query->value));
}

static gboolean
a_page (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	return SQL_RUN (sql,
		"SELECT " ACCOUNT_COLUMNS " FROM accounts"
		" WHERE (created_ms < $1 OR (created_ms = $1 AND id < $2))"
		" AND (email LIKE $3 ESCAPE '!' OR LOWER (name) LIKE $3 ESCAPE '!')"
		" ORDER BY created_ms DESC, id DESC LIMIT $4",
		account_add_row, query->found, error, sql_int (query->before_ms), sql_text (query->before_id), sql_text (query->value),
		sql_int (query->limit));
}

static gboolean
count_admins (Sql *sql, gpointer data, GError **error)
{
	return account_count_admins (sql, data, error);
}

static CuriaAccount *
lookup (CuriaStore *self, SqlWork work, const char *value, GError **error)
{
	g_autoptr (GPtrArray) found = accounts_new ();

	if (!database_read (self->database, work, &(Query) { .value = value, .found = found }, error))
		return NULL;
	return account_take_only (g_steal_pointer (&found), error);
}

CuriaAccount *
curia_store_account_lookup (CuriaStore *self, const char *id, GError **error)
{
	return lookup (self, by_id, id, error);
}

CuriaAccount *
curia_store_account_lookup_email (CuriaStore *self, const char *email, GError **error)
{
	return lookup (self, by_email, email, error);
}

/* "50%" -> "%50!%%": what somebody looks for is no pattern. Caller frees. */
static char *
pattern_of (const char *text)
{
	g_autofree char *small = g_utf8_strdown (text != NULL ? text : "", -1);
	GString *pattern = g_string_new ("%");

	for (const char *at = small; *at != '\0'; at++) {
		if (strchr ("%_!", *at) != NULL)
			g_string_append_c (pattern, '!');
		g_string_append_c (pattern, *at);
	}
	return g_string_free (g_string_append_c (pattern, '%'), FALSE);
}

GPtrArray *
curia_store_account_list (CuriaStore *self, const char *text, int limit, const char *cursor, char **next_cursor, GError **error)
{
	g_autoptr (GPtrArray) found = accounts_new ();
	g_autofree char *pattern = pattern_of (text);
	int most = CLAMP (limit, 1, MAX_LIST);
	Query query = { .value = pattern, .limit = most + 1, .found = found };

	*next_cursor = NULL;
	if (!store_cursor_parse (cursor, &query.before_ms, &query.before_id, error)
		|| !database_read (self->database, a_page, &query, error))
		return NULL;
	if (found->len > (guint) most) {
		const CuriaAccount *last = g_ptr_array_index (found, most - 1);

		*next_cursor = store_cursor_of (last->created_ms, last->id);
		g_ptr_array_set_size (found, most);
	}
	return g_steal_pointer (&found);
}

gboolean
curia_store_account_count_admins (CuriaStore *self, guint *n, GError **error)
{
	gint64 count = 0;
	gboolean known = database_read (self->database, count_admins, &count, error);

	*n = (guint) count;
	return known;
}
