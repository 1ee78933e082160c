/* signaling.h: a request's road: checked in the pool thread (where it may block), carried out on the control thread,
 * answered through the outbox. Requests of one handle keep the order in which the core (or rather our transport,
 * see docs/protocol.md) hands them over.
 * Thread: signaling_request on any; commands see a Request on the control thread.
 * Ownership: a Request owns all it has; it is freed when it has been answered. */
#ifndef ROOM_SIGNALING_H
#define ROOM_SIGNALING_H

#include <jansson.h>

#include "curia-meeting.h"
#include "curia-token.h"
#include "plugins/room/sdp.h"
#include "plugins/room/session.h"

typedef struct Command Command;

typedef struct Request {
	const Command *command;
	Session *session;
	char *transaction;
	json_t *body;
	gboolean has_jsep;
	SdpOffer *offer;           /* NULL without a jsep */
	GError *error;             /* found while preparing; then the command is not run */
	CuriaClaims *claims;       /* join */
	CuriaMeeting *meeting;     /* join */
	char *answer;              /* set by the command: SDP of the answer */
} Request;

/* Takes transaction, message and jsep. FALSE with OVERLOADED when the handle has too many requests waiting already (then
 * no event will come). [pool] */
gboolean signaling_request (Session *session, char *take_transaction, json_t *take_body, json_t *take_jsep, GError **error);
/* Sends the answers of this batch. [room] */
void signaling_flush (void);
/* {"room":"error",...}. Caller owns. [any] */
json_t *signaling_error_to_json (const GError *error);

#endif
