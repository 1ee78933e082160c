/* network.h: the threads that carry all packets. They sleep half a millisecond, then take all that came: to the server
 * the clients look like a network card that gathers interrupts, and a packet does not cost a wake-up.
 * Thread: the signalling thread calls; `wake` is called on network threads. Ownership: peers added are the network's. */
#ifndef LOAD_NETWORK_H
#define LOAD_NETWORK_H

#include <glib.h>

#include "tools/load/counters.h"
#include "tools/load/histogram.h"
#include "tools/load/peer.h"

typedef struct Network Network;

typedef struct {
	guint64 peer_id;
	PeerNewsKind kind;
	gint64 at_us;
} PeerNews;

Network *network_new (guint threads, guint tick_us, void (*wake) (gpointer user), gpointer user);
/* Stops the threads and frees all peers. */
void network_free (Network *self);

/* Takes a prepared peer. */
void network_take (Network *self, Peer *peer);
/* Ends a peer that was taken; the pointer is not to be used any more. */
void network_remove (Network *self, Peer *peer);

/* What happened, in order for each peer; FALSE: nothing more. */
gboolean network_next_news (Network *self, PeerNews *news);
/* Sums of all threads so far. */
void network_read (const Network *self, Counters *counters, Histogram *delay);

#endif
