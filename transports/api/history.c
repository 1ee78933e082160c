#include "history.h"

#include <string.h>

#include "csv.h"
#include "curia-clock.h"
#include "curia-store-history.h"

#define CALLS_DEFAULT 50
#define POINTS_DEFAULT 200
#define SERIES_DEFAULT 10

/* ---- pieces of answers ---- */

/* RFC 3339, or null for 0. */
static json_t *
time_to_json (gint64 time_ms)
{
	g_autofree char *text = time_ms != 0 ? curia_clock_rfc3339 (time_ms) : NULL;
	return text != NULL ? json_string (text) : json_null ();
}

static json_t *
known_to_json (gint64 number)
{
	return number >= 0 ? json_integer (number) : json_null ();
}

static json_t *
call_to_json (const CuriaCall *call, gint64 now_ms)
{
	return json_pack ("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s?, s:I, s:i, s:i}", "id", call->id, "meeting", call->meeting, "code",
		call->code, "title", call->title, "node", call->node, "started_at", time_to_json (call->started_ms), "ended_at",
		time_to_json (call->ended_ms), "end_reason", call->ended_ms != 0 ? call->end_reason : NULL, "duration_ms",
		(json_int_t) (curia_call_until (call, now_ms) - call->started_ms), "people", call->people, "join_failures",
		call->join_failures);
}

static json_t *
totals_to_json (const CuriaCallTotals *totals)
{
	return json_pack ("{s:i, s:i, s:i, s:I, s:I, s:i, s:i, s:o, s:o}", "people", totals->people, "participations",
		totals->participations, "peak", totals->peak, "person_ms", (json_int_t) totals->person_ms, "spoke_ms",
		(json_int_t) totals->spoke_ms, "reconnects", totals->reconnects, "connected", totals->connected, "join_median_ms",
		known_to_json (totals->join_median_ms), "join_p95_ms", known_to_json (totals->join_p95_ms));
}

/* ---- which calls ---- */

static CuriaStore *
store_of (const ApiCall *call)
{
	return curia_node_store (call->request->node);
}

gboolean
api_history_calls (ApiCall *call, GError **error)
{
	g_autofree char *code = NULL, *next = NULL;
	if (!api_auth_scope (call->claims, curia_json_string (call->query, "meeting", NULL), &code, error))
		return FALSE;
	CuriaCallQuery query = {
		.code = code,
		.search = curia_json_string (call->query, "search", NULL),
		.limit = (int) curia_json_int (call->query, "limit", CALLS_DEFAULT),
		.cursor = curia_json_string (call->query, "cursor", NULL),
	};
	g_autoptr (GPtrArray) found = curia_store_call_list (store_of (call), &query, &next, error);
	if (found == NULL)
		return FALSE;
	json_t *list = json_array ();
	for (guint i = 0; i < found->len; i++)
		json_array_append_new (list, call_to_json (found->pdata[i], call->now_ms));
	call->response->body = json_pack ("{s:o, s:s?}", "calls", list, "next_cursor", next);
	return TRUE;
}

/* The call at {id}, when the token is good for its meeting. */
static CuriaCall *
lookup (ApiCall *call, GError **error)
{
	g_autoptr (CuriaCall) found = curia_store_call_lookup (store_of (call), api_call_parameter (call, "id"), error);
	if (found == NULL)
		return NULL;
	if (api_auth_covers (call->claims, found->code))
		return g_steal_pointer (&found);
	curia_throw (error, CURIA_ERROR_FORBIDDEN, "The token is for another meeting than the call's");
	return NULL;
}

static json_t *
failures_to_json (const GPtrArray *failures)
{
	json_t *list = json_array ();
	for (guint i = 0; i < failures->len; i++) {
		const CuriaJoinFailure *failure = failures->pdata[i];
		json_array_append_new (list, json_pack ("{s:o, s:s, s:s, s:s}", "time", time_to_json (failure->time_ms), "identity",
			failure->identity, "error", failure->error, "detail", failure->detail));
	}
	return list;
}

gboolean
api_history_call (ApiCall *call, GError **error)
{
	g_autoptr (CuriaCall) found = lookup (call, error);
	g_autoptr (GPtrArray) stays = found != NULL ? curia_store_call_participations (store_of (call), found->id, error) : NULL;
	g_autoptr (GPtrArray) failures = stays != NULL ? curia_store_call_failures (store_of (call), found, error) : NULL;
	if (failures == NULL)
		return FALSE;
	CuriaCallTotals totals = curia_history_totals (stays, curia_call_until (found, call->now_ms));
	json_t *body = call->response->body = call_to_json (found, call->now_ms);
	json_object_set_new (body, "totals", totals_to_json (&totals));
	json_object_set_new (body, "failures", failures_to_json (failures));
	return TRUE;
}

/* ---- attendance ---- */

