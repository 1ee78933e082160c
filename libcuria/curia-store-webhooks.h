/* curia-store-webhooks.h: webhooks and what is to be delivered to them: a durable queue for each meeting of each webhook,
 * of which only the first may be sent. The ledger's transaction fills it (curia-store-webhooks-private.h).
 * Thread: any. Ownership: results belong to the caller. Blocking: yes. */
#ifndef CURIA_STORE_WEBHOOKS_H
#define CURIA_STORE_WEBHOOKS_H

#include "curia-ledger-store.h"

#define CURIA_WEBHOOK_EVENTS \
	"room_started|room_finished|participant_joined|participant_left|track_published|track_unpublished"

typedef struct {
	char *id;      /* WH_... */
	char *url;
	char *key_id;  /* of token.keys: signs */
	char *events;  /* comma-separated names; "": all */
	char *meeting; /* MT_..., "": all */
	gboolean enabled;
	gint64 created_ms;
} CuriaWebhook;

CuriaWebhook *curia_webhook_new (void); /* a fresh id, created now, enabled, all events; the rest "" */
void curia_webhook_free (CuriaWebhook *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaWebhook, curia_webhook_free)

/* TOO_MANY when there are `most` already. */
gboolean curia_store_webhook_create (CuriaStore *self, const CuriaWebhook *webhook, guint most, GError **error);
/* NOT_FOUND when there is none. */
CuriaWebhook *curia_store_webhook_lookup (CuriaStore *self, const char *id, GError **error);
/* Oldest first, all of them: they are few. */
GPtrArray *curia_store_webhook_list (CuriaStore *self, GError **error);
/* Everything but id and created_ms. NOT_FOUND. */
gboolean curia_store_webhook_update (CuriaStore *self, const CuriaWebhook *webhook, GError **error);
/* With all its deliveries. NOT_FOUND. */
gboolean curia_store_webhook_delete (CuriaStore *self, const char *id, GError **error);

/* ---- deliveries ---- */

/* Queues events as the ledger's transaction does, in one of its own: for tests. */
gboolean curia_store_webhooks_enqueue (CuriaStore *self, const LedgerEvent *events, guint n, gint64 now_ms, GError **error);

typedef struct {
	char *id;      /* <webhook>.<event> */
	char *webhook, *event, *type, *meeting;
	gint64 number; /* of the meeting, for this webhook: 1, 2, 3... */
	char *state;   /* waiting, delivered, dead */
	gint64 created_ms, since_ms; /* queued; tried since then, or since the last replay */
	gint64 tries;
	gint64 next_ms; /* waiting: not before; G_MAXINT64: after those before it */
	gint64 leased_until_ms, done_ms;
	char *last_error;
	char *body, *url, *key_id; /* NULL in lists */
} CuriaDelivery;

void curia_delivery_free (CuriaDelivery *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaDelivery, curia_delivery_free)

typedef struct {
	gint64 now_ms, lease_ms; /* nobody else gets them for so long */
	guint most, most_of_webhook;
	GHashTable *busy; /* webhook id -> GUINT_TO_POINTER (how many the caller has in hand), or NULL */
} CuriaDeliveryTake;

/* Takes what is due, of enabled webhooks: of each webhook and meeting only the lowest number that waits, and none that
 * another has taken. Elements are CuriaDelivery. */
GPtrArray *curia_store_deliveries_take (CuriaStore *self, const CuriaDeliveryTake *ask, GError **error);

typedef enum { CURIA_DELIVERED, CURIA_DELIVERY_FAILED, CURIA_DELIVERY_DEAD } CuriaDeliveryOutcome;

typedef struct {
	const CuriaDelivery *delivery; /* as it was taken */
	CuriaDeliveryOutcome outcome;
	gint64 next_ms;      /* FAILED: try again then */
	const char *problem; /* kept as last_error; "" when delivered */
} CuriaDeliveryResult;

/* Keeps what became of some; delivered and dead ones make room for the next of their meeting. A failure is not kept when
 * another took it after its lease had run out. */
gboolean curia_store_deliveries_finish (CuriaStore *self, const CuriaDeliveryResult *results, guint n, gint64 now_ms,
	GError **error);
/* Makes the first of each meeting due where nobody did: when one was queued by one node in the very moment in which
 * another delivered the one before, neither saw the other. *n: how many. */
gboolean curia_store_deliveries_mend (CuriaStore *self, gint64 now_ms, guint *n, GError **error);
/* Deletes what was delivered or given up before then, and what belongs to webhooks that are gone; a thousand at a time. */
gboolean curia_store_deliveries_expire (CuriaStore *self, gint64 before_ms, gboolean *more, GError **error);
/* How many wait, and how many are dead. */
gboolean curia_store_deliveries_count (CuriaStore *self, gint64 *waiting, gint64 *dead, GError **error);

/* Newest first, as curia_store_meeting_list. `state`: waiting, delivered or dead. NOT_FOUND when the webhook is. */
GPtrArray *curia_store_deliveries_list (CuriaStore *self, const char *webhook, const char *state, int limit,
	const char *cursor, char **next_cursor, GError **error);
/* Queues again, in their old order and before what waits: one that is delivered or dead, or (NULL) all that are dead.
 * NOT_FOUND when there is no such webhook, or no such delivery of it. */
gboolean curia_store_deliveries_replay (CuriaStore *self, const char *webhook, const char *delivery, gint64 now_ms,
	guint *n, GError **error);

#endif
