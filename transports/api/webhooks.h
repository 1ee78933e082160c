/* webhooks.h: which applications are told what happens, and what became of it. The delivery itself is the ledger's.
 * Thread: workers. Ownership: see routes.h. */
#ifndef API_WEBHOOKS_H
#define API_WEBHOOKS_H

#include "routes.h"

gboolean api_webhooks_create (ApiCall *call, GError **error);
gboolean api_webhooks_list (ApiCall *call, GError **error);
gboolean api_webhooks_read (ApiCall *call, GError **error);
gboolean api_webhooks_update (ApiCall *call, GError **error);
gboolean api_webhooks_delete (ApiCall *call, GError **error);
gboolean api_webhooks_deliveries (ApiCall *call, GError **error);
gboolean api_webhooks_replay (ApiCall *call, GError **error);

extern const CuriaField api_webhook_create_fields[], api_webhook_update_fields[], api_deliveries_query[], api_replay_fields[];
extern const ApiSchema api_webhook_schema, api_webhooks_schema, api_deliveries_schema, api_replayed_schema;

#endif
