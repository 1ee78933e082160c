/* curia-cluster.h: the nodes of an installation, and which of them holds which meeting. Without Redis there is one node,
 * which holds all. With it each node tells every 2 s how it is, and holds a lease on each of its meetings; both go after 10 s
 * without a word. While Redis is away, meetings that run go on; where others are cannot be told then: UNAVAILABLE.
 * Thread: any. Only what is marked [waits] does, up to 5 s: never call it from a room, media, bus or socket thread.
 * Ownership: settings are borrowed for the call, but for the bus, which must outlive the cluster. */
#ifndef CURIA_CLUSTER_H
#define CURIA_CLUSTER_H

#include "curia-bus.h"

typedef struct {
	const char *name;                /* of this node, unlike all others' */
	const char *url;                 /* "https://a.example.org", how browsers reach it; "": as each request says */
	CuriaBus *bus;                   /* where "local.cluster" {"lost": code} is published: another node has the meeting */
	const CuriaRedisSettings *redis; /* NULL: this node is the only one */
} CuriaClusterSettings;

typedef struct {
	char *name, *url, *version;
	gint64 participants, meetings, connections, cpu_pct;
	gint64 seen_ms;     /* wall clock: when it was last heard of */
	gint64 placed;      /* meetings sent there since */
	gboolean own;
} CuriaClusterNode;

void curia_cluster_node_free (CuriaClusterNode *self);

typedef struct CuriaCluster CuriaCluster;

CuriaCluster *curia_cluster_new (const CuriaClusterSettings *settings, GError **error);
/* Gives up the leases. Before the bus is freed. */
void curia_cluster_free (CuriaCluster *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaCluster, curia_cluster_free)

/* Copies of the CuriaClusterNodes, this one first. */
GPtrArray *curia_cluster_nodes (CuriaCluster *self);
/* Whether one of the nodes is at this web origin ("https://a.example.org"). */
gboolean curia_cluster_has_origin (CuriaCluster *self, const char *origin);
/* What this node's heartbeat says of it. */
void curia_cluster_set_connections (CuriaCluster *self, guint connections);

/* Where to go for a meeting: the node that holds it, else the least loaded one, for which it is kept for 10 s. `url` gets
 * NULL when that is this node, else its cluster.url. UNAVAILABLE. [waits] */
gboolean curia_cluster_place (CuriaCluster *self, const char *code, char **url, GError **error);
/* Takes the meeting for this node, unless it has it already: that needs no Redis. WRONG_NODE, UNAVAILABLE. [waits] */
gboolean curia_cluster_claim (CuriaCluster *self, const char *code, GError **error);
/* The meeting runs here from now on, until it is released. */
void curia_cluster_hold (CuriaCluster *self, const char *code);
void curia_cluster_release (CuriaCluster *self, const char *code);

/* Who is in a meeting of this node. */
void curia_cluster_enter (CuriaCluster *self, const char *code, const char *identity);
void curia_cluster_leave (CuriaCluster *self, const char *code, const char *identity);
/* {identity: node} of all who are in the meeting, wherever it is. Caller owns. UNAVAILABLE. [waits] */
json_t *curia_cluster_presence (CuriaCluster *self, const char *code, GError **error);

#endif
