/* The delivery thread against a real receiver, on both databases: what is sent, order, failures, slow and rude receivers,
 * addresses that are not allowed, stopping in the middle, two nodes. */
#include <string.h>
#include "curia-fields.h"
#include "curia-token.h"
#include "events/ledger/webhook-delivery.h"
#include "tests/ledger/receiver.h"
#include "tests/ledger/webhook-fixture.h"

#define SECRET "a-secret-for-tests-of-more-than-32-bytes"

static CuriaKeyring *keys;

static WebhookDeliveryParts
parts_for (CuriaStore *store)
{
	return (WebhookDeliveryParts) {
		.store = store,
		.keys = keys,
		.poster = { TRUE, TRUE, "", 2000, 16 },
		.retry = { 20, 200, 60000 },
		.most_of_webhook = 8,
		.lease_ms = 30000,
		.keep_ms = 3600000,
	};
}

static WebhookDelivery *
start (const WebhookDeliveryParts *parts)
{
	g_autoptr (GError) error = NULL;
	WebhookDelivery *delivery = webhook_delivery_start_with (parts, &error);

	g_assert_no_error (error);
	return delivery;
}

static gint64
now_ms (void)
{
	return g_get_real_time () / 1000;
}

static void
wait_for (CuriaStore *store, gint64 waiting, gint64 dead)
{
	gint64 end_us = g_get_monotonic_time () + 30 * G_USEC_PER_SEC, w = -1, d = -1;

	while (w != waiting || d != dead) {
		g_assert_cmpint (g_get_monotonic_time (), <, end_us);
		g_assert_true (curia_store_deliveries_count (store, &w, &d, NULL));
		g_usleep (5000);
	}
}

static char *
problem_of (CuriaStore *store, const char *webhook, const char *state)
{
	g_autofree char *next = NULL;
	g_autoptr (GPtrArray) found = curia_store_deliveries_list (store, webhook, state, 10, NULL, &next, NULL);

	g_assert_cmpuint (found->len, >=, 1);
	return g_strdup (((CuriaDelivery *) g_ptr_array_index (found, 0))->last_error);
}

/* ---- what is sent ---- */

static const char *
header (const Received *request, const char *name)
{
	return g_hash_table_lookup (request->headers, name);
}

static json_t *
token_claims (const char *token)
{
	g_auto (GStrv) parts = g_strsplit (token, ".", 3);
	g_autofree char *padded = g_strconcat (parts[1], &"===="[strlen (parts[1]) % 4 == 0 ? 4 : strlen (parts[1]) % 4], NULL);
	gsize n;

	g_strdelimit (padded, "-", '+');
	g_strdelimit (padded, "_", '/');
	g_autofree guchar *bytes = g_base64_decode (padded, &n);
	return json_loadb ((const char *) bytes, n, 0, NULL);
}

static void
check_signature (const Received *request)
{
	const char *token = header (request, "authorization");
	json_auto_t *claims = token_claims (token);
	g_autoptr (CuriaClaims) verified = curia_token_verify (keys, token, g_get_real_time () / G_USEC_PER_SEC, NULL);
	g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
	guint8 digest[32];
	gsize n = sizeof digest;

	g_checksum_update (sum, (const guchar *) request->body, -1);
	g_checksum_get_digest (sum, digest, &n);
	g_autofree char *hash = g_base64_encode (digest, n);
	g_assert_nonnull (verified);
	g_assert_cmpstr (curia_json_string (claims, "iss", ""), ==, "key");
	g_assert_cmpstr (curia_json_string (claims, "sha256", ""), ==, hash);
	g_assert_cmpint (curia_json_int (claims, "exp", 0), >, g_get_real_time () / G_USEC_PER_SEC);
	g_assert_cmpint (curia_json_int (claims, "nbf", 0), <=, g_get_real_time () / G_USEC_PER_SEC);
}

