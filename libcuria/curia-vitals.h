/* curia-vitals.h: how a node is, at /metrics: its process, its store, its bus. Private to libcuria.
 * Thread: any. Ownership: the node's; store, bus and cluster must outlive it. */
#ifndef CURIA_VITALS_H
#define CURIA_VITALS_H

#include "curia-bus.h"
#include "curia-cluster.h"
#include "curia-store.h"

typedef struct Vitals Vitals;

Vitals *vitals_new (CuriaStore *store, CuriaBus *bus, CuriaCluster *cluster);
/* Whether the store answers, and in time. [any] */
gboolean vitals_store_is_up (Vitals *self);
/* Waits for a look that is under way. NULL is none. */
void vitals_free (Vitals *self);

#endif
