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

/* A bit for each type of event that webhooks are told of, 0 for the others; the bits of a comma-separated list of webhooks'
 * names, "" being all of them. [any] */
guint webhook_bit_of (const char *event_type);
guint webhook_bits_of_list (const char *list);

/* Everything but "curia". [any] */
json_t *webhook_body_new (const LedgerEvent *event, const WebhookFacts *facts);

/* The text to be sent, with "curia": {"sequence", "meeting"}, but for the number, which each webhook counts by itself: it
 * comes between the two parts. They are NULL when JSON cannot say it. */
typedef struct {
	char *head, *tail;
} WebhookText;

WebhookText *webhook_text_new (const LedgerEvent *event, const WebhookFacts *facts); /* [any] */
void webhook_text_free (WebhookText *self);
char *webhook_text_with (const WebhookText *self, gint64 sequence); /* or NULL [any] */

#endif
