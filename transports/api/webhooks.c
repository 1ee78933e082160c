#include "webhooks.h"

#include <string.h>

#include "curia-clock.h"
#include "curia-id.h"
#include "curia-store-webhooks.h"
#include "curia-webhook-target.h"

#define LIST_DEFAULT 50

static CuriaStore *
store_of (const ApiCall *call)
{
	return curia_node_store (call->request->node);
}

/* ---- pieces of answers ---- */

static json_t *
time_to_json (gint64 time_ms)
{
	g_autofree char *text = time_ms != 0 && time_ms != G_MAXINT64 ? curia_clock_rfc3339 (time_ms) : NULL;
	return text != NULL ? json_string (text) : json_null ();
}

static json_t *
events_to_json (const char *events)
{
	g_auto (GStrv) names = g_strsplit (events, ",", -1);
	json_t *list = json_array ();
	for (char **name = names; *name != NULL; name++)
		json_array_append_new (list, json_string (*name));
	return list;
}

static json_t *
webhook_to_json (const CuriaWebhook *webhook)
{
	return json_pack ("{s:s, s:s, s:o, s:s?, s:s, s:b, s:o}", "id", webhook->id, "url", webhook->url, "events",
		events_to_json (webhook->events), "meeting", webhook->meeting[0] != '\0' ? webhook->meeting : NULL, "key", webhook->key_id,
		"enabled", webhook->enabled, "created_at", time_to_json (webhook->created_ms));
}

static json_t *
delivery_to_json (const CuriaDelivery *delivery)
{
	gboolean waits = strcmp (delivery->state, "waiting") == 0;
	return json_pack ("{s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:o, s:o, s:o, s:s}", "id", delivery->id, "event", delivery->event,
		"type", delivery->type, "meeting", delivery->meeting, "sequence", (json_int_t) delivery->number, "state", delivery->state,
		"tries", (json_int_t) delivery->tries, "created_at", time_to_json (delivery->created_ms), "next_try_at",
		time_to_json (waits ? delivery->next_ms : 0), "done_at", time_to_json (delivery->done_ms), "last_error",
		delivery->last_error);
}

/* ---- what requests say ---- */

static void
replace (char **field, const char *text)
{
	g_free (*field);
	*field = g_strdup (text);
}

static gboolean
apply_url (ApiCall *call, CuriaWebhook *webhook, GError **error)
{
	const CuriaOptions *options = curia_node_options (call->request->node);
	CuriaWebhookAllowed allowed = { .http = curia_options_bool (options, "webhooks.allow_http"),
		.private = curia_options_bool (options, "webhooks.allow_private") };
	const char *url = curia_json_string (call->body, "url", webhook->url);
	if (!curia_webhook_url_check (url, allowed, error))
		return FALSE;
	if (url != webhook->url)
		replace (&webhook->url, url);
	return TRUE;
}

static void
apply_events (ApiCall *call, CuriaWebhook *webhook)
{
	json_t *list = json_object_get (call->body, "events"), *item;
	size_t i;
	if (!json_is_array (list))
		return;
	g_autoptr (GString) names = g_string_new (NULL);
	json_array_foreach (list, i, item)
		g_string_append_printf (names, "%s%s", i > 0 ? "," : "", json_string_value (item));
	replace (&webhook->events, names->str);
}

/* By code, which is looked up, or by id, as answers have it. */
static gboolean
apply_meeting (ApiCall *call, CuriaWebhook *webhook, GError **error)
{
	const char *meeting = curia_json_string (call->body, "meeting", NULL);
	if (meeting == NULL)
		return TRUE;
	g_autofree char *code = NULL;
	if (curia_id_code_parse (meeting, &code)) {
		g_autoptr (CuriaMeeting) found = curia_store_meeting_lookup (store_of (call), code, error);
		if (found == NULL)
			return FALSE;
		replace (&webhook->meeting, found->id);
		return TRUE;
	}
	if (meeting[0] != '\0' && !g_str_has_prefix (meeting, "MT_"))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "meeting must be a meeting's code or id, or empty for all");
	replace (&webhook->meeting, meeting);
	return TRUE;
}

