/* curia-store-private.h: the store seen from inside, for the files that hold its SQL (curia-store-*.c). Private to libcuria.
 * Thread: any. Ownership: the store owns its database. */
#ifndef CURIA_STORE_PRIVATE_H
#define CURIA_STORE_PRIVATE_H

#include "curia-database.h"
#include "curia-store.h"

struct CuriaStore {
	Database *database;
};

#endif
