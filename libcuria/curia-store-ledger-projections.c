#include "curia-store-ledger-private.h"

#include <string.h>

#define MAX_STEP_ARGS 8

/* ---- what an event changes ---- */

/* What a track was muted for until $2. */
#define MUTED_UNTIL_2 "CASE WHEN muted_ms > 0 AND $2 > muted_ms THEN $2 - muted_ms ELSE 0 END"
/* Whose end was only presumed, since nothing was heard of its server: what it tells later counts. */
#define REOPEN "UPDATE calls SET ended_ms = 0, end_reason = '' WHERE id = $1 AND ended_ms > 0 AND end_reason = 'crashed'"

/* Arguments: a field of LedgerEvent by its name; ".field" a text of its data, or ""; "#field" a number of it, or -1;
 * "?field" 1 when it is true. */
typedef struct {
	const char *type, *statement;
	const char *args[MAX_STEP_ARGS];
} Step;

/* In this order within one event. */
static const Step steps[] = {
	{ "call_started",
		"INSERT INTO calls (id, meeting, code, title, node, started_ms, last_ms) VALUES ($1, $2, $3, $4, $5, $6, $6)"
		" ON CONFLICT (id) DO NOTHING",
		{ "call", "meeting", "code", ".title", "node", "time" } },
	/* its beginning may have been refused by a full spool */
	{ "participant_joined",
		"INSERT INTO calls (id, meeting, code, title, node, started_ms, last_ms) VALUES ($1, $2, $3, '', $4, $5, $5)"
		" ON CONFLICT (id) DO NOTHING",
		{ "call", "meeting", "code", "node", "time" } },
	{ "participant_joined", REOPEN, { "call" } },
	{ "participant_joined",
		"INSERT INTO participations (id, call_id, meeting, participant, identity, name, role, joined_ms)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
		{ ".participation", "call", "meeting", ".participant", ".identity", ".name", ".role", "time" } },
	{ "participant_reconnected", "UPDATE participations SET reconnects = reconnects + 1 WHERE id = $1", { ".participation" } },
	{ "media_connected", "UPDATE participations SET join_ms = $2 WHERE id = $1 AND join_ms < 0",
		{ ".participation", "#join_ms" } },
	{ "join_failed", "UPDATE calls SET join_failures = join_failures + 1 WHERE id = $1", { "call" } },
	{ "track_published", REOPEN, { "call" } },
	{ "track_published",
		"INSERT INTO tracks (id, participation, call_id, source, codec, published_ms, muted_ms)"
		" VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $7 > 0 THEN $6 ELSE 0 END) ON CONFLICT (id) DO NOTHING",
		{ ".track", ".participation", "call", ".source", ".codec", "time", "?muted" } },
	{ "track_muted", "UPDATE tracks SET muted_ms = $2 WHERE id = $1 AND muted_ms = 0 AND unpublished_ms = 0",
		{ ".track", "time" } },
	{ "track_unmuted", "UPDATE tracks SET muted_total_ms = muted_total_ms + " MUTED_UNTIL_2 ", muted_ms = 0 WHERE id = $1",
		{ ".track", "time" } },
	{ "track_unpublished",
		"UPDATE tracks SET muted_total_ms = muted_total_ms + " MUTED_UNTIL_2 ", muted_ms = 0, unpublished_ms = $2"
		" WHERE id = $1 AND unpublished_ms = 0",
		{ ".track", "time" } },
	{ "participant_left",
		"UPDATE tracks SET muted_total_ms = muted_total_ms + " MUTED_UNTIL_2 ", muted_ms = 0, unpublished_ms = $2"
		" WHERE participation = $1 AND unpublished_ms = 0",
		{ ".participation", "time" } },
	{ "participant_left", "UPDATE participations SET left_ms = $2, leave_reason = $3"
		" WHERE id = $1 AND (left_ms = 0 OR leave_reason = 'crashed')",
		{ ".participation", "time", ".reason" } },
	{ "call_ended",
		"UPDATE tracks SET muted_total_ms = muted_total_ms + " MUTED_UNTIL_2 ", muted_ms = 0, unpublished_ms = $2"
		" WHERE call_id = $1 AND unpublished_ms = 0",
		{ "call", "time" } },
	{ "call_ended", "UPDATE participations SET left_ms = $2, leave_reason = $3 WHERE call_id = $1 AND left_ms = 0",
		{ "call", "time", ".reason" } },
	{ "call_ended", "UPDATE calls SET ended_ms = $2, last_ms = $2, end_reason = $3"
		" WHERE id = $1 AND (ended_ms = 0 OR end_reason = 'crashed')",
		{ "call", "time", ".reason" } },
	/* what is done inside a meeting; what is asked for over REST is entered there. Role and detail are words of the room's own */
	{ "moderated",
		"INSERT INTO audit (id, time_ms, actor, actor_name, address, action, target, meeting, result, detail)"
		" VALUES ('AU_' || $1, $2, $3, '', '', 'room.' || $4, $5, $6, 'done',"
		" '{\"role\":\"' || $7 || '\",\"detail\":\"' || $8 || '\"}') ON CONFLICT DO NOTHING",
		{ "id", "time", ".by", ".action", ".target", "meeting", ".by_role", ".detail" } },
};

