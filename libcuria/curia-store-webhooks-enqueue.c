/* Events become deliveries: which webhooks want them, under which number, with which body. */
#include "curia-store-webhooks-private.h"

#include <string.h>
#include "curia-clock.h"
#include "curia-fields.h"
#include "curia-store-private.h"
#include "curia-webhook-body.h"

typedef struct {
	Sql *sql;
	gint64 now_ms;
	const LedgerEvent *events;
	GPtrArray *webhooks; /* of CuriaWebhook */
	json_t **bodies;     /* by event; NULL until somebody wants it */
	GError **error;
} Batch;

/* What one webhook gets of one meeting: indices of events. */
typedef struct {
	const CuriaWebhook *webhook;
	GArray *events;
} Chain;

static void
chain_free (gpointer data)
{
	Chain *chain = data;

	g_array_unref (chain->events);
	g_free (chain);
}

/* ---- who wants what ---- */

static void
add_webhook (const SqlValue *cells, guint n, gpointer data)
{
	(void) n;
	g_ptr_array_add (data, webhook_from_row (cells));
}

static gboolean
wants (const CuriaWebhook *webhook, const LedgerEvent *event)
{
	const char *name = webhook_name_of (event->type);
	g_auto (GStrv) names = g_strsplit (webhook->events, ",", -1);

	return name != NULL && (webhook->meeting[0] == '\0' || strcmp (webhook->meeting, event->meeting) == 0)
		&& (names[0] == NULL || g_strv_contains ((const char *const *) names, name));
}

static gboolean
any_is_told (const LedgerEvent *events, guint n)
{
	for (guint i = 0; i < n; i++)
		if (webhook_name_of (events[i].type) != NULL)
			return TRUE;
	return FALSE;
}

static int
compare_names (gconstpointer a, gconstpointer b, gpointer data)
{
	(void) data;
	return strcmp (a, b);
}

/* Name of the numbers -> Chain. Sorted, for who locks several rows must do it in everybody's order. */
static GTree *
collect (Batch *batch, guint n)
{
	GTree *chains = g_tree_new_full (compare_names, NULL, g_free, chain_free);

	for (guint w = 0; w < batch->webhooks->len; w++) {
		const CuriaWebhook *webhook = g_ptr_array_index (batch->webhooks, w);

		for (guint i = 0; i < n; i++) {
			g_autofree char *name = NULL;
			Chain *chain;

			if (!wants (webhook, &batch->events[i]))
				continue;
			name = g_strdup_printf ("webhook:%s:%s", webhook->id, batch->events[i].meeting);
			chain = g_tree_lookup (chains, name);
			if (chain == NULL) {
				chain = g_new (Chain, 1);
				*chain = (Chain) { webhook, g_array_new (FALSE, FALSE, sizeof (guint)) };
				g_tree_insert (chains, g_steal_pointer (&name), chain);
			}
			g_array_append_val (chain->events, i);
		}
	}
	return chains;
}

/* ---- facts ---- */

static void
read_call (const SqlValue *cells, guint n, gpointer data)
{
	WebhookFacts *facts = data;

	(void) n;
	facts->call_started_ms = cells[0].number;
	facts->max_participants = cells[1].number;
}

static void
read_participation (const SqlValue *cells, guint n, gpointer data)
{
	WebhookFacts *facts = data;

	(void) n;
	facts->joined_ms = cells[0].number;
	facts->viewer = strcmp (cells[1].text, "viewer") == 0;
}

static void
read_number (const SqlValue *cells, guint n, gpointer data)
{
	(void) n;
	*(gint64 *) data = cells[0].number;
}

/* How many were in the call right after the event, by the clock: later events of the same batch are in the tables already. */
static gboolean
count_people (Sql *sql, const LedgerEvent *event, WebhookFacts *facts, GError **error)
{
	return SQL_RUN (sql,
		"SELECT COUNT (*) FROM participations WHERE call_id = $1 AND role <> 'viewer' AND joined_ms <= $2"
		" AND (left_ms = 0 OR left_ms > $2)",
		read_number, &facts->participants, error, sql_text (event->call), sql_int (event->time_ms));
}

static gboolean
read_facts (Sql *sql, const LedgerEvent *event, WebhookFacts *facts, GError **error)
{
	const char *participation = curia_json_string (event->body, "participation", "");

	facts->call_started_ms = facts->joined_ms = event->time_ms;
	if (!SQL_RUN (sql,
			"SELECT c.started_ms, COALESCE (m.max_participants, 0) FROM calls c"
			" LEFT JOIN meetings m ON m.id = c.meeting WHERE c.id = $1",
			read_call, facts, error, sql_text (event->call)))
		return FALSE;
	facts->max_participants = curia_json_int (event->body, "max_participants", facts->max_participants);
	/* a call begins and ends without people, though the first comes in the same millisecond */
	return *participation == '\0'
		|| (count_people (sql, event, facts, error)
			&& SQL_RUN (sql, "SELECT joined_ms, role FROM participations WHERE id = $1", read_participation, facts, error,
				sql_text (participation)));
}

