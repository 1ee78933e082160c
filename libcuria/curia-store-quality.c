/* Samples of how connections did, as many as a plot has room for. */
#include "curia-error.h"
#include "curia-store-history.h"
#include "curia-store-private.h"

/* What a span of time has: in whole numbers, because databases round fractions in different ways. */
#define MEAN(column) \
	" CAST (SUM (CASE WHEN " column " >= 0 THEN " column " END) AS BIGINT)" \
	" / NULLIF (COUNT (CASE WHEN " column " >= 0 THEN 1 END), 0),"
#define SUM(column) " CAST (SUM (" column ") AS BIGINT)"
#define MEANS \
	MEAN ("rtt_us") MEAN ("down_bps") MEAN ("down_loss_ppm") MEAN ("down_jitter_us") MEAN ("up_bps") MEAN ("up_loss_ppm") \
	MEAN ("up_jitter_us") MEAN ("estimate_bps")
#define CHOSEN " FROM quality_samples WHERE call_id = $1 AND participation = $2"

typedef struct {
	const char *call, *participation;
	gint64 from_ms, to_ms, points;
	gint64 n;
	GArray *found;
} Query;

static gint64
known (SqlValue cell)
{
	return cell.type == SQL_INT ? cell.number : -1;
}

static void
add_sample (const SqlValue *cells, guint n, gpointer data)
{
	CuriaSample sample = {
		.time_ms = cells[0].number,
		.rtt_us = known (cells[1]),
		.down_bps = known (cells[2]),
		.down_loss_ppm = known (cells[3]),
		.down_jitter_us = known (cells[4]),
		.up_bps = known (cells[5]),
		.up_loss_ppm = known (cells[6]),
		.up_jitter_us = known (cells[7]),
		.estimate_bps = known (cells[8]),
		.paused_slots = cells[9].number,
		.freezes = cells[10].number,
		.frozen_ms = cells[11].number,
		.spoke_ms = cells[12].number,
	};

	(void) n;
	g_array_append_val ((GArray *) data, sample);
}

static void
read_count (const SqlValue *cells, guint n, gpointer data)
{
	(void) n;
	*(gint64 *) data = cells[0].number;
}

static gboolean
select_all (Sql *sql, Query *query, GError **error)
{
	return SQL_RUN (sql,
		"SELECT time_ms, rtt_us, down_bps, down_loss_ppm, down_jitter_us, up_bps, up_loss_ppm, up_jitter_us, estimate_bps,"
		" paused_slots, freezes, frozen_ms, spoke_ms" CHOSEN " ORDER BY time_ms, event LIMIT $3",
		add_sample, query->found, error, sql_text (query->call), sql_text (query->participation), sql_int (query->points));
}

static gboolean
select_spans (Sql *sql, Query *query, GError **error)
{
	gint64 span_ms = MAX (1, (query->to_ms - query->from_ms + query->points) / query->points);

	return SQL_RUN (sql,
		"SELECT MAX (time_ms)," MEANS " MAX (paused_slots)," SUM ("freezes") "," SUM ("frozen_ms") "," SUM ("spoke_ms") CHOSEN
		" AND time_ms BETWEEN $3 AND $4 GROUP BY (time_ms - $3) / $5 ORDER BY 1 LIMIT $6",
		add_sample, query->found, error, sql_text (query->call), sql_text (query->participation), sql_int (query->from_ms),
		sql_int (query->to_ms), sql_int (span_ms), sql_int (query->points));
}

static gboolean
select_samples (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	query->n = 0;
	g_array_set_size (query->found, 0);
	if (!SQL_RUN (sql, "SELECT COUNT (*)" CHOSEN, read_count, &query->n, error, sql_text (query->call),
			sql_text (query->participation)))
		return FALSE;
	return query->n <= query->points ? select_all (sql, query, error) : select_spans (sql, query, error);
}

GArray *
curia_store_call_samples (CuriaStore *self, const char *call_id, const char *participation, gint64 from_ms, gint64 to_ms, int points,
	GError **error)
{
	g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (CuriaSample));
	Query query = { .call = call_id, .participation = participation, .from_ms = from_ms, .to_ms = to_ms, .points = points,
		.found = found };

	if (points < 1 || points > CURIA_HISTORY_MAX_POINTS) {
		curia_throw (error, CURIA_ERROR_INVALID_FIELD, "points must be 1 to %d, not %d", CURIA_HISTORY_MAX_POINTS, points);
		return NULL;
	}
	return database_read (self->database, select_samples, &query, error) ? g_steal_pointer (&found) : NULL;
}
