#include "config.h"
#include "plugins/room/lasting.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "curia-log.h"
#include "plugins/room/outbox.h"
#include "plugins/room/registry.h"

/* What is written, once a thread of the pool has time. */
typedef struct {
	char *code;
	gboolean locked;
} Note;

static void run (void (*func) (gpointer data), const char *code, gboolean locked)
{
	Note *note = g_new (Note, 1);
	*note = (Note) { g_strdup (code), locked };
	outbox_run (func, note);
}

static void note_free (Note *self)
{
	g_free (self->code);
	g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Note, note_free)

static CuriaStore *store (void)
{
	return curia_node_store (registry_node ());
}

static void warn (const Note *note, const char *what, const GError *error)
{
	curia_log_warning ("room", "%s: %s, but the store does not know: %s", note->code, what, error->message);
}

static void write_lock (gpointer data)
{
	g_autoptr (Note) note = data;
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaMeeting) meeting = curia_store_meeting_lookup (store (), note->code, &error);
	if (meeting) {
		meeting->rules.locked = note->locked;
		curia_store_meeting_update (store (), meeting, &error);
	}
	if (error)
		warn (note, note->locked ? "locked" : "unlocked", error);
}

void lasting_lock (Room *room)
{
	run (write_lock, room->meeting->code, room->meeting->rules.locked);
}

static void write_end (gpointer data)
{
	g_autoptr (Note) note = data;
	g_autoptr (GError) error = NULL;
	if (!curia_store_meeting_end (store (), note->code, curia_clock_wall_ms (), &error))
		warn (note, "ended", error);
}

void lasting_end (Room *room)
{
	run (write_end, room->meeting->code, FALSE);
}

static void publish (const char *topic, json_t *take_message)
{
	g_autoptr (GError) error = NULL;
	if (!curia_bus_publish (curia_node_bus (registry_node ()), topic, take_message, &error))
		curia_log_warning ("room", "nobody hears of %s: %s", topic, error->message);
	json_decref (take_message);
}

void lasting_removal (const Participant *participant, gboolean banned, const char *by, gint64 now_ms)
{
	const CuriaMeeting *meeting = participant->room->meeting;
	publish ("removals", json_pack ("{s:s s:s s:s s:s s:s s:b s:s s:I}", "event", "removed", "meeting_id", meeting->id,
		"code", meeting->code, "identity", participant->claims->identity, "name", participant->name, "banned", banned, "by", by,
		"time_ms", (json_int_t) now_ms));
}

static void check_deserted (gpointer data)
{
	g_autoptr (Note) note = data;
	g_autoptr (CuriaMeeting) meeting = curia_store_meeting_lookup (store (), note->code, NULL);
	json_t *present = curia_cluster_presence (curia_node_cluster (registry_node ()), note->code, NULL);
	if (meeting && !meeting->ended_ms && meeting->rules.end_when_empty_min > 0 && present && json_object_size (present) == 0)
		publish ("meetings.end", json_pack ("{s:s}", "code", note->code));
	json_decref (present);
}

void lasting_deserted (const char *code)
{
	run (check_deserted, code, FALSE);
}
