#include "curia-store-webhooks.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "curia-id.h"
#include "curia-store-private.h"
#include "curia-store-webhooks-private.h"

/* ---- the value ---- */

CuriaWebhook *
curia_webhook_new (void)
{
	CuriaWebhook *self = g_new0 (CuriaWebhook, 1);

	self->id = curia_id_new ("WH_");
	self->url = g_strdup ("");
	self->key_id = g_strdup ("");
	self->events = g_strdup ("");
	self->meeting = g_strdup ("");
	self->enabled = TRUE;
	self->created_ms = curia_clock_wall_ms ();
	return self;
}

void
curia_webhook_free (CuriaWebhook *self)
{
	if (self == NULL)
		return;
	g_free (self->id);
	g_free (self->url);
	g_free (self->key_id);
	g_free (self->events);
	g_free (self->meeting);
	g_free (self);
}

/* ---- rows ---- */

void
webhook_add_row (const SqlValue *cells, guint n, gpointer webhooks)
{
	CuriaWebhook *webhook = g_new (CuriaWebhook, 1);

	(void) n;
	*webhook = (CuriaWebhook) {
		.id = g_strdup (cells[0].text),
		.url = g_strdup (cells[1].text),
		.key_id = g_strdup (cells[2].text),
		.events = g_strdup (cells[3].text),
		.meeting = g_strdup (cells[4].text),
		.enabled = cells[5].number != 0,
		.created_ms = cells[6].number,
	};
	g_ptr_array_add (webhooks, webhook);
}

static gboolean
no_such_webhook (GError **error)
{
	return curia_throw (error, CURIA_ERROR_NOT_FOUND, "there is no webhook with this id");
}

/* ---- writes ---- */

typedef struct {
	const CuriaWebhook *webhook;
	guint most;
} Create;

static gboolean
insert_webhook (Sql *sql, gpointer data, GError **error)
{
	const Create *create = data;
	const CuriaWebhook *webhook = create->webhook;
	gint64 n = 0;

	if (!SQL_RUN (sql, "SELECT COUNT (*) FROM webhooks WHERE created_ms >= $1", sql_read_number, &n, error, sql_int (0)))
		return FALSE;
	if (n >= create->most)
		return curia_throw (error, CURIA_ERROR_TOO_MANY,
			"there are %u webhooks already, which is the most (webhooks.max)", create->most);
	return SQL_RUN (sql, "INSERT INTO webhooks (" WEBHOOK_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7)", NULL, NULL,
		error, sql_text (webhook->id), sql_text (webhook->url), sql_text (webhook->key_id), sql_text (webhook->events),
		sql_text (webhook->meeting), sql_int (webhook->enabled), sql_int (webhook->created_ms));
}

static gboolean
update_webhook (Sql *sql, gpointer data, GError **error)
{
	const CuriaWebhook *webhook = data;
	guint n = 0;

	if (!SQL_RUN (sql,
			"UPDATE webhooks SET url = $2, key_id = $3, events = $4, meeting = $5, enabled = $6 WHERE id = $1"
			" RETURNING id",
			sql_count_row, &n, error, sql_text (webhook->id), sql_text (webhook->url), sql_text (webhook->key_id),
			sql_text (webhook->events), sql_text (webhook->meeting), sql_int (webhook->enabled)))
		return FALSE;
	return n == 1 || no_such_webhook (error);
}

static gboolean
delete_webhook (Sql *sql, gpointer data, GError **error)
{
	const char *id = data;
	g_autofree char *numbers = g_strdup_printf ("webhook:%s:", id);
	guint n = 0;

	if (!SQL_RUN (sql, "DELETE FROM webhooks WHERE id = $1 RETURNING id", sql_count_row, &n, error, sql_text (id)))
		return FALSE;
	if (n == 0)
		return no_such_webhook (error);
	return SQL_RUN (sql, "DELETE FROM deliveries WHERE webhook = $1", NULL, NULL, error, sql_text (id))
		&& SQL_RUN (sql, "DELETE FROM sequences WHERE SUBSTR (name, 1, 28) = $1", NULL, NULL, error, sql_text (numbers));
}

gboolean
curia_store_webhook_create (CuriaStore *self, const CuriaWebhook *webhook, guint most, GError **error)
{
	return database_write (self->database, insert_webhook, &(Create) { webhook, most }, error);
}

gboolean
curia_store_webhook_update (CuriaStore *self, const CuriaWebhook *webhook, GError **error)
{
	return database_write (self->database, update_webhook, (gpointer) webhook, error);
}

gboolean
curia_store_webhook_delete (CuriaStore *self, const char *id, GError **error)
{
	return database_write (self->database, delete_webhook, (gpointer) id, error);
}

/* ---- reads ---- */

typedef struct {
	const char *id;
	GPtrArray *found;
} Query;

static gboolean
select_one (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	return SQL_RUN (sql, "SELECT " WEBHOOK_COLUMNS " FROM webhooks WHERE id = $1", webhook_add_row, query->found, error,
		sql_text (query->id));
}

static gboolean
select_all (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	return SQL_RUN (sql, "SELECT " WEBHOOK_COLUMNS " FROM webhooks WHERE created_ms >= $1 ORDER BY created_ms, id",
		webhook_add_row, query->found, error, sql_int (0));
}

static GPtrArray *
webhooks_new (void)
{
	return g_ptr_array_new_with_free_func ((GDestroyNotify) curia_webhook_free);
}

CuriaWebhook *
curia_store_webhook_lookup (CuriaStore *self, const char *id, GError **error)
{
	g_autoptr (GPtrArray) found = webhooks_new ();

	if (!database_read (self->database, select_one, &(Query) { id, found }, error))
		return NULL;
	if (found->len == 0) {
		no_such_webhook (error);
		return NULL;
	}
	return g_ptr_array_steal_index (found, 0);
}

GPtrArray *
curia_store_webhook_list (CuriaStore *self, GError **error)
{
	g_autoptr (GPtrArray) found = webhooks_new ();

	if (!database_read (self->database, select_all, &(Query) { NULL, found }, error))
		return NULL;
	return g_steal_pointer (&found);
}
