/* Events become deliveries: which webhooks want them, under which number, with which body. There are as many rows as events
 * times webhooks, and the only writer waits: all of it is read and written in bulk. */
#include "curia-store-webhooks-private.h"

#include <string.h>
#include "curia-clock.h"
#include "curia-fields.h"
#include "curia-store-ledger-private.h"
#include "curia-store-private.h"
#include "curia-webhook-body.h"

#define KEYS_AT_ONCE 64
#define ROWS_AT_ONCE 480 /* of deliveries; their texts are in memory until they are written */
#define DELIVERY_COLUMNS 11

typedef struct {
	Sql *sql;
	gint64 now_ms;
	const LedgerEvent *events;
	guint n;
	GPtrArray *webhooks; /* of CuriaWebhook */
	guint *bits;         /* by event: of its type */
	WebhookText **texts; /* by event; NULL where nobody wants it */
	GHashTable *meetings; /* id -> GArray of indices of events */
	GPtrArray *chains;   /* of Chain, in the order of their names */
	GHashTable *calls;   /* id -> Call */
	GHashTable *people;  /* participation -> Person */
} Batch;

/* What one webhook gets of one meeting. */
typedef struct {
	char *name; /* of the numbers */
	const CuriaWebhook *webhook;
	GArray *events; /* indices */
	gint64 first;   /* number */
	gboolean alone; /* nothing of the meeting waits */
} Chain;

static void
chain_free (gpointer data)
{
	Chain *chain = data;

	g_array_unref (chain->events);
	g_free (chain->name);
	g_free (chain);
}

/* ---- looking up many ---- */

/* "<head> ($1, $2...) <tail>"; in the tail, arguments are counted from $65. */
typedef struct {
	const char *head, *tail;
	char *statement; /* made at the first use, kept for good: connections know it by its address */
} Lookup;

static const char *
lookup_statement (Lookup *lookup)
{
	static GMutex lock;

	g_mutex_lock (&lock);
	if (lookup->statement == NULL) {
		GString *text = g_string_new (lookup->head);

		for (guint i = 1; i <= KEYS_AT_ONCE; i++)
			g_string_append_printf (text, i > 1 ? ", $%u" : " ($%u", i);
		g_string_append_printf (text, ") %s", lookup->tail);
		lookup->statement = g_string_free (text, FALSE);
	}
	g_mutex_unlock (&lock);
	return lookup->statement;
}

/* Rows of all the keys, which are texts; the last statement has its last key several times. */
static gboolean
look_up (Sql *sql, Lookup *lookup, const GPtrArray *keys, const gint64 *more, guint n_more, SqlOnRow on_row, gpointer data,
	GError **error)
{
	SqlValue args[KEYS_AT_ONCE + 2];
	gboolean ok = TRUE;

	g_assert (n_more <= 2);
	for (guint i = 0; i < n_more; i++)
		args[KEYS_AT_ONCE + i] = sql_int (more[i]);
	for (guint done = 0; done < keys->len && ok; done += KEYS_AT_ONCE) {
		for (guint i = 0; i < KEYS_AT_ONCE; i++)
			args[i] = sql_text (g_ptr_array_index (keys, MIN (done + i, keys->len - 1)));
		ok = sql->driver->run (sql, lookup_statement (lookup), args, KEYS_AT_ONCE + n_more, on_row, data, error);
	}
	return ok;
}

static GPtrArray *
keys_of (GHashTable *table)
{
	GPtrArray *keys = g_ptr_array_new ();
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init (&iter, table);
	while (g_hash_table_iter_next (&iter, &key, NULL))
		g_ptr_array_add (keys, key);
	return keys;
}

/* ---- who wants what ---- */

static gboolean
sort_by_meeting (Batch *batch)
{
	for (guint i = 0; i < batch->n; i++) {
		const char *meeting = batch->events[i].meeting;
		GArray *own;

		batch->bits[i] = webhook_bit_of (batch->events[i].type);
		if (batch->bits[i] == 0)
			continue;
		own = g_hash_table_lookup (batch->meetings, meeting);
		if (own == NULL) {
			own = g_array_new (FALSE, FALSE, sizeof (guint));
			g_hash_table_insert (batch->meetings, (gpointer) meeting, own);
		}
		g_array_append_val (own, i);
	}
	return g_hash_table_size (batch->meetings) > 0;
}

static void
add_chain (Batch *batch, const CuriaWebhook *webhook, guint wanted, const char *meeting, const GArray *events)
{
	Chain *chain = NULL;

	for (guint k = 0; k < events->len; k++) {
		guint i = g_array_index (events, guint, k);

		if ((batch->bits[i] & wanted) == 0)
			continue;
		if (chain == NULL) {
			chain = g_new (Chain, 1);
			*chain = (Chain) { .name = g_strdup_printf ("webhook:%s:%s", webhook->id, meeting), .webhook = webhook,
				.events = g_array_new (FALSE, FALSE, sizeof (guint)), .alone = TRUE };
			g_ptr_array_add (batch->chains, chain);
		}
		g_array_append_val (chain->events, i);
	}
}

