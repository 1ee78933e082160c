#include "config.h"
#include "plugins/room/calls.h"

#include <string.h>

#include "curia-clock.h"
#include "curia-error.h"
#include "plugins/room/calls-moderate.h"
#include "plugins/room/control.h"
#include "plugins/room/membership.h"
#include "plugins/room/notify.h"
#include "plugins/room/publishing.h"
#include "plugins/room/registry.h"

typedef struct {
	char *code;
	json_t *message;
	CuriaBusRequest *request; /* NULL: a publication */
} Call;

/* What is answered, or NULL with an error. */
typedef json_t *(*CallRun) (Room *room, json_t *message, GError **error);

/* ---- commands [room] ---- */

static json_t *run_live (Room *room, json_t *message, GError **error G_GNUC_UNUSED)
{
	json_t *live = room_live_to_json (room);
	const char *identity = json_string_value (json_object_get (message, "identity"));
	if (identity)
		json_object_set_new (live, "present", json_boolean (g_hash_table_contains (room->by_identity, identity)));
	return live;
}

static json_t *run_participants (Room *room, json_t *message G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
	json_t *list = json_array ();
	guint viewers = 0;
	for (guint i = 0; i < room->participants->len; i++) {
		const Participant *participant = room->participants->pdata[i];
		viewers += participant_is_viewer (participant);
		if (json_array_size (list) < CALLS_MAX_LISTED && !participant_is_hidden (participant))
			json_array_append_new (list, participant_to_json_books (participant));
	}
	return json_pack ("{s:s s:I s:i s:o}", "call", room->call, "started_ms", (json_int_t) room->started_ms, "viewers", (int) viewers,
		"participants", list);
}

static json_t *run_end (Room *room, json_t *message G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
	room_end (room);
	return json_object ();
}

static Participant *find (Room *room, json_t *message, GError **error)
{
	const char *identity = json_string_value (json_object_get (message, "identity"));
	Participant *found = identity ? g_hash_table_lookup (room->by_identity, identity) : NULL;
	if (!found)
		curia_throw (error, CURIA_ERROR_NO_SUCH_SOURCE, "nobody with the identity \"%s\" is in the meeting", identity ? identity : "");
	return found;
}

static json_t *run_mute (Room *room, json_t *message, GError **error)
{
	const char *name = json_string_value (json_object_get (message, "source"));
	Participant *participant = find (room, message, error);
	Source source = source_lookup (name);
	if (!participant)
		return NULL;
	if (source == SOURCE_N) {
		curia_throw (error, CURIA_ERROR_INVALID_FIELD, "source must be one of " SOURCE_NAMES ", not \"%s\"", name ? name : "");
		return NULL;
	}
	return publishing_mute (participant, source, NULL, curia_clock_us (), error) ? json_object () : NULL;
}

static json_t *run_refused (Room *room, json_t *message, GError **error G_GNUC_UNUSED)
{
	const char *slug = json_string_value (json_object_get (message, "error"));
	const char *detail = json_string_value (json_object_get (message, "detail"));
	notify_refused (room, json_string_value (json_object_get (message, "identity")), slug ? slug : "", detail ? detail : "");
	return json_object ();
}

static const struct {
	const char *command;
	CallRun run;
} calls[] = {
	{ "live", run_live },
	{ "participants", run_participants },
	{ "end", run_end },
	{ "kick", calls_kick },
	{ "mute", run_mute },
	{ "refused", run_refused },
	{ "settings", calls_settings },
	{ "moderate", calls_moderate },
	{ "waiting", calls_waiting },
	{ "let_back", calls_let_back },
};

static json_t *run (Room *room, json_t *message, GError **error)
{
	const char *command = json_string_value (json_object_get (message, "command"));
	for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
		if (g_strcmp0 (command, calls[i].command) == 0)
			return calls[i].run (room, message, error);
	curia_throw (error, CURIA_ERROR_INVALID_REQUEST, "meetings know no command \"%s\"", command ? command : "");
	return NULL;
}

/* ---- the way there ---- */

static void on_call (gpointer data)
{
	Call *self = data;
	Room *room = registry_lookup (self->code);
	g_autoptr (GError) error = NULL;
	if (!room)
		return;
	json_t *reply = run (room, self->message, &error);
	if (self->request)
		curia_bus_answer (g_steal_pointer (&self->request), reply, error);
	json_decref (reply);
}

static void call_free (gpointer data)
{
	Call *self = data;
	if (self->request) { /* the room has closed meanwhile, or we are leaving */
		json_t *nobody = json_pack ("{s:i s:i s:i}", "participants", 0, "publishers", 0, "waiting", 0);
		curia_bus_answer (self->request, nobody, NULL);
		json_decref (nobody);
	}
	json_decref (self->message);
	g_free (self->code);
	g_free (self);
}

static void post (const char *code, json_t *take_message, CuriaBusRequest *request)
{
	Call *call = g_new (Call, 1);
	*call = (Call) { g_strdup (code), take_message, request };
	control_post (on_call, call, call_free);
}

void calls_on_bus (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data G_GNUC_UNUSED)
{
	post (topic + strlen ("meeting."), json_deep_copy (message), request);
}

void calls_end (const char *code)
{
	post (code, json_pack ("{s:s}", "command", "end"), NULL);
}

void calls_rules (const CuriaMeeting *meeting)
{
	post (meeting->code, json_pack ("{s:s s:o}", "command", "settings", "settings", curia_meeting_rules_to_json (meeting)), NULL);
}
