/* curia-store-accounts-private.h: rows of accounts, for the files that hold SQL about them. Private to libcuria.
 * Thread: any. Ownership: as said. */
#ifndef CURIA_STORE_ACCOUNTS_PRIVATE_H
#define CURIA_STORE_ACCOUNTS_PRIVATE_H

#include "curia-sql.h"
#include "curia-store-accounts.h"

#define ACCOUNT_COLUMNS \
	"id, email, email_verified, name, password, role, state, avatar, language, preferences, created_ms, signed_in_ms"

/* Adds a row of ACCOUNT_COLUMNS to a GPtrArray of CuriaAccount. */
void account_add_row (const SqlValue *cells, guint n, gpointer accounts);
GPtrArray *accounts_new (void);
/* Its only element, or NULL with NOT_FOUND. Takes the array. */
CuriaAccount *account_take_only (GPtrArray *accounts, GError **error);
gboolean no_such_account (GError **error);
/* In a transaction. ACCOUNT_EXISTS. */
gboolean account_insert (Sql *sql, const CuriaAccount *account, GError **error);
/* Ends the account's sessions, all but one (NULL: all), in a transaction. */
gboolean account_end_sessions (Sql *sql, const char *account, const char *but, GError **error);
/* In a transaction. */
gboolean account_count_admins (Sql *sql, gint64 *n, GError **error);
gboolean account_store_password (Sql *sql, const char *id, const char *password, const char *but, GError **error);

#endif
