#include "curia-postgres-private.h"

#include <poll.h>
#include <string.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-log.h"
#include "curia-metrics.h"

#define MIN_PAUSE_MS 100 /* between two tries to connect: doubles up to the longest */
#define MAX_PAUSE_MS 5000

/* ---- losing a connection ---- */

/* libpq ends its messages with a line feed, or has several lines. */
char *
postgres_line (const char *message)
{
	return g_strdelimit (g_strstrip (g_strdup (message)), "\r\n\t", ' ');
}

void
postgres_disconnect (Postgres *self)
{
	g_clear_pointer (&self->conn, PQfinish);
	g_hash_table_remove_all (self->statements);
	g_ptr_array_set_size (self->later, 0);
	self->patient = FALSE;
}

gboolean
postgres_lost (Postgres *self, const char *why, GError **error)
{
	g_autofree char *line = postgres_line (why);

	curia_log_error ("store", "PostgreSQL: connection lost: %s", line);
	postgres_disconnect (self);
	return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "the store is not available");
}

/* ---- connecting ---- */

static void
on_notice (void *data, const PGresult *result)
{
	const char *message = PQresultErrorField (result, PG_DIAG_MESSAGE_PRIMARY);

	(void) data;
	curia_log_debug ("store", "PostgreSQL: %s", message != NULL ? message : "");
}

/* What the URL does not say. Those behind it are not for it to say. */
static PGconn *
connect_to (const char *url)
{
	static const char *const names[] = { "fallback_application_name", "connect_timeout", "gssencmode", "keepalives_idle",
		"keepalives_interval", "keepalives_count", "tcp_user_timeout", "dbname", "client_encoding", NULL };
	const char *const values[] = { "curia", "5", "disable", "15", "5", "3", "30000", url, "UTF8", NULL };

	return PQconnectdbParams (names, values, 1);
}

/* Whoever runs the database may think otherwise of other programs: what we acknowledge is on the disk. */
static gboolean
set_up_session (Postgres *self, GError **error)
{
	g_autofree char *script = g_strdup_printf ("SET statement_timeout = %" G_GINT64_FORMAT ";"
											   "SET default_transaction_read_only = %s;"
											   "SELECT set_config ('synchronous_commit', 'on', false)"
											   " WHERE current_setting ('synchronous_commit') = 'off'",
		self->statement_timeout_ms, self->mode == SQL_READ_ONLY ? "on" : "off");
	const char *encoding = PQparameterStatus (self->conn, "server_encoding");

	if (g_strcmp0 (encoding, "UTF8") != 0)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "store.url must name a database in UTF8, not in %s", encoding);
	return postgres_script (&self->base, script, error);
}

/* A server that answers, but not us, will not do so later either: it is the URL or the server that must be corrected. Whether it
 * answers is asked without TLS where it has none, and therefore without our password. */
static CuriaErrorCode
code_of_failure (const Postgres *self)
{
	static const char *const names[] = { "connect_timeout", "gssencmode", "dbname", "sslmode", "password", NULL };
	const char *const values[] = { "5", "disable", self->url, "prefer", "none", NULL };
	PGPing ping = self->known ? PQPING_NO_RESPONSE : PQpingParams (names, values, 1);

	return ping == PQPING_OK || ping == PQPING_NO_ATTEMPT ? CURIA_ERROR_INVALID_FIELD : CURIA_ERROR_UNAVAILABLE;
}

static gboolean
try_to_connect (Postgres *self, GError **error)
{
	g_autofree char *message = NULL;

	self->conn = connect_to (self->url);
	if (PQstatus (self->conn) == CONNECTION_OK) {
		PQsetNoticeReceiver (self->conn, on_notice, NULL);
		self->known = PQsetnonblocking (self->conn, 1) == 0 && set_up_session (self, error);
		if (self->known)
			return TRUE;
		postgres_disconnect (self);
		return FALSE;
	}
	message = postgres_line (PQerrorMessage (self->conn));
	curia_log_error ("store", "PostgreSQL: cannot connect: %s", message);
	postgres_disconnect (self);
	return curia_throw (error, code_of_failure (self), "store.url: PostgreSQL cannot be reached: %s", message);
}

