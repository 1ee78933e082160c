#include "curia-ledger-store.h"

#include <string.h>
#include "curia-store-ledger-private.h"
#include "curia-store-private.h"
#include "curia-store-webhooks-private.h"

/* Rows of one statement: what costs is the statement, but planning it grows with its rows. */
static const guint rows_at_once[] = { 30, 6, 1 };

/* ---- inserting many ---- */

static char *
bulk_text (const Bulk *bulk, guint n_rows)
{
	GString *text = g_string_new (bulk->head);
	guint arg = 0;

	g_string_append (text, " VALUES ");
	for (guint row = 0; row < n_rows; row++) {
		g_string_append (text, row > 0 ? ", (" : "(");
		for (guint column = 0; column < bulk->n_columns; column++)
			g_string_append_printf (text, column > 0 ? ", $%u" : "$%u", ++arg);
		g_string_append_c (text, ')');
	}
	g_string_append_printf (text, " %s", bulk->tail);
	return g_string_free (text, FALSE);
}

/* Statements stay, as connections know them by their address. */
static void
bulk_prepare (Bulk *bulk)
{
	static GMutex lock;

	g_mutex_lock (&lock);
	for (guint i = 0; i < G_N_ELEMENTS (rows_at_once) && bulk->statements[i] == NULL; i++)
		bulk->statements[i] = bulk_text (bulk, rows_at_once[i]);
	g_mutex_unlock (&lock);
}

/* `n_sets` times the same statement; with a callback each for itself, since the other way drops the answers. */
static gboolean
bulk_run (Sql *sql, const char *statement, const SqlValue *args, guint n_args, guint n_sets, SqlOnRow on_row, gpointer data,
	GError **error)
{
	gboolean ok = TRUE;

	if (on_row == NULL)
		return n_sets == 0 || sql->driver->run_many (sql, statement, args, n_args, n_sets, error);
	for (guint i = 0; i < n_sets && ok; i++)
		ok = sql->driver->run (sql, statement, &args[i * n_args], n_args, on_row, data, error);
	return ok;
}

/* A statement is cheap where the database is in this process, and many rows in one are not. */
gboolean
bulk_insert (Sql *sql, Bulk *bulk, const SqlValue *args, guint n_rows, SqlOnRow on_row, gpointer data, GError **error)
{
	gboolean ok = TRUE;

	g_assert (rows_at_once[0] * bulk->n_columns <= SQL_MAX_ARGS);
	bulk_prepare (bulk);
	for (guint i = sql->driver->is_remote ? 0 : G_N_ELEMENTS (rows_at_once) - 1; i < G_N_ELEMENTS (rows_at_once) && ok; i++) {
		guint n_sets = n_rows / rows_at_once[i], n_args = rows_at_once[i] * bulk->n_columns;

		ok = bulk_run (sql, bulk->statements[i], args, n_args, n_sets, on_row, data, error);
		args += n_sets * n_args;
		n_rows -= n_sets * rows_at_once[i];
	}
	return ok;
}

/* ---- the spool's position ---- */

typedef struct {
	gint64 position;
	char *node;
} Place;

static void
read_place (const SqlValue *cells, guint n, gpointer data)
{
	Place *place = data;

	(void) n;
	place->position = cells[0].number;
	g_free (place->node);
	place->node = g_strdup (cells[1].text);
}

/* A start of which nothing is written goes on where the one before it was. */
static gboolean
find_place (Sql *sql, const LedgerBatch *batch, Place *place, GError **error)
{
	static const char select[] = "SELECT position, node FROM spools WHERE id = $1";
	gboolean ok = SQL_RUN (sql, select, read_place, place, error, sql_text (batch->spool));

	if (!ok || place->node != NULL || batch->previous == NULL || *batch->previous == '\0')
		return ok;
	ok = SQL_RUN (sql, select, read_place, place, error, sql_text (batch->previous));
	place->position = 0; /* its numbers say nothing of these */
	return ok;
}

/* Samples do not say whose they are. */
static gboolean
write_place (Sql *sql, const LedgerBatch *batch, const Place *before, GError **error)
{
	const char *node = batch->n_events == 0 && before->node != NULL ? before->node : batch->node;

	return SQL_RUN (sql,
		"INSERT INTO spools (id, node, position) VALUES ($1, $2, $3)"
		" ON CONFLICT (id) DO UPDATE SET node = excluded.node, position = excluded.position",
		NULL, NULL, error, sql_text (batch->spool), sql_text (node), sql_int (batch->next));
}

/* ---- numbers ---- */

static Bulk sequences = {
	.head = "INSERT INTO sequences (name, value)",
	.n_columns = 2,
	.tail = "ON CONFLICT (name) DO UPDATE SET value = sequences.value + excluded.value RETURNING name, value",
};

typedef struct {
	gint64 count, next;
} Numbers;

static void
read_sequence (const SqlValue *cells, guint n, gpointer data)
{
	Numbers *numbers = g_hash_table_lookup (data, cells[0].text);

	(void) n;
	if (numbers != NULL)
		numbers->next = cells[1].number - numbers->count + 1;
}

