#include "curia-sql.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <libpq-fe.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-log.h"
#include "curia-metrics.h"

#define MIN_PAUSE_MS 100 /* between two tries to connect: doubles up to the longest */
#define MAX_PAUSE_MS 5000
#define ANSWER_MS 5000 /* the server ends what takes too long by itself; if it has not so long afterwards, it is gone */
#define MAX_PIPELINE 500 /* statements in flight: their answers are kept until they are read */

/* Types of the protocol, which libpq has no names for. */
enum { OID_ANY = 0, OID_BOOL = 16, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_TEXT = 25, OID_NUMERIC = 1700 };

typedef struct {
	char *name;
	Oid types[SQL_MAX_ARGS]; /* OID_ANY: it was NULL when it was prepared */
} Prepared;

typedef struct {
	Sql base;
	char *url;
	SqlMode mode;
	gint64 statement_timeout_ms;
	PGconn *conn;            /* NULL: to be connected, by postgres_ready only: work never goes on in a new session */
	GHashTable *statements;  /* text -> Prepared, of this session */
	GPtrArray *later;        /* texts, to be sent before whatever comes next */
	guint n_prepared;
	gboolean in_work;        /* between begin and the end: a statement outside a transaction would be an accident */
	gboolean patient;        /* a migration: may take as long as it takes */
	gint64 next_try_us;
	GError *failure;         /* of the last try */
	int pause_ms;            /* 0: it was connected last */
	gboolean known;          /* has been connected once */
} Postgres;

/* ---- errors ---- */

/* What a class of SQLSTATE means to callers. Why goes to the log: without values, which may be anybody's name. */
static const struct {
	const char *prefix;
	CuriaErrorCode code;
	const char *message;
} kinds_of_error[] = {
	{ "22", CURIA_ERROR_INVALID_FIELD, "values, one or more, were refused by the store" },
	{ "23", CURIA_ERROR_INVALID_FIELD, "values, one or more, were refused by the store" },
	{ "57014", CURIA_ERROR_UNAVAILABLE, "the store took too long" },
	{ "", CURIA_ERROR_UNAVAILABLE, "the store is not available" },
};

static gboolean
throw_state (const char *state, GError **error)
{
	guint i = 0;

	while (!g_str_has_prefix (state, kinds_of_error[i].prefix))
		i++;
	return curia_throw (error, kinds_of_error[i].code, "%s", kinds_of_error[i].message);
}

/* libpq ends its messages with a line feed, or has several lines. */
static void
log_line (const char *doing, const char *message)
{
	g_autofree char *line = g_strdelimit (g_strstrip (g_strdup (message)), "\r\n\t", ' ');

	curia_log_error ("store", "PostgreSQL: %s: %s", doing, line);
}

static void
disconnect (Postgres *self)
{
	g_clear_pointer (&self->conn, PQfinish);
	g_hash_table_remove_all (self->statements);
	g_ptr_array_set_size (self->later, 0);
	self->patient = FALSE;
}

static gboolean
lost (Postgres *self, const char *why, GError **error)
{
	log_line ("connection lost", why);
	disconnect (self);
	return throw_state ("", error);
}

static gboolean
no_session (GError **error)
{
	return throw_state ("", error);
}

static gboolean
refused (const PGresult *result, const char *text, GError **error)
{
	const char *state = PQresultErrorField (result, PG_DIAG_SQLSTATE),
			   *message = PQresultErrorField (result, PG_DIAG_MESSAGE_PRIMARY);

	curia_log_error ("store", "PostgreSQL: %s: %s (%s)", text, message != NULL ? message : "?", state != NULL ? state : "?");
	return throw_state (state != NULL ? state : "", error);
}

/* ---- answers ---- */