static json_t *
body_of (Batch *batch, guint i)
{
	if (batch->bodies[i] == NULL) {
		WebhookFacts facts = { 0 };

		if (read_facts (batch->sql, &batch->events[i], &facts, batch->error))
			batch->bodies[i] = webhook_body_new (&batch->events[i], &facts);
	}
	return batch->bodies[i];
}

/* ---- rows ---- */

/* The numbers are of their own, without gaps; who counts holds the row until the commit, so they are queued in order. */
static gboolean
take_numbers (Batch *batch, const char *name, const Chain *chain, gint64 *first, gboolean *alone)
{
	gint64 last = 0, waiting = 0;

	if (!SQL_RUN (batch->sql,
			"INSERT INTO sequences (name, value) VALUES ($1, $2)"
			" ON CONFLICT (name) DO UPDATE SET value = sequences.value + excluded.value RETURNING value",
			read_number, &last, batch->error, sql_text (name), sql_int (chain->events->len))
		|| !SQL_RUN (batch->sql,
			"SELECT 1 FROM deliveries WHERE webhook = $1 AND meeting = $2 AND state = 'waiting' LIMIT 1", read_number,
			&waiting, batch->error, sql_text (chain->webhook->id), sql_text (strrchr (name, ':') + 1)))
		return FALSE;
	*first = last - chain->events->len + 1;
	*alone = waiting == 0;
	return TRUE;
}

static gboolean
insert (Batch *batch, const Chain *chain, guint i, gint64 number, gint64 next_ms)
{
	const LedgerEvent *event = &batch->events[i];
	json_t *body = body_of (batch, i);
	g_autofree char *id = g_strdup_printf ("%s.%s", chain->webhook->id, event->id), *text = NULL;

	if (body == NULL)
		return FALSE;
	text = webhook_body_text (body, event->meeting, number);
	return SQL_RUN (batch->sql,
		"INSERT INTO deliveries (id, webhook, event, type, meeting, number, body, state, created_ms, since_ms, next_ms)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, $8, $9) ON CONFLICT (id) DO NOTHING",
		NULL, NULL, batch->error, sql_text (id), sql_text (chain->webhook->id), sql_text (event->id),
		sql_text (webhook_name_of (event->type)), sql_text (event->meeting), sql_int (number), sql_text (text),
		sql_int (batch->now_ms), sql_int (next_ms));
}

/* Only the first of a meeting is ever due; each that is done makes the next one due. */
static gboolean
insert_chain (Batch *batch, const char *name, const Chain *chain)
{
	gint64 first = 0;
	gboolean alone = FALSE;

	if (!take_numbers (batch, name, chain, &first, &alone))
		return FALSE;
	for (guint k = 0; k < chain->events->len; k++)
		if (!insert (batch, chain, g_array_index (chain->events, guint, k), first + k,
				alone && k == 0 ? batch->now_ms : WEBHOOK_BLOCKED_MS))
			return FALSE;
	return TRUE;
}

static gboolean
insert_next (gpointer name, gpointer chain, gpointer data)
{
	return !insert_chain (data, name, chain); /* TRUE ends the walk */
}

static gboolean
run (Batch *batch, guint n)
{
	g_autoptr (GTree) chains = collect (batch, n);
	g_autoptr (GError) failure = NULL;
	GError **error = batch->error;

	batch->error = &failure;
	batch->bodies = g_new0 (json_t *, n);
	g_tree_foreach (chains, insert_next, batch);
	for (guint i = 0; i < n; i++)
		json_decref (batch->bodies[i]);
	g_free (batch->bodies);
	if (failure == NULL)
		return TRUE;
	g_propagate_error (error, g_steal_pointer (&failure));
	return FALSE;
}

gboolean
webhooks_enqueue_at (Sql *sql, const LedgerEvent *events, guint n, gint64 now_ms, GError **error)
{
	g_autoptr (GPtrArray) webhooks = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_webhook_free);
	Batch batch = { .sql = sql, .now_ms = now_ms, .events = events, .webhooks = webhooks, .error = error };

	if (!any_is_told (events, n))
		return TRUE;
	if (!SQL_RUN (sql, "SELECT " WEBHOOK_COLUMNS " FROM webhooks WHERE enabled = $1 ORDER BY id", add_webhook, webhooks,
			error, sql_int (1)))
		return FALSE;
	return webhooks->len == 0 || run (&batch, n);
}

gboolean
webhooks_enqueue (Sql *sql, const LedgerEvent *events, guint n, GError **error)
{
	return webhooks_enqueue_at (sql, events, n, curia_clock_wall_ms (), error);
}

/* ---- alone ---- */

typedef struct {
	const LedgerEvent *events;
	guint n;
	gint64 now_ms;
} Enqueue;

static gboolean
enqueue_alone (Sql *sql, gpointer data, GError **error)
{
	const Enqueue *enqueue = data;

	return webhooks_enqueue_at (sql, enqueue->events, enqueue->n, enqueue->now_ms, error);
}

gboolean
curia_store_webhooks_enqueue (CuriaStore *self, const LedgerEvent *events, guint n, gint64 now_ms, GError **error)
{
	return database_write (self->database, enqueue_alone, &(Enqueue) { events, n, now_ms }, error);
}
