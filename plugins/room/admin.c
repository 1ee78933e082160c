#include "config.h"
#include "plugins/room/admin.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "curia-fields.h"
#include "plugins/room/control.h"
#include "plugins/room/registry.h"
#include "plugins/room/signaling.h"
#include "plugins/room/slot.h"
#include "plugins/room/track.h"

#define WAIT_MS 2000

static const CuriaField fields[] = {
	{ .name = "request", .type = CURIA_FIELD_STRING, .required = TRUE, .allowed = "list|room", .doc = "What to show" },
	{ .name = "code", .type = CURIA_FIELD_STRING, .min = 1, .max = 32, .doc = "room: the meeting's code" },
	{ 0 },
};

/* Shared by the waiting thread and the control thread, which may come too late. */
typedef struct {
	gint refs;
	char *code;
	json_t *result;
} Query;

static void query_unref (gpointer data)
{
	Query *self = data;
	if (!g_atomic_int_dec_and_test (&self->refs))
		return;
	g_free (self->code);
	json_decref (self->result);
	g_free (self);
}

static void on_query (gpointer data)
{
	Query *self = data;
	Room *room = self->code ? registry_lookup (self->code) : NULL;
	g_autoptr (GError) error = NULL;
	if (!self->code)
		self->result = registry_dump ();
	else if (room)
		self->result = room_dump (room, curia_clock_us ());
	else
		curia_throw (&error, CURIA_ERROR_NO_SUCH_MEETING, "no live meeting has the code %s", self->code);
	if (error)
		self->result = signaling_error_to_json (error);
}

static json_t *ask (const char *code, GError **error)
{
	Query *query = g_new0 (Query, 1);
	query->refs = 2;
	query->code = g_strdup (code);
	json_t *result = NULL;
	if (control_call (on_query, query, query_unref, WAIT_MS))
		result = g_steal_pointer (&query->result);
	else
		curia_throw (error, CURIA_ERROR_TIMEOUT, "the room did not answer within %d ms", WAIT_MS);
	query_unref (query);
	return result;
}

json_t *admin_message (json_t *message)
{
	g_autoptr (GError) error = NULL;
	json_t *result = NULL;
	if (curia_fields_check (message, fields, FALSE, &error)) {
		gboolean one = g_str_equal (curia_json_string (message, "request", ""), "room");
		const char *code = curia_json_string (message, "code", NULL);
		if (one && !code)
			curia_throw (&error, CURIA_ERROR_MISSING_FIELD, "code is required");
		else
			result = ask (one ? code : NULL, &error);
	}
	return result ? result : signaling_error_to_json (error);
}

json_t *admin_session (Session *session)
{
	json_t *tracks = json_array (), *slots = json_array ();
	g_autoptr (Sections) sections = session_sections (session);
	for (int i = 0; sections && i < SESSION_MAX_SECTIONS; i++) {
		if (sections->tracks[i])
			json_array_append_new (tracks, track_dump (sections->tracks[i], curia_clock_us ()));
		if (sections->slots[i])
			json_array_append_new (slots, slot_dump (sections->slots[i]));
	}
	gint64 heard_us = atomic_load (&session->heard_us);
	return json_pack ("{s:I s:i s:I s:I s:I s:o s:o}", "number", (json_int_t) session->number,
		"pending", g_atomic_int_get (&session->pending), "no_track", (json_int_t) atomic_load (&session->no_track),
		"malformed", (json_int_t) atomic_load (&session->malformed),
		"silent_ms", (json_int_t) (heard_us ? (curia_clock_us () - heard_us) / 1000 : -1), "tracks", tracks, "slots", slots);
}