/* Sends what is to be sent and waits until an answer can be taken without blocking. FALSE: the connection is lost. */
static gboolean
wait_for_answer (Postgres *self, GError **error)
{
	int limit_ms = self->patient ? -1 : (int) MIN (self->statement_timeout_ms + ANSWER_MS, G_MAXINT);

	for (;;) {
		int unsent = PQflush (self->conn), n;
		struct pollfd door = { PQsocket (self->conn), POLLIN, 0 };

		if (unsent < 0)
			return lost (self, PQerrorMessage (self->conn), error);
		if (unsent == 0 && !PQisBusy (self->conn))
			return TRUE;
		if (unsent > 0)
			door.events |= POLLOUT;
		n = poll (&door, 1, limit_ms);
		if (n == 0)
			return lost (self, "no answer", error);
		if (n > 0 && (door.revents & ~POLLOUT) != 0 && PQconsumeInput (self->conn) == 0)
			return lost (self, PQerrorMessage (self->conn), error);
	}
}

static SqlValue
read_cell (const PGresult *result, int row, int column)
{
	const char *text = PQgetvalue (result, row, column);

	if (PQgetisnull (result, row, column))
		return sql_text (NULL);
	switch (PQftype (result, column)) {
	case OID_BOOL: return sql_int (*text == 't');
	case OID_INT2:
	case OID_INT4:
	case OID_INT8: return sql_int (g_ascii_strtoll (text, NULL, 10));
	/* sums of BIGINT are of this type; an average is text, as it is from SQLite */
	case OID_NUMERIC: return strspn (text, "-0123456789") == strlen (text) ? sql_int (g_ascii_strtoll (text, NULL, 10)) : sql_text (text);
	default: return sql_text (text);
	}
}

static void
hand_over_rows (const PGresult *result, SqlOnRow on_row, gpointer data)
{
	int n = MIN (PQnfields (result), SQL_MAX_COLUMNS);

	for (int row = 0; row < PQntuples (result); row++) {
		SqlValue cells[SQL_MAX_COLUMNS];

		for (int i = 0; i < n; i++)
			cells[i] = read_cell (result, row, i);
		on_row (cells, (guint) n, data);
	}
}

typedef struct {
	const char *text; /* for the log */
	SqlOnRow on_row;
	gpointer data;
	guint n_done; /* statements before the first that failed */
	gboolean failed, complete;
} Answers;

static void
take_answer (Answers *answers, const PGresult *result, GError **error)
{
	switch (PQresultStatus (result)) {
	case PGRES_PIPELINE_SYNC: answers->complete = TRUE; break;
	case PGRES_TUPLES_OK:
		if (!answers->failed && answers->on_row != NULL)
			hand_over_rows (result, answers->on_row, answers->data);
		/* fall through */
	case PGRES_COMMAND_OK:
	case PGRES_EMPTY_QUERY: answers->n_done += !answers->failed; break;
	case PGRES_PIPELINE_ABORTED: break; /* one before it failed */
	default:
		if (!answers->failed)
			refused (result, answers->text, error);
		answers->failed = TRUE;
	}
}

/* Takes all answers up to the sync that ends what was sent; the first failure is the error. */
static gboolean
take_answers (Postgres *self, Answers *answers, GError **error)
{
	while (!answers->complete) {
		PGresult *result;

		if (!wait_for_answer (self, answers->failed ? NULL : error))
			return FALSE;
		result = PQgetResult (self->conn);
		if (result != NULL) /* NULL: the end of one statement's */
			take_answer (answers, result, error);
		PQclear (result);
		if (PQstatus (self->conn) == CONNECTION_BAD)
			return lost (self, PQerrorMessage (self->conn), answers->failed ? NULL : error);
	}
	return !answers->failed;
}

/* ---- statements ---- */

static void
prepared_free (gpointer data)
{
	Prepared *prepared = data;

	g_free (prepared->name);
	g_free (prepared);
}

static Oid
type_of (const SqlValue *value)
{
	static const Oid types[] = { [SQL_NULL] = OID_ANY, [SQL_INT] = OID_INT8, [SQL_TEXT] = OID_TEXT };

	return types[value->type];
}

