/* envelope.h: the outer object of a message in the Janus protocol: checked once, before anything looks inside.
 * Thread: any (pure). Ownership: the envelope owns the parsed JSON; its strings are the JSON's. */
#ifndef API_ENVELOPE_H
#define API_ENVELOPE_H

#include <glib.h>
#include <jansson.h>

/* Janus' own error numbers, as clients know them. */
typedef enum {
	JANUS_CODE_UNKNOWN_REQUEST = 453,
	JANUS_CODE_INVALID_JSON = 454,
	JANUS_CODE_INVALID_OBJECT = 455,
	JANUS_CODE_MISSING = 456,
	JANUS_CODE_INVALID_PATH = 457,
	JANUS_CODE_NO_SESSION = 458,
	JANUS_CODE_NO_HANDLE = 459,
	JANUS_CODE_NO_PLUGIN = 460,
	JANUS_CODE_ATTACH = 461,
	JANUS_CODE_MESSAGE = 462,
	JANUS_CODE_JSEP_TYPE = 464,
	JANUS_CODE_INVALID_SDP = 465,
	JANUS_CODE_INVALID_TYPE = 467,
	JANUS_CODE_CONFLICT = 468,
	JANUS_CODE_NOT_ACCEPTING = 472,
	JANUS_CODE_UNKNOWN = 490,
} JanusCode;

typedef enum { VERB_CREATE, VERB_INFO, VERB_PING, VERB_CLAIM, VERB_KEEPALIVE, VERB_ATTACH, VERB_DESTROY, VERB_MESSAGE,
	       VERB_TRICKLE, VERB_HANGUP, VERB_DETACH, N_VERBS } Verb;
typedef enum { SCOPE_NONE, SCOPE_SESSION, SCOPE_HANDLE } Scope; /* which ids a verb needs */

typedef struct {
	json_t *root;
	Verb verb;
	Scope scope;
	const char *transaction;
	guint64 session_id, handle_id; /* 0: absent */
} Envelope;

typedef struct {
	JanusCode code;
	char reason[160];
} Refusal;

#define ENVELOPE_TRANSACTION_MAX 64
/* Transactions that the server itself uses begin with this; clients may not. */
#define ENVELOPE_OWN_PREFIX "curia:"

/* Sets *refusal (printf-like) and returns FALSE, so that a check is one line. */
gboolean refusal_set (Refusal *refusal, JanusCode code, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* Parses and checks; removes what clients have no business to say (secrets). On failure `transaction` may be set: the
 * envelope must be cleared in either case. */
gboolean envelope_parse (Envelope *self, const char *text, gsize bytes, Refusal *refusal);
void envelope_clear (Envelope *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Envelope, envelope_clear)

const char *envelope_verb_name (Verb verb);

#endif
