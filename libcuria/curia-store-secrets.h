/* curia-store-secrets.h: random secrets that all nodes of an installation share.
 * Thread: any. Ownership: results belong to the caller. Blocking: yes, as curia-store.h says. */
#ifndef CURIA_STORE_SECRETS_H
#define CURIA_STORE_SECRETS_H

#include "curia-store.h"

/* The secret of this name: 32 random bytes as base64url, made by whoever asks first. Caller frees. [any, blocks] */
char *curia_store_shared_secret (CuriaStore *self, const char *name, GError **error);

#endif
