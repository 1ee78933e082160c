/* What webhooks are told when many events are written at once, on SQLite and on PostgreSQL: each body says what was so after
 * its event. */
#include <string.h>
#include "curia-error.h"
#include "tests/ledger/webhook-fixture.h"
#include "tests/lib/history-rows.h"

#define URL "https://example.org/"

enum { BULK_MEETINGS = 7, BULK_EVENTS = 700 };
#define BULK_MS G_GINT64_CONSTANT (1700000000000)

/* What a body must say, by the event's id. */
typedef struct {
	gint64 participants, joined_ms;
	gboolean viewer, left;
} Expected;

/* Of the k-th event of a meeting: of three people who come, the second is a viewer, and the first leaves again. */
static json_t *
person_json (guint meeting, guint k)
{
	g_autofree char *id = g_strdup_printf ("PA_%u_%u_%u", meeting, k / 4, k % 4 == 3 ? 0 : k % 4);

	return json_pack ("{s:s, s:s, s:s}", "participation", id, "identity", id, "name", "Ann");
}

static Expected *
expect (guint k, gint64 first_ms, gint64 time_ms)
{
	static const gint64 here[] = { 1, 1, 2, 1 }; /* of the last three that came */
	Expected *expected = g_new (Expected, 1);

	*expected = (Expected) { k / 4 + here[k % 4], k % 4 == 3 ? first_ms : time_ms, k % 4 == 1, k % 4 == 3 };
	return expected;
}

/* Who comes and goes, as the projections would have it. */
static void
write_people (Place *place, guint n_events)
{
	static const char *const roles[] = { "participant", "viewer", "participant" };
	g_autoptr (GString) sql = g_string_new (
		"INSERT INTO participations (id, call_id, meeting, participant, identity, name, role, joined_ms, left_ms) VALUES ");

	for (guint i = 0; i < n_events; i++) {
		guint meeting = i % BULK_MEETINGS, k = i / BULK_MEETINGS;
		gint64 joined_ms = BULK_MS + i, left_ms = k % 4 == 0 ? joined_ms + 3 * BULK_MEETINGS : 0;

		if (k % 4 < 3)
			g_string_append_printf (sql, "%s('PA_%u_%u_%u', 'CA_%u', 'MT_%u', '', 'x', 'Ann', '%s', %" G_GINT64_FORMAT
				", %" G_GINT64_FORMAT ")", i > 0 ? ", " : "", meeting, k / 4, k % 4, meeting, meeting, roles[k % 4],
				joined_ms, left_ms);
	}
	rows_run (place->url, sql->str);
}

static void
queue_bulk (CuriaStore *store, GHashTable *all, guint first)
{
	g_autofree LedgerEvent *events = g_new0 (LedgerEvent, BULK_EVENTS);
	g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
	g_autoptr (GError) error = NULL;

	for (guint i = 0; i < BULK_EVENTS; i++) {
		guint meeting = (first + i) % BULK_MEETINGS, k = (first + i) / BULK_MEETINGS;
		gint64 time_ms = BULK_MS + first + i;
		char *id = g_strdup_printf ("EV_%06u", first + i), *name = g_strdup_printf ("MT_%u", meeting);
		char *call = g_strdup_printf ("CA_%u", meeting);

		events[i] = (LedgerEvent) { .id = id, .type = k % 4 == 3 ? "participant_left" : "participant_joined", .node = "here",
			.meeting = name, .code = "abcd-efgh-jkmn", .call = call, .data = "{}", .body = person_json (meeting, k),
			.time_ms = time_ms };
		g_ptr_array_add (texts, id);
		g_ptr_array_add (texts, name);
		g_ptr_array_add (texts, call);
		g_hash_table_insert (all, g_strdup (id), expect (k, time_ms - 3 * BULK_MEETINGS, time_ms));
	}
	curia_store_webhooks_enqueue (store, events, BULK_EVENTS, 1000, &error);
	g_assert_no_error (error);
	for (guint i = 0; i < BULK_EVENTS; i++)
		json_decref (events[i].body);
}

