#include "moderate.h"

#include <string.h>

#include "curia-clock.h"
#include "curia-store-removals.h"
#include "live.h"
#include "meetings.h"
#include "schema.h"

#define PATIENCE 4 /* times what a meeting's answer waits for the number of people */

/* ---- what requests and answers carry ---- */

#define ACTIONS "mute|ask_unmute|stop|remove|admit|deny|lower_hand|spotlight|role|lock|end"
#define WORDS(name_, allowed_, doc_) { .name = name_, .type = CURIA_FIELD_STRING, .allowed = allowed_, .doc = doc_ }

static const CuriaField identity_item[] = { { .name = "", .type = CURIA_FIELD_STRING, .min = 1, .max = 256 }, { 0 } };

const CuriaField api_moderate_fields[] = {
	{ .name = "action", .type = CURIA_FIELD_STRING, .required = TRUE, .allowed = ACTIONS, .doc = "What to do." },
	STRING ("identity", FALSE, 1, 256, "Whom it is about."),
	STRING ("id", FALSE, 1, 16, "admit, deny: who waits, as the list of those who wait calls them."),
	BOOL ("all", FALSE, "mute, admit, deny, lower_hand: everybody, instead of one."),
	WORDS ("source", "microphone|camera|screen_share|screen_share_audio", "mute, ask_unmute, stop: of what."),
	BOOL ("ban", FALSE, "remove: whether new tokens do not help either; true when absent."),
	WORDS ("role", CURIA_ROLE_NAMES, "role: the new one, for as long as the meeting is live."),
	BOOL ("locked", FALSE, "lock: whether nobody new may come in."),
	{ .name = "identities", .type = CURIA_FIELD_ARRAY, .max = 4, .items = identity_item,
		.doc = "spotlight: who is shown to all; none to end it." },
	{ 0 },
};

static const CuriaField moderated_fields[] = {
	{ .name = "action", .type = CURIA_FIELD_STRING, .required = TRUE, .allowed = ACTIONS, .doc = "What was done." },
	INT ("affected", FALSE, 0, 0, "How many people it was done to."),
	{ 0 },
};

static const CuriaField waiter_fields[] = {
	STRING ("id", TRUE, 0, 0, "What to admit or deny."),
	STRING ("identity", FALSE, 0, 0, "As the person's token says."),
	STRING ("name", TRUE, 0, 0, "The name others will see."),
	BOOL ("guest", TRUE, "Neither an account nor an application vouches for the name."),
	STRING ("since", FALSE, 0, 0, "RFC 3339, UTC."),
	{ 0 },
};

static const CuriaField waiting_fields[] = {
	ARRAY ("waiting", waiter_fields, "Who waits longest comes first; at most 100."),
	INT ("more", TRUE, 0, 0, "How many wait besides."),
	{ 0 },
};

static const CuriaField removal_fields[] = {
	STRING ("identity", TRUE, 0, 0, "Whose tokens do not count any more."),
	STRING ("name", TRUE, 0, 0, "Their name then."),
	STRING ("removed_at", TRUE, 0, 0, "RFC 3339, UTC."),
	BOOL ("banned", TRUE, "Nor do tokens made later."),
	STRING ("removed_by", TRUE, 0, 0, "Who did it."),
	{ 0 },
};

static const CuriaField removals_fields[] = { ARRAY ("removals", removal_fields, "Newest first; at most 1000."), { 0 } };

const ApiSchema api_moderated_schema = { "Moderated", "It is done.", moderated_fields };
const ApiSchema api_waiting_schema = { "Waiting", "Who waits to be let in.", waiting_fields };
const ApiSchema api_removals_schema = { "RemovalList", "Who was removed from a meeting.", removals_fields };

/* ---- asking the room ---- */

/* Takes `message`. NOT_FOUND when nobody holds the meeting open. */
static json_t *
ask_room (const ApiCall *call, json_t *message, GError **error)
{
	g_autofree char *topic = api_live_topic (call->code);
	json_auto_t *taken = message;
	return curia_bus_request_sync (curia_node_bus (call->request->node), topic, taken, PATIENCE * api_live_wait_ms, error);
}

static const char *
by (const ApiCall *call)
{
	const CuriaClaims *claims = call->caller.claims;
	return claims != NULL && claims->identity != NULL && claims->identity[0] != '\0' ? claims->identity : "api";
}

json_t *
api_moderate_ask (ApiCall *call, const char *action, json_t *fields, GError **error)
{
	json_t *message = json_pack ("{s:s, s:s, s:s, s:s}", "command", "moderate", "action", action, "by", by (call), "by_role",
		curia_role_name (call->caller.role));
	json_object_update_missing (message, fields);
	json_decref (fields);
	g_autoptr (GError) cause = NULL;
	json_t *reply = ask_room (call, message, &cause);
	if (reply != NULL)
		return reply;
	if (g_error_matches (cause, CURIA_ERROR, CURIA_ERROR_NOT_FOUND))
		curia_throw (error, CURIA_ERROR_NO_SUCH_SOURCE, "Nobody is in the meeting %s now", call->code);
	else
		g_propagate_error (error, g_steal_pointer (&cause));
	return NULL;
}

/* ---- acts ---- */

