/* curia-node.h: what the modules of one Janus process share: options, store, bus, keys. Opened by whichever module
 * starts first, closed by the last. Thread: any. Ownership: counted; the members belong to the node. */
#ifndef CURIA_NODE_H
#define CURIA_NODE_H

#include "curia-bus.h"
#include "curia-cluster.h"
#include "curia-options.h"
#include "curia-password.h"
#include "curia-seal.h"
#include "curia-store.h"
#include "curia-token.h"

typedef struct CuriaNode CuriaNode;

/* Opens <config_folder>/curia.jcfg and what it names, or counts the node that is open already. [any] */
CuriaNode *curia_node_ref (const char *config_folder, GError **error);
void curia_node_unref (CuriaNode *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaNode, curia_node_unref)

const CuriaOptions *curia_node_options (CuriaNode *self);
CuriaStore *curia_node_store (CuriaNode *self);
/* Whether it can be written to and read from right now. Waits a second at most: a store that says nothing is not up. [any] */
gboolean curia_node_store_is_up (CuriaNode *self);
CuriaBus *curia_node_bus (CuriaNode *self);
CuriaCluster *curia_node_cluster (CuriaNode *self);
/* Where passwords are hashed. */
CuriaPasswordPool *curia_node_passwords (CuriaNode *self);
/* The key of accounts' tokens, which all nodes share. */
const char *curia_node_account_key (CuriaNode *self);
const CuriaKeyring *curia_node_keys (CuriaNode *self);
/* After API keys in the store were changed: has them read here now, and on the other nodes soon. [blocks] */
gboolean curia_node_keys_changed (CuriaNode *self, GError **error);
/* What secrets in the store are sealed with. INVALID_FIELD when its file cannot be had. [blocks] */
const CuriaSeal *curia_node_seal (CuriaNode *self, GError **error);
/* Random text that only modules of this process know: marks requests that one module sends to another through Janus. */
const char *curia_node_secret (CuriaNode *self);
/* general.node_name, or the host's name. */
const char *curia_node_name (CuriaNode *self);

#endif
