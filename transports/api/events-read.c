#include "events-read.h"

#include <stdlib.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "events-socket.h"

void events_cursor_clear (EventsCursor *self)
{
	g_clear_pointer (&self->code, g_free);
	g_clear_pointer (&self->meeting, g_free);
}

char *events_text (const CuriaEvent *event)
{
	json_auto_t *data = json_loads (event->data, 0, NULL);
	g_autofree char *time = curia_clock_rfc3339 (event->time_ms);
	g_autofree char *code = g_strdup (curia_json_string (data, "code", ""));

	json_object_del (data, "code");
	json_auto_t *message = json_pack ("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:O}", "seq", (json_int_t) event->seq, "id", event->id,
		"type", event->type, "time", time, "meeting", event->meeting, "code", code, "call", event->call, "data",
		json_is_object (data) ? data : json_null ());
	return json_dumps (message, JSON_COMPACT);
}

/* Takes a text of jansson's. */
static void add (GPtrArray *texts, char *text)
{
	if (text)
		g_ptr_array_add (texts, text);
}

static gboolean refuse (EventsCursor *cursor, int code, const char *reason)
{
	cursor->close_code = code;
	cursor->close_reason = reason;
	return TRUE;
}

static gboolean find_meeting (CuriaStore *store, EventsCursor *cursor, GError **error)
{
	g_autoptr (GError) cause = NULL;
	g_autoptr (CuriaMeeting) meeting = cursor->code ? curia_store_meeting_lookup (store, cursor->code, &cause) : NULL;

	if (cursor->code == NULL)
		return TRUE;
	if (g_error_matches (cause, CURIA_ERROR, CURIA_ERROR_NO_SUCH_MEETING))
		return refuse (cursor, EVENTS_CLOSE_NO_MEETING, "There is no such meeting");
	if (meeting == NULL) {
		g_propagate_error (error, g_steal_pointer (&cause));
		return FALSE;
	}
	g_free (cursor->meeting);
	cursor->meeting = g_strdup (meeting->id);
	return TRUE;
}

/* What comes after the number must all be there: nobody is to believe that nothing is missing. */
static gboolean find_place (CuriaStore *store, EventsCursor *cursor, GError **error)
{
	gint64 first, last;

	if (!curia_store_events_range (store, &first, &last, error))
		return FALSE;
	if (cursor->after < 0)
		cursor->after = last;
	else if (cursor->after > last)
		return refuse (cursor, EVENTS_CLOSE_GONE, "No event has the number of after yet: is it another server's?");
	else if (cursor->after > 0 && cursor->after < (first > 0 ? first - 1 : last))
		return refuse (cursor, EVENTS_CLOSE_GONE, "What came next after that number is not kept any more");
	return TRUE;
}

static gboolean begin (CuriaStore *store, EventsCursor *cursor, GPtrArray *texts, GError **error)
{
	if (!find_meeting (store, cursor, error) || (cursor->close_code == 0 && !find_place (store, cursor, error)))
		return FALSE;
	if (cursor->close_code)
		return TRUE;
	cursor->begun = TRUE;
	json_auto_t *message = json_pack ("{s:s, s:I}", "type", "ready", "seq", (json_int_t) cursor->after);
	add (texts, json_dumps (message, JSON_COMPACT));
	return TRUE;
}

GPtrArray *events_read (CuriaStore *store, EventsCursor *cursor, gboolean *more, GError **error)
{
	g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (free);
	g_autoptr (GPtrArray) found = NULL;

	*more = FALSE;
	if (!cursor->begun && !begin (store, cursor, texts, error))
		return NULL;
	if (cursor->close_code)
		return g_steal_pointer (&texts);
	found = curia_store_events_after (store, cursor->meeting, cursor->after, EVENTS_READ_MAX, error);
	if (found == NULL) {
		cursor->begun = cursor->begun && texts->len == 0; /* so that the first message is not lost */
		return NULL;
	}
	for (guint i = 0; i < found->len; i++) {
		const CuriaEvent *event = found->pdata[i];

		cursor->after = event->seq;
		add (texts, events_text (event));
	}
	*more = found->len == EVENTS_READ_MAX;
	return g_steal_pointer (&texts);
}
