/* curia-store.h: what must survive a restart. SQLite behind it today; no caller sees which database it is.
 * Thread: any; reads run in the calling thread, writes are queued to one writer that commits them in groups.
 * Ownership: results belong to the caller. Blocking: yes (disk); never call it from a media or room thread. */
#ifndef CURIA_STORE_H
#define CURIA_STORE_H

#include <glib.h>
#include "curia-meeting.h"

typedef struct CuriaStore CuriaStore;

/* Opens "sqlite:<path>" (or a plain path; ":memory:" for tests) and applies migrations under a lock. [any] */
CuriaStore *curia_store_open (const char *url, GError **error);
/* Waits for queued writes, then closes. [any] */
void curia_store_close (CuriaStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaStore, curia_store_close)

/* Each write returns only when its group is committed and synced: what is acknowledged is durable. The queue is
 * bounded: OVERLOADED when full. UNAVAILABLE when the database fails. */
/* MEETING_EXISTS when its code is taken. */
gboolean curia_store_meeting_create (CuriaStore *self, const CuriaMeeting *meeting, GError **error);
/* Title and settings, by code. NO_SUCH_MEETING when absent. */
gboolean curia_store_meeting_update (CuriaStore *self, const CuriaMeeting *meeting, GError **error);
/* Marks it ended now; ending twice keeps the first time and succeeds. */
gboolean curia_store_meeting_end (CuriaStore *self, const char *code, gint64 now_ms, GError **error);
/* By code. NO_SUCH_MEETING when absent. */
CuriaMeeting *curia_store_meeting_lookup (CuriaStore *self, const char *code, GError **error);
/* Newest first; `cursor` is NULL or a previous *next_cursor (opaque text; INVALID_FIELD when malformed); limit 1..200.
 * Elements are CuriaMeeting with a free function set. *next_cursor is NULL at the end. */
GPtrArray *curia_store_meeting_list (CuriaStore *self, int limit, const char *cursor, char **next_cursor,
	GError **error);
/* A trivial read and a look at the writer: for /readyz. */
gboolean curia_store_healthy (CuriaStore *self, GError **error);

#endif
