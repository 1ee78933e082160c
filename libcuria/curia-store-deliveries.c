/* The queues of webhooks: what is due, what became of it, what is tried again. */
#include "curia-store-webhooks.h"

#include <string.h>
#include "curia-error.h"
#include "curia-store-private.h"
#include "curia-store-webhooks-private.h"

#define MAX_LIST 200
#define EXPIRE_AT_ONCE 1000

void
curia_delivery_free (CuriaDelivery *self)
{
	if (self == NULL)
		return;
	g_free (self->id);
	g_free (self->webhook);
	g_free (self->event);
	g_free (self->type);
	g_free (self->meeting);
	g_free (self->state);
	g_free (self->last_error);
	g_free (self->body);
	g_free (self->url);
	g_free (self->key_id);
	g_free (self);
}

static GPtrArray *
deliveries_new (void)
{
	return g_ptr_array_new_with_free_func ((GDestroyNotify) curia_delivery_free);
}

/* ---- rows ---- */

#define COLUMNS \
	"id, webhook, event, type, meeting, number, state, created_ms, since_ms, tries, next_ms, leased_until_ms, done_ms," \
	" last_error"
#define N_COLUMNS 14

/* The body follows where it was asked for. */
static void
add_delivery (const SqlValue *cells, guint n, gpointer data)
{
	CuriaDelivery *delivery = g_new (CuriaDelivery, 1);

	*delivery = (CuriaDelivery) {
		.id = g_strdup (cells[0].text),
		.webhook = g_strdup (cells[1].text),
		.event = g_strdup (cells[2].text),
		.type = g_strdup (cells[3].text),
		.meeting = g_strdup (cells[4].text),
		.number = cells[5].number,
		.state = g_strdup (cells[6].text),
		.created_ms = cells[7].number,
		.since_ms = cells[8].number,
		.tries = cells[9].number,
		.next_ms = cells[10].number,
		.leased_until_ms = cells[11].number,
		.done_ms = cells[12].number,
		.last_error = g_strdup (cells[13].text),
		.body = n > N_COLUMNS ? g_strdup (cells[14].text) : NULL,
	};
	g_ptr_array_add (data, delivery);
}

/* ---- taking ---- */

typedef struct {
	const CuriaDeliveryTake *ask;
	GPtrArray *taken;
} Take;

static guint
free_places (const Take *take, const CuriaWebhook *webhook)
{
	const CuriaDeliveryTake *ask = take->ask;
	guint busy = ask->busy != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (ask->busy, webhook->id)) : 0;
	guint left = ask->most > take->taken->len ? ask->most - take->taken->len : 0;

	return busy >= ask->most_of_webhook ? 0 : MIN (left, ask->most_of_webhook - busy);
}

/* That a lower number waits is looked up again, though next_ms should tell already: order must not hang on it. The lease is
 * looked at outside as well, for there PostgreSQL sees what another changed in the meantime. */
static gboolean
take_of_webhook (Sql *sql, Take *take, const CuriaWebhook *webhook, GError **error)
{
	const CuriaDeliveryTake *ask = take->ask;
	guint places = free_places (take, webhook), before = take->taken->len;

	if (places == 0)
		return TRUE;
	if (!SQL_RUN (sql,
			"UPDATE deliveries SET leased_until_ms = $3 WHERE state = 'waiting' AND leased_until_ms <= $2 AND id IN ("
			"SELECT d.id FROM deliveries d WHERE d.webhook = $1 AND d.state = 'waiting' AND d.next_ms <= $2"
			" AND d.leased_until_ms <= $2 AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.webhook = d.webhook"
			" AND e.meeting = d.meeting AND e.state = 'waiting' AND e.number < d.number)"
			" ORDER BY d.next_ms LIMIT $4) RETURNING " COLUMNS ", body",
			add_delivery, take->taken, error, sql_text (webhook->id), sql_int (ask->now_ms),
			sql_int (ask->now_ms + ask->lease_ms), sql_int (places)))
		return FALSE;
	for (guint i = before; i < take->taken->len; i++) {
		CuriaDelivery *delivery = g_ptr_array_index (take->taken, i);

		delivery->url = g_strdup (webhook->url);
		delivery->key_id = g_strdup (webhook->key_id);
	}
	return TRUE;
}

/* Which webhooks have something due; the others cost nothing. */
#define DUE \
	" FROM webhooks WHERE enabled = $2 AND EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook = webhooks.id" \
	" AND d.state = 'waiting' AND d.next_ms <= $1)"

