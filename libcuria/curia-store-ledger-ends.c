/* Ends of calls that nobody told: participant_left and call_ended as they would have come, once each. */
#include "curia-ledger-store.h"

#include <string.h>
#include "curia-store-ledger-private.h"
#include "curia-store-private.h"

#define CALLS 100   /* at a time */
#define PEOPLE 1000 /* at a time: as many as a batch has events */
#define ID_LETTERS 20
#define MAX_ROUNDS 1000

/* Of node $1: silent since before $2; or since before $3, and the meeting has a later call. */
#define HEARD_SINCE(time) \
	"EXISTS (SELECT 1 FROM quality_samples q WHERE q.call_id = c.id AND q.time_ms >= " time ")"
#define WHICH \
	" FROM calls c WHERE c.node = $1 AND c.ended_ms = 0 AND ((c.last_ms < $2 AND NOT " HEARD_SINCE ("$2") ")" \
	" OR (c.last_ms < $3 AND EXISTS (SELECT 1 FROM calls n WHERE n.meeting = c.meeting AND n.started_ms > c.started_ms)" \
	" AND NOT " HEARD_SINCE ("$3") "))"

typedef struct {
	char *id, *meeting, *code;
	gint64 last_ms;
} Call;

typedef struct {
	const LedgerEnds *which;
	GStringChunk *texts; /* of the events */
	GArray *events;      /* of LedgerEvent */
	guint n_people;
} Ends;

static void
clear_call (gpointer data)
{
	Call *call = data;

	g_free (call->id);
	g_free (call->meeting);
	g_free (call->code);
}

static void
clear_event (gpointer data)
{
	json_decref (((LedgerEvent *) data)->body);
}

static void
read_call (const SqlValue *cells, guint n, gpointer calls)
{
	Call call = { g_strdup (cells[0].text), g_strdup (cells[1].text), g_strdup (cells[2].text), cells[3].number };

	(void) n;
	g_array_append_val (calls, call);
}

/* ---- events ---- */

/* Always the same for the same end. */
static const char *
id_of (Ends *ends, const char *type, const char *subject, gint64 time_ms)
{
	g_autofree char *text = g_strdup_printf ("%s %s %" G_GINT64_FORMAT, type, subject, time_ms);
	g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
	g_autofree char *id = g_strdup_printf ("EV_%.*s", ID_LETTERS, sum);

	return g_string_chunk_insert (ends->texts, id);
}

static void
add_event (Ends *ends, const char *type, const Call *call, const char *subject, json_t *take_body)
{
	gint64 time_ms = ends->which->time_ms > 0 ? ends->which->time_ms : MAX (call->last_ms, 1);
	g_autofree char *data = NULL;
	LedgerEvent event = { .id = id_of (ends, type, subject, time_ms), .type = type, .node = ends->which->node,
		.meeting = g_string_chunk_insert (ends->texts, call->meeting),
		.code = g_string_chunk_insert (ends->texts, call->code), .call = g_string_chunk_insert (ends->texts, call->id),
		.body = take_body, .time_ms = time_ms };

	json_object_set_new (take_body, "code", json_string (call->code));
	json_object_set_new (take_body, "reason", json_string (ends->which->reason));
	data = json_dumps (take_body, JSON_COMPACT);
	event.data = g_string_chunk_insert (ends->texts, data);
	g_array_append_val (ends->events, event);
}

typedef struct {
	Ends *ends;
	const Call *call;
	guint n;
} Leaving;

static void
read_person (const SqlValue *cells, guint n, gpointer data)
{
	Leaving *leaving = data;

	(void) n;
	leaving->n++;
	add_event (leaving->ends, "participant_left", leaving->call, cells[0].text,
		json_pack ("{s:s s:s s:s s:s}", "participation", cells[0].text, "participant", cells[1].text, "identity", cells[2].text,
			"name", cells[3].text));
}

/* The call is over once all have left; *all FALSE: there are more of them than one transaction takes. */
static gboolean
end_call (Sql *sql, Ends *ends, const Call *call, gboolean *all, GError **error)
{
	Leaving leaving = { ends, call, 0 };
	guint room = PEOPLE - ends->n_people;

	if (!SQL_RUN (sql, "SELECT id, participant, identity, name FROM participations WHERE call_id = $1 AND left_ms = 0"
			" ORDER BY joined_ms, id LIMIT $2", read_person, &leaving, error, sql_text (call->id), sql_int (room)))
		return FALSE;
	ends->n_people += leaving.n;
	*all = leaving.n < room;
	if (*all)
		add_event (ends, "call_ended", call, call->id, json_object ());
	return TRUE;
}