/* ---- arguments ---- */

static SqlValue
event_field (const LedgerEvent *event, const char *name)
{
	static const struct {
		const char *name;
		gsize offset;
	} texts[] = {
		{ "id", G_STRUCT_OFFSET (LedgerEvent, id) },
		{ "call", G_STRUCT_OFFSET (LedgerEvent, call) },
		{ "meeting", G_STRUCT_OFFSET (LedgerEvent, meeting) },
		{ "code", G_STRUCT_OFFSET (LedgerEvent, code) },
		{ "node", G_STRUCT_OFFSET (LedgerEvent, node) },
	};

	for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
		if (strcmp (texts[i].name, name) == 0)
			return sql_text (G_STRUCT_MEMBER (const char *, event, texts[i].offset));
	return sql_int (event->time_ms);
}

static SqlValue
argument (const LedgerEvent *event, const char *spec)
{
	json_t *value = json_object_get (event->body, spec + 1);

	switch (*spec) {
	case '.': return sql_text (json_is_string (value) ? json_string_value (value) : "");
	case '#': return sql_int (json_is_integer (value) ? MAX (json_integer_value (value), -1) : -1);
	case '?': return sql_int (json_is_true (value));
	default: return event_field (event, spec);
	}
}

static guint
n_args_of (const Step *step)
{
	guint n = 0;

	while (n < MAX_STEP_ARGS && step->args[n] != NULL)
		n++;
	return n;
}

/* ---- the order of things ---- */

/* Events about different people do not disturb each other, so all first events of each can be one statement's work, then
 * all second ones... What ends a call waits for all before it, and all behind it for that. */
typedef struct {
	guint level, step, event;
} Task;

/* Whom it is about. */
static const char *
subject_of (const LedgerEvent *event)
{
	const char *participation = json_string_value (json_object_get (event->body, "participation"));

	return participation != NULL ? participation : event->call;
}

typedef struct {
	GHashTable *levels; /* subject -> its last level */
	guint base, highest;
} Levels;

static guint
next_level (Levels *levels, const LedgerEvent *event)
{
	const char *subject = subject_of (event);
	guint level;

	if (strcmp (event->type, "call_ended") == 0) {
		level = levels->base = ++levels->highest;
		g_hash_table_remove_all (levels->levels);
		return level;
	}
	level = MAX (GPOINTER_TO_UINT (g_hash_table_lookup (levels->levels, subject)), levels->base) + 1;
	g_hash_table_insert (levels->levels, (gpointer) subject, GUINT_TO_POINTER (level));
	levels->highest = MAX (levels->highest, level);
	return level;
}

static gint
compare_tasks (gconstpointer a, gconstpointer b)
{
	const Task *left = a, *right = b;

	if (left->level != right->level)
		return left->level < right->level ? -1 : 1;
	if (left->step != right->step)
		return left->step < right->step ? -1 : 1;
	return left->event < right->event ? -1 : left->event > right->event;
}

static GArray *
plan (const LedgerEvent *events, guint n)
{
	GArray *tasks = g_array_new (FALSE, FALSE, sizeof (Task));
	Levels levels = { g_hash_table_new (g_str_hash, g_str_equal), 0, 0 };

	for (guint event = 0; event < n; event++) {
		guint level = 0;

		for (guint step = 0; step < G_N_ELEMENTS (steps); step++) {
			if (strcmp (steps[step].type, events[event].type) != 0)
				continue;
			if (level == 0)
				level = next_level (&levels, &events[event]);
			g_array_append_val (tasks, ((Task) { level, step, event }));
		}
	}
	g_hash_table_unref (levels.levels);
	g_array_sort (tasks, compare_tasks);
	return tasks;
}

