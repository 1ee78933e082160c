/* What follows from who was in a call, by rows; and reading it from both databases. */
#include "curia-history.h"
#include "curia-store-history.h"

#include <glib/gstdio.h>
#include <string.h>

#include "curia-error.h"
#include "tests/lib/history-rows.h"
#include "tests/lib/servers.h"

/* ---- totals ---- */

typedef struct {
	const char *identity;
	gint64 joined_ms, left_ms, join_ms, spoke_ms;
} Stay;

static const struct {
	const char *name;
	Stay stays[8]; /* until one without an identity */
	gint64 until_ms;
	CuriaCallTotals expect;
} rows[] = {
	{ "nobody", { { 0 } }, 100, { .join_median_ms = -1, .join_p95_ms = -1 } },
	{ "one", { { "a", 10, 30, 500, 5 } }, 100, { 1, 1, 1, 20, 5, 0, 1, 500, 500 } },
	{ "two at a time", { { "a", 10, 30, 500, 0 }, { "b", 20, 40, 700, 0 } }, 100, { 2, 2, 2, 40, 0, 0, 2, 500, 700 } },
	{ "one after the other in one moment", { { "a", 10, 30, -1, 0 }, { "b", 30, 40, -1, 0 } }, 100, { 2, 2, 1, 30, 0, 0, 0, -1, -1 } },
	{ "came back", { { "a", 10, 30, 500, 5 }, { "a", 50, 60, 300, 6 } }, 100, { 1, 2, 1, 30, 11, 0, 2, 300, 500 } },
	{ "twice at a time", { { "a", 10, 50, -1, 0 }, { "a", 20, 60, -1, 0 } }, 100, { 1, 2, 2, 50, 0, 0, 0, -1, -1 } },
	{ "one within the other", { { "a", 10, 90, -1, 0 }, { "a", 20, 30, -1, 0 }, { "a", 40, 95, -1, 0 } }, 100,
		{ 1, 3, 2, 85, 0, 0, 0, -1, -1 } },
	{ "still there", { { "a", 10, 0, 1, 0 } }, 100, { 1, 1, 1, 90, 0, 0, 1, 1, 1 } },
	{ "there after the end", { { "a", 110, 0, 1, 0 } }, 100, { 1, 1, 1, 0, 0, 0, 1, 1, 1 } },
	{ "shorter than a millisecond", { { "a", 10, 10, -1, 0 } }, 100, { 1, 1, 1, 0, 0, 0, 0, -1, -1 } },
	{ "percentiles", { { "a", 1, 2, 40, 0 }, { "b", 1, 2, 10, 0 }, { "c", 1, 2, 30, 0 }, { "d", 1, 2, 20, 0 } }, 100,
		{ 4, 4, 4, 4, 0, 0, 4, 20, 40 } },
};

static CuriaParticipation *
stay_new (const Stay *stay, guint number)
{
	CuriaParticipation *self = g_new0 (CuriaParticipation, 1);
	self->id = g_strdup_printf ("PA_%u", number);
	self->identity = g_strdup (stay->identity);
	self->name = g_strdup_printf ("%s%u", stay->identity, number);
	self->role = g_strdup ("participant");
	self->joined_ms = stay->joined_ms;
	self->left_ms = stay->left_ms;
	self->join_ms = stay->join_ms;
	self->spoke_ms = stay->spoke_ms;
	return self;
}

static GPtrArray *
stays_new (const Stay *stays, guint most)
{
	GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_participation_free);
	for (guint i = 0; i < most && stays[i].identity != NULL; i++)
		g_ptr_array_add (list, stay_new (&stays[i], i));
	return list;
}

static void
test_totals (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autoptr (GPtrArray) stays = stays_new (rows[i].stays, G_N_ELEMENTS (rows[i].stays));
		CuriaCallTotals totals = curia_history_totals (stays, rows[i].until_ms), expect = rows[i].expect;
		g_test_message ("%s", rows[i].name);
		g_assert_cmpint (totals.people, ==, expect.people);
		g_assert_cmpint (totals.participations, ==, expect.participations);
		g_assert_cmpint (totals.peak, ==, expect.peak);
		g_assert_cmpint (totals.person_ms, ==, expect.person_ms);
		g_assert_cmpint (totals.spoke_ms, ==, expect.spoke_ms);
		g_assert_cmpint (totals.connected, ==, expect.connected);
		g_assert_cmpint (totals.join_median_ms, ==, expect.join_median_ms);
		g_assert_cmpint (totals.join_p95_ms, ==, expect.join_p95_ms);
	}
}