static void
count (GHashTable *names, char *take_name)
{
	Numbers *numbers = g_hash_table_lookup (names, take_name);

	if (numbers == NULL) {
		numbers = g_new0 (Numbers, 1);
		g_hash_table_insert (names, take_name, numbers);
	} else
		g_free (take_name);
	numbers->count++;
}

static char *
meeting_sequence (const LedgerEvent *event)
{
	return g_strconcat ("meeting:", event->meeting, NULL);
}

/* Takes as many numbers as were counted. In the order of their names: nobody waits for a row while holding a later one. */
static gboolean
take_numbers (Sql *sql, GHashTable *names, GError **error)
{
	g_autoptr (GList) sorted = g_list_sort (g_hash_table_get_keys (names), (GCompareFunc) strcmp);
	g_autoptr (GArray) args = g_array_new (FALSE, FALSE, sizeof (SqlValue));

	for (GList *at = sorted; at != NULL; at = at->next) {
		const Numbers *numbers = g_hash_table_lookup (names, at->data);
		SqlValue row[] = { sql_text (at->data), sql_int (numbers->count) };

		g_array_append_vals (args, row, 2);
	}
	return bulk_insert (sql, &sequences, (const SqlValue *) args->data, args->len / 2, read_sequence, names, error);
}

static void
give_numbers (LedgerEvent *events, guint n, GHashTable *names)
{
	Numbers *all = g_hash_table_lookup (names, "events");

	for (guint i = 0; i < n; i++) {
		g_autofree char *name = meeting_sequence (&events[i]);
		Numbers *own = g_hash_table_lookup (names, name);

		events[i].seq = all->next++;
		events[i].meeting_seq = *events[i].meeting != '\0' ? own->next++ : 0;
	}
}

static gboolean
number_events (Sql *sql, LedgerEvent *events, guint n, GError **error)
{
	g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

	for (guint i = 0; i < n; i++) {
		count (names, g_strdup ("events"));
		if (*events[i].meeting != '\0')
			count (names, meeting_sequence (&events[i]));
	}
	if (!take_numbers (sql, names, error))
		return FALSE;
	give_numbers (events, n, names);
	return TRUE;
}

/* ---- rows ---- */

static Bulk event_rows = {
	.head = "INSERT INTO events (seq, id, type, time_ms, node, meeting, meeting_seq, call_id, data)",
	.n_columns = 9,
	.tail = "ON CONFLICT DO NOTHING",
};

static Bulk sample_rows = {
	.head = "INSERT INTO quality_samples (event, participation, call_id, time_ms, rtt_us, down_bps, down_loss_ppm,"
			" down_jitter_us, up_bps, up_loss_ppm, up_jitter_us, estimate_bps, paused_slots, freezes, frozen_ms, spoke_ms)",
	.n_columns = 4 + LEDGER_N_VALUES,
	.tail = "ON CONFLICT DO NOTHING",
};

static gboolean
insert_events (Sql *sql, const LedgerEvent *events, guint n, GError **error)
{
	g_autofree SqlValue *args = g_new (SqlValue, (gsize) n * event_rows.n_columns + 1);

	for (guint i = 0; i < n; i++) {
		const LedgerEvent *event = &events[i];
		SqlValue row[] = { sql_int (event->seq), sql_text (event->id), sql_text (event->type), sql_int (event->time_ms),
			sql_text (event->node), sql_text (event->meeting), sql_int (event->meeting_seq), sql_text (event->call),
			sql_text (event->data) };

		memcpy (&args[i * event_rows.n_columns], row, sizeof row);
	}
	return bulk_insert (sql, &event_rows, args, n, NULL, NULL, error);
}

static gboolean
insert_samples (Sql *sql, const LedgerSample *samples, guint n, GError **error)
{
	g_autofree SqlValue *args = g_new (SqlValue, (gsize) n * sample_rows.n_columns + 1);

	for (guint i = 0; i < n; i++) {
		const LedgerSample *sample = &samples[i];
		SqlValue *row = &args[i * sample_rows.n_columns];

		row[0] = sql_text (sample->id);
		row[1] = sql_text (sample->participation);
		row[2] = sql_text (sample->call);
		row[3] = sql_int (sample->time_ms);
		for (guint value = 0; value < LEDGER_N_VALUES; value++)
			row[4 + value] = sql_int (sample->values[value]);
	}
	return bulk_insert (sql, &sample_rows, args, n, NULL, NULL, error);
}

/* ---- events ---- */

gboolean
ledger_lock (Sql *sql, GError **error)
{
	return SQL_RUN (sql, "INSERT INTO sequences (name, value) VALUES ($1, 0) ON CONFLICT (name) DO UPDATE SET value = sequences.value",
		NULL, NULL, error, sql_text ("events"));
}

