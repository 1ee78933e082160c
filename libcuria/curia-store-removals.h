/* curia-store-removals.h: who was removed from a meeting, and may not come back with an old token, or at all.
 * Thread: any. Ownership: results belong to the caller. Blocking: yes, as curia-store.h says. */
#ifndef CURIA_STORE_REMOVALS_H
#define CURIA_STORE_REMOVALS_H

#include "curia-store.h"

#define CURIA_REMOVALS_MAX 1000 /* of one meeting; the oldest make room */

typedef struct {
	char *meeting;     /* id */
	char *identity, *name;
	gint64 removed_ms; /* wall clock */
	gboolean banned;   /* no token lets them in; FALSE: one that is made later does */
	char *removed_by;  /* identity, account or API key */
} CuriaRemoval;

void curia_removal_free (CuriaRemoval *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaRemoval, curia_removal_free)

/* A later removal of the same identity replaces the earlier one; writing one twice does no harm. */
gboolean curia_store_removal_add (CuriaStore *self, const CuriaRemoval *removal, GError **error);
/* Whether a token of that identity, made at `issued_s`, still opens the meeting: REMOVED otherwise. UNAVAILABLE when nobody knows. */
gboolean curia_store_removal_check (CuriaStore *self, const char *meeting_id, const char *identity, gint64 issued_s, GError **error);
/* Lets somebody come back. NOT_FOUND when nobody of that identity was removed. */
gboolean curia_store_removal_forget (CuriaStore *self, const char *meeting_id, const char *identity, GError **error);
/* Of CuriaRemoval, newest first, CURIA_REMOVALS_MAX at most, with a free function set. */
GPtrArray *curia_store_removal_list (CuriaStore *self, const char *meeting_id, GError **error);

#endif
