#include "nodes.h"

#include "curia-clock.h"

#define STRING(name_, required_, doc_) { .name = name_, .type = CURIA_FIELD_STRING, .required = required_, .doc = doc_ }
#define INT(name_, doc_) { .name = name_, .type = CURIA_FIELD_INT, .required = TRUE, .doc = doc_ }
#define BOOL(name_, doc_) { .name = name_, .type = CURIA_FIELD_BOOL, .required = TRUE, .doc = doc_ }

static const CuriaField node_fields[] = {
	STRING ("name", TRUE, "What the node is called."),
	STRING ("url", FALSE, "How browsers reach this very node: its cluster.url."),
	STRING ("version", TRUE, "Which Curia it runs."),
	BOOL ("own", "Whether it is the one that answers."),
	INT ("participants", "How many are in its meetings."),
	INT ("meetings", "How many meetings it holds."),
	INT ("connections", "How many WebSockets are open."),
	INT ("cpu_pct", "How much of its processors it uses, in percent."),
	STRING ("seen", TRUE, "When it was last heard of."),
	{ 0 },
};

static const CuriaField nodes_fields[] = {
	{ .name = "nodes", .type = CURIA_FIELD_ARRAY, .required = TRUE, .items = node_fields, .doc = "This node first." },
	BOOL ("connected", "Whether the others can be reached now; else they are as last heard of."),
	{ 0 },
};

const ApiSchema api_nodes_schema = { "NodeList", "The nodes of the installation.", nodes_fields };

static json_t *
node_to_json (const CuriaClusterNode *node)
{
	g_autofree char *seen = curia_clock_rfc3339 (node->seen_ms);

	return json_pack ("{s:s s:s* s:s s:b s:I s:I s:I s:I s:s}", "name", node->name, "url", *node->url != '\0' ? node->url : NULL,
		"version", node->version, "own", node->own, "participants", (json_int_t) node->participants, "meetings",
		(json_int_t) node->meetings, "connections", (json_int_t) node->connections, "cpu_pct", (json_int_t) node->cpu_pct, "seen", seen);
}

gboolean
api_nodes_list (ApiCall *call, GError **error)
{
	CuriaNode *node = call->request->node;
	g_autoptr (GPtrArray) nodes = curia_cluster_nodes (curia_node_cluster (node));
	json_t *list = json_array ();

	(void) error;
	for (guint i = 0; i < nodes->len; i++)
		json_array_append_new (list, node_to_json (g_ptr_array_index (nodes, i)));
	call->response->body = json_pack ("{s:o s:b}", "nodes", list, "connected", curia_bus_is_connected (curia_node_bus (node)));
	return TRUE;
}
