/* curia-store-history.h: reads what the ledger wrote: calls, participations, quality, events.
 * Thread: any. Blocking: yes (database). Ownership: results are the caller's; lists have a free function set. */
#ifndef CURIA_STORE_HISTORY_H
#define CURIA_STORE_HISTORY_H

#include "curia-history.h"
#include "curia-store.h"

#define CURIA_HISTORY_MAX_CALLS 200             /* of one page */
#define CURIA_HISTORY_MAX_PARTICIPATIONS 20000  /* of one call that are looked at: the first ones */
#define CURIA_HISTORY_MAX_FAILURES 100          /* of one call that are listed: the last ones */
#define CURIA_HISTORY_MAX_POINTS 1000           /* of one participation's samples */
#define CURIA_HISTORY_MAX_EVENTS 500            /* of one read */

typedef struct {
	const char *code;   /* of the meeting, in its normal form; NULL: of all */
	const char *search; /* part of the title or the code, in any case; NULL: all. SQLite knows cases of ASCII only */
	int limit;          /* 1..CURIA_HISTORY_MAX_CALLS */
	const char *cursor; /* NULL or a *next_cursor from before */
} CuriaCallQuery;

/* Newest first. *next_cursor is NULL at the end. INVALID_FIELD for limit and cursor. */
GPtrArray *curia_store_call_list (CuriaStore *self, const CuriaCallQuery *query, char **next_cursor, GError **error);
/* NOT_FOUND when there is none. */
CuriaCall *curia_store_call_lookup (CuriaStore *self, const char *id, GError **error);
/* Of CuriaParticipation, by joined_ms. */
GPtrArray *curia_store_call_participations (CuriaStore *self, const char *call_id, GError **error);
/* Of CuriaJoinFailure, newest first. */
GPtrArray *curia_store_call_failures (CuriaStore *self, const CuriaCall *call, GError **error);

/* Of CuriaSample, by time. When there are more than `points` (1..CURIA_HISTORY_MAX_POINTS), those between `from_ms` and
 * `to_ms` are taken together in that many equal spans of time: rates, losses and delays as the mean of what is known, freezes,
 * frozen and spoken time as sums, paused slots as the most, the time as the last one's. */
GArray *curia_store_call_samples (CuriaStore *self, const char *call_id, const char *participation, gint64 from_ms, gint64 to_ms,
	int points, GError **error);

/* Of CuriaEvent with a higher seq than `after`, in order, at most `limit`; of one meeting (id) or of all (NULL). */
GPtrArray *curia_store_events_after (CuriaStore *self, const char *meeting, gint64 after, int limit, GError **error);
/* The seq of the oldest event that is kept, 0 when there is none; and of the newest that there ever was. */
gboolean curia_store_events_range (CuriaStore *self, gint64 *first, gint64 *last, GError **error);

#endif
