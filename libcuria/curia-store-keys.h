/* curia-store-keys.h: API keys that were made over the API. Thread: any. Ownership: results belong to the caller.
 * Blocking: yes. */
#ifndef CURIA_STORE_KEYS_H
#define CURIA_STORE_KEYS_H

#include "curia-store.h"

#define CURIA_API_KEYS_MAX 1000 /* that live */

typedef struct {
	char *id;         /* AK...: iss of its tokens */
	char *name;
	char *algorithm;  /* HS256, RS256, ES256 */
	char *secret;     /* HS256: sealed for "api-key:<id>"; else the public key as PEM; "" once revoked */
	char *scopes;     /* comma-separated; "": all */
	char *created_by; /* an account's id or another key's */
	gint64 created_ms, expires_ms, revoked_ms, used_ms; /* 0: never */
} CuriaApiKey;

CuriaApiKey *curia_api_key_new (void); /* a fresh id, created now, HS256; the rest "" */
void curia_api_key_free (CuriaApiKey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaApiKey, curia_api_key_free)

/* TOO_MANY when CURIA_API_KEYS_MAX live. Forgets such as ended 90 days ago or more. */
gboolean curia_store_key_create (CuriaStore *self, const CuriaApiKey *key, GError **error);
/* All there are, newest first. */
GPtrArray *curia_store_key_list (CuriaStore *self, GError **error);
/* Those that live at now_ms, without order. */
GPtrArray *curia_store_key_list_live (CuriaStore *self, gint64 now_ms, GError **error);
/* NOT_FOUND when there is none. */
CuriaApiKey *curia_store_key_lookup (CuriaStore *self, const char *id, GError **error);
/* Makes `next`, and has `id` end at ends_ms, or earlier where it ends earlier. NOT_FOUND when there is no such key that lives,
 * TOO_MANY. */
gboolean curia_store_key_rotate (CuriaStore *self, const char *id, const CuriaApiKey *next, gint64 ends_ms, GError **error);
/* Ends it now, and forgets its secret; a second time changes nothing. NOT_FOUND when there is none. */
gboolean curia_store_key_revoke (CuriaStore *self, const char *id, gint64 now_ms, GError **error);
/* A token of it was seen. Never goes back. */
gboolean curia_store_key_used (CuriaStore *self, const char *id, gint64 used_ms, GError **error);

#endif