static gboolean
fail_as_before (const Postgres *self, GError **error)
{
	g_propagate_error (error, g_error_copy (self->failure));
	return FALSE;
}

static gboolean
connect_again (Postgres *self, GError **error)
{
	g_clear_error (&self->failure);
	self->pause_ms = self->pause_ms == 0 ? MIN_PAUSE_MS : MIN (self->pause_ms * 2, MAX_PAUSE_MS);
	if (try_to_connect (self, &self->failure)) {
		curia_log_info ("store", "PostgreSQL: connected (%s)", self->mode == SQL_READ_ONLY ? "reader" : "writer");
		self->pause_ms = 0;
		curia_metrics_add (CURIA_METRIC_STORE_RECONNECTS, NULL, NULL, 1);
		return TRUE;
	}
	self->next_try_us = curia_clock_us () + self->pause_ms * G_GINT64_CONSTANT (1000);
	return fail_as_before (self, error);
}

/* What a server says as it goes lies unread until somebody looks. */
static gboolean
still_there (Postgres *self)
{
	struct pollfd door = { PQsocket (self->conn), POLLIN, 0 };

	while (poll (&door, 1, 0) > 0) {
		if (PQconsumeInput (self->conn) == 0 || PQstatus (self->conn) == CONNECTION_BAD)
			return FALSE;
		if ((door.revents & (POLLHUP | POLLERR)) != 0)
			return FALSE;
	}
	return TRUE;
}

static gboolean
postgres_ready (Sql *sql, GError **error)
{
	Postgres *self = (Postgres *) sql;

	if (self->conn != NULL && still_there (self))
		return TRUE;
	if (self->conn != NULL)
		postgres_lost (self, PQerrorMessage (self->conn), NULL);
	self->in_work = FALSE;
	if (g_atomic_int_get (self->hurried))
		return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "the store is being closed");
	if (self->failure != NULL && curia_clock_us () < self->next_try_us)
		return fail_as_before (self, error);
	return connect_again (self, error);
}

static void
postgres_close (Sql *sql)
{
	Postgres *self = (Postgres *) sql;

	postgres_disconnect (self);
	g_hash_table_unref (self->statements);
	g_ptr_array_unref (self->later);
	g_clear_error (&self->failure);
	g_free (self->url);
	g_free (self);
}

/* libpq's complaint about a URL quotes parts of it, and one of them may be a password: it is told only where there is none. */
static gboolean
check_url (const char *url, GError **error)
{
	char *message = NULL;
	PQconninfoOption *options = PQconninfoParse (url, &message);
	gboolean ok = options != NULL, secret = strchr (url, '@') != NULL || strstr (url, "password") != NULL;

	if (!ok)
		curia_throw (error, CURIA_ERROR_INVALID_FIELD, "store.url must be a PostgreSQL URL, postgresql://user@host/database%s%s",
			secret || message == NULL ? "" : ": ", secret || message == NULL ? "" : g_strchomp (message));
	PQconninfoFree (options);
	PQfreemem (message);
	return ok;
}

static Sql *
postgres_open (const char *url, SqlMode mode, const SqlSettings *settings, GError **error)
{
	Postgres *self;

	if (!check_url (url, error))
		return NULL;
	self = g_new0 (Postgres, 1);
	self->base.driver = &postgres_driver;
	self->url = g_strdup (url);
	self->mode = mode;
	self->statement_timeout_ms = settings->statement_timeout_ms;
	self->hurried = settings->hurried;
	self->statements = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, postgres_prepared_free);
	self->later = g_ptr_array_new ();
	return &self->base;
}

static gboolean
postgres_is_private (const char *url)
{
	(void) url;
	return FALSE;
}

const SqlDriver postgres_driver = {
	.begin = "BEGIN READ WRITE",
	/* The number is ours: everybody who migrates asks for the same one, and the transaction's end gives it back. */
	.begin_migration = "BEGIN READ WRITE; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock (4850187231990)",
	.open = postgres_open,
	.ready = postgres_ready,
	.close = postgres_close,
	.run = postgres_run,
	.run_many = postgres_run_many,
	.script = postgres_script,
	.script_later = postgres_script_later,
	.in_transaction = postgres_in_transaction,
	.is_remote = TRUE,
	.is_private = postgres_is_private,
};
