/* What requests and answers about webhooks carry. */
#include "curia-store-webhooks.h"
#include "curia-webhook-target.h"
#include "schema.h"
#include "webhooks.h"

#define TIME(name_, required_, doc_) STRING (name_, required_, 0, 0, doc_ " RFC 3339, UTC.")

static const CuriaField event_item[] = { { .name = "", .type = CURIA_FIELD_STRING, .allowed = CURIA_WEBHOOK_EVENTS }, { 0 } };

/* ---- requests ---- */

#define WEBHOOK_FIELDS(is_new) \
	STRING ("url", is_new, 1, CURIA_WEBHOOK_URL_MAX, "Where to send: https, without credentials, not a private address."), \
	{ .name = "events", .type = CURIA_FIELD_ARRAY, .max = 6, .items = event_item, \
		.doc = "What to tell; everything when empty." }, \
	STRING ("meeting", FALSE, 0, 40, "Code or id of the one meeting to tell of; all when empty."), \
	STRING ("key", FALSE, 0, 64, "The API key whose secret signs; the server's first when empty."), \
	BOOL ("enabled", FALSE, "While it is false nothing new is queued, and what waits goes on waiting."), \
	{ 0 }

const CuriaField api_webhook_create_fields[] = { WEBHOOK_FIELDS (TRUE) };
const CuriaField api_webhook_update_fields[] = { WEBHOOK_FIELDS (FALSE) };

const CuriaField api_deliveries_query[] = {
	{ .name = "state", .type = CURIA_FIELD_STRING, .allowed = "dead|waiting|delivered", .doc = "Which ones; dead when absent." },
	INT ("limit", FALSE, 1, 200, "How many to answer with; 50 when absent."),
	STRING ("cursor", FALSE, 0, 200, "The next_cursor of the answer before."),
	{ 0 },
};

const CuriaField api_replay_fields[] = {
	STRING ("delivery", FALSE, 0, 100, "The one to send again, delivered or dead; all that are dead when absent."),
	{ 0 },
};

/* ---- answers ---- */

static const CuriaField webhook_fields[] = {
	STRING ("id", TRUE, 0, 0, "The webhook's id."),
	STRING ("url", TRUE, 0, 0, "Where it is sent."),
	ARRAY ("events", event_item, "What it is told; empty: everything."),
	STRING ("meeting", FALSE, 0, 0, "The id of the only meeting that it is told of; null: all."),
	STRING ("key", TRUE, 0, 0, "The API key whose secret signs."),
	BOOL ("enabled", TRUE, "Whether it is told anything."),
	TIME ("created_at", TRUE, "When it was made."),
	{ 0 },
};

static const CuriaField webhooks_fields[] = {
	ARRAY ("webhooks", webhook_fields, "Oldest first; all there are."),
	{ 0 },
};

static const CuriaField delivery_fields[] = {
	STRING ("id", TRUE, 0, 0, "The delivery's id."),
	STRING ("event", TRUE, 0, 0, "The event's id, which is that in the body."),
	STRING ("type", TRUE, 0, 0, "Such as participant_joined."),
	STRING ("meeting", TRUE, 0, 0, "The meeting's id."),
	INT ("sequence", TRUE, 0, 0, "Its number among what this webhook is told of this meeting."),
	{ .name = "state", .type = CURIA_FIELD_STRING, .required = TRUE, .allowed = "waiting|delivered|dead", .doc = "How it is." },
	INT ("tries", TRUE, 0, 0, "How often it was sent."),
	TIME ("created_at", TRUE, "When it was queued."),
	TIME ("next_try_at", FALSE, "null unless it waits, and while it waits for one before it."),
	TIME ("done_at", FALSE, "When it was delivered or given up."),
	STRING ("last_error", TRUE, 0, 0, "Why the last try failed; empty when none did."),
	{ 0 },
};

static const CuriaField deliveries_fields[] = {
	ARRAY ("deliveries", delivery_fields, "Newest first."),
	STRING ("next_cursor", FALSE, 0, 0, "Ask with it for the following ones; null at the end."),
	{ 0 },
};

static const CuriaField replayed_fields[] = {
	INT ("replayed", TRUE, 0, 0, "How many are queued again."),
	{ 0 },
};

const ApiSchema api_webhook_schema = { "Webhook", "Somebody who is told what happens.", webhook_fields };
const ApiSchema api_webhooks_schema = { "WebhookList", "All webhooks.", webhooks_fields };
const ApiSchema api_deliveries_schema = { "DeliveryList", "A page of deliveries.", deliveries_fields };
const ApiSchema api_replayed_schema = { "Replayed", "What a replay did.", replayed_fields };