/* A second, naive count: look at every millisecond. */
static void
test_random (void)
{
	for (int round = 0; round < 300; round++) {
		Stay stays[8] = { { 0 } };
		static const char *const names[] = { "a", "b", "c" };
		guint n = (guint) g_test_rand_int_range (1, 9);
		gint64 begin = 0;
		for (guint i = 0; i < n; i++) {
			begin += g_test_rand_int_range (0, 20);
			stays[i] = (Stay) { names[g_test_rand_int_range (0, 3)], 1 + begin, 0, -1, 0 };
			if (g_test_rand_bit ())
				stays[i].left_ms = stays[i].joined_ms + g_test_rand_int_range (1, 60);
		}
		int peak = 0;
		gint64 person_ms = 0;
		for (gint64 now = 0; now < 250; now++) {
			gboolean there[3] = { 0 };
			int count = 0;
			for (guint i = 0; i < n; i++) {
				if (now < stays[i].joined_ms || now >= (stays[i].left_ms ? stays[i].left_ms : 200))
					continue;
				count++;
				there[stays[i].identity[0] - 'a'] = TRUE;
			}
			peak = MAX (peak, count);
			person_ms += there[0] + there[1] + there[2];
		}
		g_autoptr (GPtrArray) list = stays_new (stays, n);
		CuriaCallTotals totals = curia_history_totals (list, 200);
		g_assert_cmpint (totals.peak, ==, peak);
		g_assert_cmpint (totals.person_ms, ==, person_ms);
	}
}

static void
test_attendees (void)
{
	static const Stay stays[] = { { "a", 10, 30, -1, 1 }, { "b", 15, 0, 300, 2 }, { "", 16, 20, -1, 0 }, { "a", 40, 60, 700, 4 },
		{ "", 50, 55, -1, 0 } };
	g_autoptr (GPtrArray) list = stays_new (stays, G_N_ELEMENTS (stays));
	g_autoptr (GPtrArray) people = curia_history_attendees (list, 100);
	g_assert_cmpuint (people->len, ==, 4);
	const CuriaAttendee *a = people->pdata[0], *b = people->pdata[1];
	g_assert_cmpstr (a->name, ==, "a3");
	g_assert_cmpint (a->joined_ms, ==, 10);
	g_assert_cmpint (a->left_ms, ==, 60);
	g_assert_cmpint (a->present_ms, ==, 40);
	g_assert_cmpint (a->spoke_ms, ==, 5);
	g_assert_cmpint (a->join_ms, ==, 700);
	g_assert_cmpuint (a->participations->len, ==, 2);
	g_assert_cmpint (b->left_ms, ==, 0);
	g_assert_cmpint (b->present_ms, ==, 85);
}

/* ---- from a database ---- */

typedef struct {
	char *url, *folder;
	CuriaStore *store;
} Fixture;

static void
set_up (Fixture *self, gconstpointer kind)
{
	g_autoptr (GError) error = NULL;
	self->folder = g_dir_make_tmp ("curia-history-XXXXXX", NULL);
	if (strcmp (kind, "postgres") == 0)
		g_free (servers_postgres_start ());
	self->url = strcmp (kind, "postgres") == 0 ? servers_postgres_database ("history")
		: g_strdup_printf ("sqlite:%s/curia.db", self->folder);
	self->store = curia_store_open (self->url, &error);
	g_assert_no_error (error);
}

static void
tear_down (Fixture *self, gconstpointer kind)
{
	(void) kind;
	curia_store_close (self->store);
	g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
	for (const char *name; (name = g_dir_read_name (dir)) != NULL;) {
		g_autofree char *file = g_build_filename (self->folder, name, NULL);
		g_remove (file);
	}
	g_rmdir (self->folder);
	g_free (self->folder);
	g_free (self->url);
}

