#include "curia-ledger-store.h"
#include "curia-sql.h"
#include "curia-store-private.h"

#define ROWS 1000
#define CALLS 20 /* with all their people and tracks */

/* Where one says how many, a subselect takes the oldest. A call's samples go before it: they are deleted by their own time,
 * which is asked for by the caller to be no earlier. */
#define OLD_CALLS "(SELECT id FROM calls WHERE started_ms < $1 AND ended_ms > 0 AND ended_ms < $1 ORDER BY started_ms, id LIMIT $2)"

static const char delete_events[] =
	"DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE time_ms < $1 ORDER BY time_ms LIMIT $2) RETURNING seq";
static const char delete_samples[] = "DELETE FROM quality_samples WHERE event IN"
	" (SELECT event FROM quality_samples WHERE time_ms < $1 ORDER BY time_ms LIMIT $2) RETURNING time_ms";
static const char delete_tracks[] = "DELETE FROM tracks WHERE call_id IN " OLD_CALLS;
static const char delete_participations[] = "DELETE FROM participations WHERE call_id IN " OLD_CALLS;
static const char delete_calls[] = "DELETE FROM calls WHERE id IN " OLD_CALLS " RETURNING started_ms";

typedef struct {
	gint64 events_before_ms, samples_before_ms;
	gboolean more;
} Expire;

/* Up to `max` rows; *full when it was that many, so there may be more. */
static gboolean
delete_some (Sql *sql, const char *statement, gint64 before_ms, guint max, gboolean *full, GError **error)
{
	guint n = 0;

	if (!SQL_RUN (sql, statement, sql_count_row, &n, error, sql_int (before_ms), sql_int (max)))
		return FALSE;
	*full = *full || n >= max;
	return TRUE;
}

static gboolean
expire_calls (Sql *sql, gint64 before_ms, gboolean *more, GError **error)
{
	return delete_some (sql, delete_events, before_ms, ROWS, more, error)
		&& delete_some (sql, delete_tracks, before_ms, CALLS, &(gboolean) { FALSE }, error)
		&& delete_some (sql, delete_participations, before_ms, CALLS, &(gboolean) { FALSE }, error)
		&& delete_some (sql, delete_calls, before_ms, CALLS, more, error);
}

static gboolean
expire (Sql *sql, gpointer data, GError **error)
{
	Expire *expire = data;
	gint64 samples_before_ms = MAX (expire->samples_before_ms, expire->events_before_ms);

	expire->more = FALSE;
	if (samples_before_ms > 0 && !delete_some (sql, delete_samples, samples_before_ms, ROWS, &expire->more, error))
		return FALSE;
	return expire->events_before_ms <= 0 || expire_calls (sql, expire->events_before_ms, &expire->more, error);
}

gboolean
curia_store_ledger_expire (CuriaStore *self, gint64 events_before_ms, gint64 samples_before_ms, gboolean *more, GError **error)
{
	Expire work = { events_before_ms, samples_before_ms, FALSE };
	gboolean ok = database_write (self->database, expire, &work, error);

	*more = ok && work.more;
	return ok;
}