static gint
compare_chains (gconstpointer a, gconstpointer b)
{
	return strcmp ((*(Chain *const *) a)->name, (*(Chain *const *) b)->name);
}

/* Sorted, for who locks several rows must do it in everybody's order. */
static void
collect (Batch *batch)
{
	for (guint w = 0; w < batch->webhooks->len; w++) {
		const CuriaWebhook *webhook = g_ptr_array_index (batch->webhooks, w);
		guint wanted = webhook_bits_of_list (webhook->events);
		GHashTableIter iter;
		gpointer meeting, events;

		g_hash_table_iter_init (&iter, batch->meetings);
		while (g_hash_table_iter_next (&iter, &meeting, &events))
			if (*webhook->meeting == '\0' || strcmp (webhook->meeting, meeting) == 0)
				add_chain (batch, webhook, wanted, meeting, events);
	}
	g_ptr_array_sort (batch->chains, compare_chains);
}

/* ---- facts ---- */

typedef struct {
	gint64 started_ms, max_participants;
	GArray *joined, *left; /* times at which there is one more, one less; sorted */
} Call;

typedef struct {
	gint64 joined_ms;
	gboolean known, viewer;
} Person;

static void
call_free (gpointer data)
{
	Call *call = data;

	g_array_unref (call->joined);
	g_array_unref (call->left);
	g_free (call);
}

static const char *
participation_of (const LedgerEvent *event)
{
	return curia_json_string (event->body, "participation", "");
}

static void
read_call (const SqlValue *cells, guint n, gpointer data)
{
	Call *call = g_hash_table_lookup (((Batch *) data)->calls, cells[0].text);

	(void) n;
	if (call == NULL)
		return;
	call->started_ms = cells[1].number;
	call->max_participants = cells[2].number;
}

static void
read_person (const SqlValue *cells, guint n, gpointer data)
{
	Person *person = g_hash_table_lookup (((Batch *) data)->people, cells[0].text);

	(void) n;
	if (person != NULL)
		*person = (Person) { cells[1].number, TRUE, strcmp (cells[2].text, "viewer") == 0 };
}

/* Who left before they came, by the clock, was never there. */
static void
read_stay (const SqlValue *cells, guint n, gpointer data)
{
	Call *call = g_hash_table_lookup (((Batch *) data)->calls, cells[0].text);
	gint64 joined_ms = cells[1].number, left_ms = MAX (cells[1].number, cells[2].number);

	(void) n;
	if (call == NULL)
		return;
	g_array_append_val (call->joined, joined_ms);
	if (cells[2].number != 0)
		g_array_append_val (call->left, left_ms);
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
	gint64 left = *(const gint64 *) a, right = *(const gint64 *) b;

	return left < right ? -1 : left > right;
}

