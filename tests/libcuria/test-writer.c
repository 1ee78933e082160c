/* The writer over a database that is a list of numbers and fails when told to: the Nth call fails, N = 1, 2, 3...
 * Whatever fails, a job that was told "committed" is there, and one that was told an error is not. */
#include "libcuria/curia-writer.h"

#include "curia-error.h"

typedef struct {
	Sql base;
	GArray *committed, *open; /* of int; `open`: since BEGIN */
	guint savepoint;
	gboolean in_transaction;
	int fail_at, n_calls; /* 0: never */
	gboolean drops;       /* a failure ends the transaction, as a full disk does */
	guint n_commits, n_open_jobs;
	GMutex gate; /* held by a test to stop the writer in the middle */
} Fake;

static gboolean
fake_fails (Fake *self, GError **error)
{
	if (++self->n_calls != self->fail_at)
		return FALSE;
	if (self->drops) {
		g_array_set_size (self->open, 0);
		self->in_transaction = FALSE;
	}
	curia_throw (error, CURIA_ERROR_UNAVAILABLE, "as told");
	return TRUE;
}

static void
fake_begin (Fake *self)
{
	g_assert_false (self->in_transaction);
	self->in_transaction = TRUE;
}

static void
fake_savepoint (Fake *self)
{
	self->savepoint = self->open->len;
	self->n_open_jobs++;
}

static void
fake_rollback_job (Fake *self)
{
	g_array_set_size (self->open, self->savepoint);
}

static void
fake_release (Fake *self)
{
	(void) self;
}

static void
fake_commit (Fake *self)
{
	if (self->open->len > 0)
		g_array_append_vals (self->committed, self->open->data, self->open->len);
	g_array_set_size (self->open, 0);
	self->in_transaction = FALSE;
	self->n_commits++;
}

static void
fake_rollback (Fake *self)
{
	g_array_set_size (self->open, 0);
	self->in_transaction = FALSE;
}

static gboolean
fake_script (Sql *sql, const char *statements, GError **error)
{
	static const struct {
		const char *statements;
		void (*run) (Fake *);
	} rows[] = {
		{ "BEGIN", fake_begin },
		{ "SAVEPOINT job", fake_savepoint },
		{ "RELEASE SAVEPOINT job", fake_release },
		{ "ROLLBACK TO SAVEPOINT job", fake_rollback_job },
		{ "COMMIT", fake_commit },
		{ "ROLLBACK", fake_rollback },
	};
	Fake *self = (Fake *) sql;

	if (fake_fails (self, error))
		return FALSE;
	if (!self->in_transaction && !g_str_equal (statements, "BEGIN")) /* a failure has ended it */
		return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "no transaction");
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		if (g_str_equal (rows[i].statements, statements)) {
			rows[i].run (self);
			return TRUE;
		}
	g_error ("unexpected: %s", statements);
}

static gboolean
fake_in_transaction (Sql *sql)
{
	return ((Fake *) sql)->in_transaction;
}

/* The first call of each group: a database that is away fails here. */
static gboolean
fake_ready (Sql *sql, GError **error)
{
	return !fake_fails ((Fake *) sql, error);
}

static void
fake_close (Sql *sql)
{
	(void) sql;
}

static const SqlDriver fake_driver = { .begin = "BEGIN",
	.ready = fake_ready,
	.close = fake_close,
	.script = fake_script,
	.script_later = fake_script,
	.in_transaction = fake_in_transaction };

static void
fake_init (Fake *self)
{
	*self = (Fake) { .base.driver = &fake_driver };
	self->committed = g_array_new (FALSE, FALSE, sizeof (int));
	self->open = g_array_new (FALSE, FALSE, sizeof (int));
	g_mutex_init (&self->gate);
}

static void
fake_clear (Fake *self)
{
	g_array_unref (self->committed);
	g_array_unref (self->open);
	g_mutex_clear (&self->gate);
}

static gboolean
fake_has (const Fake *self, int number)
{
	for (guint i = 0; i < self->committed->len; i++)
		if (g_array_index (self->committed, int, i) == number)
			return TRUE;
	return FALSE;
}

/* ---- jobs ---- */

/* Adds two rows; every third job then finds that it should not have. */
static gboolean
add_number (Sql *sql, gpointer data, GError **error)
{
	Fake *fake = (Fake *) sql;
	int number = GPOINTER_TO_INT (data);

	g_mutex_lock (&fake->gate);
	g_mutex_unlock (&fake->gate);
	g_assert_true (fake->in_transaction);
	for (int i = 0; i < 2; i++) {
		if (fake_fails (fake, error))
			return FALSE;
		g_array_append_val (fake->open, number);
	}
	return number % 3 != 0 || curia_throw (error, CURIA_ERROR_MEETING_EXISTS, "a third");
}

