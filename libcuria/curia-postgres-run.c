#include "curia-postgres-private.h"

#include <poll.h>
#include <string.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-log.h"

#define ANSWER_MS 5000 /* the server ends what takes too long by itself; if it has not so long afterwards, it is gone */
#define HURRY_MS 2000 /* the same, when the store is to be closed */
#define LOOK_MS 250 /* how often is looked whether it is */
#define MAX_PIPELINE 500 /* statements in flight: their answers are kept until they are read */

/* Types of the protocol, which libpq has no names for. */
enum { OID_ANY = 0, OID_BOOL = 16, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_TEXT = 25, OID_NUMERIC = 1700 };

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

static gboolean
has_waited_enough (const Postgres *self, gint64 since_us)
{
	gint64 waited_ms = (curia_clock_us () - since_us) / 1000;

	if (g_atomic_int_get (self->hurried))
		return waited_ms >= HURRY_MS;
	return !self->patient && waited_ms >= self->statement_timeout_ms + ANSWER_MS;
}

/* Sends what is to be sent and waits until an answer can be taken without blocking. FALSE: the connection is lost. */
static gboolean
wait_for_answer (Postgres *self, GError **error)
{
	gint64 since_us = curia_clock_us ();

	for (;;) {
		int unsent = PQflush (self->conn), n;
		struct pollfd door = { PQsocket (self->conn), POLLIN, 0 };

		if (unsent < 0)
			return postgres_lost (self, PQerrorMessage (self->conn), error);
		if (unsent == 0 && !PQisBusy (self->conn))
			return TRUE;
		if (unsent > 0)
			door.events |= POLLOUT;
		n = poll (&door, 1, LOOK_MS);
		if (n == 0 && has_waited_enough (self, since_us))
			return postgres_lost (self, "no answer", error);
		if (n > 0)
			since_us = curia_clock_us ();
		if (n > 0 && (door.revents & ~POLLOUT) != 0 && PQconsumeInput (self->conn) == 0)
			return postgres_lost (self, PQerrorMessage (self->conn), error);
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
	int n = PQnfields (result);

	g_assert (n <= SQL_MAX_COLUMNS);
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
			return postgres_lost (self, PQerrorMessage (self->conn), answers->failed ? NULL : error);
	}
	return !answers->failed;
}

/* ---- statements ---- */

void
postgres_prepared_free (gpointer data)
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
	ok = ok ? take_answers (self, answers, error) : postgres_lost (self, PQerrorMessage (self->conn), error);
	if (made != NULL && self->conn != NULL && answers->n_done > n_later)
		g_hash_table_insert (self->statements, (gpointer) text, made);
	else if (made != NULL)
		postgres_prepared_free (made);
	if (self->conn != NULL && PQexitPipelineMode (self->conn) == 0)
		return postgres_lost (self, PQerrorMessage (self->conn), error);
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

gboolean
postgres_run (Sql *sql, const char *text, const SqlValue *args, guint n_args, SqlOnRow on_row, gpointer data, GError **error)
{
	Postgres *self = (Postgres *) sql;
	Answers answers = { .text = text, .on_row = on_row, .data = data };

	return sql_check_args (args, n_args, error) && check_session (self, error)
		&& run_pipeline (self, text, args, n_args, 1, &answers, error);
}

gboolean
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
			return postgres_lost (self, PQerrorMessage (self->conn), answers.failed ? NULL : error);
	}
	return FALSE;
}

gboolean
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
		return postgres_lost (self, PQerrorMessage (self->conn), error);
	ok = take_script_answers (self, statements, error);
	if (self->conn != NULL && PQtransactionStatus (self->conn) == PQTRANS_IDLE)
		self->patient = self->in_work = FALSE;
	return ok;
}

gboolean
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

gboolean
postgres_in_transaction (Sql *sql)
{
	const Postgres *self = (const Postgres *) sql;

	return self->conn != NULL && (self->later->len > 0 || PQtransactionStatus (self->conn) != PQTRANS_IDLE);
}