static gboolean
look_for_due (Sql *sql, gpointer data, GError **error)
{
	Take *take = data;

	return SQL_RUN (sql, "SELECT " WEBHOOK_COLUMNS DUE " ORDER BY id", webhook_add_row, take->taken, error,
		sql_int (take->ask->now_ms), sql_int (1));
}

static gboolean
take_due (Sql *sql, gpointer data, GError **error)
{
	Take *take = data;
	g_autoptr (GPtrArray) webhooks = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_webhook_free);

	g_ptr_array_set_size (take->taken, 0); /* of a try before, whose transaction failed */
	if (!look_for_due (sql, &(Take) { take->ask, webhooks }, error))
		return FALSE;
	for (guint i = 0; i < webhooks->len; i++)
		if (!take_of_webhook (sql, take, g_ptr_array_index (webhooks, i), error))
			return FALSE;
	return TRUE;
}

GPtrArray *
curia_store_deliveries_take (CuriaStore *self, const CuriaDeliveryTake *ask, GError **error)
{
	g_autoptr (GPtrArray) taken = deliveries_new (), due = NULL;

	/* most looks find nothing: they must not cost a commit */
	due = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_webhook_free);
	if (!database_read (self->database, look_for_due, &(Take) { ask, due }, error)
		|| (due->len > 0 && !database_write (self->database, take_due, &(Take) { ask, taken }, error)))
		return NULL;
	return g_steal_pointer (&taken);
}

/* ---- finishing ---- */

typedef struct {
	const CuriaDeliveryResult *results;
	guint n;
	gint64 now_ms;
} Finish;

/* A success is one whoever has the lease by now; a failure counts only for who has it. */
static gboolean
keep_done (Sql *sql, const CuriaDeliveryResult *result, gint64 now_ms, GError **error)
{
	const CuriaDelivery *delivery = result->delivery;
	gboolean dead = result->outcome == CURIA_DELIVERY_DEAD;

	return SQL_RUN (sql,
		"UPDATE deliveries SET state = $2, tries = tries + 1, next_ms = $3, done_ms = $3, leased_until_ms = 0,"
		" last_error = $4 WHERE id = $1 AND state = 'waiting' AND leased_until_ms BETWEEN $5 AND $6",
		NULL, NULL, error, sql_text (delivery->id), sql_text (dead ? "dead" : "delivered"), sql_int (now_ms),
		sql_text (result->problem), sql_int (dead ? delivery->leased_until_ms : 0),
		sql_int (dead ? delivery->leased_until_ms : G_MAXINT64));
}

static gboolean
keep_failed (Sql *sql, const CuriaDeliveryResult *result, GError **error)
{
	return SQL_RUN (sql,
		"UPDATE deliveries SET tries = tries + 1, next_ms = $2, leased_until_ms = 0, last_error = $3"
		" WHERE id = $1 AND state = 'waiting' AND leased_until_ms = $4",
		NULL, NULL, error, sql_text (result->delivery->id), sql_int (result->next_ms), sql_text (result->problem),
		sql_int (result->delivery->leased_until_ms));
}

/* What was tried already keeps its time. */
static gboolean
promote (Sql *sql, const CuriaDelivery *done, gint64 now_ms, GError **error)
{
	return SQL_RUN (sql,
		"UPDATE deliveries SET next_ms = $3 WHERE tries = 0 AND next_ms > $3 AND id = ("
		"SELECT id FROM deliveries WHERE webhook = $1 AND meeting = $2 AND state = 'waiting' ORDER BY number LIMIT 1)",
		NULL, NULL, error, sql_text (done->webhook), sql_text (done->meeting), sql_int (now_ms));
}

static gboolean
finish (Sql *sql, gpointer data, GError **error)
{
	const Finish *all = data;

	for (guint i = 0; i < all->n; i++) {
		const CuriaDeliveryResult *result = &all->results[i];

		if (result->outcome == CURIA_DELIVERY_FAILED ? !keep_failed (sql, result, error)
			: !keep_done (sql, result, all->now_ms, error) || !promote (sql, result->delivery, all->now_ms, error))
			return FALSE;
	}
	return TRUE;
}

gboolean
curia_store_deliveries_finish (
	CuriaStore *self, const CuriaDeliveryResult *results, guint n, gint64 now_ms, GError **error)
{
	return n == 0 || database_write (self->database, finish, &(Finish) { results, n, now_ms }, error);
}

/* ---- mending ---- */

