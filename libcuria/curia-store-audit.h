/* curia-store-audit.h: who did what that not everybody may do, or tried to.
 * Thread: any. Ownership: what is added is copied; results belong to the caller.
 * Blocking: adding never does: a thread of its own writes, many at a time, and keeps what waits while the database is away. */
#ifndef CURIA_STORE_AUDIT_H
#define CURIA_STORE_AUDIT_H

#include "curia-store.h"

#define CURIA_AUDIT_QUEUE 10000 /* entries that wait; those beyond are lost, which is logged */
#define CURIA_AUDIT_MAX_LIST 200

typedef struct {
	const char *id;         /* given when it is added */
	gint64 time_ms;         /* 0: now */
	const char *actor;      /* account, API key or identity; "" when nobody said who */
	const char *actor_name;
	const char *address;    /* "" when it came over no connection */
	const char *action;     /* meeting.update, participant.remove, session.create... */
	const char *target;     /* whom or what, or "" */
	const char *meeting;    /* id, or "" */
	const char *result;     /* done, refused */
	const char *detail;     /* JSON, without secrets; "" means {} */
} CuriaAudit;               /* a text may be NULL, which means "" */

/* Texts longer than 1,000 bytes are cut. [any, never blocks] */
void curia_store_audit_add (CuriaStore *self, const CuriaAudit *entry);
/* Returns when what was added before is written, FALSE when it was not within the time. [any, blocks] */
gboolean curia_store_audit_flush (CuriaStore *self, gint64 wait_ms);
/* Of CuriaAudit, newest first, with a free function set; of one meeting (its id), or of all when that is NULL. Pages as in
 * curia_store_meeting_list. */
GPtrArray *curia_store_audit_list (CuriaStore *self, const char *meeting_id, int limit, const char *cursor, char **next_cursor,
	GError **error);

#endif
