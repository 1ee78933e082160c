/* curia-store-sessions.h: who is signed in where: families of refresh tokens, and links that work once.
 * Thread: any. Ownership: results belong to the caller. Blocking: yes, as curia-store.h says. */
#ifndef CURIA_STORE_SESSIONS_H
#define CURIA_STORE_SESSIONS_H

#include "curia-store-accounts.h"

#define CURIA_SESSIONS_MAX 50 /* of one account; beyond it the one not used for longest ends */

typedef struct {
	char *id;          /* SE_... */
	char *account;
	char *secret;      /* SHA-256 of what only its refresh tokens contain: curia-refresh-token.h */
	gint64 generation; /* of the newest refresh token: 1, 2, 3... */
	gint64 created_ms, used_ms, expires_ms;
	char *address, *agent; /* where it was used last; the agent is what the browser says of itself */
} CuriaSession;

void curia_session_free (CuriaSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaSession, curia_session_free)

/* Notes that the account signed in, and deletes sessions and links of anybody's that have run out by then.
 * SESSION_ENDED when there is no such account, or it is disabled. */
gboolean curia_store_session_create (CuriaStore *self, const CuriaSession *session, GError **error);

/* What a refresh token says, and where it comes from now. */
typedef struct {
	const char *id, *secret; /* the session's; SHA-256 */
	gint64 generation;
	gint64 now_ms, expires_ms; /* of the session from now on */
	const char *address, *agent;
} CuriaRefresh;

/* Counts the generation up, once. One that is not the newest ends the session: there are two who have its tokens. The account is
 * the answer; SESSION_ENDED, also when it is disabled. */
CuriaAccount *curia_store_session_refresh (CuriaStore *self, const CuriaRefresh *refresh, gboolean *reused, GError **error);
/* The account of a session that lives; SESSION_ENDED. */
CuriaAccount *curia_store_session_account (CuriaStore *self, const char *id, gint64 now_ms, GError **error);
/* Ends one of the account (`id`), or all (NULL). *n: how many that were. */
gboolean curia_store_session_end (CuriaStore *self, const char *account, const char *id, guint *n, GError **error);
/* Those that live, the last used first. Elements are CuriaSession. */
GPtrArray *curia_store_session_list (CuriaStore *self, const char *account, gint64 now_ms, GError **error);

/* ---- links that work once ---- */

#define CURIA_LINK_FIRST_ADMIN "first-admin" /* makes the first account; good for nothing once there is an admin */
#define CURIA_LINK_RESET "reset"             /* sets the password of an account */

typedef struct {
	const char *secret; /* SHA-256 */
	const char *purpose;
	const char *account; /* "" for the first admin's */
	gint64 expires_ms;
} CuriaLink;

/* Another of the same account and purpose is replaced, unless it is the first admin's: each node makes its own. */
gboolean curia_store_link_create (CuriaStore *self, const CuriaLink *link, GError **error);
/* What it is for; caller frees *purpose. *account is NULL for the first admin's. NOT_FOUND. */
gboolean curia_store_link_lookup (CuriaStore *self, const char *secret, gint64 now_ms, char **purpose, CuriaAccount **account,
	GError **error);
/* Uses it up, and makes `admin` an account, ACCOUNT_EXISTS. NOT_FOUND. */
gboolean curia_store_link_use_first (CuriaStore *self, const char *secret, gint64 now_ms, const CuriaAccount *admin,
	GError **error);
/* Uses it up, sets the hash of the account's password and ends its sessions. The account is the answer. NOT_FOUND. */
CuriaAccount *curia_store_link_use_reset (CuriaStore *self, const char *secret, gint64 now_ms, const char *password, GError **error);

#endif
