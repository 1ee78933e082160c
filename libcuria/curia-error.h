/* curia-error.h: the one table of errors: code <-> wire name <-> HTTP status <-> title.
 * Thread: any. Ownership: GErrors belong to whoever holds the GError pointer, as in GLib.
 * Wire codes below 500 are VideoRoom's where VideoRoom has the same error. */
#ifndef CURIA_ERROR_H
#define CURIA_ERROR_H

#include <glib.h>

#define CURIA_ERROR (curia_error_quark ())

/* X (symbol, wire code for plugins, HTTP status, slug of the RFC 9457 type, title) */
#define CURIA_ERRORS(X)                                                                            \
	X (NO_MESSAGE, 421, 400, "no-message", "The request has no body")                              \
	X (INVALID_JSON, 422, 400, "invalid-json", "The body is not valid JSON")                       \
	X (INVALID_REQUEST, 423, 400, "invalid-request", "The request is not known")                   \
	X (JOIN_FIRST, 424, 409, "join-first", "Join the meeting first")                               \
	X (ALREADY_JOINED, 425, 409, "already-joined", "Already in the meeting")                       \
	X (NO_SUCH_MEETING, 426, 404, "no-such-meeting", "There is no such meeting")                   \
	X (MEETING_EXISTS, 427, 409, "meeting-exists", "The meeting exists already")                   \
	X (NO_SUCH_SOURCE, 428, 404, "no-such-source", "There is no such participant or source")       \
	X (MISSING_FIELD, 429, 422, "missing-field", "A required field is missing")                    \
	X (INVALID_FIELD, 430, 422, "invalid-field", "A field has a value that is not allowed")        \
	X (INVALID_SDP_TYPE, 431, 422, "invalid-sdp-type", "The jsep is of the wrong type")            \
	X (MEETING_FULL, 432, 409, "meeting-full", "The meeting is full")                              \
	X (UNAUTHORIZED, 433, 401, "unauthorized", "A valid token is needed")                          \
	X (ALREADY_PUBLISHED, 434, 409, "already-published", "The source is published already")        \
	X (NOT_PUBLISHED, 435, 409, "not-published", "Nothing is published")                           \
	X (IDENTITY_EXISTS, 436, 409, "identity-exists", "The identity is in the meeting already")     \
	X (INVALID_SDP, 437, 422, "invalid-sdp", "The SDP cannot be used")                             \
	X (FORBIDDEN, 438, 403, "forbidden", "The token does not allow this")                          \
	X (MEETING_ENDED, 439, 410, "meeting-ended", "The meeting has ended")                          \
	X (TOO_MANY, 440, 429, "too-many-requests", "Too many requests")                               \
	X (TOO_LARGE, 441, 413, "too-large", "The request is too large")                               \
	X (NOT_FOUND, 442, 404, "not-found", "There is nothing here")                                  \
	X (METHOD, 443, 405, "method-not-allowed", "The method is not allowed here")                   \
	X (MEDIA_TYPE, 444, 415, "unsupported-media-type", "The body must be application/json")        \
	X (TIMEOUT, 445, 504, "timeout", "No answer in time")                                          \
	X (LATE, 448, 408, "late", "The request took too long to arrive")                              \
	X (OVERLOADED, 446, 503, "overloaded", "The server is too busy")                               \
	X (UNAVAILABLE, 447, 503, "unavailable", "A part of the server is not available")              \
	X (WRONG_NODE, 449, 409, "wrong-node", "The meeting is on another node")                       \
	X (MEETING_LOCKED, 450, 403, "meeting-locked", "The meeting is locked")                        \
	X (REMOVED, 451, 403, "removed", "Removed from the meeting")                                   \
	X (GUESTS_NOT_ALLOWED, 452, 403, "guests-not-allowed", "The meeting is not open to guests")    \
	X (PASSWORD_NEEDED, 453, 403, "password-needed", "The meeting has a password")                 \
	X (ACCOUNT_EXISTS, 454, 409, "account-exists", "There is an account of this e-mail address")   \
	X (SESSION_ENDED, 455, 401, "session-ended", "The session has ended")                          \
	X (WRONG_CREDENTIALS, 456, 401, "wrong-credentials", "E-mail address or password is wrong")    \
	X (INTERNAL, 499, 500, "internal", "Something went wrong inside the server")

typedef enum {
#define X(symbol, wire, http, slug, title) CURIA_ERROR_##symbol,
	CURIA_ERRORS (X)
#undef X
	CURIA_N_ERRORS
} CuriaErrorCode;

typedef struct {
	CuriaErrorCode code;
	int wire_code;
	int http_status;
	const char *slug, *title;
} CuriaErrorRow;

GQuark curia_error_quark (void);

/* The row of an error; any GError of another domain maps to INTERNAL. Never NULL. [any] */
const CuriaErrorRow *curia_error_row (const GError *error);
/* The row of a code. [any] */
const CuriaErrorRow *curia_error_row_of (CuriaErrorCode code);

/* Sets *error (printf-like) and returns FALSE, so that a check is one line. [any] */
gboolean curia_throw (GError **error, CuriaErrorCode code, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* The field that a MISSING_FIELD or INVALID_FIELD is about ("slots[0].height"): such messages begin with its path.
 * NULL for other errors and when no field is named. Caller frees. [any] */
char *curia_error_field (const GError *error);
/* Where to go after a WRONG_NODE: such messages end with the other node's WebSocket ("wss://b.example.org/janus"). NULL for
 * other errors. Caller frees. [any] */
char *curia_error_url (const GError *error);

#endif
