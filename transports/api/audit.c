#include "audit.h"

#include <string.h>

#include "bucket.h"
#include "curia-clock.h"
#include "curia-id.h"
#include "curia-store-audit.h"
#include "schema.h"

#define LIST_DEFAULT 50
#define REFUSED_PER_S 5 /* anybody can be refused as often as they like; the log must not grow by it */
#define REFUSED_BURST 50

/* ---- writing ---- */

static gboolean
may_enter_refusal (void)
{
	static GMutex lock; /* leaf */
	static Bucket bucket;
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
	return bucket_take (&bucket, REFUSED_PER_S, REFUSED_BURST, 1, curia_clock_us ());
}

static gboolean
is_refusal (const GError *error)
{
	static const CuriaErrorCode codes[] = { CURIA_ERROR_UNAUTHORIZED, CURIA_ERROR_FORBIDDEN, CURIA_ERROR_REMOVED };
	for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
		if (g_error_matches (error, CURIA_ERROR, (int) codes[i]))
			return TRUE;
	return FALSE;
}

/* Names of what was sent; values only where they are words of ours: passwords and other people's texts stay out. */
static char *
detail_of (const ApiCall *call, const GError *error)
{
	json_auto_t *detail = json_object ();
	json_t *fields = json_array ();
	const char *name;
	json_t *value;
	json_object_foreach (call->body, name, value)
		json_array_append_new (fields, json_string (name));
	json_object_set_new (detail, "fields", fields);
	static const char *const words[] = { "action", "role", "source", "scopes", "state" };
	for (guint i = 0; i < G_N_ELEMENTS (words); i++)
		if (json_is_string (json_object_get (call->body, words[i])))
			json_object_set (detail, words[i], json_object_get (call->body, words[i]));
	if (call->code != NULL)
		json_object_set_new (detail, "code", json_string (call->code));
	if (error != NULL)
		json_object_set_new (detail, "error", json_string (curia_error_row (error)->slug));
	return json_dumps (detail, JSON_COMPACT | JSON_SORT_KEYS);
}

/* Whom or what: the last name in the path that is not the meeting's, or what the body names. */
static const char *
target_of (const ApiCall *call)
{
	static const char *const names[] = { "identity", "account", "id", "key", "name" };
	for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
		const char *text = json_string_value (json_object_get (call->parameters, names[i]));
		if (text != NULL)
			return text;
	}
	const char *identity = json_string_value (json_object_get (call->body, "identity"));
	return identity != NULL ? identity : curia_json_string (call->body, "email", "");
}

static char *
actor_of (const ApiCall *call)
{
	const CuriaClaims *claims = call->caller.claims;
	if (claims == NULL)
		return g_strdup ("");
	if (claims->identity != NULL && claims->identity[0] != '\0')
		return g_strdup (claims->identity);
	return g_strconcat ("key:", claims->key_id, NULL);
}

void
api_audit_call (const ApiCall *call, const GError *error)
{
	if (call->route->audit == NULL || (error != NULL && (!is_refusal (error) || !may_enter_refusal ())))
		return;
	g_autofree char *actor = actor_of (call);
	g_autofree char *detail = detail_of (call, error);
	curia_store_audit_add (curia_node_store (call->request->node), &(CuriaAudit) {
		.time_ms = call->now_ms,
		.actor = actor,
		.actor_name = call->caller.claims != NULL ? call->caller.claims->name : NULL,
		.address = call->request->peer,
		.action = call->route->audit,
		.target = target_of (call),
		.meeting = call->caller.meeting != NULL ? call->caller.meeting->id : NULL,
		.result = error == NULL ? "done" : "refused",
		.detail = detail,
	});
}

/* ---- reading ---- */

const CuriaField api_audit_query[] = {
	INT ("limit", FALSE, 1, CURIA_AUDIT_MAX_LIST, "How many entries to answer with; 50 when absent."),
	STRING ("cursor", FALSE, 0, 200, "The next_cursor of the answer before."),
	STRING ("meeting", FALSE, 1, 100, "Only what concerns the meeting of this code or id."),
	{ 0 },
};

static const CuriaField entry_fields[] = {
	STRING ("id", TRUE, 0, 0, "The entry's id."),
	STRING ("time", TRUE, 0, 0, "RFC 3339, UTC."),
	STRING ("actor", TRUE, 0, 0, "An account, an identity, or key: and an API key; empty when nobody said who."),
	STRING ("actor_name", TRUE, 0, 0, "Their name then, if it was known."),
	STRING ("address", TRUE, 0, 0, "Where it came from; empty when it came over a meeting."),
	STRING ("action", TRUE, 0, 0, "What was done or tried, such as meeting.update."),
	STRING ("target", TRUE, 0, 0, "To whom or what, if to anybody."),
	STRING ("meeting", FALSE, 0, 0, "The id of the meeting it was done in."),
	{ .name = "result", .type = CURIA_FIELD_STRING, .required = TRUE, .allowed = "done|refused", .doc = "What came of it." },
	{ .name = "detail", .type = CURIA_FIELD_OBJECT, .required = TRUE, .doc = "More of it; no secrets." },
	{ 0 },
};

static const CuriaField audit_fields[] = {
	ARRAY ("entries", entry_fields, "Newest first."),
	STRING ("next_cursor", FALSE, 0, 0, "Ask with it for older ones; null at the end."),
	{ 0 },
};

const ApiSchema api_audit_schema = { "Audit", "A page of the audit log.", audit_fields };

static json_t *
entry_to_json (const CuriaAudit *entry)
{
	g_autofree char *time = curia_clock_rfc3339 (entry->time_ms);
	json_t *detail = json_loads (entry->detail, 0, NULL);
	return json_pack ("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s, s:o}", "id", entry->id, "time", time, "actor", entry->actor,
		"actor_name", entry->actor_name, "address", entry->address, "action", entry->action, "target", entry->target, "meeting",
		entry->meeting[0] != '\0' ? entry->meeting : NULL, "result", entry->result, "detail",
		json_is_object (detail) ? detail : json_object ());
}

/* By code, which is looked up, or by id: FALSE with an error; *id is NULL when none was asked for. */
static gboolean
find_meeting (const ApiCall *call, char **id, GError **error)
{
	const char *asked = curia_json_string (call->query, "meeting", NULL);
	g_autofree char *code = NULL;
	*id = NULL;
	if (asked == NULL)
		return TRUE;
	if (!curia_id_code_parse (asked, &code)) {
		*id = g_strdup (asked);
		return TRUE;
	}
	g_autoptr (CuriaMeeting) meeting = curia_store_meeting_lookup (curia_node_store (call->request->node), code, error);
	if (meeting != NULL)
		*id = g_strdup (meeting->id);
	return meeting != NULL;
}

gboolean
api_audit_list (ApiCall *call, GError **error)
{
	g_autofree char *next = NULL, *meeting = NULL;
	if (!find_meeting (call, &meeting, error))
		return FALSE;
	g_autoptr (GPtrArray) found = curia_store_audit_list (curia_node_store (call->request->node), meeting,
		(int) curia_json_int (call->query, "limit", LIST_DEFAULT), curia_json_string (call->query, "cursor", NULL), &next, error);
	if (found == NULL)
		return FALSE;
	json_t *list = json_array ();
	for (guint i = 0; i < found->len; i++)
		json_array_append_new (list, entry_to_json (found->pdata[i]));
	call->response->body = json_pack ("{s:o, s:s?}", "entries", list, "next_cursor", next);
	return TRUE;
}