/* ---- a round ---- */

static gboolean
collect (Sql *sql, Ends *ends, gboolean *more, GError **error)
{
	g_autoptr (GArray) calls = g_array_new (FALSE, FALSE, sizeof (Call));
	const LedgerEnds *which = ends->which;
	gboolean all = TRUE;

	g_array_set_clear_func (calls, clear_call);
	if (!SQL_RUN (sql, "SELECT c.id, c.meeting, c.code, COALESCE ((SELECT MAX (q.time_ms) FROM quality_samples q"
			" WHERE q.call_id = c.id AND q.time_ms > c.last_ms), c.last_ms)" WHICH " ORDER BY c.started_ms, c.id LIMIT $4",
			read_call, calls, error, sql_text (which->node), sql_int (which->silent_before_ms),
			sql_int (which->moved_before_ms), sql_int (CALLS)))
		return FALSE;
	for (guint i = 0; i < calls->len && all; i++)
		if (!end_call (sql, ends, &g_array_index (calls, Call, i), &all, error))
			return FALSE;
	*more = !all || calls->len == CALLS;
	return TRUE;
}

/* Most of the time there is nothing: then nobody is kept waiting. Whoever ends something has locked before looking again, as
 * others may end the same. */
gboolean
ledger_end_some (Sql *sql, const LedgerEnds *which, gint64 *last_seq, gboolean *more, GError **error)
{
	Ends ends = { which, NULL, NULL, 0 };
	guint n = 0;
	gboolean ok;

	*more = FALSE;
	if (!SQL_RUN (sql, "SELECT c.id" WHICH " LIMIT 1", sql_count_row, &n, error, sql_text (which->node),
			sql_int (which->silent_before_ms), sql_int (which->moved_before_ms)))
		return FALSE;
	if (n == 0)
		return TRUE;
	ends.texts = g_string_chunk_new (4096);
	ends.events = g_array_new (FALSE, FALSE, sizeof (LedgerEvent));
	g_array_set_clear_func (ends.events, clear_event);
	ok = ledger_lock (sql, error) && collect (sql, &ends, more, error)
		&& ledger_write_events (sql, (LedgerEvent *) ends.events->data, ends.events->len, error);
	if (ok && ends.events->len > 0)
		*last_seq = g_array_index (ends.events, LedgerEvent, ends.events->len - 1).seq;
	g_array_unref (ends.events);
	g_string_chunk_free (ends.texts);
	return ok;
}

/* ---- what is silent ---- */

static void
read_node (const SqlValue *cells, guint n, gpointer nodes)
{
	(void) n;
	g_ptr_array_add (nodes, g_strdup (cells[0].text));
}

/* As the spools name them, for there are few. */
static gboolean
read_nodes (Sql *sql, gpointer nodes, GError **error)
{
	return SQL_RUN (sql, "SELECT DISTINCT node FROM spools WHERE node <> $1", read_node, nodes, error, sql_text (""));
}

typedef struct {
	LedgerEnds which;
	gint64 last_seq;
	gboolean more;
} Round;

static gboolean
run_round (Sql *sql, gpointer data, GError **error)
{
	Round *round = data;

	return ledger_end_some (sql, &round->which, &round->last_seq, &round->more, error);
}

static gboolean
sweep_node (CuriaStore *self, Round *round, GError **error)
{
	gboolean ok = TRUE;

	round->more = TRUE;
	for (guint i = 0; i < MAX_ROUNDS && round->more && ok; i++)
		ok = database_write (self->database, run_round, round, error);
	return ok;
}

gboolean
curia_store_ledger_sweep (CuriaStore *self, const LedgerSweep *sweep, gint64 *last_seq, GError **error)
{
	g_autoptr (GPtrArray) nodes = g_ptr_array_new_with_free_func (g_free);
	Round round = { .which = { .reason = "crashed", .moved_before_ms = sweep->moved_before_ms } };
	gboolean ok = database_read (self->database, read_nodes, nodes, error);

	for (guint i = 0; i < nodes->len && ok; i++) {
		const char *node = g_ptr_array_index (nodes, i);
		gboolean alive = sweep->alive == NULL || g_strv_contains (sweep->alive, node);

		round.which.node = node;
		round.which.silent_before_ms = alive ? sweep->lost_before_ms : sweep->crashed_before_ms;
		ok = sweep_node (self, &round, error);
	}
	*last_seq = round.last_seq;
	return ok;
}
