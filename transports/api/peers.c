#include "peers.h"

#include <arpa/inet.h>
#include <string.h>

#define SWEEP_US (5 * G_USEC_PER_SEC)
#define SPARE_MIN 8 /* sockets above a limit that are let in to be told */

struct Peers {
	PeerLimits limits;
	GHashTable *by_key; /* key -> Peer */
	guint sockets;
	gint64 swept_us;
};

Peers *peers_new (const PeerLimits *limits)
{
	Peers *self = g_new0 (Peers, 1);

	self->limits = *limits;
	self->by_key = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
	return self;
}

void peers_free (Peers *self)
{
	g_hash_table_unref (self->by_key);
	g_free (self);
}

char *peers_key (const char *address)
{
	struct in6_addr v6;
	char text[INET6_ADDRSTRLEN];

	if (inet_pton (AF_INET6, address, &v6) != 1)
		return g_strdup (address);
	if (IN6_IS_ADDR_V4MAPPED (&v6))
		return g_strdup (inet_ntop (AF_INET, &v6.s6_addr[12], text, sizeof text));
	if (IN6_IS_ADDR_LOOPBACK (&v6))
		return g_strdup ("::1");
	memset (&v6.s6_addr[8], 0, 8);
	return g_strdup (inet_ntop (AF_INET6, &v6, text, sizeof text));
}

gboolean peers_is_loopback (const char *address)
{
	g_autofree char *key = peers_key (address);

	return g_str_has_prefix (key, "127.") || strcmp (key, "::1") == 0;
}

static double burst (const Peers *self)
{
	return self->limits.requests_per_s * PEERS_BURST_S;
}

static gboolean is_idle (gpointer key, gpointer value, gpointer data)
{
	const Peers *self = ((gpointer *) data)[0];
	const gint64 *now_us = ((gpointer *) data)[1];
	const Peer *peer = value;

	(void) key;
	return peer->sockets == 0 && peer->websockets == 0 && peer->dropped == 0 && *now_us - peer->seen_us > G_USEC_PER_SEC &&
	       bucket_is_full (&peer->requests, self->limits.requests_per_s, burst (self), *now_us);
}

static void sweep (Peers *self, gint64 now_us)
{
	gpointer data[] = { self, &now_us };

	self->swept_us = now_us;
	g_hash_table_foreach_remove (self->by_key, is_idle, data);
}

Peer *peers_lookup (Peers *self, const char *address, gint64 now_us)
{
	g_autofree char *key = peers_key (address);
	Peer *peer = g_hash_table_lookup (self->by_key, key);

	if (peer == NULL) {
		if (now_us - self->swept_us > SWEEP_US)
			sweep (self, now_us);
		/* a flood of addresses shares one allowance rather than our memory */
		if (g_hash_table_size (self->by_key) >= PEERS_MAX && strcmp (key, "*") != 0)
			return peers_lookup (self, "*", now_us);
		peer = g_new0 (Peer, 1);
		g_strlcpy (peer->address, g_str_has_prefix (address, "::ffff:") ? key : address, sizeof peer->address);
		g_hash_table_insert (self->by_key, g_steal_pointer (&key), peer);
	}
	peer->seen_us = now_us;
	return peer;
}


PeersRoom peers_room (Peers *self, const char *address, gint64 now_us)
{
	guint here = peers_is_loopback (address) ? 0 : peers_lookup (self, address, now_us)->sockets;

	/* a class that comes at once is one address: all of it is to know why it must wait */
	if (self->sockets >= self->limits.sockets + MAX (self->limits.sockets / 4, SPARE_MIN) ||
	    here >= self->limits.sockets_per_address + MAX (self->limits.sockets_per_address, SPARE_MIN))
		return PEERS_SHUT;
	if (self->sockets >= self->limits.sockets)
		return PEERS_FULL;
	return here >= self->limits.sockets_per_address ? PEERS_ADDRESS_FULL : PEERS_WELCOME;
}

Peer *peers_open (Peers *self, const char *address, gint64 now_us)
{
	Peer *peer = peers_lookup (self, address, now_us);

	self->sockets++;
	peer->sockets++;
	return peer;
}

void peers_close (Peers *self, Peer *peer)
{
	self->sockets--;
	peer->sockets--;
}

gboolean peers_take (Peers *self, Peer *peer, double cost, gint64 now_us)
{
	return bucket_take (&peer->requests, self->limits.requests_per_s, burst (self), cost, now_us);
}

guint peers_sockets (const Peers *self)
{
	return self->sockets;
}
