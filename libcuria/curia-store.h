/* curia-store.h: what must survive a restart. SQLite or PostgreSQL is behind it; no caller sees which.
 * Thread: any; reads run in the calling thread, writes are queued to one writer that commits them in groups.
 * Ownership: results belong to the caller. Blocking: yes (disk, network); never call it from a media or room thread. */
#ifndef CURIA_STORE_H
#define CURIA_STORE_H

#include <glib.h>
#include "curia-meeting.h"

typedef struct CuriaStore CuriaStore;

typedef struct {
	guint connections;           /* that read at a time; one more writes */
	gint64 statement_timeout_ms; /* PostgreSQL only, as all below */
	gint64 connect_wait_ms;      /* how long opening waits for a server that is away */
} CuriaStoreSettings;

extern const CuriaStoreSettings curia_store_defaults;

/* Opens "sqlite:<path>" (or a plain path; ":memory:" for tests) or "postgresql://..." and applies migrations under a lock.
 * UNAVAILABLE when the database is away or broken; INVALID_FIELD when waiting will not help: a wrong URL, user or password.
 * No message contains the password. [any] */
CuriaStore *curia_store_open (const char *url, GError **error);
CuriaStore *curia_store_open_with (const char *url, const CuriaStoreSettings *settings, GError **error);
/* Before the end: who waits for a database that hangs hears UNAVAILABLE within seconds; one that answers goes on. [any] */
void curia_store_hurry (CuriaStore *self);
/* Waits for queued writes, then closes. [any] */
void curia_store_close (CuriaStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaStore, curia_store_close)

/* Each write returns only when its group is committed and synced: what is acknowledged is durable. The queue is
 * bounded: OVERLOADED when full. UNAVAILABLE when the database fails: then nothing has changed, unless its server vanished
 * while it committed, which nobody can tell from afar. */
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
/* The same of those that an account owns or is a member of. */
GPtrArray *curia_store_meeting_list_of (CuriaStore *self, const char *account, int limit, const char *cursor, char **next_cursor,
	GError **error);
/* Whether it can be written to and read from right now. May wait as long as the store does: who must not asks the node. */
gboolean curia_store_healthy (CuriaStore *self, GError **error);
/* Writes that wait. [any] */
guint curia_store_waiting (CuriaStore *self);

#endif