static void
test_sent (Place *place, gconstpointer data)
{
	Receiver *receiver = receiver_new (NULL, NULL);
	g_autofree char *url = receiver_url (receiver, "127.0.0.1"), *webhook = add_webhook (place->store, url, "", "");
	WebhookDeliveryParts parts = parts_for (place->store);
	WebhookDelivery *delivery = start (&parts);

	(void) data;
	queue_events (place->store, "MT_a", "participant_joined", 0, 3, now_ms ());
	receiver_wait (receiver, 3);
	wait_for (place->store, 0, 0);
	for (guint i = 0; i < 3; i++) {
		const Received *request = receiver_at (receiver, i);
		g_autofree char *number = g_strdup_printf ("%u", i + 1);
		json_auto_t *body = json_loads (request->body, 0, NULL);

		g_assert_cmpstr (request->method, ==, "POST");
		g_assert_cmpstr (request->path, ==, "/hook?a=b");
		g_assert_cmpstr (header (request, "content-type"), ==, "application/webhook+json");
		g_assert_cmpstr (header (request, "curia-sequence"), ==, number);
		g_assert_true (g_str_has_prefix (header (request, "user-agent"), "Curia/"));
		g_assert_null (header (request, "expect"));
		g_assert_cmpstr (curia_json_string (body, "event", ""), ==, "participant_joined");
		check_signature (request);
	}
	webhook_delivery_stop (delivery);
	receiver_free (receiver);
}

/* ---- order, whatever happens ---- */

static char *
answer_at_random (const Received *request, guint n, gpointer data)
{
	(void) request;
	switch (g_rand_int_range (data, 0, 6)) {
	case 0: return g_strdup ("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
	case 1: return g_strdup ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 999\r\n\r\ncut");
	case 2: return g_strdup ("Connection: close, and this is no HTTP");
	default: return g_strdup_printf ("HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", n % 2 ? "204 None" : "202 Later");
	}
}

static void
assert_in_order (Receiver *receiver, guint meetings, guint events)
{
	g_autoptr (GHashTable) last = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < receiver_n (receiver); i++) {
		json_auto_t *body = json_loads (receiver_at (receiver, i)->body, 0, NULL);
		json_t *ours = json_object_get (body, "curia");
		const char *meeting = curia_json_string (ours, "meeting", "");
		guint number = (guint) curia_json_int (ours, "sequence", 0);
		guint before = GPOINTER_TO_UINT (g_hash_table_lookup (last, meeting));

		/* the next one, or the same again */
		g_assert_true (number == before + 1 || number == before);
		g_hash_table_insert (last, g_strdup (meeting), GUINT_TO_POINTER (number));
		g_hash_table_add (ids, g_strdup (curia_json_string (body, "id", "")));
	}
	g_assert_cmpuint (g_hash_table_size (last), ==, meetings);
	g_assert_cmpuint (g_hash_table_size (ids), ==, meetings * events);
}

static void
test_order (Place *place, gconstpointer data)
{
	enum { MEETINGS = 6, EVENTS = 10 };
	g_autoptr (GRand) random = g_rand_new_with_seed (7);
	Receiver *receiver = receiver_new (answer_at_random, random);
	g_autofree char *url = receiver_url (receiver, "127.0.0.1"), *webhook = add_webhook (place->store, url, "", "");
	g_autoptr (CuriaStore) other = curia_store_open (place->url, NULL);
	WebhookDeliveryParts here = parts_for (place->store), there = parts_for (other);
	WebhookDelivery *one, *two;

	(void) data;
	here.most_of_webhook = there.most_of_webhook = 1; /* the random numbers are for one at a time */
	here.poster.most = there.poster.most = 1;
	one = start (&here);
	for (guint i = 0; i < MEETINGS; i++) {
		g_autofree char *meeting = g_strdup_printf ("MT_%u", i);

		queue_events (place->store, meeting, "participant_joined", 0, EVENTS, now_ms ());
	}
	receiver_wait (receiver, 20);
	webhook_delivery_stop (one); /* in the middle; another one goes on */
	two = start (&there);
	wait_for (place->store, 0, 0);
	webhook_delivery_stop (two);
	assert_in_order (receiver, MEETINGS, EVENTS);
	receiver_free (receiver);
}