gboolean
ledger_write_events (Sql *sql, LedgerEvent *events, guint n, GError **error)
{
	return n == 0
		|| (number_events (sql, events, n, error) && insert_events (sql, events, n, error)
			&& projections_run (sql, events, n, error) && webhooks_enqueue (sql, events, n, error));
}

/* ---- a batch ---- */

typedef struct {
	LedgerBatch *batch;
	gint64 last_seq;
	gboolean more; /* calls to end before it */
} Write;

/* Samples first: nobody waits for their rows, as others do for those of `sequences`. */
static gboolean
write_part (Sql *sql, gpointer data, GError **error)
{
	Write *write = data;
	LedgerBatch *batch = write->batch;
	g_autofree char *before = NULL;
	Place place = { 0, NULL };
	guint event = 0, sample = 0;
	gboolean ok;

	write->last_seq = 0;
	batch->n_skipped = 0;
	ok = find_place (sql, batch, &place, error);
	before = place.node;
	if (!ok)
		return FALSE;
	while (event < batch->n_events && batch->events[event].number < place.position)
		event++;
	while (sample < batch->n_samples && batch->samples[sample].number < place.position)
		sample++;
	batch->n_skipped = event + sample;
	if (batch->next <= place.position)
		return TRUE;
	if (!insert_samples (sql, batch->samples + sample, batch->n_samples - sample, error)
		|| !ledger_write_events (sql, batch->events + event, batch->n_events - event, error))
		return FALSE;
	write->last_seq = event < batch->n_events ? batch->events[batch->n_events - 1].seq : 0;
	return projections_run_samples (sql, batch->samples + sample, batch->n_samples - sample, error)
		&& write_place (sql, batch, &place, error);
}

/* ---- what a node left open ---- */

static gboolean
ends_node (const LedgerEvent *event)
{
	return strcmp (event->type, "node_started") == 0 || strcmp (event->type, "node_stopped") == 0;
}

/* A start finds calls open only when nobody could say how they ended: they lasted until the last that is known of them. */
static LedgerEnds
ends_of (const LedgerEvent *event)
{
	gboolean stopped = strcmp (event->type, "node_stopped") == 0;

	return (LedgerEnds) { .node = event->node, .reason = stopped ? "shutdown" : "crashed", .silent_before_ms = G_MAXINT64,
		.time_ms = stopped ? event->time_ms : 0 };
}

/* A spool may have been another node's before: this one was renamed. */
static gboolean
end_some (Sql *sql, gpointer data, GError **error)
{
	Write *write = data;
	const LedgerEvent *event = &write->batch->events[0];
	g_autofree char *before = NULL;
	LedgerEnds which = ends_of (event);
	Place place = { 0, NULL };
	gboolean ok = find_place (sql, write->batch, &place, error);

	before = place.node;
	write->more = FALSE;
	if (!ok || event->number < place.position)
		return ok;
	if (!ledger_end_some (sql, &which, &write->last_seq, &write->more, error))
		return FALSE;
	if (write->more || before == NULL || strcmp (before, event->node) == 0)
		return TRUE;
	which.node = before;
	return ledger_end_some (sql, &which, &write->last_seq, &write->more, error);
}

static gboolean
end_calls (CuriaStore *self, Write *write, GError **error)
{
	gboolean ok = TRUE;

	write->more = write->batch->n_events > 0 && ends_node (&write->batch->events[0]);
	while (ok && write->more)
		ok = database_write (self->database, end_some, write, error);
	return ok;
}

/* ---- parts of a batch ---- */

/* Takes off its beginning, up to what ends a node: that begins the next part. */
static LedgerBatch
take_part (LedgerBatch *rest)
{
	LedgerBatch part = *rest;
	guint event = 0, sample = 0;

	if (rest->n_events > 0 && (rest->n_samples == 0 || rest->samples[0].number > rest->events[0].number))
		event++;
	while (event < rest->n_events && !ends_node (&rest->events[event]))
		event++;
	if (event < rest->n_events)
		part.next = rest->events[event].number;
	while (sample < rest->n_samples && rest->samples[sample].number < part.next)
		sample++;
	if (event > 0)
		part.node = rest->events[event - 1].node;
	part.n_events = event;
	part.n_samples = sample;
	rest->events += event;
	rest->n_events -= event;
	rest->samples += sample;
	rest->n_samples -= sample;
	return part;
}

gboolean
curia_store_ledger_write (CuriaStore *self, LedgerBatch *batch, gint64 *last_seq, GError **error)
{
	LedgerBatch rest = *batch;
	gboolean ok;

	batch->n_skipped = 0;
	*last_seq = 0;
	do {
		LedgerBatch part = take_part (&rest);
		Write write = { &part, 0, FALSE };

		ok = end_calls (self, &write, error) && database_write (self->database, write_part, &write, error);
		batch->n_skipped += part.n_skipped;
		*last_seq = ok && write.last_seq > 0 ? write.last_seq : *last_seq;
	} while (ok && rest.n_events + rest.n_samples > 0);
	return ok;
}