/* The ids of a list, page by page: "c b|a". */
static char *
list_all (Fixture *self, const char *code, const char *search, int limit)
{
	g_autoptr (GString) ids = g_string_new (NULL);
	g_autofree char *cursor = NULL;
	do {
		g_autofree char *next = NULL;
		g_autoptr (GError) error = NULL;
		g_autoptr (GPtrArray) page = curia_store_call_list (self->store, &(CuriaCallQuery) { code, search, limit, cursor }, &next, &error);
		g_assert_no_error (error);
		g_assert_cmpuint (page->len, <=, limit);
		for (guint i = 0; i < page->len; i++)
			g_string_append_printf (ids, "%s%s", i > 0 ? " " : ids->len > 0 ? "|" : "", ((CuriaCall *) page->pdata[i])->id);
		g_free (cursor);
		cursor = g_steal_pointer (&next);
	} while (cursor != NULL);
	return g_strdup (ids->str);
}

static void
test_calls (Fixture *self, gconstpointer kind)
{
	(void) kind;
	static const struct {
		const char *code, *search;
		int limit;
		const char *ids;
	} lists[] = {
		{ NULL, NULL, 10, "CA_5 CA_4 CA_3 CA_2 CA_1" },
		{ NULL, NULL, 2, "CA_5 CA_4|CA_3 CA_2|CA_1" },
		{ NULL, NULL, 1, "CA_5|CA_4|CA_3|CA_2|CA_1" },
		{ "aaaa-aaaa-aaaa", NULL, 2, "CA_4 CA_3|CA_1" },
		{ "cccc-cccc-cccc", NULL, 2, "" },
		{ NULL, "weekly", 10, "CA_4 CA_1" },
		{ NULL, "WEEK", 1, "CA_4|CA_1" },
		{ "aaaa-aaaa-aaaa", "standup", 10, "CA_3" },
		{ "bbbb-bbbb-bbbb", "weekly", 10, "" },
		{ NULL, "bbbb-b", 10, "CA_5 CA_2" },
		{ NULL, "100%", 10, "CA_2" },
		{ NULL, "%", 10, "CA_2" },
		{ NULL, "_", 10, "CA_5" },
		{ NULL, "\\", 10, "CA_5" },
		{ NULL, "' OR 1=1 --", 10, "" },
		{ NULL, "'", 10, "CA_3" },
	};
	rows_call (self->url, "CA_1", "MT_1", "aaaa-aaaa-aaaa", "Weekly", 1000, 2000, 0);
	rows_call (self->url, "CA_2", "MT_2", "bbbb-bbbb-bbbb", "100% done", 3000, 4000, 3);
	rows_call (self->url, "CA_3", "MT_1", "aaaa-aaaa-aaaa", "Ann's Standup", 5000, 6000, 0);
	rows_call (self->url, "CA_4", "MT_1", "aaaa-aaaa-aaaa", "The weekly one", 5000, 7000, 0);
	rows_call (self->url, "CA_5", "MT_2", "bbbb-bbbb-bbbb", "a_b\\c", 8000, 0, 0);
	rows_participation (self->url, "PA_1", "CA_2", "ann", "Ann", 3000, 3500, 100, 5);
	rows_participation (self->url, "PA_2", "CA_2", "ann", "Ann", 3600, 4000, -1, 5);
	rows_participation (self->url, "PA_3", "CA_2", "bob", "Bob", 3100, 4000, 200, 7);
	for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
		g_autofree char *ids = list_all (self, lists[i].code, lists[i].search, lists[i].limit);
		g_test_message ("list %u", i);
		g_assert_cmpstr (ids, ==, lists[i].ids);
	}
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaCall) call = curia_store_call_lookup (self->store, "CA_2", &error);
	g_assert_no_error (error);
	g_assert_cmpint (call->people, ==, 2);
	g_assert_cmpint (call->join_failures, ==, 3);
	g_assert_cmpstr (call->end_reason, ==, "empty");
	g_assert_null (curia_store_call_lookup (self->store, "CA_9", &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_NOT_FOUND);
}