/* The first of each meeting, found by stepping from one meeting to the next in the index: a queue may be long. */
static gboolean
mend_webhook (Sql *sql, const char *webhook, gint64 now_ms, guint *n, GError **error)
{
	return SQL_RUN (sql,
		"WITH RECURSIVE waiting (meeting) AS ("
		"SELECT MIN (meeting) FROM deliveries WHERE webhook = $1 AND state = 'waiting'"
		" UNION ALL SELECT (SELECT MIN (d.meeting) FROM deliveries d WHERE d.webhook = $1 AND d.state = 'waiting'"
		" AND d.meeting > waiting.meeting) FROM waiting WHERE waiting.meeting IS NOT NULL)"
		" UPDATE deliveries SET next_ms = $2 WHERE state = 'waiting' AND next_ms = $3 AND id IN ("
		"SELECT (SELECT d.id FROM deliveries d WHERE d.webhook = $1 AND d.state = 'waiting'"
		" AND d.meeting = waiting.meeting ORDER BY d.number LIMIT 1) FROM waiting WHERE waiting.meeting IS NOT NULL)"
		" RETURNING id",
		sql_count_row, n, error, sql_text (webhook), sql_int (now_ms), sql_int (WEBHOOK_BLOCKED_MS));
}

typedef struct {
	gint64 now_ms;
	guint n;
} Mend;

#define ALL_WEBHOOKS "SELECT " WEBHOOK_COLUMNS " FROM webhooks WHERE created_ms >= $1 ORDER BY id"

static gboolean
mend (Sql *sql, gpointer data, GError **error)
{
	Mend *all = data;
	g_autoptr (GPtrArray) webhooks = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_webhook_free);
	gboolean ok = SQL_RUN (sql, ALL_WEBHOOKS, webhook_add_row, webhooks, error, sql_int (0));

	all->n = 0;
	for (guint i = 0; i < webhooks->len && ok; i++)
		ok = mend_webhook (
			sql, ((CuriaWebhook *) g_ptr_array_index (webhooks, i))->id, all->now_ms, &all->n, error);
	return ok;
}

gboolean
curia_store_deliveries_mend (CuriaStore *self, gint64 now_ms, guint *n, GError **error)
{
	Mend all = { .now_ms = now_ms };
	gboolean ok = database_write (self->database, mend, &all, error);

	*n = all.n;
	return ok;
}

/* ---- expiring, counting ---- */

typedef struct {
	gint64 before_ms;
	guint n;
} Expire;

static gboolean
expire (Sql *sql, gpointer data, GError **error)
{
	Expire *all = data;

	all->n = 0;
	return SQL_RUN (sql,
			   "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE state IN ('delivered', 'dead')"
			   " AND next_ms < $1 LIMIT $2) RETURNING id",
			   sql_count_row, &all->n, error, sql_int (all->before_ms), sql_int (EXPIRE_AT_ONCE))
		&& SQL_RUN (sql,
			"DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE webhook NOT IN (SELECT id FROM webhooks)"
			" LIMIT $1)",
			NULL, NULL, error, sql_int (EXPIRE_AT_ONCE));
}

gboolean
curia_store_deliveries_expire (CuriaStore *self, gint64 before_ms, gboolean *more, GError **error)
{
	Expire all = { .before_ms = before_ms };
	gboolean ok = database_write (self->database, expire, &all, error);

	*more = ok && all.n == EXPIRE_AT_ONCE;
	return ok;
}

static gboolean
count (Sql *sql, gpointer data, GError **error)
{
	gint64 *numbers = data;
	static const char statement[] = "SELECT COUNT (*) FROM deliveries WHERE state = $1";

	return SQL_RUN (sql, statement, sql_read_number, &numbers[0], error, sql_text ("waiting"))
		&& SQL_RUN (sql, statement, sql_read_number, &numbers[1], error, sql_text ("dead"));
}

gboolean
curia_store_deliveries_count (CuriaStore *self, gint64 *waiting, gint64 *dead, GError **error)
{
	gint64 numbers[2] = { 0, 0 };
	gboolean ok = database_read (self->database, count, numbers, error);

	*waiting = numbers[0];
	*dead = numbers[1];
	return ok;
}

/* ---- lists ---- */

typedef struct {
	const char *webhook, *state, *before_id;
	gint64 before_ms;
	int limit;
	GPtrArray *found;
} Query;

static gboolean
webhook_exists (Sql *sql, const char *id, GError **error)
{
	guint n = 0;

	if (!SQL_RUN (sql, "SELECT id FROM webhooks WHERE id = $1", sql_count_row, &n, error, sql_text (id)))
		return FALSE;
	return n == 1 || curia_throw (error, CURIA_ERROR_NOT_FOUND, "there is no webhook with this id");
}

