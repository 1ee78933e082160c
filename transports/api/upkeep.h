/* upkeep.h: writes down what rooms say over the bus: whom they removed, and which meeting stood empty for so long that it ends.
 * Thread: any; a worker of its own writes. Ownership: it owns its subscriptions. */
#ifndef API_UPKEEP_H
#define API_UPKEEP_H

#include "curia-node.h"

typedef struct Upkeep Upkeep;

/* Subscribes to "removals" and "meetings.end". The node must outlive it. */
Upkeep *upkeep_new (CuriaNode *node);
/* Waits for what is being written. */
void upkeep_free (Upkeep *self);

#endif