/* Whether it was prepared for arguments like these. NULL fits anywhere. */
static gboolean
fits (const Prepared *prepared, const SqlValue *args, guint n_args)
{
	for (guint i = 0; i < n_args; i++)
		if (type_of (&args[i]) != OID_ANY && type_of (&args[i]) != prepared->types[i])
			return FALSE;
	return TRUE;
}

static Prepared *
prepared_new (Postgres *self, const SqlValue *args, guint n_args)
{
	Prepared *prepared = g_new0 (Prepared, 1);

	prepared->name = g_strdup_printf ("curia_%u", ++self->n_prepared);
	for (guint i = 0; i < n_args; i++)
		prepared->types[i] = type_of (&args[i]);
	return prepared;
}

/* Arguments travel as text; numbers are written into `digits`. */
static gboolean
send_set (Postgres *self, const Prepared *prepared, const SqlValue *args, guint n_args)
{
	char digits[SQL_MAX_ARGS][24];
	const char *texts[SQL_MAX_ARGS];

	for (guint i = 0; i < n_args; i++) {
		texts[i] = args[i].text;
		if (args[i].type != SQL_INT)
			continue;
		g_snprintf (digits[i], sizeof digits[i], "%" G_GINT64_FORMAT, args[i].number);
		texts[i] = digits[i];
	}
	return PQsendQueryPrepared (self->conn, prepared->name, (int) n_args, texts, NULL, NULL, 0);
}

static gboolean
send_later (Postgres *self)
{
	gboolean ok = TRUE;

	for (guint i = 0; i < self->later->len && ok; i++)
		ok = PQsendQueryParams (self->conn, g_ptr_array_index (self->later, i), 0, NULL, NULL, NULL, NULL, 0);
	g_ptr_array_set_size (self->later, 0);
	return ok;
}

/* One trip: what was put off, preparing if that is needed, and the statement for each of the sets. */
static gboolean
run_pipeline (Postgres *self, const char *text, const SqlValue *args, guint n_args, guint n_sets, Answers *answers, GError **error)
{
	Prepared *prepared = g_hash_table_lookup (self->statements, text), *made = NULL;
	guint n_later = self->later->len;
	gboolean ok = PQenterPipelineMode (self->conn) && send_later (self);

	if (prepared == NULL || !fits (prepared, args, n_args)) {
		prepared = made = prepared_new (self, args, n_args);
		ok = ok && PQsendPrepare (self->conn, made->name, text, (int) n_args, made->types);
	}
	for (guint i = 0; i < n_sets && ok; i++)
		ok = send_set (self, prepared, &args[i * n_args], n_args);
	ok = ok && PQpipelineSync (self->conn);
	ok = ok ? take_answers (self, answers, error) : lost (self, PQerrorMessage (self->conn), error);
	if (made != NULL && self->conn != NULL && answers->n_done > n_later)
		g_hash_table_insert (self->statements, (gpointer) text, made);
	else if (made != NULL)
		prepared_free (made);
	if (self->conn != NULL && PQexitPipelineMode (self->conn) == 0)
		return lost (self, PQerrorMessage (self->conn), error);
	return ok;
}

/* A connection, and the transaction if there was one. */
static gboolean
check_session (Postgres *self, GError **error)
{
	if (self->conn == NULL)
		return no_session (error);
	return !self->in_work || self->later->len > 0 || PQtransactionStatus (self->conn) != PQTRANS_IDLE || no_session (error);
}

static gboolean
postgres_run (Sql *sql, const char *text, const SqlValue *args, guint n_args, SqlOnRow on_row, gpointer data, GError **error)
{
	Postgres *self = (Postgres *) sql;
	Answers answers = { .text = text, .on_row = on_row, .data = data };

	return sql_check_args (args, n_args, error) && check_session (self, error)
		&& run_pipeline (self, text, args, n_args, 1, &answers, error);
}