static guint
count_until (const GArray *times, gint64 time_ms)
{
	guint low = 0, high = times->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (g_array_index (times, gint64, middle) <= time_ms)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
note (Batch *batch, const LedgerEvent *event)
{
	const char *participation = participation_of (event);

	if (!g_hash_table_contains (batch->calls, event->call)) {
		Call *call = g_new (Call, 1);

		*call = (Call) { -1, 0, g_array_new (FALSE, FALSE, sizeof (gint64)), g_array_new (FALSE, FALSE, sizeof (gint64)) };
		g_hash_table_insert (batch->calls, (gpointer) event->call, call);
	}
	if (*participation != '\0' && !g_hash_table_contains (batch->people, participation))
		g_hash_table_insert (batch->people, (gpointer) participation, g_new0 (Person, 1));
}

/* [0]: the first moment for which people will be counted, [1]: the last. */
static void
find_times (const Batch *batch, const gboolean *wanted, gint64 *times)
{
	times[0] = G_MAXINT64;
	times[1] = G_MININT64;
	for (guint i = 0; i < batch->n; i++) {
		if (!wanted[i])
			continue;
		times[0] = MIN (times[0], batch->events[i].time_ms);
		times[1] = MAX (times[1], batch->events[i].time_ms);
	}
}

static gboolean
read_facts (Batch *batch, const gint64 *times, GError **error)
{
	static Lookup calls = { "SELECT c.id, c.started_ms, COALESCE (m.max_participants, 0) FROM calls c"
		" LEFT JOIN meetings m ON m.id = c.meeting WHERE c.id IN", "", NULL };
	static Lookup people = { "SELECT id, joined_ms, role FROM participations WHERE id IN", "", NULL };
	static Lookup stays = { "SELECT call_id, joined_ms, left_ms FROM participations WHERE call_id IN",
		"AND role <> 'viewer' AND joined_ms <= $66 AND (left_ms = 0 OR left_ms > $65)", NULL };
	g_autoptr (GPtrArray) call_ids = keys_of (batch->calls), person_ids = keys_of (batch->people);

	if (!look_up (batch->sql, &calls, call_ids, NULL, 0, read_call, batch, error)
		|| !look_up (batch->sql, &people, person_ids, NULL, 0, read_person, batch, error)
		|| (person_ids->len > 0 && !look_up (batch->sql, &stays, call_ids, times, 2, read_stay, batch, error)))
		return FALSE;
	for (guint i = 0; i < call_ids->len; i++) {
		Call *call = g_hash_table_lookup (batch->calls, g_ptr_array_index (call_ids, i));

		g_array_sort (call->joined, compare_times);
		g_array_sort (call->left, compare_times);
	}
	return TRUE;
}

/* How many were in the call right after the event is told by the clock: later events of the same batch are in the tables
 * already. A call begins and ends without people, though the first comes in the same millisecond. */
static WebhookFacts
facts_of (const Batch *batch, const LedgerEvent *event)
{
	const Call *call = g_hash_table_lookup (batch->calls, event->call);
	const Person *person = g_hash_table_lookup (batch->people, participation_of (event));

	return (WebhookFacts) {
		.call_started_ms = call->started_ms >= 0 ? call->started_ms : event->time_ms,
		.max_participants = curia_json_int (event->body, "max_participants", call->max_participants),
		.participants = person == NULL ? 0
			: (gint64) count_until (call->joined, event->time_ms) - (gint64) count_until (call->left, event->time_ms),
		.joined_ms = person != NULL && person->known ? person->joined_ms : event->time_ms,
		.viewer = person != NULL && person->viewer,
	};
}

/* The body of each event that somebody wants. */
static gboolean
write_bodies (Batch *batch, GError **error)
{
	g_autofree gboolean *wanted = g_new0 (gboolean, batch->n);
	gint64 times[2];

	for (guint c = 0; c < batch->chains->len; c++) {
		const Chain *chain = g_ptr_array_index (batch->chains, c);

		for (guint k = 0; k < chain->events->len; k++)
			wanted[g_array_index (chain->events, guint, k)] = TRUE;
	}
	for (guint i = 0; i < batch->n; i++)
		if (wanted[i])
			note (batch, &batch->events[i]);
	find_times (batch, wanted, times);
	if (!read_facts (batch, times, error))
		return FALSE;
	for (guint i = 0; i < batch->n; i++) {
		WebhookFacts facts;

		if (!wanted[i])
			continue;
		facts = facts_of (batch, &batch->events[i]);
		batch->texts[i] = webhook_text_new (&batch->events[i], &facts);
	}
	return TRUE;
}

/* ---- numbers ---- */

static Bulk sequence_rows = {
	.head = "INSERT INTO sequences (name, value)",
	.n_columns = 2,
	.tail = "ON CONFLICT (name) DO UPDATE SET value = sequences.value + excluded.value RETURNING name, value",
};

static void
read_last (const SqlValue *cells, guint n, gpointer data)
{
	Chain *chain = g_hash_table_lookup (data, cells[0].text);

	(void) n;
	if (chain != NULL)
		chain->first = cells[1].number - chain->events->len + 1;
}

static void
read_waiting (const SqlValue *cells, guint n, gpointer data)
{
	Chain *chain = g_hash_table_lookup (data, cells[0].text);

	(void) n;
	if (chain != NULL)
		chain->alone = FALSE;
}

/* The numbers are of their own, without gaps; who counts holds the row until the commit, so they are queued in order. What
 * waits is looked up with the rows in hand, by the parts of their names: the id of a webhook has 19 characters. */
static gboolean
take_numbers (Batch *batch, GError **error)
{
	static Lookup waiting = { "SELECT name FROM sequences WHERE name IN",
		"AND (SELECT d.number FROM deliveries d WHERE d.webhook = SUBSTR (sequences.name, 9, 19)"
		" AND d.meeting = SUBSTR (sequences.name, 29) AND d.state = 'waiting' ORDER BY d.number LIMIT 1) IS NOT NULL", NULL };
	g_autoptr (GHashTable) by_name = g_hash_table_new (g_str_hash, g_str_equal);
	g_autoptr (GPtrArray) names = g_ptr_array_new ();
	g_autofree SqlValue *args = g_new (SqlValue, (gsize) batch->chains->len * 2);

	for (guint c = 0; c < batch->chains->len; c++) {
		Chain *chain = g_ptr_array_index (batch->chains, c);

		args[c * 2] = sql_text (chain->name);
		args[c * 2 + 1] = sql_int (chain->events->len);
		g_ptr_array_add (names, chain->name);
		g_hash_table_insert (by_name, chain->name, chain);
	}
	return bulk_insert (batch->sql, &sequence_rows, args, batch->chains->len, read_last, by_name, error)
		&& look_up (batch->sql, &waiting, names, NULL, 0, read_waiting, by_name, error);
}

/* ---- rows ---- */

static Bulk delivery_rows = {
	.head = "INSERT INTO deliveries (id, webhook, event, type, meeting, number, body, state, created_ms, since_ms, next_ms)",
	.n_columns = DELIVERY_COLUMNS,
	.tail = "ON CONFLICT (id) DO NOTHING",
};

typedef struct {
	Batch *batch;
	SqlValue args[ROWS_AT_ONCE * DELIVERY_COLUMNS];
	guint n;
	GPtrArray *texts; /* that the arguments point to */
} Rows;

static gboolean
flush (Rows *rows, GError **error)
{
	gboolean ok = bulk_insert (rows->batch->sql, &delivery_rows, rows->args, rows->n, NULL, NULL, error);

	rows->n = 0;
	g_ptr_array_set_size (rows->texts, 0);
	return ok;
}

static SqlValue
keep_text (Rows *rows, char *take_text)
{
	g_ptr_array_add (rows->texts, take_text);
	return sql_text (take_text);
}

/* Only the first of a meeting is ever due; each that is done makes the next one due. */
static void
add_row (Rows *rows, const Chain *chain, guint k)
{
	const Batch *batch = rows->batch;
	guint i = g_array_index (chain->events, guint, k);
	const LedgerEvent *event = &batch->events[i];
	SqlValue row[DELIVERY_COLUMNS] = { keep_text (rows, g_strconcat (chain->webhook->id, ".", event->id, NULL)),
		sql_text (chain->webhook->id), sql_text (event->id), sql_text (webhook_name_of (event->type)),
		sql_text (event->meeting), sql_int (chain->first + k),
		keep_text (rows, webhook_text_with (batch->texts[i], chain->first + k)), sql_text ("waiting"),
		sql_int (batch->now_ms), sql_int (batch->now_ms),
		sql_int (chain->alone && k == 0 ? batch->now_ms : WEBHOOK_BLOCKED_MS) };

	memcpy (&rows->args[rows->n++ * DELIVERY_COLUMNS], row, sizeof row);
}

static gboolean
insert_rows (Batch *batch, GError **error)
{
	g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
	g_autofree Rows *rows = g_new (Rows, 1);

	rows->batch = batch;
	rows->n = 0;
	rows->texts = texts;
	for (guint c = 0; c < batch->chains->len; c++) {
		const Chain *chain = g_ptr_array_index (batch->chains, c);

		for (guint k = 0; k < chain->events->len; k++) {
			add_row (rows, chain, k);
			if (rows->n == ROWS_AT_ONCE && !flush (rows, error))
				return FALSE;
		}
	}
	return flush (rows, error);
}

/* ---- all of it ---- */

static gboolean
run (Batch *batch, GError **error)
{
	if (!SQL_RUN (batch->sql, "SELECT " WEBHOOK_COLUMNS " FROM webhooks WHERE enabled = $1 ORDER BY id", webhook_add_row,
			batch->webhooks, error, sql_int (1)))
		return FALSE;
	collect (batch);
	return batch->chains->len == 0
		|| (write_bodies (batch, error) && take_numbers (batch, error) && insert_rows (batch, error));
}

gboolean
webhooks_enqueue_at (Sql *sql, const LedgerEvent *events, guint n, gint64 now_ms, GError **error)
{
	Batch batch = {
		.sql = sql,
		.now_ms = now_ms,
		.events = events,
		.n = n,
		.webhooks = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_webhook_free),
		.bits = g_new0 (guint, n),
		.texts = g_new0 (WebhookText *, n),
		.meetings = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_array_unref),
		.chains = g_ptr_array_new_with_free_func (chain_free),
		.calls = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, call_free),
		.people = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free),
	};
	gboolean ok = !sort_by_meeting (&batch) || run (&batch, error);

	g_ptr_array_unref (batch.chains);
	g_ptr_array_unref (batch.webhooks);
	g_hash_table_unref (batch.meetings);
	g_hash_table_unref (batch.calls);
	g_hash_table_unref (batch.people);
	for (guint i = 0; i < n; i++)
		webhook_text_free (batch.texts[i]);
	g_free (batch.texts);
	g_free (batch.bits);
	return ok;
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
