#include "curia-store-accounts.h"

#include "curia-error.h"
#include "curia-store-accounts-private.h"
#include "curia-store-private.h"

typedef struct {
	const char *issuer, *subject, *account;
	gint64 now_ms;
	GPtrArray *found;
} Identity;

static gboolean
by_identity (Sql *sql, gpointer data, GError **error)
{
	Identity *identity = data;

	return SQL_RUN (sql,
		"SELECT " ACCOUNT_COLUMNS " FROM accounts"
		" WHERE id = (SELECT account FROM account_identities WHERE issuer = $1 AND subject = $2)",
		account_add_row, identity->found, error, sql_text (identity->issuer), sql_text (identity->subject));
}

CuriaAccount *
curia_store_identity_lookup (CuriaStore *self, const char *issuer, const char *subject, GError **error)
{
	g_autoptr (GPtrArray) found = accounts_new ();

	if (!database_read (self->database, by_identity, &(Identity) { issuer, subject, .found = found }, error))
		return NULL;
	return found->len > 0 ? g_ptr_array_steal_index (found, 0) : NULL;
}

static gboolean
link_identity (Sql *sql, gpointer data, GError **error)
{
	Identity *identity = data;
	guint n = 0;

	if (!SQL_RUN (sql,
			"INSERT INTO account_identities (issuer, subject, account, linked_ms) VALUES ($1, $2, $3, $4)"
			" ON CONFLICT (issuer, subject) DO UPDATE SET linked_ms = account_identities.linked_ms"
			" WHERE account_identities.account = $3 RETURNING account",
			sql_count_row, &n, error, sql_text (identity->issuer), sql_text (identity->subject), sql_text (identity->account),
			sql_int (identity->now_ms)))
		return FALSE;
	return n == 1 || curia_throw (error, CURIA_ERROR_ACCOUNT_EXISTS, "this identity belongs to another account");
}

gboolean
curia_store_identity_link (CuriaStore *self, const char *issuer, const char *subject, const char *account, gint64 now_ms,
	GError **error)
{
	return database_write (self->database, link_identity, &(Identity) { issuer, subject, account, now_ms, NULL }, error);
}

static void
add_issuer (const SqlValue *cells, guint n, gpointer issuers)
{
	(void) n;
	g_strv_builder_add (issuers, cells[0].text);
}

typedef struct {
	const char *account;
	GStrvBuilder *issuers;
} Issuers;

static gboolean
select_issuers (Sql *sql, gpointer data, GError **error)
{
	Issuers *query = data;

	return SQL_RUN (sql, "SELECT DISTINCT issuer FROM account_identities WHERE account = $1 ORDER BY issuer", add_issuer,
		query->issuers, error, sql_text (query->account));
}

char **
curia_store_identity_issuers (CuriaStore *self, const char *account, GError **error)
{
	g_autoptr (GStrvBuilder) issuers = g_strv_builder_new ();

	if (!database_read (self->database, select_issuers, &(Issuers) { account, issuers }, error))
		return NULL;
	return g_strv_builder_end (issuers);
}