static void
test_call_refusals (Fixture *self, gconstpointer kind)
{
	(void) kind;
	static const CuriaCallQuery bad[] = { { .limit = 0 }, { .limit = 201 }, { .limit = 1, .cursor = "" }, { .limit = 1, .cursor = "5" },
		{ .limit = 1, .cursor = "5.x' OR 1" } };
	for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
		g_autofree char *next = NULL;
		g_autoptr (GError) error = NULL;
		g_assert_null (curia_store_call_list (self->store, &bad[i], &next, &error));
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
	}
}

static void
test_participations (Fixture *self, gconstpointer kind)
{
	(void) kind;
	g_autoptr (GError) error = NULL;
	rows_call (self->url, "CA_1", "MT_1", "aaaa-aaaa-aaaa", "Weekly", 1000, 9000, 2);
	rows_participation (self->url, "PA_2", "CA_1", "ann", "Ann O'Hara", 3000, 0, -1, 0);
	rows_participation (self->url, "PA_1", "CA_1", "bob", "=1+1", 2000, 2500, 321, 44);
	rows_participation (self->url, "PA_3", "CA_2", "eve", "Eve", 2000, 2500, 321, 44);
	g_autoptr (GPtrArray) found = curia_store_call_participations (self->store, "CA_1", &error);
	g_assert_no_error (error);
	g_assert_cmpuint (found->len, ==, 2);
	const CuriaParticipation *bob = found->pdata[0], *ann = found->pdata[1];
	g_assert_cmpstr (bob->id, ==, "PA_1");
	g_assert_cmpstr (bob->leave_reason, ==, "left");
	g_assert_cmpint (bob->join_ms, ==, 321);
	g_assert_cmpint (bob->spoke_ms, ==, 44);
	g_assert_cmpint (bob->reconnects, ==, 1);
	g_assert_cmpstr (ann->name, ==, "Ann O'Hara");
	g_assert_cmpint (ann->left_ms, ==, 0);
}

static void
test_failures (Fixture *self, gconstpointer kind)
{
	(void) kind;
	g_autoptr (GError) error = NULL;
	rows_call (self->url, "CA_1", "MT_1", "aaaa-aaaa-aaaa", "Weekly", 1000, 9000, 2);
	rows_event (self->url, 1, "join_failed", 1500, "MT_1", "CA_1", "{\"identity\":\"ann\",\"error\":\"meeting-full\",\"detail\":\"It's full\"}");
	rows_event (self->url, 2, "join_failed", 1600, "MT_1", "CA_0", "{}");
	rows_event (self->url, 3, "participant_joined", 1700, "MT_1", "CA_1", "{}");
	rows_event (self->url, 4, "join_failed", 1800, "MT_1", "CA_1", "{\"identity\":7}");
	g_autoptr (CuriaCall) call = curia_store_call_lookup (self->store, "CA_1", &error);
	g_autoptr (GPtrArray) found = curia_store_call_failures (self->store, call, &error);
	g_assert_no_error (error);
	g_assert_cmpuint (found->len, ==, 2);
	const CuriaJoinFailure *last = found->pdata[0], *first = found->pdata[1];
	g_assert_cmpint (last->time_ms, ==, 1800);
	g_assert_cmpstr (last->identity, ==, "");
	g_assert_cmpstr (first->identity, ==, "ann");
	g_assert_cmpstr (first->error, ==, "meeting-full");
	g_assert_cmpstr (first->detail, ==, "It's full");
}

#define CALL_SAMPLES(points) \
	curia_store_call_samples (self->store, "CA_1", "PA_1", 10000, 10000 + 100 * 1000, points, &error)

