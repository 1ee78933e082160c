/* curia-token.h: join and API tokens: JWTs (RFC 7519) in the claim shape that LiveKit server SDKs mint.
 * Thread: any. Ownership: claims belong to the caller.
 * HS256, RS256 and ES256; the algorithm is pinned per key, so "none" and confusion attacks have no door. */
#ifndef CURIA_TOKEN_H
#define CURIA_TOKEN_H

#include <glib.h>
#include <jansson.h>
#include "curia-keyring.h"
#include "curia-rules.h"

typedef struct {
	char *key_id;      /* iss: the API key */
	char *identity;    /* sub */
	char *name;        /* display name or NULL */
	char *room;        /* video.room: the meeting's code, or NULL for grants over all meetings */
	char *metadata;    /* or NULL */
	char *account;     /* attributes["curia.account"]: id of the account whose seat it is, or NULL */
	char *role;        /* attributes["curia.role"]: one of CURIA_ROLE_NAMES, or NULL: see curia_claims_role */
	gboolean guest;    /* attributes["curia.guest"] is "1": neither an account nor an application vouches for the person */
	gint64 not_before_s, expires_s, issued_s; /* issued_s: iat, or nbf, or 0 */
	gboolean room_join, room_admin, room_create, room_list, room_record, hidden;
	gboolean can_publish, can_subscribe, can_publish_data; /* absent in the JWT means TRUE */
	char **sources;    /* canPublishSources: camera microphone screen_share screen_share_audio; NULL: all */
} CuriaClaims;

CuriaClaims *curia_claims_new (void);
CuriaClaims *curia_claims_copy (const CuriaClaims *self);
void curia_claims_free (CuriaClaims *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaClaims, curia_claims_free)
gboolean curia_claims_may_publish (const CuriaClaims *self, const char *source);
/* What it says, else host for roomAdmin, viewer for who may publish nothing, participant. [any] */
CuriaRole curia_claims_role (const CuriaClaims *self);

/* Takes away what a key of these scopes (bits, curia-keyring.h) cannot give: grants; without roomAdmin also any role above
 * participant, and to speak for an account. [any] */
void curia_claims_limit (CuriaClaims *self, guint scopes);

/* Signs claims with the first key, valid from now - 10 s for ttl_s. Caller frees. [any] */
char *curia_token_mint (const CuriaKeyring *keys, const CuriaClaims *claims, gint64 now_s, gint64 ttl_s,
	GError **error);
/* Signs that `body` comes from here: a token with iss, nbf, exp and sha256, the body's SHA-256 in base64, as LiveKit's
 * webhooks carry it. Key `key_id` signs. Caller frees. NOT_FOUND when there is no such key that signs. [any] */
char *curia_token_sign_body (const CuriaKeyring *keys, const char *key_id, const char *body, gint64 now_s, gint64 ttl_s,
	GError **error);
/* Verifies signature, algorithm (the key's), types, exp and nbf (60 s leeway). UNAUTHORIZED with a reason otherwise. At most
 * 8 KiB. A kid, if there is one, must be iss. Claims that are not ours are ignored; an empty canPublishSources means all, as
 * in LiveKit. What the key's scopes do not cover is not granted. [any] */
CuriaClaims *curia_token_verify (const CuriaKeyring *keys, const char *jwt, gint64 now_s, GError **error);

#endif
