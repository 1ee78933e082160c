#include "curia-store-secrets.h"

#include "curia-clock.h"
#include "curia-id.h"
#include "curia-store-private.h"

#define SECRET_BYTES 32

typedef struct {
	const char *name;
	char *value;
} Ask;

static void
take_value (const SqlValue *cells, guint n, gpointer data)
{
	Ask *ask = data;

	(void) n;
	g_free (ask->value);
	ask->value = g_strdup (cells[0].text);
}

/* Of two nodes that make it in the same moment, one finds the other's. */
static gboolean
make_or_read (Sql *sql, gpointer data, GError **error)
{
	Ask *ask = data;
	g_autofree char *fresh = curia_id_secret (SECRET_BYTES);

	return SQL_RUN (sql, "INSERT INTO secrets (name, value, made_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", NULL, NULL, error,
			   sql_text (ask->name), sql_text (fresh), sql_int (curia_clock_wall_ms ()))
		&& SQL_RUN (sql, "SELECT value FROM secrets WHERE name = $1", take_value, ask, error, sql_text (ask->name));
}

char *
curia_store_shared_secret (CuriaStore *self, const char *name, GError **error)
{
	Ask ask = { .name = name };

	if (!database_write (self->database, make_or_read, &ask, error))
		g_clear_pointer (&ask.value, g_free);
	return ask.value;
}
