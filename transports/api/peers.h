/* peers.h: who is connected, by address: how many sockets each has and how fast it asks. IPv6 counts by /64.
 * Thread: sockets. Ownership: entries are the table's; a Peer stays valid while it is held open. At most PEERS_MAX. */
#ifndef API_PEERS_H
#define API_PEERS_H

#include <glib.h>
#include "bucket.h"

#define PEERS_MAX 20000
#define PEERS_BURST_S 4 /* seconds' worth of requests that may come at once */

typedef struct Peer {
	char address[48]; /* as shown; the key of IPv6 is its /64 */
	guint sockets, websockets;
	guint dropped; /* seats kept for its lost WebSockets (budget.c) */
	Bucket requests;
	gint64 seen_us;
} Peer;

typedef struct {
	guint sockets, sockets_per_address; /* the most at one time */
	double requests_per_s;
} PeerLimits;

/* What to do with one more socket. A few above the limits are let in, to be told why they are refused. */
typedef enum { PEERS_WELCOME, PEERS_ADDRESS_FULL, PEERS_FULL, PEERS_SHUT } PeersRoom;

typedef struct Peers Peers;

Peers *peers_new (const PeerLimits *limits);
void peers_free (Peers *self);

/* "::ffff:10.0.0.1" -> "10.0.0.1"; an IPv6 address -> its /64; else as it is. Caller frees. */
char *peers_key (const char *address);
gboolean peers_is_loopback (const char *address);
/* The entry of an address, made when new. [sockets] */
Peer *peers_lookup (Peers *self, const char *address, gint64 now_us);
/* How welcome one more socket is. Loopback (a proxy, a test) has no limit of its own. [sockets] */
PeersRoom peers_room (Peers *self, const char *address, gint64 now_us);
/* Counts a socket, and uncounts it. [sockets] */
Peer *peers_open (Peers *self, const char *address, gint64 now_us);
void peers_close (Peers *self, Peer *peer);
/* Takes `cost` requests from the address' allowance. [sockets] */
gboolean peers_take (Peers *self, Peer *peer, double cost, gint64 now_us);
guint peers_sockets (const Peers *self);

#endif