static void
test_samples (Fixture *self, gconstpointer kind)
{
	(void) kind;
	g_autoptr (GError) error = NULL;
	for (int i = 0; i < 100; i++)
		rows_sample (self->url, "PA_1", "CA_1", 10000 + i * 1000,
			(gint64[]) { i % 2 ? -1 : 10 * i, i, -1, i, i, i, i, i, i % 10, 1, 2, 3 });
	rows_sample (self->url, "PA_2", "CA_1", 10000, (gint64[12]) { 0 });
	g_autoptr (GArray) all = CALL_SAMPLES (100);
	g_assert_no_error (error);
	g_assert_cmpuint (all->len, ==, 100);
	g_assert_cmpint (g_array_index (all, CuriaSample, 1).rtt_us, ==, -1);
	g_assert_cmpint (g_array_index (all, CuriaSample, 99).time_ms, ==, 109000);

	g_autoptr (GArray) ten = CALL_SAMPLES (10);
	g_assert_no_error (error);
	g_assert_cmpuint (ten->len, ==, 10);
	CuriaSample first = g_array_index (ten, CuriaSample, 0); /* of 0..9 */
	g_assert_cmpint (first.time_ms, ==, 20000); /* spans are a little longer than 10 s: 0..10 */
	g_assert_cmpint (first.rtt_us, ==, 10 * (0 + 2 + 4 + 6 + 8 + 10) / 6);
	g_assert_cmpint (first.down_bps, ==, 5);
	g_assert_cmpint (first.down_loss_ppm, ==, -1);
	g_assert_cmpint (first.paused_slots, ==, 9);
	g_assert_cmpint (first.freezes, ==, 11);
	g_assert_cmpint (first.frozen_ms, ==, 22);
	gint64 freezes = 0, last_ms = 0;
	for (guint i = 0; i < ten->len; i++) {
		freezes += g_array_index (ten, CuriaSample, i).freezes;
		g_assert_cmpint (g_array_index (ten, CuriaSample, i).time_ms, >, last_ms);
		last_ms = g_array_index (ten, CuriaSample, i).time_ms;
	}
	g_assert_cmpint (freezes, ==, 100);
	for (int points = 1; points < 120; points += 7) {
		g_autoptr (GArray) some = CALL_SAMPLES (points);
		g_assert_no_error (error);
		g_assert_cmpuint (some->len, <=, points);
		g_assert_cmpuint (some->len, >=, MIN (points, 100) / 2);
	}
	g_assert_null (CALL_SAMPLES (0));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
}

static void
test_events (Fixture *self, gconstpointer kind)
{
	(void) kind;
	g_autoptr (GError) error = NULL;
	gint64 first, last;
	g_assert_true (curia_store_events_range (self->store, &first, &last, &error));
	g_assert_cmpint (first, ==, 0);
	g_assert_cmpint (last, ==, 0);
	for (int i = 5; i <= 14; i++)
		rows_event (self->url, i, "participant_joined", 1000 + i, i % 2 ? "MT_1" : "MT_2", "CA_1", "{\"x\":1}");
	g_assert_true (curia_store_events_range (self->store, &first, &last, &error));
	g_assert_cmpint (first, ==, 5);
	g_assert_cmpint (last, ==, 14);
	g_autoptr (GPtrArray) all = curia_store_events_after (self->store, NULL, 7, 3, &error);
	g_assert_cmpuint (all->len, ==, 3);
	g_assert_cmpint (((CuriaEvent *) all->pdata[0])->seq, ==, 8);
	g_assert_cmpstr (((CuriaEvent *) all->pdata[0])->data, ==, "{\"x\":1}");
	g_autoptr (GPtrArray) of_one = curia_store_events_after (self->store, "MT_1", 7, 10, &error);
	g_assert_cmpuint (of_one->len, ==, 3);
	g_assert_cmpint (((CuriaEvent *) of_one->pdata[2])->seq, ==, 13);
	rows_run (self->url, "DELETE FROM events WHERE seq < 20");
	g_assert_true (curia_store_events_range (self->store, &first, &last, &error));
	g_assert_cmpint (first, ==, 0);
	g_assert_cmpint (last, ==, 14);
	g_assert_no_error (error);
}

#define ADD(kind, name, function) g_test_add ("/history/" kind "/" name, Fixture, kind, set_up, function, tear_down)
#define ADD_BOTH(name, function) \
	ADD ("sqlite", name, function); \
	ADD ("postgres", name, function)

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/history/totals", test_totals);
	g_test_add_func ("/history/random", test_random);
	g_test_add_func ("/history/attendees", test_attendees);
	ADD_BOTH ("calls", test_calls);
	ADD_BOTH ("call-refusals", test_call_refusals);
	ADD_BOTH ("participations", test_participations);
	ADD_BOTH ("failures", test_failures);
	ADD_BOTH ("samples", test_samples);
	ADD_BOTH ("events", test_events);
	return g_test_run ();
}
