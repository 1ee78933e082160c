/* peer.h: one PeerConnection: a UDP socket with ICE, DTLS, SRTP, and what it sends or receives.
 * Thread: made and prepared on the signalling thread, then everything on its network thread, but what says [any].
 * Ownership: the maker's until network_add, then the network's until network_remove. */
#ifndef LOAD_PEER_H
#define LOAD_PEER_H

#include <glib.h>

#include "tools/load/counters.h"
#include "tools/load/histogram.h"
#include "tools/load/receiver.h"
#include "tools/load/sender.h"
#include "tools/load/wire.h"

#define PEER_STEP_US 10000 /* how often reports, checks and repeats are looked at */

typedef struct Peer Peer;
typedef enum { PEER_CONNECTED, PEER_MEDIA, PEER_FAILED } PeerNewsKind;

/* What a network thread lends to the peer that it runs. */
typedef struct {
	Wire *wire;
	Counters *counters;
	Histogram *delay;
	gpointer user;
	void (*tell) (gpointer user, guint64 peer_id, PeerNewsKind kind, gint64 at_us);
} PeerContext;

/* Opens the socket; `id` is given with news of it. */
Peer *peer_new (guint64 id, const char *address, GError **error);
void peer_free (Peer *self);
/* Fills in credentials, fingerprint and candidate of ours. */
void peer_describe (const Peer *self, Sdp *ours);
/* Both descriptions are known: says what to do. Plans may be NULL. FALSE: theirs lacks something. */
gboolean peer_prepare (Peer *self, const Sdp *ours, const Sdp *theirs, gboolean controlling, const SenderPlan *send,
	const ReceiverPlan *receive, GError **error);

int peer_fd (const Peer *self);
/* Something is to be read. */
void peer_take (Peer *self, PeerContext *context, guint8 *data, gsize bytes, const struct sockaddr_in *from, guint64 arrival_ns);
/* Does what is due; gives when to come again. */
gint64 peer_run (Peer *self, PeerContext *context, gint64 now_us);
/* When that is. */
gint64 peer_due_us (const Peer *self);

/* [any], after peer_prepare and before network_remove. */
void peer_set_layers (Peer *self, guint bits);
void peer_set_speaking (Peer *self, gboolean speaking);
guint64 peer_packets (const Peer *self);

#endif
