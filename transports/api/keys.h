/* keys.h: API keys of applications: made, listed, rotated and revoked over the API. What they are good for is
 * curia-keyring.h's, where they lie curia-store-keys.h's. Thread: workers. Ownership: see routes.h. */
#ifndef API_KEYS_H
#define API_KEYS_H

#include "routes.h"

gboolean api_keys_create (ApiCall *call, GError **error);
gboolean api_keys_list (ApiCall *call, GError **error);
gboolean api_keys_read (ApiCall *call, GError **error);
gboolean api_keys_rotate (ApiCall *call, GError **error);
gboolean api_keys_revoke (ApiCall *call, GError **error);

extern const CuriaField api_key_create_fields[], api_key_rotate_fields[];
extern const ApiSchema api_key_schema, api_keys_schema, api_new_key_schema;

#endif
