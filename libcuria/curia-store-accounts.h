/* curia-store-accounts.h: people who sign in: who they are, and how providers call them.
 * Thread: any. Ownership: results belong to the caller. Blocking: yes, as curia-store.h says. */
#ifndef CURIA_STORE_ACCOUNTS_H
#define CURIA_STORE_ACCOUNTS_H

#include "curia-store.h"

#define CURIA_EMAIL_MAX 254 /* RFC 5321 */

typedef struct {
	char *id;          /* AC_... */
	char *email;       /* as curia_account_email makes it */
	gboolean email_verified;
	char *name;
	char *password;    /* curia-password.h; "": signs in by a provider only */
	char *role;        /* admin, user */
	char *state;       /* active, disabled */
	char *avatar;      /* URL or "" */
	char *language;    /* "de", "pt-BR", or "" */
	char *preferences; /* a JSON object */
	gint64 created_ms, signed_in_ms; /* wall clock; 0: never */
} CuriaAccount;

CuriaAccount *curia_account_new (void); /* a fresh id, an active user created now; the rest "" */
void curia_account_free (CuriaAccount *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaAccount, curia_account_free)
gboolean curia_account_is_admin (const CuriaAccount *self); /* and active */
/* The one form in which an address is kept and looked for: small letters, NFC. NULL when it has no address' shape: something@
 * something, without spaces. Caller frees. [any] */
char *curia_account_email (const char *text);

/* ACCOUNT_EXISTS when there is one of its e-mail address. */
gboolean curia_store_account_create (CuriaStore *self, const CuriaAccount *account, GError **error);
/* NOT_FOUND when there is none. */
CuriaAccount *curia_store_account_lookup (CuriaStore *self, const char *id, GError **error);
/* The same by e-mail address, in the form of curia_account_email. */
CuriaAccount *curia_store_account_lookup_email (CuriaStore *self, const char *email, GError **error);
/* Name, avatar, language, preferences, email_verified. NOT_FOUND. */
gboolean curia_store_account_update (CuriaStore *self, const CuriaAccount *account, GError **error);
/* A hash. Every session but `but` (NULL: none) ends, and so do links to set one. NOT_FOUND. */
gboolean curia_store_account_set_password (CuriaStore *self, const char *id, const char *password, const char *but, GError **error);
/* Replaces a hash by one of the same password, made with today's limits; does nothing when it has changed meanwhile. */
gboolean curia_store_account_rehash (CuriaStore *self, const char *id, const char *old, const char *password, GError **error);
/* Role and state. All sessions of who is disabled end. FORBIDDEN when no active admin would be left; NOT_FOUND. */
gboolean curia_store_account_set_role (CuriaStore *self, const char *id, const char *role, const char *state, GError **error);
/* With its sessions, links, memberships and identities; its meetings are nobody's then. FORBIDDEN when no active admin would be
 * left; NOT_FOUND. */
gboolean curia_store_account_delete (CuriaStore *self, const char *id, GError **error);
/* Newest first, as curia_store_meeting_list; `text` (NULL: all) is in the e-mail address or the name. */
GPtrArray *curia_store_account_list (CuriaStore *self, const char *text, int limit, const char *cursor, char **next_cursor,
	GError **error);
/* Active ones. */
gboolean curia_store_account_count_admins (CuriaStore *self, guint *n, GError **error);

/* ---- identities at providers of OpenID Connect ---- */

/* Whose it is; NULL without an error when it is nobody's. */
CuriaAccount *curia_store_identity_lookup (CuriaStore *self, const char *issuer, const char *subject, GError **error);
/* Makes it the account's. One that is another's stays so: ACCOUNT_EXISTS. */
gboolean curia_store_identity_link (CuriaStore *self, const char *issuer, const char *subject, const char *account, gint64 now_ms,
	GError **error);
/* The issuers of an account's identities, NULL-terminated. Caller frees. */
char **curia_store_identity_issuers (CuriaStore *self, const char *account, GError **error);

#endif
