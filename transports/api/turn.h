/* turn.h: credentials for a TURN server that shares a secret with us, as coturn does with use-auth-secret: good for one person and
 * a while, so that nothing worth stealing reaches a browser (draft-uberti-behave-turn-rest).
 * Thread: any (pure). Ownership: results are the caller's. */
#ifndef API_TURN_H
#define API_TURN_H

#include <jansson.h>
#include "curia-options.h"

/* base64 (HMAC-SHA1 (secret, username)). Caller frees. [any] */
char *api_turn_credential (const char *secret, const char *username);
/* What RTCPeerConnection takes as iceServers: api.ice_servers, and turn.urls with a username "<expiry>:<whom>" of which `whom` may
 * be anything that tells one person from another. Caller owns. [any] */
json_t *api_turn_ice_servers (const CuriaOptions *options, const char *whom, gint64 now_s);

#endif
