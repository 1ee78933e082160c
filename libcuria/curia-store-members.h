/* curia-store-members.h: accounts that have a role of their own in a meeting.
 * Thread: any. Ownership: results belong to the caller. Blocking: yes, as curia-store.h says. */
#ifndef CURIA_STORE_MEMBERS_H
#define CURIA_STORE_MEMBERS_H

#include "curia-store.h"

#define CURIA_MEMBERS_MAX 1000 /* of one meeting */

typedef struct {
	char *account;       /* id */
	char *email, *name;  /* the account's */
	CuriaRole role;
	gint64 added_ms;     /* wall clock */
} CuriaMember;

void curia_member_free (CuriaMember *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaMember, curia_member_free)

/* Which account: by id, or where that is NULL by its e-mail address, in any case. */
typedef struct {
	const char *account, *email;
} CuriaMemberKey;

/* Makes an account a member, or changes its role. NOT_FOUND when there is no such account, TOO_MANY beyond CURIA_MEMBERS_MAX. The
 * account's id goes to *account when that is not NULL; caller frees. */
gboolean curia_store_member_set (CuriaStore *self, const char *meeting_id, CuriaMemberKey who, CuriaRole role, gint64 now_ms,
	char **account, GError **error);
/* NOT_FOUND when the account is no member. */
gboolean curia_store_member_remove (CuriaStore *self, const char *meeting_id, const char *account, GError **error);
/* The account's role, or -1 when it has none of its own; -2 with an error when nobody knows. */
int curia_store_member_role (CuriaStore *self, const char *meeting_id, const char *account, GError **error);
/* Of CuriaMember, in the order in which they were added, with a free function set. */
GPtrArray *curia_store_member_list (CuriaStore *self, const char *meeting_id, GError **error);

#endif
