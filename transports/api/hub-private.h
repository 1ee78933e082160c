/* hub-private.h: what the files of the hub share: hub.c (sessions' life), answers.c (from the core), claims.c (sockets that
 * go and come back), incoming.c (from clients), budget.c (what all of them together may keep).
 * Thread: sockets. Ownership: as hub.h says. */
#ifndef API_HUB_PRIVATE_H
#define API_HUB_PRIVATE_H

#include "connection.h"
#include "session.h"

struct Hub {
	Server *server;
	const Core *core;
	HubLimits limits;
	GHashTable *all;   /* set of Session; holds the reference */
	GHashTable *by_id; /* id -> Session */
	guint dropped;     /* sessions that are counted as dropped */
	gsize queued_bytes; /* as of the last tick */
	gboolean closing;  /* the core takes no more requests */
};

/* Nobody can claim it or speak to it any more. */
void hub_unregister (Hub *self, Session *session);
/* No connection has it any more. */
void hub_detach (Session *session);
/* Asks the core to end it: unlike transport_gone this is told to event handlers, and works whatever
 * reclaim_session_timeout says. */
void hub_end (Hub *self, Session *session, gint64 now_us);
/* A request of our own; takes `body`, which may be NULL. */
void hub_ask_own (Hub *self, Session *session, Verb verb, Handle *handle, json_t *body, gint64 now_us);

/* Says something of ours to a client: in the session's numbering, or outside of it when `session` is NULL. */
void hub_say (Connection *connection, Session *session, json_t *message);
void hub_say_error (Connection *connection, Session *session, const Envelope *envelope, const Refusal *refusal);

/* Lets go of a reader that is too slow, or that does not come back to what has piled up for it. */
void hub_check_queue (Hub *self, Session *session, gint64 now_us);

/* budget.c: what may be kept for all clients together. */

/* The session waits for its client, whose address it was; whichever has waited longest is given up where there are too
 * many. */
void hub_count_dropped (Hub *self, Session *session, Peer *peer, gint64 now_us);
void hub_uncount_dropped (Hub *self, Session *session);
/* Disconnects those for whom most is queued, until the rest is within output_total_bytes. */
void hub_check_total (Hub *self, gint64 now_us);

/* The verb `claim`. */
gboolean hub_claim (Hub *self, Connection *connection, const Envelope *envelope, gint64 now_us, Refusal *refusal);

#endif