/* What each act needs of the caller's role; the room asks the same table again. */
static const struct {
	const char *name;
	CuriaAction action;
} acts[] = {
	{ "mute", CURIA_ACTION_MUTE_OTHERS }, { "ask_unmute", CURIA_ACTION_MUTE_OTHERS }, { "stop", CURIA_ACTION_MUTE_OTHERS },
	{ "remove", CURIA_ACTION_REMOVE }, { "admit", CURIA_ACTION_ADMIT }, { "deny", CURIA_ACTION_ADMIT },
	{ "lower_hand", CURIA_ACTION_LOWER_HANDS }, { "spotlight", CURIA_ACTION_SPOTLIGHT }, { "role", CURIA_ACTION_CHANGE_ROLES },
	{ "lock", CURIA_ACTION_LOCK }, { "end", CURIA_ACTION_END },
};

static gboolean
check_act (const ApiCall *call, const char *name, GError **error)
{
	for (guint i = 0; i < G_N_ELEMENTS (acts); i++)
		if (strcmp (acts[i].name, name) == 0)
			return curia_rules_check (&call->caller.meeting->rules, call->caller.role, acts[i].action, error);
	return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "action must be one of " ACTIONS ", not \"%s\"", name);
}

static gboolean
answer (ApiCall *call, const char *action, json_t *reply)
{
	json_t *affected = json_object_get (reply, "affected");
	call->response->body = json_pack ("{s:s, s:o}", "action", action, "affected",
		json_is_integer (affected) ? json_incref (affected) : json_null ());
	return TRUE;
}

/* A lock outlasts the room, and holds where there is none yet. */
static gboolean
lock_meeting (ApiCall *call, GError **error)
{
	json_t *locked = json_object_get (call->body, "locked");
	if (!json_is_boolean (locked))
		return curia_throw (error, CURIA_ERROR_MISSING_FIELD, "locked is required: true or false");
	g_autoptr (CuriaMeeting) meeting = api_meetings_open (call, error);
	if (meeting == NULL)
		return FALSE;
	meeting->rules.locked = json_is_true (locked);
	return curia_store_meeting_update (curia_node_store (call->request->node), meeting, error)
		&& api_meetings_tell (call, meeting, error) && answer (call, "lock", NULL);
}

static gboolean
end_meeting (ApiCall *call, GError **error)
{
	if (!api_meetings_end (call, error))
		return FALSE;
	json_decref (call->response->body);
	return answer (call, "end", NULL);
}

gboolean
api_moderate (ApiCall *call, GError **error)
{
	const char *action = curia_json_string (call->body, "action", "");
	if (!check_act (call, action, error))
		return FALSE;
	if (strcmp (action, "lock") == 0)
		return lock_meeting (call, error);
	if (strcmp (action, "end") == 0)
		return end_meeting (call, error);
	json_auto_t *reply = api_moderate_ask (call, action, json_incref (call->body), error);
	return reply != NULL && answer (call, action, reply);
}

/* ---- who waits ---- */

static json_t *
waiter_to_json (json_t *from)
{
	gint64 since_ms = curia_json_int (from, "since", 0);
	g_autofree char *since = since_ms > 0 ? curia_clock_rfc3339 (since_ms) : NULL;
	return json_pack ("{s:s, s:s?, s:s, s:b, s:s?}", "id", curia_json_string (from, "id", ""), "identity",
		curia_json_string (from, "identity", NULL), "name", curia_json_string (from, "name", ""), "guest",
		curia_json_bool (from, "guest", FALSE), "since", since);
}

gboolean
api_moderate_waiting (ApiCall *call, GError **error)
{
	g_autoptr (GError) cause = NULL;
	json_auto_t *reply = ask_room (call, json_pack ("{s:s}", "command", "waiting"), &cause);
	if (reply == NULL && !g_error_matches (cause, CURIA_ERROR, CURIA_ERROR_NOT_FOUND)) {
		g_propagate_error (error, g_steal_pointer (&cause));
		return FALSE;
	}
	json_t *list = json_array (), *waiter;
	size_t i;
	json_array_foreach (json_object_get (reply, "waiting"), i, waiter)
		json_array_append_new (list, waiter_to_json (waiter));
	call->response->body = json_pack ("{s:o, s:I}", "waiting", list, "more", (json_int_t) curia_json_int (reply, "more", 0));
	return TRUE;
}

/* ---- who was removed ---- */

gboolean
api_moderate_removals (ApiCall *call, GError **error)
{
	g_autoptr (GPtrArray) found = curia_store_removal_list (curia_node_store (call->request->node), call->caller.meeting->id, error);
	if (found == NULL)
		return FALSE;
	json_t *list = json_array ();
	for (guint i = 0; i < found->len; i++) {
		const CuriaRemoval *removal = found->pdata[i];
		g_autofree char *when = curia_clock_rfc3339 (removal->removed_ms);
		json_array_append_new (list, json_pack ("{s:s, s:s, s:s, s:b, s:s}", "identity", removal->identity, "name", removal->name,
			"removed_at", when, "banned", removal->banned, "removed_by", removal->removed_by));
	}
	call->response->body = json_pack ("{s:o}", "removals", list);
	return TRUE;
}

/* The room remembers as well; that none is open, or that it did not hear, matters only until it closes. */
gboolean
api_moderate_forgive (ApiCall *call, GError **error)
{
	const char *identity = api_call_parameter (call, "identity");
	if (!curia_store_removal_forget (curia_node_store (call->request->node), call->caller.meeting->id, identity, error))
		return FALSE;
	json_auto_t *reply = ask_room (call, json_pack ("{s:s, s:s}", "command", "let_back", "identity", identity), NULL);
	call->response->body = json_pack ("{s:s}", "identity", identity);
	return TRUE;
}