/* ---- running ---- */

static void
append_args (GArray *args, const Step *step, const LedgerEvent *event)
{
	for (guint i = 0; i < n_args_of (step); i++) {
		SqlValue value = argument (event, step->args[i]);

		g_array_append_val (args, value);
	}
}

/* Tasks of one step and level: one statement for all of them. */
static gboolean
run_step (Sql *sql, const Step *step, GArray *args, GError **error)
{
	guint n_args = n_args_of (step);

	return sql->driver->run_many (sql, step->statement, (const SqlValue *) args->data, n_args, args->len / n_args, error);
}

/* What was heard of a call last: kept for the day on which nobody can say how it ended. */
static gboolean
update_last (Sql *sql, const LedgerEvent *events, guint n, GError **error)
{
	g_autoptr (GHashTable) last = g_hash_table_new (g_str_hash, g_str_equal);
	g_autoptr (GArray) args = g_array_new (FALSE, FALSE, sizeof (SqlValue));
	GHashTableIter iter;
	gpointer call, event;

	for (guint i = 0; i < n; i++) {
		const LedgerEvent *known = g_hash_table_lookup (last, events[i].call);

		if (*events[i].call != '\0' && (known == NULL || known->time_ms < events[i].time_ms))
			g_hash_table_insert (last, (gpointer) events[i].call, (gpointer) &events[i]);
	}
	g_hash_table_iter_init (&iter, last);
	while (g_hash_table_iter_next (&iter, &call, &event)) {
		SqlValue row[] = { sql_text (call), sql_int (((const LedgerEvent *) event)->time_ms) };

		g_array_append_vals (args, row, 2);
	}
	return args->len == 0
		|| sql->driver->run_many (sql, "UPDATE calls SET last_ms = $2 WHERE id = $1 AND last_ms < $2 AND ended_ms = 0",
			(const SqlValue *) args->data, 2, args->len / 2, error);
}

gboolean
projections_run (Sql *sql, const LedgerEvent *events, guint n, GError **error)
{
	g_autoptr (GArray) tasks = plan (events, n), args = g_array_new (FALSE, FALSE, sizeof (SqlValue));

	for (guint i = 0; i < tasks->len; i++) {
		const Task *task = &g_array_index (tasks, Task, i), *next = i + 1 < tasks->len ? task + 1 : NULL;

		append_args (args, &steps[task->step], &events[task->event]);
		if (next != NULL && next->level == task->level && next->step == task->step)
			continue;
		if (!run_step (sql, &steps[task->step], args, error))
			return FALSE;
		g_array_set_size (args, 0);
	}
	return update_last (sql, events, n, error);
}

/* ---- samples ---- */

gboolean
projections_run_samples (Sql *sql, const LedgerSample *samples, guint n, GError **error)
{
	g_autoptr (GHashTable) rows = g_hash_table_new (g_str_hash, g_str_equal); /* participation -> index + 1 of its row */
	g_autoptr (GArray) args = g_array_new (FALSE, FALSE, sizeof (SqlValue));

	for (guint i = 0; i < n; i++) {
		gint64 spoke_ms = samples[i].values[LEDGER_VALUE_spoke_ms];
		guint row = GPOINTER_TO_UINT (g_hash_table_lookup (rows, samples[i].participation));
		SqlValue fresh[] = { sql_text (samples[i].participation), sql_int (spoke_ms) };

		if (spoke_ms <= 0)
			continue;
		if (row > 0) {
			g_array_index (args, SqlValue, row * 2 - 1).number += spoke_ms;
			continue;
		}
		g_array_append_vals (args, fresh, 2);
		g_hash_table_insert (rows, (gpointer) samples[i].participation, GUINT_TO_POINTER (args->len / 2));
	}
	return args->len == 0
		|| sql->driver->run_many (sql, "UPDATE participations SET spoke_ms = spoke_ms + $2 WHERE id = $1",
			(const SqlValue *) args->data, 2, args->len / 2, error);
}
