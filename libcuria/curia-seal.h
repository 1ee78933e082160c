/* curia-seal.h: keeps secrets that the store holds from whoever reads only the store: XSalsa20 and Poly1305 (libsodium's
 * secretbox) with a key that lies in a file. Nodes that share a store share the file. Thread: any; never changes once open.
 * Ownership: results belong to the caller. Blocking: opening reads a file. */
#ifndef CURIA_SEAL_H
#define CURIA_SEAL_H

#include <glib.h>

typedef struct CuriaSeal CuriaSeal;

/* Reads the file, or makes it, for its owner only. INVALID_FIELD when it holds anything but such a key or cannot be had. [any] */
CuriaSeal *curia_seal_open (const char *path, GError **error);
void curia_seal_free (CuriaSeal *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaSeal, curia_seal_free)

/* As printable text. What is sealed for one purpose, "api-key:<id>" for instance, opens for no other. [any] */
char *curia_seal_lock (const CuriaSeal *self, const char *purpose, const char *text);
/* INTERNAL when it was sealed with another key, for another purpose, or has been changed. [any] */
char *curia_seal_unlock (const CuriaSeal *self, const char *purpose, const char *sealed, GError **error);

#endif