static json_t *
participation_to_json (const CuriaParticipation *stay, gint64 until_ms)
{
	return json_pack ("{s:s, s:s?, s:s, s:s, s:o, s:o, s:I, s:I, s:o, s:i}", "id", stay->id, "leave_reason",
		stay->left_ms != 0 ? stay->leave_reason : NULL, "name", stay->name, "role", stay->role, "joined_at",
		time_to_json (stay->joined_ms), "left_at", time_to_json (stay->left_ms), "present_ms",
		(json_int_t) (curia_participation_until (stay, until_ms) - stay->joined_ms), "spoke_ms", (json_int_t) stay->spoke_ms,
		"join_ms", known_to_json (stay->join_ms), "reconnects", stay->reconnects);
}

static json_t *
person_to_json (const CuriaAttendee *person, gint64 until_ms)
{
	json_t *stays = json_array ();
	for (guint i = 0; i < person->participations->len; i++)
		json_array_append_new (stays, participation_to_json (person->participations->pdata[i], until_ms));
	return json_pack ("{s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:o, s:i, s:o}", "identity", person->identity, "name", person->name, "role",
		person->role, "joined_at", time_to_json (person->joined_ms), "left_at", time_to_json (person->left_ms), "present_ms",
		(json_int_t) person->present_ms, "spoke_ms", (json_int_t) person->spoke_ms, "join_ms", known_to_json (person->join_ms),
		"reconnects", person->reconnects, "participations", stays);
}

static json_t *
people_to_json (const GPtrArray *people, gint64 until_ms)
{
	json_t *list = json_array ();
	for (guint i = 0; i < people->len; i++)
		json_array_append_new (list, person_to_json (people->pdata[i], until_ms));
	return list;
}

static gint64
seconds (gint64 ms)
{
	return (ms + 500) / 1000;
}

static void
add_row (GString *csv, const char *name, const char *identity, const char *role, gint64 joined_ms, gint64 left_ms, gint64 present_ms,
	gint64 spoke_ms, int reconnects, gint64 join_ms)
{
	csv_text (csv, name);
	csv_text (csv, identity);
	csv_text (csv, role);
	csv_time (csv, joined_ms);
	csv_time (csv, left_ms);
	csv_int (csv, seconds (present_ms));
	csv_int (csv, seconds (spoke_ms));
	csv_int (csv, reconnects);
	if (join_ms >= 0)
		csv_int (csv, join_ms);
	else
		csv_text (csv, "");
}

#define CSV_HEAD "name,identity,role,joined_at,left_at,present_s,spoke_s,reconnects,join_ms"

static char *
people_to_csv (const GPtrArray *people)
{
	GString *csv = g_string_new (CSV_HEAD ",stays\r\n");
	for (guint i = 0; i < people->len; i++) {
		const CuriaAttendee *person = people->pdata[i];
		add_row (csv, person->name, person->identity, person->role, person->joined_ms, person->left_ms, person->present_ms,
			person->spoke_ms, person->reconnects, person->join_ms);
		csv_int (csv, person->participations->len);
		csv_end (csv);
	}
	return g_string_free (csv, FALSE);
}

static char *
participations_to_csv (const GPtrArray *stays, gint64 until_ms)
{
	GString *csv = g_string_new (CSV_HEAD ",leave_reason,participation\r\n");
	for (guint i = 0; i < stays->len; i++) {
		const CuriaParticipation *stay = stays->pdata[i];
		add_row (csv, stay->name, stay->identity, stay->role, stay->joined_ms, stay->left_ms,
			curia_participation_until (stay, until_ms) - stay->joined_ms, stay->spoke_ms, stay->reconnects, stay->join_ms);
		csv_text (csv, stay->leave_reason);
		csv_text (csv, stay->id);
		csv_end (csv);
	}
	return g_string_free (csv, FALSE);
}

/* "attendance-abcd-efgh-jkmn-2026-01-31.csv" */
static char *
file_name (const CuriaCall *call)
{
	g_autofree char *code = g_strcanon (g_strdup (call->code), G_CSET_a_2_z G_CSET_DIGITS "-", '-');
	g_autofree char *day = curia_clock_rfc3339 (call->started_ms);
	return g_strdup_printf ("attendance-%s-%.10s.csv", code, day);
}

gboolean
api_history_wants_csv (const char *accept)
{
	g_autofree char *lower = accept != NULL ? g_ascii_strdown (accept, -1) : NULL;
	return lower != NULL && strstr (lower, "text/csv") != NULL && strstr (lower, "application/json") == NULL;
}

static gboolean
is_csv (const ApiCall *call)
{
	const char *format = curia_json_string (call->query, "format", NULL);
	return format != NULL ? strcmp (format, "csv") == 0 : api_history_wants_csv (call->request->accept);
}

static void
answer_csv (ApiCall *call, const CuriaCall *found, const GPtrArray *stays, const GPtrArray *people)
{
	gboolean single = strcmp (curia_json_string (call->query, "rows", "people"), "participations") == 0;
	call->response->text = single ? participations_to_csv (stays, curia_call_until (found, call->now_ms)) : people_to_csv (people);
	call->response->type = API_CSV_TYPE;
	call->response->file = file_name (found);
}

