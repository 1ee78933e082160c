/* curia-webhook-body.h: what a webhook says: an event of the ledger in the JSON form of LiveKit's WebhookEvent (protocol
 * buffers' JSON: 64-bit numbers are text, enums are names). docs/webhooks.md shows it. Private to libcuria.
 * Thread: any; pure. Ownership: results are the caller's. */
#ifndef CURIA_WEBHOOK_BODY_H
#define CURIA_WEBHOOK_BODY_H

#include "curia-ledger-store.h"

/* What the event itself does not say. */
typedef struct {
	gint64 call_started_ms;
	gint64 max_participants; /* 0: not known */
	gint64 participants;     /* in the call after the event, viewers not counted */
	gint64 joined_ms;        /* of the participant; 0: not known */
	gboolean viewer;
} WebhookFacts;

/* The webhook's name of a type of event, as "room_started" of "call_started"; NULL when webhooks are not told of it. [any] */
const char *webhook_name_of (const char *event_type);

/* Everything but the sequence number, which each webhook counts by itself. [any] */
json_t *webhook_body_new (const LedgerEvent *event, const WebhookFacts *facts);
/* The text to be sent, with "curia": {"sequence", "meeting"}; changes `body`. [any] */
char *webhook_body_text (json_t *body, const char *meeting, gint64 sequence);

#endif
