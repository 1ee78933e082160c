/* curia-cluster-redis-private.h: the cluster's way to Redis: heartbeats, leases and presence, each a key with a time to live.
 *
 *   <prefix>:node:<name>     what the node says of itself      <prefix>:nodes   the names there are
 *   <prefix>:meeting:<code>  the name of the node that has it  <prefix>:present:<code>  identity -> node
 *   <prefix>:epoch           there while any node beats; who finds it missing sets <prefix>:settling, during which no meeting
 *                            that nobody claims is given away: its node may only be late in coming back.
 *
 * Private to the curia-cluster-redis*.c files. Thread: the loop's, but where [any] is said. Ownership: the cluster owns its
 * reach. */
#ifndef CURIA_CLUSTER_REDIS_PRIVATE_H
#define CURIA_CLUSTER_REDIS_PRIVATE_H

#include "curia-cluster-private.h"
#include "curia-loop.h"
#include "curia-redis-private.h"

struct Reach {
	CuriaCluster *cluster;
	Loop *loop;
	RedisAddress *address;
	Redis *redis;
	char *instance;
	GSource *beat;
	gint64 up_us;             /* when the connection came */
	gint64 beaten_us, cpu_us; /* clock and processor time at the last beat */
	gboolean told;            /* that another node has our name */
	gboolean announced;       /* on this connection */
	guint n_dropped;          /* heartbeats that made no sense at the last look */
};

/* "<prefix>:<kind>:<name>" and "<prefix>:<kind>". [any] */
char *reach_key (Reach *self, const char *kind, const char *name);
char *reach_plain_key (Reach *self, const char *kind);

/* Leases and presence: those of all meetings held are renewed, or said anew on a connection that is new. */
GPtrArray *reach_held_codes (CuriaCluster *cluster); /* copies, since no command is written under the lock [any] */
void reach_renew_all (Reach *self);
void reach_announce_all (Reach *self);
void reach_release_now (Reach *self, const char *code);

/* Heartbeats: the processor's load since the last one; saying ours and reading the others'. */
void reach_measure (Reach *self);
void reach_beat (Reach *self);

#endif
