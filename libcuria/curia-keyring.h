/* curia-keyring.h: the keys that tokens are signed and verified with, by key id. Those that options name stay; those of the
 * store are replaced as they change. Thread: any; a leaf lock inside. Ownership: keys are counted. */
#ifndef CURIA_KEYRING_H
#define CURIA_KEYRING_H

#include "curia-jws.h"

typedef struct CuriaKeyring CuriaKeyring;

/* What tokens of a key may grant: bits, in the order of the names. */
#define CURIA_SCOPE_NAMES "roomCreate|roomList|roomAdmin|roomJoin|roomRecord"
enum { CURIA_SCOPE_CREATE = 1, CURIA_SCOPE_LIST = 2, CURIA_SCOPE_ADMIN = 4, CURIA_SCOPE_JOIN = 8, CURIA_SCOPE_RECORD = 16 };
#define CURIA_SCOPES_ALL 31U

/* "roomJoin,roomList" to bits; "" are all. INVALID_FIELD. [any] */
gboolean curia_scopes_parse (const char *names, guint *scopes, GError **error);

/* The first key that is added signs. Secrets need 32 bytes or more. INVALID_FIELD when it is there already. [any] */
CuriaKeyring *curia_keyring_new (void);
void curia_keyring_free (CuriaKeyring *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaKeyring, curia_keyring_free)
gboolean curia_keyring_add (CuriaKeyring *self, const char *key_id, const char *secret, GError **error);
/* A public key as PEM: verifies and cannot sign. [any] */
gboolean curia_keyring_add_public (CuriaKeyring *self, const char *key_id, const char *pem, GError **error);

/* Whether there is such a key that can sign. [any] */
gboolean curia_keyring_has (const CuriaKeyring *self, const char *key_id);
/* The id of the first added key that can sign; NULL when there is none. [any] */
const char *curia_keyring_first (const CuriaKeyring *self);
/* What tokens of a key may grant; all for keys that are not here. [any] */
guint curia_keyring_scopes (const CuriaKeyring *self, const char *key_id);

/* ---- keys of the store ---- */

typedef struct CuriaKey CuriaKey;

/* expires_s 0: never. [any] */
CuriaKey *curia_key_new (const char *id, CuriaJwsKey *jws, guint scopes, gint64 expires_s);
CuriaKey *curia_key_ref (CuriaKey *self);
void curia_key_unref (CuriaKey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaKey, curia_key_unref)
const char *curia_key_id (const CuriaKey *self);
CuriaJwsKey *curia_key_jws (const CuriaKey *self);
guint curia_key_scopes (const CuriaKey *self);
/* When a token of it was last verified, 0: never since it came here. [any] */
gint64 curia_key_used_s (const CuriaKey *self);

/* From now on these (of CuriaKey) are the store's, and no others; ids that were added stay as they are. [any] */
void curia_keyring_replace (CuriaKeyring *self, GPtrArray *keys);
/* Key `id` as of now: NULL when there is none or it has expired. Caller unrefs. [any] */
CuriaKey *curia_keyring_lookup (const CuriaKeyring *self, const char *id, gint64 now_s);
/* A token of it was good. [any] */
void curia_key_touch (CuriaKey *self, gint64 now_s);

#endif
