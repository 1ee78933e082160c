/* curia-vitals.h: how a node is, at /metrics: its process, its store, its bus. Private to libcuria.
 * Thread: any. Ownership: the node's; store and bus must outlive it. */
#ifndef CURIA_VITALS_H
#define CURIA_VITALS_H

#include "curia-bus.h"
#include "curia-store.h"

typedef struct Vitals Vitals;

Vitals *vitals_new (CuriaStore *store, CuriaBus *bus);
/* Waits for a look that is under way. NULL is none. */
void vitals_free (Vitals *self);

#endif
