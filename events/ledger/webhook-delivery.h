/* webhook-delivery.h: one thread that sends what webhooks are due, as long as it takes; any number of nodes may do so with
 * one store. The ledger's module starts and stops it.
 * Thread: start and stop from one thread; the rest is its own. Ownership: the parts are borrowed until it is stopped. */
#ifndef LEDGER_WEBHOOK_DELIVERY_H
#define LEDGER_WEBHOOK_DELIVERY_H

#include "curia-node.h"
#include "events/ledger/webhook-post.h"
#include "events/ledger/webhook-retry.h"

typedef struct WebhookDelivery WebhookDelivery;

typedef struct {
	CuriaStore *store;
	CuriaBus *bus; /* wakes it on the topic "events"; NULL: by time only */
	const CuriaKeyring *keys;
	WebhookPosterSettings poster;
	WebhookRetry retry;
	guint most_of_webhook;
	gint64 lease_ms, keep_ms;
} WebhookDeliveryParts;

/* With the node's parts and its options webhooks.*. [any] */
WebhookDelivery *webhook_delivery_start (CuriaNode *node, GError **error);
WebhookDelivery *webhook_delivery_start_with (const WebhookDeliveryParts *parts, GError **error);
/* Breaks off what is under way, to be sent again by whoever comes next; then waits for the thread. NULL does nothing. [any] */
void webhook_delivery_stop (WebhookDelivery *self);

#endif