typedef struct {
	Writer *writer;
	int number;
	GError *error;
	gboolean ok;
	GThread *thread;
} Caller;

static gpointer
call (gpointer data)
{
	Caller *caller = data;

	caller->ok = writer_submit (caller->writer, add_number, GINT_TO_POINTER (caller->number), &caller->error);
	return NULL;
}

static void
start_callers (Writer *writer, Caller *callers, guint n)
{
	for (guint i = 0; i < n; i++) {
		callers[i] = (Caller) { .writer = writer, .number = (int) i + 1 };
		callers[i].thread = g_thread_new ("caller", call, &callers[i]);
	}
}

static void
join_callers (Caller *callers, guint n)
{
	for (guint i = 0; i < n; i++)
		g_thread_join (callers[i].thread);
}

static void
assert_truth (const Fake *fake, Caller *callers, guint n)
{
	for (guint i = 0; i < n; i++) {
		g_assert_cmpint (callers[i].ok, ==, callers[i].error == NULL);
		g_assert_cmpint (fake_has (fake, callers[i].number), ==, callers[i].ok);
		g_clear_error (&callers[i].error);
	}
	g_assert_cmpuint (fake->open->len, ==, 0);
	g_assert_false (fake->in_transaction);
}

/* ---- tests ---- */

static void
test_groups (void)
{
	enum { N = 40 };
	Caller callers[N];
	Writer *writer;
	Fake fake;

	fake_init (&fake);
	writer = writer_new (&fake.base);
	g_mutex_lock (&fake.gate); /* the first job waits here while the others queue up behind it */
	start_callers (writer, callers, N);
	g_usleep (50 * 1000);
	g_assert_cmpint (writer_busy_us (writer), >, 0);
	g_mutex_unlock (&fake.gate);
	join_callers (callers, N);
	writer_free (writer);
	assert_truth (&fake, callers, N);
	g_assert_cmpuint (fake.n_open_jobs, ==, N);
	g_assert_cmpuint (fake.n_commits, <, N / 2);
	fake_clear (&fake);
}

static void
run_with_failure (int fail_at, gboolean drops, gboolean *reached)
{
	enum { N = 7 };
	Caller callers[N], after;
	Writer *writer;
	Fake fake;

	fake_init (&fake);
	fake.fail_at = fail_at;
	fake.drops = drops;
	writer = writer_new (&fake.base);
	start_callers (writer, callers, N);
	join_callers (callers, N);
	/* it goes on afterwards */
	fake.fail_at = 0;
	after = (Caller) { .writer = writer, .number = 100 };
	call (&after);
	writer_free (writer);
	g_assert_true (after.ok);
	assert_truth (&fake, callers, N);
	g_assert_true (fake_has (&fake, 100));
	*reached = fake.n_calls > fail_at;
	fake_clear (&fake);
}

static void
test_nth_call_fails (void)
{
	for (int drops = 0; drops <= 1; drops++) {
		gboolean reached = TRUE;

		/* the calls of seven jobs, however they were grouped */
		for (int n = 1; n <= 7 * 7 && reached; n++)
			run_with_failure (n, drops, &reached);
	}
}

static void
test_bounded (void)
{
	enum { N = 1024 + 64 };
	g_autofree Caller *callers = g_new0 (Caller, N);
	guint n_refused = 0;
	Writer *writer;
	Fake fake;

	fake_init (&fake);
	writer = writer_new (&fake.base);
	g_mutex_lock (&fake.gate);
	start_callers (writer, callers, N);
	g_usleep (200 * 1000);
	g_mutex_unlock (&fake.gate);
	join_callers (callers, N);
	for (guint i = 0; i < N; i++)
		n_refused += g_error_matches (callers[i].error, CURIA_ERROR, CURIA_ERROR_OVERLOADED);
	g_test_message ("%u of %d were refused", n_refused, N);
	writer_free (writer);
	assert_truth (&fake, callers, N);
	fake_clear (&fake);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/writer/groups", test_groups);
	g_test_add_func ("/writer/nth-call-fails", test_nth_call_fails);
	g_test_add_func ("/writer/bounded", test_bounded);
	return g_test_run ();
}
