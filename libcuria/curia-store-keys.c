#include "curia-store-keys.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "curia-id.h"
#include "curia-store-private.h"

#define COLUMNS "id, name, algorithm, secret, scopes, created_by, created_ms, expires_ms, revoked_ms, used_ms"
#define KEEP_MS (G_GINT64_CONSTANT (90) * 24 * 3600 * 1000)

/* ---- the value ---- */

CuriaApiKey *
curia_api_key_new (void)
{
	CuriaApiKey *self = g_new0 (CuriaApiKey, 1);

	self->id = curia_id_new ("AK");
	self->name = g_strdup ("");
	self->algorithm = g_strdup ("HS256");
	self->secret = g_strdup ("");
	self->scopes = g_strdup ("");
	self->created_by = g_strdup ("");
	self->created_ms = curia_clock_wall_ms ();
	return self;
}

void
curia_api_key_free (CuriaApiKey *self)
{
	if (self == NULL)
		return;
	g_free (self->id);
	g_free (self->name);
	g_free (self->algorithm);
	g_free (self->secret);
	g_free (self->scopes);
	g_free (self->created_by);
	g_free (self);
}

static void
add_row (const SqlValue *cells, guint n, gpointer keys)
{
	CuriaApiKey *key = g_new (CuriaApiKey, 1);

	(void) n;
	*key = (CuriaApiKey) {
		.id = g_strdup (cells[0].text),
		.name = g_strdup (cells[1].text),
		.algorithm = g_strdup (cells[2].text),
		.secret = g_strdup (cells[3].text),
		.scopes = g_strdup (cells[4].text),
		.created_by = g_strdup (cells[5].text),
		.created_ms = cells[6].number,
		.expires_ms = cells[7].number,
		.revoked_ms = cells[8].number,
		.used_ms = cells[9].number,
	};
	g_ptr_array_add (keys, key);
}

static gboolean
no_such_key (GError **error)
{
	return curia_throw (error, CURIA_ERROR_NOT_FOUND, "there is no API key with this id");
}

/* ---- writes ---- */

#define LIVES " revoked_ms = 0 AND (expires_ms = 0 OR expires_ms > $1)"

static gboolean
insert_key (Sql *sql, gpointer data, GError **error)
{
	const CuriaApiKey *key = data;
	gint64 n = 0, long_ago_ms = key->created_ms - KEEP_MS;

	if (!SQL_RUN (sql,
			"DELETE FROM api_keys WHERE (revoked_ms > 0 AND revoked_ms < $1) OR (expires_ms > 0 AND expires_ms < $1)", NULL,
			NULL, error, sql_int (long_ago_ms))
		|| !SQL_RUN (sql, "SELECT COUNT (*) FROM api_keys WHERE" LIVES, sql_read_number, &n, error, sql_int (key->created_ms)))
		return FALSE;
	if (n >= CURIA_API_KEYS_MAX)
		return curia_throw (error, CURIA_ERROR_TOO_MANY, "there are %d API keys already, which is the most", CURIA_API_KEYS_MAX);
	return SQL_RUN (sql, "INSERT INTO api_keys (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)", NULL, NULL, error,
		sql_text (key->id), sql_text (key->name), sql_text (key->algorithm), sql_text (key->secret), sql_text (key->scopes),
		sql_text (key->created_by), sql_int (key->created_ms), sql_int (key->expires_ms));
}

typedef struct {
	const char *id;
	const CuriaApiKey *next;
	gint64 time_ms;
} Change;

static gboolean
rotate_key (Sql *sql, gpointer data, GError **error)
{
	const Change *change = data;
	guint n = 0;

	if (!SQL_RUN (sql,
			"UPDATE api_keys SET expires_ms = CASE WHEN expires_ms = 0 OR expires_ms > $2 THEN $2 ELSE expires_ms END"
			" WHERE id = $3 AND" LIVES " RETURNING id",
			sql_count_row, &n, error, sql_int (change->next->created_ms), sql_int (change->time_ms), sql_text (change->id)))
		return FALSE;
	return n == 1 ? insert_key (sql, (gpointer) change->next, error) : no_such_key (error);
}

static gboolean
revoke_key (Sql *sql, gpointer data, GError **error)
{
	const Change *change = data;
	guint n = 0;

	if (!SQL_RUN (sql,
			"UPDATE api_keys SET revoked_ms = CASE WHEN revoked_ms = 0 THEN $2 ELSE revoked_ms END, secret = '' WHERE id = $1"
			" RETURNING id",
			sql_count_row, &n, error, sql_text (change->id), sql_int (change->time_ms)))
		return FALSE;
	return n == 1 || no_such_key (error);
}

static gboolean
use_key (Sql *sql, gpointer data, GError **error)
{
	const Change *change = data;

	return SQL_RUN (sql, "UPDATE api_keys SET used_ms = $2 WHERE id = $1 AND used_ms < $2", NULL, NULL, error,
		sql_text (change->id), sql_int (change->time_ms));
}

gboolean
curia_store_key_create (CuriaStore *self, const CuriaApiKey *key, GError **error)
{
	return database_write (self->database, insert_key, (gpointer) key, error);
}

gboolean
curia_store_key_rotate (CuriaStore *self, const char *id, const CuriaApiKey *next, gint64 ends_ms, GError **error)
{
	return database_write (self->database, rotate_key, &(Change) { id, next, ends_ms }, error);
}

gboolean
curia_store_key_revoke (CuriaStore *self, const char *id, gint64 now_ms, GError **error)
{
	return database_write (self->database, revoke_key, &(Change) { id, NULL, now_ms }, error);
}

gboolean
curia_store_key_used (CuriaStore *self, const char *id, gint64 used_ms, GError **error)
{
	return database_write (self->database, use_key, &(Change) { id, NULL, used_ms }, error);
}

/* ---- reads ---- */

typedef struct {
	const char *id;
	gint64 now_ms;
	GPtrArray *found;
} Query;

static gboolean
select_one (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	return SQL_RUN (sql, "SELECT " COLUMNS " FROM api_keys WHERE id = $1", add_row, query->found, error, sql_text (query->id));
}

static gboolean
select_all (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	return SQL_RUN (sql, "SELECT " COLUMNS " FROM api_keys WHERE created_ms >= $1 ORDER BY created_ms DESC, id DESC", add_row,
		query->found, error, sql_int (0));
}

static gboolean
select_live (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	return SQL_RUN (sql, "SELECT " COLUMNS " FROM api_keys WHERE" LIVES, add_row, query->found, error, sql_int (query->now_ms));
}

static GPtrArray *
read_keys (CuriaStore *self, SqlWork work, const char *id, gint64 now_ms, GError **error)
{
	g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_api_key_free);

	return database_read (self->database, work, &(Query) { id, now_ms, found }, error) ? g_steal_pointer (&found) : NULL;
}

GPtrArray *
curia_store_key_list (CuriaStore *self, GError **error)
{
	return read_keys (self, select_all, NULL, 0, error);
}

GPtrArray *
curia_store_key_list_live (CuriaStore *self, gint64 now_ms, GError **error)
{
	return read_keys (self, select_live, NULL, now_ms, error);
}

CuriaApiKey *
curia_store_key_lookup (CuriaStore *self, const char *id, GError **error)
{
	g_autoptr (GPtrArray) found = read_keys (self, select_one, id, 0, error);

	if (found == NULL)
		return NULL;
	if (found->len == 0) {
		no_such_key (error);
		return NULL;
	}
	return g_ptr_array_steal_index (found, 0);
}
