/* forward.h: a client's request as the core gets it: only the fields that belong there, each of them checked.
 * Thread: any (pure). Ownership: the result is the caller's. */
#ifndef API_FORWARD_H
#define API_FORWARD_H

#include "envelope.h"

/* Plugins a client may attach to. */
#ifndef FORWARD_PLUGIN_PREFIX
#define FORWARD_PLUGIN_PREFIX "janus.plugin.curia."
#endif
#define FORWARD_OPAQUE_ID_MAX 64
#define FORWARD_CANDIDATES_MAX 64

/* NULL with a refusal when it may not pass. */
json_t *forward_request (const Envelope *envelope, Refusal *refusal);
/* A request of our own; ids 0: absent; takes `body`, which may be NULL. */
json_t *forward_own (Verb verb, guint64 session_id, guint64 handle_id, json_t *body);

#endif
