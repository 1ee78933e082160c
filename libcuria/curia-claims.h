/* curia-claims.h: claims as JSON, in LiveKit's shape. Private to libcuria.
 * Thread: any. Ownership: results are the caller's. */
#ifndef CURIA_CLAIMS_H
#define CURIA_CLAIMS_H

#include "curia-fields.h"
#include "curia-token.h"

#define MAX_TOKEN_BYTES 8192

/* What a payload may hold; other claims are ignored. */
extern const CuriaField claim_fields[];

/* Of a payload that was checked against claim_fields. [any] */
CuriaClaims *claims_from_json (json_t *payload);
/* The payload of a token that is valid from `not_before_s`. [any] */
json_t *claims_to_json (const CuriaClaims *self, const char *key_id, gint64 not_before_s, gint64 expires_s);

#endif