static gboolean
postgres_run_many (Sql *sql, const char *text, const SqlValue *args, guint n_args, guint n_sets, GError **error)
{
	Postgres *self = (Postgres *) sql;
	gboolean ok = TRUE;

	for (guint i = 0; i < n_sets && ok; i++)
		ok = sql_check_args (&args[i * n_args], n_args, error);
	for (guint done = 0; done < n_sets && ok; done += MAX_PIPELINE) {
		Answers answers = { .text = text };

		ok = check_session (self, error)
			&& run_pipeline (self, text, &args[done * n_args], n_args, MIN (n_sets - done, MAX_PIPELINE), &answers, error);
	}
	return ok;
}

/* ---- scripts ---- */

static char *
take_script (Postgres *self, const char *statements)
{
	g_autoptr (GString) all = g_string_new (NULL);

	for (guint i = 0; i < self->later->len; i++)
		g_string_append_printf (all, "%s;", (const char *) g_ptr_array_index (self->later, i));
	g_ptr_array_set_size (self->later, 0);
	g_string_append (all, statements);
	return g_string_free (g_steal_pointer (&all), FALSE);
}

/* PostgreSQL answers COMMIT with "ROLLBACK", and no error, when the transaction had failed before. */
static gboolean
took_back (PGresult *result, const char *statements)
{
	return g_str_equal (statements, "COMMIT") && g_str_equal (PQcmdStatus (result), "ROLLBACK");
}

/* All answers until there are no more; a script is not a pipeline, so there is no sync. */
static gboolean
take_script_answers (Postgres *self, const char *statements, GError **error)
{
	Answers answers = { .text = statements };
	PGresult *result;

	while (wait_for_answer (self, answers.failed ? NULL : error)) {
		result = PQgetResult (self->conn);
		if (result == NULL)
			return !answers.failed;
		take_answer (&answers, result, error);
		if (!answers.failed && took_back (result, statements))
			answers.failed = !throw_state ("", error);
		PQclear (result);
		if (PQstatus (self->conn) == CONNECTION_BAD)
			return lost (self, PQerrorMessage (self->conn), answers.failed ? NULL : error);
	}
	return FALSE;
}

static gboolean
postgres_script (Sql *sql, const char *statements, GError **error)
{
	Postgres *self = (Postgres *) sql;
	g_autofree char *all = NULL;
	gboolean ok;

	if (self->conn == NULL)
		return no_session (error);
	all = take_script (self, statements);
	if (g_str_equal (statements, postgres_driver.begin_migration))
		self->patient = TRUE;
	if (PQsendQuery (self->conn, all) == 0)
		return lost (self, PQerrorMessage (self->conn), error);
	ok = take_script_answers (self, statements, error);
	if (self->conn != NULL && PQtransactionStatus (self->conn) == PQTRANS_IDLE)
		self->patient = self->in_work = FALSE;
	return ok;
}

static gboolean
postgres_script_later (Sql *sql, const char *statements, GError **error)
{
	Postgres *self = (Postgres *) sql;

	if (self->conn == NULL)
		return no_session (error);
	if (g_str_equal (statements, postgres_driver.begin))
		self->in_work = TRUE;
	g_ptr_array_add (self->later, (gpointer) statements);
	return TRUE;
}

static gboolean
postgres_in_transaction (Sql *sql)
{
	const Postgres *self = (const Postgres *) sql;

	return self->conn != NULL && (self->later->len > 0 || PQtransactionStatus (self->conn) != PQTRANS_IDLE);
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
		disconnect (self);
		return FALSE;
	}
	message = g_strdelimit (g_strstrip (g_strdup (PQerrorMessage (self->conn))), "\r\n\t", ' ');
	log_line ("cannot connect", message);
	disconnect (self);
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
		lost (self, PQerrorMessage (self->conn), NULL);
	self->in_work = FALSE;
	if (self->failure != NULL && curia_clock_us () < self->next_try_us)
		return fail_as_before (self, error);
	return connect_again (self, error);
}

static void
postgres_close (Sql *sql)
{
	Postgres *self = (Postgres *) sql;

	disconnect (self);
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
	self->statements = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, prepared_free);
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
