/* accounts.h: accounts: who makes one, one's own, and those of others for administrators.
 * Thread: workers; rows that hash passwords have a pool of their own. Ownership: see routes.h. */
#ifndef API_ACCOUNTS_H
#define API_ACCOUNTS_H

#include "curia-store-accounts.h"
#include "routes.h"

/* Anybody's, where accounts.sign_up says so. */
gboolean api_accounts_create (ApiCall *call, GError **error);
/* One's own. */
gboolean api_accounts_me (ApiCall *call, GError **error);
gboolean api_accounts_update_me (ApiCall *call, GError **error);
gboolean api_accounts_password (ApiCall *call, GError **error);
/* For administrators. */
gboolean api_accounts_list (ApiCall *call, GError **error);
gboolean api_accounts_invite (ApiCall *call, GError **error);
gboolean api_accounts_read (ApiCall *call, GError **error);
gboolean api_accounts_update (ApiCall *call, GError **error);
gboolean api_accounts_reset (ApiCall *call, GError **error);
gboolean api_accounts_delete (ApiCall *call, GError **error);

/* Whether the caller is signed in as an administrator. FORBIDDEN. */
gboolean api_accounts_check_admin (ApiCall *call, GError **error);
/* As the account itself sees it; NULL with an error when the store fails. `administrator`: with what only those may know. */
json_t *api_accounts_to_json (ApiCall *call, const CuriaAccount *account, gboolean administrator, GError **error);
/* The form of the e-mail address in the body. INVALID_FIELD. Caller frees. */
char *api_accounts_email (ApiCall *call, GError **error);
/* Whether it may be somebody's password: not the address or the name. INVALID_FIELD, naming `field`. */
gboolean api_accounts_check_password (const CuriaAccount *account, const char *password, const char *field, GError **error);

extern const CuriaField api_account_create_fields[], api_account_me_fields[], api_account_password_fields[], api_accounts_query[],
	api_account_invite_fields[], api_account_update_fields[], api_session_create_fields[], api_link_look_fields[],
	api_link_use_fields[];
extern const ApiSchema api_account_schema, api_accounts_schema, api_known_account_schema, api_signed_in_schema, api_sessions_schema,
	api_ended_schema, api_link_schema, api_link_purpose_schema, api_invited_schema;

#endif
