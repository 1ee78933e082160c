/* Once is once: in order, at the same time, after the time, and when there are many. */
#include "transports/api/idempotency.h"

#include <string.h>

#include "curia-error.h"
#include "rest-fixture.h"

#define WAIT_US (2 * G_TIME_SPAN_SECOND)

static void
keep (ApiIdempotency *self, const char *key, const char *answer, gint64 now_us)
{
	g_autofree char *known = NULL;
	g_assert_true (api_idempotency_begin (self, key, "r", now_us, 0, &known, NULL));
	g_assert_null (known);
	api_idempotency_end (self, key, answer, now_us);
}

static char *
again (ApiIdempotency *self, const char *key, gint64 now_us)
{
	char *known = NULL;
	g_assert_true (api_idempotency_begin (self, key, "r", now_us, 0, &known, NULL));
	if (known == NULL)
		api_idempotency_end (self, key, NULL, now_us);
	return known;
}

static void
test_keeps_and_forgets (void)
{
	g_autoptr (ApiIdempotency) self = api_idempotency_new (3, 100);
	g_autoptr (GError) error = NULL;
	g_autofree char *none = NULL;
	keep (self, "a", "1", 0);
	keep (self, "b", "2", 50);
	g_autofree char *a = again (self, "a", 99), *b = again (self, "b", 99), *c = again (self, "c", 99);
	g_assert_cmpstr (a, ==, "1");
	g_assert_cmpstr (b, ==, "2");
	g_assert_null (c);
	g_assert_false (api_idempotency_begin (self, "a", "another", 99, 0, &none, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
	g_autofree char *late = again (self, "a", 100), *kept = again (self, "b", 149), *gone = again (self, "b", 150);
	g_assert_null (late);
	g_assert_cmpstr (kept, ==, "2");
	g_assert_null (gone);
	g_assert_cmpuint (api_idempotency_count (self), ==, 0);
}

static void
test_bound (void)
{
	g_autoptr (ApiIdempotency) self = api_idempotency_new (3, 1000);
	g_autoptr (GError) error = NULL;
	for (int i = 0; i < 10; i++) {
		g_autofree char *key = g_strdup_printf ("%d", i);
		keep (self, key, key, i);
		g_assert_cmpuint (api_idempotency_count (self), <=, 3);
	}
	g_autofree char *old = again (self, "6", 20), *young = again (self, "8", 20);
	g_assert_null (old);
	g_assert_cmpstr (young, ==, "8");
	/* All under way: nothing to make room with. */
	g_autoptr (ApiIdempotency) tiny = api_idempotency_new (1, 1000);
	g_autofree char *known = NULL;
	g_assert_true (api_idempotency_begin (tiny, "x", "r", 0, 0, &known, NULL));
	g_assert_false (api_idempotency_begin (tiny, "y", "r", 0, 0, &known, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_OVERLOADED);
	g_clear_error (&error);
	g_assert_false (api_idempotency_begin (tiny, "x", "r", 0, 1000, &known, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_OVERLOADED);
}

typedef struct {
	ApiIdempotency *store;
	gint works, failures;
} Race;

static gpointer
race (gpointer data)
{
	Race *self = data;
	g_autofree char *known = NULL;
	g_assert_true (api_idempotency_begin (self->store, "k", "r", 0, WAIT_US, &known, NULL));
	if (known != NULL)
		return NULL;
	g_usleep (5000);
	gboolean fails = g_atomic_int_add (&self->failures, 1) == 0; /* the first fails: a twin does it then */
	if (!fails)
		g_atomic_int_inc (&self->works);
	api_idempotency_end (self->store, "k", fails ? NULL : "done", 0);
	return NULL;
}

static void
test_twins (void)
{
	g_autoptr (ApiIdempotency) store = api_idempotency_new (10, 1000);
	Race self = { .store = store };
	GThread *threads[8];
	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		threads[i] = g_thread_new ("twin", race, &self);
	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		g_thread_join (threads[i]);
	g_assert_cmpint (self.works, ==, 1);
	g_assert_cmpint (self.failures, ==, 2);
}

static Answer
create (Fixture *fixture, const char *key, const char *authorization, const char *body)
{
	ApiRequest request = request_new (fixture, API_POST, "/api/v1/meetings");
	request.idempotency_key = key;
	request.authorization = authorization;
	request.content_type = "application/json";
	request.body = body;
	request.body_bytes = strlen (body);
	return ask_raw (&request);
}

static void
test_create (void)
{
	static const char key[] = "0b7c0b54-7d5e-4c1b-9a35-4d1b1f3ef001";
	g_autoptr (Fixture) fixture = fixture_new ("");
	g_autofree char *token = token_of ("roomCreate", NULL, "app", NULL);
	g_autofree char *authorization = g_strconcat ("Bearer ", token, NULL);
	g_auto (Answer) first = create (fixture, key, NULL, "{\"title\":\"a\",\"max_participants\":5}");
	g_auto (Answer) second = create (fixture, key, NULL, "{ \"max_participants\":5, \"title\":\"a\" }");
	g_assert_cmpint (second.status, ==, 201);
	g_assert_true (json_equal (first.body, second.body));
	g_assert_cmpstr (first.location, ==, second.location);
	g_auto (Answer) changed = create (fixture, key, NULL, "{\"title\":\"b\"}");
	g_assert_cmpint (changed.status, ==, 422);
	g_assert_cmpstr (text_at (&changed, "field"), ==, "Idempotency-Key");
	/* Another caller's key is another key. */
	g_auto (Answer) other = create (fixture, key, authorization, "{\"title\":\"a\",\"max_participants\":5}");
	g_assert_cmpint (other.status, ==, 201);
	g_assert_cmpstr (text_at (&other, "code"), !=, text_at (&first, "code"));
	/* A request that failed may be sent again, mended. */
	g_auto (Answer) bad = create (fixture, "0b7c0b54-7d5e-4c1b-9a35-4d1b1f3ef002", NULL, "{\"title\":1}");
	g_assert_cmpint (bad.status, ==, 422);
	g_auto (Answer) mended = create (fixture, "0b7c0b54-7d5e-4c1b-9a35-4d1b1f3ef002", NULL, "{\"title\":\"1\"}");
	g_assert_cmpint (mended.status, ==, 201);
	g_autofree char *endless = g_strnfill (129, 'k');
	const char *const refused[] = { "", "short", "with a space in the key", "\xc3\xa4 is not ASCII at all",
		endless };
	for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
		g_auto (Answer) answer = create (fixture, refused[i], NULL, "{}");
		g_assert_cmpint (answer.status, ==, 422);
		g_assert_cmpstr (text_at (&answer, "field"), ==, "Idempotency-Key");
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/idempotency/keeps-and-forgets", test_keeps_and_forgets);
	g_test_add_func ("/idempotency/bound", test_bound);
	g_test_add_func ("/idempotency/twins", test_twins);
	g_test_add_func ("/idempotency/create", test_create);
	return g_test_run ();
}