/* Two nodes, many at a time, woken by their bus. */
static void
test_two_nodes (Place *place, gconstpointer data)
{
	enum { MEETINGS = 20, EVENTS = 10 };
	Receiver *receiver = receiver_new (NULL, NULL);
	g_autofree char *url = receiver_url (receiver, "127.0.0.1"), *webhook = add_webhook (place->store, url, "", "");
	g_autoptr (CuriaStore) other = curia_store_open (place->url, NULL);
	g_autoptr (CuriaBus) bus = curia_bus_new ();
	WebhookDeliveryParts here = parts_for (place->store), there = parts_for (other);
	WebhookDelivery *one, *two;
	json_auto_t *wake = json_pack ("{s:i}", "seq", 1);
	gint64 begun_us;

	(void) data;
	here.bus = there.bus = bus;
	one = start (&here);
	two = start (&there);
	begun_us = g_get_monotonic_time ();
	for (guint k = 0; k < EVENTS; k++)
		for (guint i = 0; i < MEETINGS; i++) {
			g_autofree char *meeting = g_strdup_printf ("MT_%u", i);

			queue_events (place->store, meeting, "participant_joined", k, 1, now_ms ());
			g_assert_true (curia_bus_publish (bus, "events", wake, NULL));
		}
	wait_for (place->store, 0, 0);
	g_test_message ("%d deliveries in %d ms", MEETINGS * EVENTS, (int) ((g_get_monotonic_time () - begun_us) / 1000));
	webhook_delivery_stop (one);
	webhook_delivery_stop (two);
	assert_in_order (receiver, MEETINGS, EVENTS);
	g_assert_cmpuint (receiver_n (receiver), ==, MEETINGS * EVENTS);
	receiver_free (receiver);
}

/* ---- failures ---- */

static char *
answer_with (const Received *request, guint n, gpointer data)
{
	(void) request, (void) n;
	return g_strdup (data);
}

static char *long_answer; /* a success that does not end */

