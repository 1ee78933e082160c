#include "curia-store-sessions.h"

#include <string.h>
#include "curia-error.h"
#include "curia-store-accounts-private.h"
#include "curia-store-private.h"

typedef struct {
	const char *secret, *password;
	gint64 now_ms;
	const CuriaAccount *admin;
	char *purpose, *account; /* of the link that was found */
	GPtrArray *found;
} Use;

static void
use_clear (Use *use)
{
	g_clear_pointer (&use->purpose, g_free);
	g_clear_pointer (&use->account, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Use, use_clear)

static void
take_link (const SqlValue *cells, guint n, gpointer data)
{
	Use *use = data;

	(void) n;
	use_clear (use);
	use->purpose = g_strdup (cells[0].text);
	use->account = g_strdup (cells[1].text);
}

static gboolean
no_such_link (GError **error)
{
	return curia_throw (error, CURIA_ERROR_NOT_FOUND, "the link has been used, has run out, or never was one");
}

/* ---- making one ---- */

static gboolean
create (Sql *sql, gpointer data, GError **error)
{
	const CuriaLink *link = data;

	return SQL_RUN (sql, "DELETE FROM one_time_links WHERE account = $1 AND purpose = $2 AND account <> ''", NULL, NULL, error,
			   sql_text (link->account), sql_text (link->purpose))
		&& SQL_RUN (sql, "INSERT INTO one_time_links (secret, purpose, account, expires_ms) VALUES ($1, $2, $3, $4)", NULL, NULL,
			error, sql_text (link->secret), sql_text (link->purpose), sql_text (link->account), sql_int (link->expires_ms));
}

gboolean
curia_store_link_create (CuriaStore *self, const CuriaLink *link, GError **error)
{
	return database_write (self->database, create, (gpointer) link, error);
}

/* ---- looking at it ---- */

/* The account of the link that was found; an active one. */
static gboolean
select_account (Sql *sql, Use *use, GError **error)
{
	return SQL_RUN (sql, "SELECT " ACCOUNT_COLUMNS " FROM accounts WHERE id = $1 AND state = 'active'", account_add_row, use->found,
		error, sql_text (use->account));
}

/* The first admin's is good for nothing once there is an admin, another for nothing once its account is gone or disabled. */
static gboolean
check_link (Sql *sql, Use *use, GError **error)
{
	gint64 n_admins;

	if (use->purpose == NULL)
		return no_such_link (error);
	if (g_str_equal (use->purpose, CURIA_LINK_FIRST_ADMIN))
		return account_count_admins (sql, &n_admins, error) && (n_admins == 0 || no_such_link (error));
	return select_account (sql, use, error) && (use->found->len == 1 || no_such_link (error));
}

static gboolean
look (Sql *sql, gpointer data, GError **error)
{
	Use *use = data;

	return SQL_RUN (sql, "SELECT purpose, account FROM one_time_links WHERE secret = $1 AND expires_ms > $2", take_link, use, error,
			   sql_text (use->secret), sql_int (use->now_ms))
		&& check_link (sql, use, error);
}

gboolean
curia_store_link_lookup (CuriaStore *self, const char *secret, gint64 now_ms, char **purpose, CuriaAccount **account, GError **error)
{
	g_autoptr (GPtrArray) found = accounts_new ();
	g_auto (Use) use = { .secret = secret, .now_ms = now_ms, .found = found };

	*purpose = NULL;
	*account = NULL;
	if (!database_read (self->database, look, &use, error))
		return FALSE;
	*purpose = g_steal_pointer (&use.purpose);
	if (found->len > 0)
		*account = g_ptr_array_steal_index (found, 0);
	return TRUE;
}

/* ---- using it ---- */

/* Whoever deletes it has it. */
static gboolean
take (Sql *sql, Use *use, const char *purpose, GError **error)
{
	g_clear_pointer (&use->purpose, g_free);
	g_ptr_array_set_size (use->found, 0);
	return SQL_RUN (sql,
			   "DELETE FROM one_time_links WHERE secret = $1 AND expires_ms > $2 AND purpose = $3 RETURNING purpose, account",
			   take_link, use, error, sql_text (use->secret), sql_int (use->now_ms), sql_text (purpose))
		&& check_link (sql, use, error);
}

static gboolean
use_first (Sql *sql, gpointer data, GError **error)
{
	Use *use = data;

	return take (sql, use, CURIA_LINK_FIRST_ADMIN, error) && account_insert (sql, use->admin, error)
		&& SQL_RUN (sql, "DELETE FROM one_time_links WHERE purpose = $1", NULL, NULL, error, sql_text (CURIA_LINK_FIRST_ADMIN));
}

gboolean
curia_store_link_use_first (CuriaStore *self, const char *secret, gint64 now_ms, const CuriaAccount *admin, GError **error)
{
	g_autoptr (GPtrArray) found = accounts_new ();
	g_auto (Use) use = { .secret = secret, .now_ms = now_ms, .admin = admin, .found = found };

	return database_write (self->database, use_first, &use, error);
}

static gboolean
use_reset (Sql *sql, gpointer data, GError **error)
{
	Use *use = data;

	return take (sql, use, CURIA_LINK_RESET, error) && account_store_password (sql, use->account, use->password, NULL, error);
}

CuriaAccount *
curia_store_link_use_reset (CuriaStore *self, const char *secret, gint64 now_ms, const char *password, GError **error)
{
	g_autoptr (GPtrArray) found = accounts_new ();
	g_auto (Use) use = { .secret = secret, .password = password, .now_ms = now_ms, .found = found };

	if (!database_write (self->database, use_reset, &use, error))
		return NULL;
	return g_ptr_array_steal_index (found, 0);
}