static void
assert_body (const CuriaDelivery *delivery, const Expected *expected)
{
	json_auto_t *body = json_loads (delivery->body, 0, NULL);
	json_t *room = json_object_get (body, "room"), *person = json_object_get (body, "participant");
	json_t *curia = json_object_get (body, "curia"), *can_publish;
	g_autofree char *joined = g_strdup_printf ("%" G_GINT64_FORMAT, expected->joined_ms);

	g_assert_cmpint (json_integer_value (json_object_get (room, "numParticipants")), ==, expected->participants);
	g_assert_cmpstr (json_string_value (json_object_get (person, "joinedAtMs")), ==, joined);
	can_publish = json_object_get (json_object_get (person, "permission"), "canPublish");
	g_assert_cmpint (json_is_true (can_publish), ==, !expected->viewer);
	g_assert_cmpstr (json_string_value (json_object_get (body, "event")), ==,
		expected->left ? "participant_left" : "participant_joined");
	g_assert_cmpstr (json_string_value (json_object_get (body, "id")), ==, delivery->event);
	g_assert_cmpstr (json_string_value (json_object_get (curia, "meeting")), ==, delivery->meeting);
	g_assert_cmpint (json_integer_value (json_object_get (curia, "sequence")), ==, delivery->number);
}

static GPtrArray *
take (CuriaStore *store)
{
	g_autoptr (GError) error = NULL;
	GPtrArray *taken = curia_store_deliveries_take (store, &(CuriaDeliveryTake) { 1000, 30000, 100, 100, NULL }, &error);

	g_assert_no_error (error);
	return taken;
}

/* Takes and delivers all there is; each queue in the order of its numbers and of its events. How many of each webhook. */
static GHashTable *
deliver_all (CuriaStore *store, GHashTable *all)
{
	g_autoptr (GHashTable) queues = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) curia_delivery_free);
	GHashTable *counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

	for (;;) {
		g_autoptr (GPtrArray) taken = take (store);
		g_autofree CuriaDeliveryResult *results = g_new (CuriaDeliveryResult, taken->len);

		if (taken->len == 0)
			return counts;
		for (guint i = 0; i < taken->len; i++) {
			const CuriaDelivery *delivery = g_ptr_array_index (taken, i);
			g_autofree char *queue = g_strconcat (delivery->webhook, delivery->meeting, NULL);
			const CuriaDelivery *before = g_hash_table_lookup (queues, queue);

			g_assert_cmpint (delivery->number, ==, before != NULL ? before->number + 1 : 1);
			g_assert_cmpint (before != NULL ? strcmp (before->event, delivery->event) : -1, <, 0);
			assert_body (delivery, g_hash_table_lookup (all, delivery->event));
			results[i] = (CuriaDeliveryResult) { delivery, CURIA_DELIVERED, 0, "" };
			g_hash_table_insert (counts, g_strdup (delivery->webhook),
				GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (counts, delivery->webhook)) + 1));
		}
		g_assert_true (curia_store_deliveries_finish (store, results, taken->len, 1000, NULL));
		while (taken->len > 0) {
			CuriaDelivery *delivery = g_ptr_array_steal_index (taken, taken->len - 1);

			g_hash_table_insert (queues, g_strconcat (delivery->webhook, delivery->meeting, NULL), delivery);
		}
	}
}

/* More events, people and rows than go into one statement, in two transactions: each body says what was so after its event. */
static void
test_bulk (Place *place, gconstpointer data)
{
	g_autofree char *all = add_webhook (place->store, URL, "", "");
	g_autofree char *left = add_webhook (place->store, URL, "room_started,participant_left", "");
	g_autofree char *one = add_webhook (place->store, URL, "", "MT_3"), *none = add_webhook (place->store, URL, "", "MT_x");
	g_autoptr (GHashTable) expected = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free), counts = NULL;

	(void) data;
	write_people (place, 2 * BULK_EVENTS);
	queue_bulk (place->store, expected, 0);
	queue_bulk (place->store, expected, BULK_EVENTS);
	counts = deliver_all (place->store, expected);
	g_assert_cmpuint (GPOINTER_TO_UINT (g_hash_table_lookup (counts, all)), ==, 2 * BULK_EVENTS);
	g_assert_cmpuint (GPOINTER_TO_UINT (g_hash_table_lookup (counts, left)), ==, BULK_EVENTS / 2);
	g_assert_cmpuint (GPOINTER_TO_UINT (g_hash_table_lookup (counts, one)), ==, 2 * BULK_EVENTS / BULK_MEETINGS);
	g_assert_false (g_hash_table_contains (counts, none));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	ADD_FOR_BOTH ("/webhook-bulk/bodies", test_bulk);
	return g_test_run ();
}