static gboolean
select_page (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	return webhook_exists (sql, query->webhook, error)
		&& SQL_RUN (sql,
			"SELECT " COLUMNS " FROM deliveries WHERE webhook = $1 AND state = $2 AND (created_ms, id) < ($3, $4)"
			" ORDER BY created_ms DESC, id DESC LIMIT $5",
			add_delivery, query->found, error, sql_text (query->webhook), sql_text (query->state),
			sql_int (query->before_ms), sql_text (query->before_id), sql_int (query->limit));
}

GPtrArray *
curia_store_deliveries_list (CuriaStore *self, const char *webhook, const char *state, int limit, const char *cursor,
	char **next_cursor, GError **error)
{
	g_autoptr (GPtrArray) found = deliveries_new ();
	Query query = { .webhook = webhook, .state = state, .limit = limit + 1, .found = found };

	*next_cursor = NULL;
	if (limit < 1 || limit > MAX_LIST) {
		curia_throw (error, CURIA_ERROR_INVALID_FIELD, "limit must be 1 to %d, not %d", MAX_LIST, limit);
		return NULL;
	}
	if (!store_cursor_parse (cursor, &query.before_ms, &query.before_id, error)
		|| !database_read (self->database, select_page, &query, error))
		return NULL;
	if (found->len > (guint) limit) {
		const CuriaDelivery *last = g_ptr_array_index (found, (guint) limit - 1);

		*next_cursor = store_cursor_of (last->created_ms, last->id);
		g_ptr_array_set_size (found, limit);
	}
	return g_steal_pointer (&found);
}

/* ---- replay ---- */

typedef struct {
	const char *webhook, *delivery;
	gint64 now_ms;
	guint n;
} Replay;

#define REVIVE \
	"UPDATE deliveries SET state = 'waiting', tries = 0, since_ms = $2, next_ms = $3, leased_until_ms = 0, done_ms = 0," \
	" last_error = '' WHERE webhook = $1 AND "

static gboolean
revive (Sql *sql, Replay *replay, GError **error)
{
	const SqlValue args[] = { sql_text (replay->webhook), sql_int (replay->now_ms), sql_int (WEBHOOK_BLOCKED_MS),
		sql_text (replay->delivery) };

	if (replay->delivery == NULL)
		return sql->driver->run (
			sql, REVIVE "state = 'dead' RETURNING id", args, 3, sql_count_row, &replay->n, error);
	return sql->driver->run (sql, REVIVE "id = $4 AND state IN ('delivered', 'dead') RETURNING id", args, 4,
			   sql_count_row, &replay->n, error)
		&& (replay->n == 1
			|| curia_throw (error, CURIA_ERROR_NOT_FOUND,
				"there is no such delivery of this webhook that is delivered or dead"));
}

/* Where a later one of the same meeting is in hand right now, the first waits until that has an end. */
static gboolean
wait_for_those_in_hand (Sql *sql, const Replay *replay, GError **error)
{
	return SQL_RUN (sql,
		"UPDATE deliveries SET next_ms = (SELECT MAX (e.leased_until_ms) FROM deliveries e"
		" WHERE e.webhook = deliveries.webhook AND e.meeting = deliveries.meeting AND e.state = 'waiting')"
		" WHERE webhook = $1 AND state = 'waiting' AND tries = 0 AND next_ms = $2 AND leased_until_ms <= $2"
		" AND EXISTS (SELECT 1 FROM deliveries e WHERE e.webhook = deliveries.webhook"
		" AND e.meeting = deliveries.meeting AND e.state = 'waiting' AND e.leased_until_ms > $2)",
		NULL, NULL, error, sql_text (replay->webhook), sql_int (replay->now_ms));
}

static gboolean
replay (Sql *sql, gpointer data, GError **error)
{
	Replay *all = data;
	guint mended = 0;

	all->n = 0;
	return webhook_exists (sql, all->webhook, error) && revive (sql, all, error)
		&& mend_webhook (sql, all->webhook, all->now_ms, &mended, error) && wait_for_those_in_hand (sql, all, error);
}

gboolean
curia_store_deliveries_replay (
	CuriaStore *self, const char *webhook, const char *delivery, gint64 now_ms, guint *n, GError **error)
{
	Replay all = { webhook, delivery, now_ms, 0 };
	gboolean ok = database_write (self->database, replay, &all, error);

	*n = all.n;
	return ok;
}
