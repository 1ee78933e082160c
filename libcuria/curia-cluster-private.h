/* curia-cluster-private.h: the cluster seen from inside: what this node has, what it knows of the others, and the way to
 * Redis. Private to libcuria.
 * Thread: any for what the lock guards; cluster_redis_* as marked. Ownership: the cluster owns all. */
#ifndef CURIA_CLUSTER_PRIVATE_H
#define CURIA_CLUSTER_PRIVATE_H

#include "curia-cluster.h"

#define CLUSTER_BEAT_MS 2000
#define CLUSTER_TTL "10000"      /* ms: of heartbeats, leases and presence */
#define CLUSTER_SETTLE "3000"    /* ms in which nodes come back to a Redis that has lost everything */
#define CLUSTER_WAIT_MS 5000     /* how long somebody waits for an answer */
#define CLUSTER_MAX_NAME 64      /* characters of a node's name */
#define CLUSTER_MAX_URL 2048
#define CLUSTER_MAX_IDENTITIES 5000 /* whose presence is told, of one meeting */

typedef struct Reach Reach; /* the way to Redis: curia-cluster-redis.c */

typedef struct {
	GHashTable *identities; /* -> how many seats */
} Held;

struct CuriaCluster {
	char *name, *url, *version;
	CuriaBus *bus;
	Reach *reach; /* NULL: the only node */
	GMutex lock;  /* a leaf */
	GHashTable *held;  /* LOCK: code -> Held */
	GPtrArray *others; /* LOCK: of CuriaClusterNode */
	gint64 participants;        /* LOCK */
	gint64 own_placed, cpu_pct; /* LOCK */
	gint connections;           /* atomic */
};

/* What nodes may be called: it is shown in logs and answers. [any] */
gboolean cluster_is_name (const char *name);
/* "" or https://host[:port][/]: browsers are sent there. [any] */
gboolean cluster_is_url (const char *url);
/* What this node says of itself. Caller owns. [any] */
CuriaClusterNode *cluster_own_node (CuriaCluster *self);
json_t *cluster_node_to_json (const CuriaClusterNode *node, const char *instance);
/* NULL when it is none, or says of itself what no node may be called or be at. */
CuriaClusterNode *cluster_node_from_json (json_t *object);
/* Which of two goes first when a meeting is to be placed: < 0 the first. Pure. */
int cluster_compare (const CuriaClusterNode *a, const CuriaClusterNode *b);

Reach *reach_new (CuriaCluster *cluster, const CuriaRedisSettings *settings, GError **error);
void reach_free (Reach *self);
/* The name of the node that has the meeting, after trying to take it for `node`. Caller frees. [waits] */
char *reach_take (Reach *self, const char *code, const char *node, GError **error);
json_t *reach_presence (Reach *self, const char *code, GError **error); /* [waits] */
/* These only queue. [any] */
void reach_hold (Reach *self, const char *code);
void reach_release (Reach *self, const char *code);
void reach_tell (Reach *self, const char *code, const char *identity, gboolean present);

#endif
