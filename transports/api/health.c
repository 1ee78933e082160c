#include "health.h"

#include "curia-metrics.h"
#include "live.h"

gboolean
api_health_live (ApiCall *call, GError **error)
{
	(void) error;
	call->response->body = json_pack ("{s:s}", "status", "ok");
	return TRUE;
}

static gboolean
store_ready (CuriaNode *node, GError **error)
{
	return curia_node_store_is_up (node) || curia_throw (error, CURIA_ERROR_UNAVAILABLE, "The store is not ready");
}

/* Meetings that run go on without the other nodes; a new one cannot begin, as nobody can tell whether it runs elsewhere. */
static gboolean
bus_ready (CuriaNode *node, GError **error)
{
	return curia_bus_is_connected (curia_node_bus (node))
		|| curia_throw (error, CURIA_ERROR_UNAVAILABLE, "The bus is not ready: Redis is away");
}

/* One question proves both that the bus carries messages and that the room module runs. */
static gboolean
room_ready (CuriaNode *node, GError **error)
{
	CuriaBus *bus = curia_node_bus (node);
	g_autoptr (GError) cause = NULL;
	json_auto_t *message = json_pack ("{s:s}", "command", "ready");
	json_auto_t *reply = curia_bus_request_sync (bus, "room", message, api_live_wait_ms, &cause);
	if (reply != NULL)
		return TRUE;
	if (g_error_matches (cause, CURIA_ERROR, CURIA_ERROR_NOT_FOUND))
		return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "The room module is not running");
	return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "The room module does not answer: %s", cause->message);
}

/* Where it is loaded: its gauge outlives a ledger that could not start, and the node that it had for a while. */
static gboolean
ledger_ready (GError **error)
{
	gint64 up;
	if (!curia_metrics_peek (CURIA_METRIC_LEDGER_UP, NULL, NULL, &up) || up != 0)
		return TRUE;
	return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "The ledger could not start; Janus' log says why");
}

gboolean
api_health_ready (ApiCall *call, GError **error)
{
	CuriaNode *node = call->request->node;
	if (!store_ready (node, error) || !bus_ready (node, error) || !room_ready (node, error)
		|| !ledger_ready (error))
		return FALSE;
	call->response->body = json_pack ("{s:s}", "status", "ready");
	return TRUE;
}