static gboolean
apply_key (ApiCall *call, CuriaWebhook *webhook, GError **error)
{
	const CuriaKeyring *keys = curia_node_keys (call->request->node);
	const char *key = curia_json_string (call->body, "key", webhook->key_id);
	if (key[0] == '\0')
		key = curia_keyring_first (keys);
	if (!curia_keyring_has (keys, key))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "key must be the id of one of token.keys, or empty for the first");
	if (key != webhook->key_id)
		replace (&webhook->key_id, key);
	return TRUE;
}

static gboolean
apply (ApiCall *call, CuriaWebhook *webhook, GError **error)
{
	if (!apply_url (call, webhook, error) || !apply_meeting (call, webhook, error) || !apply_key (call, webhook, error))
		return FALSE;
	apply_events (call, webhook);
	webhook->enabled = curia_json_bool (call->body, "enabled", webhook->enabled);
	return TRUE;
}

/* ---- webhooks ---- */

static CuriaWebhook *
lookup (ApiCall *call, GError **error)
{
	return curia_store_webhook_lookup (store_of (call), api_call_parameter (call, "id"), error);
}

gboolean
api_webhooks_create (ApiCall *call, GError **error)
{
	g_autoptr (CuriaWebhook) webhook = curia_webhook_new ();
	guint most = (guint) curia_options_int (curia_node_options (call->request->node), "webhooks.max");
	if (!apply (call, webhook, error) || !curia_store_webhook_create (store_of (call), webhook, most, error))
		return FALSE;
	call->response->body = webhook_to_json (webhook);
	call->response->location = g_strconcat ("/api/v1/webhooks/", webhook->id, NULL);
	return TRUE;
}

gboolean
api_webhooks_list (ApiCall *call, GError **error)
{
	g_autoptr (GPtrArray) webhooks = curia_store_webhook_list (store_of (call), error);
	if (webhooks == NULL)
		return FALSE;
	json_t *list = json_array ();
	for (guint i = 0; i < webhooks->len; i++)
		json_array_append_new (list, webhook_to_json (g_ptr_array_index (webhooks, i)));
	call->response->body = json_pack ("{s:o}", "webhooks", list);
	return TRUE;
}

gboolean
api_webhooks_read (ApiCall *call, GError **error)
{
	g_autoptr (CuriaWebhook) webhook = lookup (call, error);
	if (webhook != NULL)
		call->response->body = webhook_to_json (webhook);
	return webhook != NULL;
}

gboolean
api_webhooks_update (ApiCall *call, GError **error)
{
	g_autoptr (CuriaWebhook) webhook = lookup (call, error);
	if (webhook == NULL || !apply (call, webhook, error) || !curia_store_webhook_update (store_of (call), webhook, error))
		return FALSE;
	call->response->body = webhook_to_json (webhook);
	return TRUE;
}

gboolean
api_webhooks_delete (ApiCall *call, GError **error)
{
	g_autoptr (CuriaWebhook) webhook = lookup (call, error);
	if (webhook == NULL || !curia_store_webhook_delete (store_of (call), webhook->id, error))
		return FALSE;
	call->response->body = webhook_to_json (webhook);
	return TRUE;
}

/* ---- deliveries ---- */

gboolean
api_webhooks_deliveries (ApiCall *call, GError **error)
{
	g_autofree char *next = NULL;
	g_autoptr (GPtrArray) found = curia_store_deliveries_list (store_of (call), api_call_parameter (call, "id"),
		curia_json_string (call->query, "state", "dead"), (int) curia_json_int (call->query, "limit", LIST_DEFAULT),
		curia_json_string (call->query, "cursor", NULL), &next, error);
	if (found == NULL)
		return FALSE;
	json_t *list = json_array ();
	for (guint i = 0; i < found->len; i++)
		json_array_append_new (list, delivery_to_json (g_ptr_array_index (found, i)));
	call->response->body = json_pack ("{s:o, s:s?}", "deliveries", list, "next_cursor", next);
	return TRUE;
}

gboolean
api_webhooks_replay (ApiCall *call, GError **error)
{
	guint n = 0;
	if (!curia_store_deliveries_replay (store_of (call), api_call_parameter (call, "id"),
			curia_json_string (call->body, "delivery", NULL), call->now_ms, &n, error))
		return FALSE;
	call->response->body = json_pack ("{s:i}", "replayed", (int) n);
	return TRUE;
}
