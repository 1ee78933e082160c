/* webhook-fixture.h: a store for each database, and events as the ledger would hand them on.
 * Thread: the test's own. Ownership: what is returned is the caller's. */
#ifndef WEBHOOK_FIXTURE_H
#define WEBHOOK_FIXTURE_H

#include "curia-store-webhooks.h"

typedef struct {
	char *folder; /* of SQLite */
	char *url;
	CuriaStore *store;
} Place;

/* `database`: "sqlite" or "postgres". */
void place_set_up (Place *place, gconstpointer database);
void place_tear_down (Place *place, gconstpointer database);
/* Adds the test once for each database: <path>/sqlite, <path>/postgres. */
#define ADD_FOR_BOTH(path, test) \
	g_test_add (path "/sqlite", Place, "sqlite", place_set_up, test, place_tear_down); \
	g_test_add (path "/postgres", Place, "postgres", place_set_up, test, place_tear_down)

/* Makes a webhook; its id. `events` and `meeting` as in the row. */
char *add_webhook (CuriaStore *store, const char *url, const char *events, const char *meeting);
/* Queues `n` events of one type in one transaction, "EV_<meeting><first>"... */
void queue_events (CuriaStore *store, const char *meeting, const char *type, guint first, guint n, gint64 now_ms);

#endif
