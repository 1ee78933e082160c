/* Rates and counts by address, with a clock of our own. */
#include "transports/api/peers.h"

#define S G_USEC_PER_SEC
#define START (1000 * (gint64) S)

static void test_bucket (void)
{
	Bucket bucket = { 0 };
	int taken = 0;

	while (bucket_take (&bucket, 10, 20, 1, START))
		taken++;
	g_assert_cmpint (taken, ==, 20);
	g_assert_false (bucket_is_full (&bucket, 10, 20, START + S));
	g_assert_false (bucket_take (&bucket, 10, 20, 1, START + S / 20));
	g_assert_true (bucket_take (&bucket, 10, 20, 1, START + S / 10));
	g_assert_true (bucket_is_full (&bucket, 10, 20, START + 3 * S));
	/* a clock that goes back gives nothing */
	g_assert_true (bucket_take (&bucket, 10, 20, 20, START + 10 * S));
	g_assert_false (bucket_take (&bucket, 10, 20, 1, START));
}

static const struct {
	const char *address, *key;
	gboolean loopback;
} addresses[] = {
	{ "10.0.0.1", "10.0.0.1", FALSE },
	{ "127.0.0.9", "127.0.0.9", TRUE },
	{ "::1", "::1", TRUE },
	{ "::ffff:10.0.0.1", "10.0.0.1", FALSE },
	{ "::ffff:127.0.0.1", "127.0.0.1", TRUE },
	{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", FALSE },
	{ "2001:db8:1:2:ffff::", "2001:db8:1:2::", FALSE },
	{ "unknown", "unknown", FALSE },
};

static void test_keys (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (addresses); i++) {
		g_autofree char *key = peers_key (addresses[i].address);

		g_assert_cmpstr (key, ==, addresses[i].key);
		g_assert_cmpint (peers_is_loopback (addresses[i].address), ==, addresses[i].loopback);
	}
}

static void test_sockets (void)
{
	Peers *peers = peers_new (&(PeerLimits) { .sockets = 5, .sockets_per_address = 2, .requests_per_s = 10 });
	Peer *first = peers_open (peers, "10.0.0.1", START);

	g_assert_cmpint (peers_room (peers, "10.0.0.1", START), ==, PEERS_WELCOME);
	g_assert_true (peers_open (peers, "::ffff:10.0.0.1", START) == first);
	g_assert_cmpint (peers_room (peers, "10.0.0.1", START), ==, PEERS_ADDRESS_FULL);
	g_assert_cmpint (peers_room (peers, "10.0.0.2", START), ==, PEERS_WELCOME);
	for (int i = 0; i < 3; i++) {
		g_assert_cmpint (peers_room (peers, "127.0.0.1", START), ==, PEERS_WELCOME);
		peers_open (peers, "127.0.0.1", START);
	}
	g_assert_cmpint (peers_room (peers, "10.0.0.2", START), ==, PEERS_FULL);
	g_assert_cmpint (peers_room (peers, "127.0.0.1", START), ==, PEERS_FULL);
	peers_close (peers, first);
	g_assert_cmpint (peers_room (peers, "10.0.0.1", START), ==, PEERS_WELCOME);
	g_assert_cmpuint (peers_sockets (peers), ==, 4);
	/* eight more are let in to be told why not, then the door is shut */
	for (int i = 0; i < 9; i++) {
		g_assert_cmpint (peers_room (peers, "10.0.0.1", START), !=, PEERS_SHUT);
		peers_open (peers, "10.0.0.1", START);
	}
	g_assert_cmpint (peers_room (peers, "10.0.0.1", START), ==, PEERS_SHUT);
	g_assert_cmpint (peers_room (peers, "10.0.0.2", START), ==, PEERS_SHUT);
	peers_free (peers);
}

static void test_rate (void)
{
	Peers *peers = peers_new (&(PeerLimits) { .sockets = 5, .sockets_per_address = 2, .requests_per_s = 10 });
	Peer *peer = peers_lookup (peers, "10.0.0.1", START);
	int taken = 0;

	while (peers_take (peers, peer, 1, START))
		taken++;
	g_assert_cmpint (taken, ==, 10 * PEERS_BURST_S);
	g_assert_true (peers_take (peers, peers_lookup (peers, "10.0.0.2", START), 1, START));
	peers_free (peers);
}

/* A flood of addresses costs bounded memory, and whoever is connected is not forgotten. */
static void test_flood (void)
{
	Peers *peers = peers_new (&(PeerLimits) { .sockets = 5, .sockets_per_address = 2, .requests_per_s = 10 });
	Peer *connected = peers_open (peers, "10.9.9.9", START);
	Peer *last = NULL;

	for (int i = 0; i < PEERS_MAX + 1000; i++) {
		g_autofree char *address = g_strdup_printf ("10.%d.%d.%d", i >> 16 & 255, i >> 8 & 255, i & 255);

		last = peers_lookup (peers, address, START);
	}
	g_assert_true (peers_lookup (peers, "10.200.1.1", START) == last);
	g_assert_true (peers_lookup (peers, "10.200.1.1", START + 60 * (gint64) S) != last);
	g_assert_true (peers_lookup (peers, "10.9.9.9", START) == connected);
	peers_free (peers);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/bucket", test_bucket);
	g_test_add_func ("/peers/keys", test_keys);
	g_test_add_func ("/peers/sockets", test_sockets);
	g_test_add_func ("/peers/rate", test_rate);
	g_test_add_func ("/peers/flood", test_flood);
	return g_test_run ();
}
