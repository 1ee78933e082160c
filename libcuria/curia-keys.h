/* curia-keys.h: keeps a keyring as the store has it: every two seconds, and at once when a node says so on the bus ("keys").
 * While the store is away the keys stay as they were. Private to libcuria. Thread: any; one of its own reads the store.
 * Ownership: store, bus and keyring are its maker's and outlive it. */
#ifndef CURIA_KEYS_H
#define CURIA_KEYS_H

#include "curia-bus.h"
#include "curia-keyring.h"
#include "curia-seal.h"
#include "curia-store.h"

typedef struct Keys Keys;

/* Reads them once before it returns. `seal_path` is opened, or made, when it is first needed. [any, blocks] */
Keys *keys_new (CuriaStore *store, CuriaBus *bus, CuriaKeyring *ring, const char *seal_path);
void keys_free (Keys *self);
/* Borrowed; INVALID_FIELD when the file cannot be used. [any, blocks] */
const CuriaSeal *keys_seal (Keys *self, GError **error);
/* Reads them now, and tells the other nodes to. [any, blocks] */
gboolean keys_changed (Keys *self, GError **error);

#endif