static const struct {
	const char *answer; /* NULL: none */
	const char *problem; /* NULL: good */
} rude[] = {
	{ "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", NULL },
	{ "HTTP/1.1 299 Fine\r\nContent-Length: 0\r\n\r\n", NULL },
	{ "HTTP/1.1 301 There\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "HTTP 301" },
	{ "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "HTTP 404" },
	{ "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "HTTP 500" },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nab", "remaining to read" },
	{ "not HTTP at all, Connection: close", "HTTP/0.9" },
	{ NULL, "timed out" },
};

static void
test_rude (Place *place, gconstpointer data)
{
	(void) data;
	for (guint i = 0; i < G_N_ELEMENTS (rude); i++) {
		Receiver *receiver = receiver_new (answer_with, (gpointer) rude[i].answer);
		g_autofree char *url = receiver_url (receiver, "127.0.0.1"), *webhook = add_webhook (place->store, url, "", "");
		g_autofree char *problem = NULL;
		WebhookDeliveryParts parts = parts_for (place->store);
		WebhookDelivery *delivery;

		parts.poster.timeout_ms = 300;
		parts.retry.give_up_ms = 0; /* the first try is the last */
		delivery = start (&parts);
		queue_events (place->store, "MT_a", "call_started", i, 1, now_ms ());
		wait_for (place->store, 0, rude[i].problem != NULL ? 1 : 0);
		problem = problem_of (place->store, webhook, rude[i].problem != NULL ? "dead" : "delivered");
		g_test_message ("%s", problem);
		g_assert_nonnull (strstr (problem, rude[i].problem != NULL ? rude[i].problem : ""));
		g_assert_cmpint (rude[i].problem == NULL, ==, *problem == '\0');
		webhook_delivery_stop (delivery);
		g_assert_cmpuint (receiver_n (receiver), ==, 1);
		g_assert_true (curia_store_webhook_delete (place->store, webhook, NULL));
		receiver_free (receiver);
	}
}

/* 200, then more than anybody wants: it is delivered, and the rest is not waited for. */
static void
test_endless_answer (Place *place, gconstpointer data)
{
	g_autofree char *filler = g_strnfill (200000, 'x');
	Receiver *receiver;
	g_autofree char *url = NULL, *webhook = NULL;
	WebhookDeliveryParts parts = parts_for (place->store);
	WebhookDelivery *delivery;

	(void) data;
	long_answer = g_strconcat ("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", filler, NULL);
	receiver = receiver_new (answer_with, long_answer);
	url = receiver_url (receiver, "127.0.0.1");
	webhook = add_webhook (place->store, url, "", "");
	delivery = start (&parts);
	queue_events (place->store, "MT_a", "call_started", 0, 1, now_ms ());
	wait_for (place->store, 0, 0);
	webhook_delivery_stop (delivery);
	g_assert_cmpuint (receiver_n (receiver), ==, 1);
	receiver_free (receiver);
	g_free (long_answer);
}

/* Nobody listens, then somebody does: all comes, in order. */
static void
test_down_for_a_while (Place *place, gconstpointer data)
{
	g_autofree char *url = NULL, *webhook = NULL;
	Receiver *receiver = receiver_new (NULL, NULL);
	WebhookDeliveryParts parts = parts_for (place->store);
	WebhookDelivery *delivery;
	g_autofree char *problem = NULL;

	(void) data;
	url = g_strdup ("http://127.0.0.1:1/"); /* refused */
	webhook = add_webhook (place->store, url, "", "");
	delivery = start (&parts);
	queue_events (place->store, "MT_a", "participant_joined", 0, 20, now_ms ());
	g_usleep (500000);
	problem = problem_of (place->store, webhook, "waiting");
	wait_for (place->store, 20, 0);
	g_autoptr (CuriaWebhook) changed = curia_store_webhook_lookup (place->store, webhook, NULL);
	g_free (changed->url);
	changed->url = receiver_url (receiver, "127.0.0.1");
	g_assert_true (curia_store_webhook_update (place->store, changed, NULL));
	wait_for (place->store, 0, 0);
	webhook_delivery_stop (delivery);
	assert_in_order (receiver, 1, 20);
	receiver_free (receiver);
}

/* ---- what is not allowed ---- */

static void
test_blocked (Place *place, gconstpointer data)
{
	/* names are looked up only now: what was fine when it was made may mean this very machine today */
	static const char *const hosts[] = { "127.0.0.1", "localhost", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0" };

	(void) data;
	for (guint i = 0; i < G_N_ELEMENTS (hosts); i++) {
		Receiver *receiver = receiver_new (NULL, NULL);
		g_autofree char *url = receiver_url (receiver, hosts[i]), *webhook = add_webhook (place->store, url, "", ""), *problem = NULL;
		WebhookDeliveryParts parts = parts_for (place->store);
		WebhookDelivery *delivery;

		parts.poster.allow_private = FALSE;
		parts.retry.give_up_ms = 0;
		delivery = start (&parts);
		queue_events (place->store, "MT_a", "call_started", i, 1, now_ms ());
		wait_for (place->store, 0, 1);
		problem = problem_of (place->store, webhook, "dead");
		g_test_message ("%s: %s", hosts[i], problem);
		g_assert_nonnull (strstr (problem, "webhooks.allow_private"));
		g_assert_cmpuint (receiver_n (receiver), ==, 0);
		webhook_delivery_stop (delivery);
		g_assert_true (curia_store_webhook_delete (place->store, webhook, NULL));
		receiver_free (receiver);
	}
}

/* Neither other schemes nor plain HTTP, whatever the database says. */
static void
test_schemes (Place *place, gconstpointer data)
{
	static const char *const urls[] = { "http://127.0.0.1:1/", "file:///etc/passwd", "gopher://127.0.0.1:1/x", "dict://127.0.0.1:1/" };

	(void) data;
	for (guint i = 0; i < G_N_ELEMENTS (urls); i++) {
		g_autofree char *webhook = add_webhook (place->store, urls[i], "", ""), *problem = NULL;
		WebhookDeliveryParts parts = parts_for (place->store);
		WebhookDelivery *delivery;

		parts.poster.allow_http = FALSE;
		parts.retry.give_up_ms = 0;
		delivery = start (&parts);
		queue_events (place->store, "MT_a", "call_started", i, 1, now_ms ());
		wait_for (place->store, 0, 1);
		problem = problem_of (place->store, webhook, "dead");
		g_test_message ("%s", problem);
		g_assert_nonnull (strstr (problem, "rotocol"));
		webhook_delivery_stop (delivery);
		g_assert_true (curia_store_webhook_delete (place->store, webhook, NULL));
	}
}

/* The key was taken out of the options. */
static void
test_key_gone (Place *place, gconstpointer data)
{
	g_autofree char *webhook = add_webhook (place->store, "http://127.0.0.1:1/", "", ""), *problem = NULL;
	g_autoptr (CuriaKeyring) none = curia_keyring_new ();
	WebhookDeliveryParts parts = parts_for (place->store);
	WebhookDelivery *delivery;

	(void) data;
	parts.keys = none;
	parts.retry.give_up_ms = 0;
	delivery = start (&parts);
	queue_events (place->store, "MT_a", "call_started", 0, 1, now_ms ());
	wait_for (place->store, 0, 1);
	problem = problem_of (place->store, webhook, "dead");
	g_assert_nonnull (strstr (problem, "there is no key"));
	webhook_delivery_stop (delivery);
}

/* What hangs when the server stops is nobody's: the next start sends it at once. */
static void
test_stop_in_the_middle (Place *place, gconstpointer data)
{
	Receiver *mute = receiver_new (answer_with, NULL), *receiver = receiver_new (NULL, NULL);
	g_autofree char *url = receiver_url (mute, "127.0.0.1"), *webhook = add_webhook (place->store, url, "", "");
	WebhookDeliveryParts parts = parts_for (place->store);
	WebhookDelivery *delivery;
	gint64 begun_us;

	(void) data;
	parts.poster.timeout_ms = 20000;
	delivery = start (&parts);
	queue_events (place->store, "MT_a", "call_started", 0, 1, now_ms ());
	receiver_wait (mute, 1);
	begun_us = g_get_monotonic_time ();
	webhook_delivery_stop (delivery);
	g_assert_cmpint (g_get_monotonic_time () - begun_us, <, 5 * G_USEC_PER_SEC);
	g_autoptr (CuriaWebhook) changed = curia_store_webhook_lookup (place->store, webhook, NULL);
	g_free (changed->url);
	changed->url = receiver_url (receiver, "127.0.0.1");
	g_assert_true (curia_store_webhook_update (place->store, changed, NULL));
	delivery = start (&parts);
	receiver_wait (receiver, 1);
	g_assert_cmpstr (receiver_at (receiver, 0)->body, ==, receiver_at (mute, 0)->body);
	webhook_delivery_stop (delivery);
	receiver_free (receiver);
	receiver_free (mute);
}

int
main (int argc, char **argv)
{
	int failed;

	/* a proxy would connect for us, to whatever it likes: no test works unless this is ignored */
	g_setenv ("http_proxy", "http://127.0.0.1:1/", TRUE);
	g_setenv ("ALL_PROXY", "http://127.0.0.1:1/", TRUE);
	g_test_init (&argc, &argv, NULL);
	keys = curia_keyring_new ();
	g_assert_true (curia_keyring_add (keys, "key", SECRET, NULL));
	ADD_FOR_BOTH ("/webhook-delivery/sent", test_sent);
	ADD_FOR_BOTH ("/webhook-delivery/order", test_order);
	ADD_FOR_BOTH ("/webhook-delivery/two-nodes", test_two_nodes);
	ADD_FOR_BOTH ("/webhook-delivery/rude", test_rude);
	ADD_FOR_BOTH ("/webhook-delivery/endless-answer", test_endless_answer);
	ADD_FOR_BOTH ("/webhook-delivery/down-for-a-while", test_down_for_a_while);
	ADD_FOR_BOTH ("/webhook-delivery/blocked", test_blocked);
	ADD_FOR_BOTH ("/webhook-delivery/schemes", test_schemes);
	ADD_FOR_BOTH ("/webhook-delivery/key-gone", test_key_gone);
	ADD_FOR_BOTH ("/webhook-delivery/stop-in-the-middle", test_stop_in_the_middle);
	failed = g_test_run ();
	curia_keyring_free (keys);
	return failed;
}
