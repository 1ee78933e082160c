/* nodes.h: the servers of the installation, and how loaded each is.
 * Thread: workers. Ownership: see routes.h. */
#ifndef API_NODES_H
#define API_NODES_H

#include "routes.h"

extern const ApiSchema api_nodes_schema;

gboolean api_nodes_list (ApiCall *call, GError **error);

#endif