gboolean
api_history_attendance (ApiCall *call, GError **error)
{
	g_autoptr (CuriaCall) found = lookup (call, error);
	g_autoptr (GPtrArray) stays = found != NULL ? curia_store_call_participations (store_of (call), found->id, error) : NULL;
	if (stays == NULL)
		return FALSE;
	gint64 until_ms = curia_call_until (found, call->now_ms);
	g_autoptr (GPtrArray) people = curia_history_attendees (stays, until_ms);
	if (is_csv (call)) {
		answer_csv (call, found, stays, people);
		return TRUE;
	}
	call->response->body = json_pack ("{s:o, s:o, s:b}", "call", call_to_json (found, call->now_ms), "people",
		people_to_json (people, until_ms), "truncated", stays->len >= CURIA_HISTORY_MAX_PARTICIPATIONS);
	return TRUE;
}

/* ---- quality ---- */

static json_t *
sample_to_json (const CuriaSample *sample)
{
	const struct {
		const char *name;
		gint64 value;
	} fields[] = {
		{ "rtt_us", sample->rtt_us }, { "down_bps", sample->down_bps }, { "down_loss_ppm", sample->down_loss_ppm },
		{ "down_jitter_us", sample->down_jitter_us }, { "up_bps", sample->up_bps }, { "up_loss_ppm", sample->up_loss_ppm },
		{ "up_jitter_us", sample->up_jitter_us }, { "estimate_bps", sample->estimate_bps },
		{ "paused_slots", MAX (0, sample->paused_slots) }, { "freezes", MAX (0, sample->freezes) },
		{ "frozen_ms", MAX (0, sample->frozen_ms) }, { "spoke_ms", MAX (0, sample->spoke_ms) },
	};
	json_t *object = json_pack ("{s:o}", "time", time_to_json (sample->time_ms));
	for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
		json_object_set_new (object, fields[i].name, known_to_json (fields[i].value));
	return object;
}

static json_t *
series_of (ApiCall *call, const CuriaCall *found, const CuriaParticipation *stay, GError **error)
{
	int points = (int) curia_json_int (call->query, "points", POINTS_DEFAULT);
	gint64 until_ms = curia_participation_until (stay, curia_call_until (found, call->now_ms));
	g_autoptr (GArray) samples = curia_store_call_samples (store_of (call), found->id, stay->id, stay->joined_ms, until_ms, points, error);
	if (samples == NULL)
		return NULL;
	json_t *list = json_array ();
	for (guint i = 0; i < samples->len; i++)
		json_array_append_new (list, sample_to_json (&g_array_index (samples, CuriaSample, i)));
	return json_pack ("{s:s, s:s, s:s, s:o, s:o, s:o}", "participation", stay->id, "identity", stay->identity, "name", stay->name,
		"joined_at", time_to_json (stay->joined_ms), "left_at", time_to_json (stay->left_ms), "samples", list);
}

static gboolean
is_wanted (const ApiCall *call, const CuriaParticipation *stay)
{
	const char *id = curia_json_string (call->query, "participation", NULL);
	const char *identity = curia_json_string (call->query, "identity", NULL);
	return (id == NULL || strcmp (id, stay->id) == 0) && (identity == NULL || strcmp (identity, stay->identity) == 0);
}

/* The first one to show: the one after the cursor, which is the last one shown. */
static gboolean
begin_at (const ApiCall *call, const GPtrArray *stays, guint *first, GError **error)
{
	const char *cursor = curia_json_string (call->query, "cursor", NULL);
	*first = 0;
	for (guint i = 0; cursor != NULL && i < stays->len && *first == 0; i++)
		if (strcmp (((CuriaParticipation *) stays->pdata[i])->id, cursor) == 0)
			*first = i + 1;
	return cursor == NULL || *first > 0 || curia_throw (error, CURIA_ERROR_INVALID_FIELD, "cursor must be a next_cursor from before");
}

/* `list` gets one page; *next the id of its last one if there are more. */
static gboolean
add_series (ApiCall *call, const CuriaCall *found, const GPtrArray *stays, json_t *list, const char **next, GError **error)
{
	guint limit = (guint) curia_json_int (call->query, "limit", SERIES_DEFAULT), first;
	const CuriaParticipation *last = NULL;
	*next = NULL;
	if (!begin_at (call, stays, &first, error))
		return FALSE;
	for (guint i = first; i < stays->len; i++) {
		if (!is_wanted (call, stays->pdata[i]))
			continue;
		if (json_array_size (list) == limit) {
			*next = last->id;
			return TRUE;
		}
		last = stays->pdata[i];
		if (json_array_append_new (list, series_of (call, found, last, error)) != 0)
			return FALSE;
	}
	return TRUE;
}

gboolean
api_history_quality (ApiCall *call, GError **error)
{
	g_autoptr (CuriaCall) found = lookup (call, error);
	g_autoptr (GPtrArray) stays = found != NULL ? curia_store_call_participations (store_of (call), found->id, error) : NULL;
	json_auto_t *list = json_array ();
	const char *next;
	if (stays == NULL || !add_series (call, found, stays, list, &next, error))
		return FALSE;
	call->response->body = json_pack ("{s:O, s:s?}", "series", list, "next_cursor", next);
	return TRUE;
}
