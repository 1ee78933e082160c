#include "config.h"
#include "plugins/room/registry.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "curia-log.h"
#include "plugins/room/batch.h"
#include "plugins/room/calls.h"
#include "plugins/room/control.h"
#include "plugins/room/lasting.h"
#include "plugins/room/membership.h"
#include "plugins/room/notify.h"
#include "plugins/room/outbox.h"
#include "plugins/room/settings.h"
#include "plugins/room/vacancy.h"

#define TICK_MS (SPEAKER_TICK_US / 1000)
#define VACANCY_MS 1000 /* between two looks at the empty meetings */

static struct {
	CuriaNode *node;
	GHashTable *rooms;    /* code -> Room, owned */
	GHashTable *tickets;  /* ticket -> Participant, both borrowed */
	GPtrArray *marked;    /* rooms to flush */
	GSource *timer;       /* NULL while there is no room */
	Vacancies *vacancies; /* meetings that end when nobody comes */
	GSource *vacancy_timer; /* NULL while there is none */
	guint ready_id, bus_id, cluster_id;
	gboolean stopping;
} registry;

CuriaNode *registry_node (void)
{
	return registry.node;
}

/* ---- the bus ---- */

static void on_ready (const char *topic G_GNUC_UNUSED, json_t *message G_GNUC_UNUSED, CuriaBusRequest *request,
	gpointer data G_GNUC_UNUSED)
{
	if (!request)
		return;
	json_t *yes = json_object ();
	curia_bus_answer (request, yes, NULL);
	json_decref (yes);
}

/* ---- rooms ---- */

static gboolean on_tick (gpointer data G_GNUC_UNUSED)
{
	gint64 now_us = curia_clock_us ();
	GHashTableIter iter;
	gpointer room;
	g_hash_table_iter_init (&iter, registry.rooms);
	while (g_hash_table_iter_next (&iter, NULL, &room))
		room_tick (room, now_us);
	if (registry.marked->len > 0)
		control_touch ();
	return G_SOURCE_CONTINUE;
}

static void clear_source (GSource **source)
{
	if (*source)
		g_source_destroy (*source);
	g_clear_pointer (source, g_source_unref);
}

static gboolean on_vacancy (gpointer data G_GNUC_UNUSED)
{
	for (char *code; (code = vacancy_take_due (registry.vacancies, curia_clock_us ())); g_free (code))
		lasting_deserted (code);
	if (vacancy_is_none (registry.vacancies))
		clear_source (&registry.vacancy_timer);
	return G_SOURCE_CONTINUE;
}

static void note_vacancy (const Room *room)
{
	int minutes = room->meeting->rules.end_when_empty_min;
	if (minutes == 0 || room->ended || registry.stopping)
		return;
	vacancy_add (registry.vacancies, room->meeting->code, curia_clock_us () + minutes * G_TIME_SPAN_MINUTE);
	if (!registry.vacancy_timer)
		registry.vacancy_timer = control_timer (VACANCY_MS, on_vacancy, NULL);
}

static void close_room (Room *room)
{
	note_vacancy (room);
	notify_call_ended (room, !room->ended ? "empty" : registry.stopping ? "shutdown" : "ended");
	curia_bus_unsubscribe (curia_node_bus (registry.node), room->bus_id);
	curia_cluster_release (curia_node_cluster (registry.node), room->meeting->code);
	curia_log_info ("room", "%s: closed", room->meeting->code);
	g_hash_table_remove (registry.rooms, room->meeting->code);
	if (g_hash_table_size (registry.rooms) == 0)
		clear_source (&registry.timer);
}

void registry_flush (void)
{
	gint64 now_us = curia_clock_us ();
	for (guint i = 0; i < registry.marked->len; i++)
		room_update (registry.marked->pdata[i], now_us);
}

void registry_tell (void)
{
	for (guint i = 0; i < registry.marked->len; i++) {
		Room *room = registry.marked->pdata[i];
		room->marked = FALSE;
		if (room_is_deserted (room))
			close_room (room);
		else
			room_tell (room);
	}
	g_ptr_array_set_size (registry.marked, 0);
}

void registry_mark (Room *room)
{
	if (room->marked)
		return;
	room->marked = TRUE;
	g_ptr_array_add (registry.marked, room);
}

Room *registry_lookup (const char *code)
{
	return g_hash_table_lookup (registry.rooms, code);
}

/* The meeting may have been ended, or its rules changed, between the lookup and our subscription: a room that opens looks again. */
static void verify_open (gpointer data)
{
	g_autofree char *code = data;
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaMeeting) meeting = curia_store_meeting_lookup (curia_node_store (registry.node), code, &error);
	if (meeting && meeting->ended_ms)
		calls_end (code);
	else if (meeting)
		calls_rules (meeting);
}

Room *registry_open (const CuriaMeeting *meeting, GError **error)
{
	Room *room = registry_lookup (meeting->code);
	if (room) {
		room_refresh (room, meeting);
		return room;
	}
	if (g_hash_table_size (registry.rooms) >= settings.max_rooms) {
		curia_throw (error, CURIA_ERROR_OVERLOADED, "this server has %u meetings running, which is all it may have", settings.max_rooms);
		return NULL;
	}
	room = room_new (meeting);
	vacancy_remove (registry.vacancies, meeting->code);
	g_hash_table_insert (registry.rooms, room->meeting->code, room);
	g_autofree char *topic = g_strconcat ("meeting.", meeting->code, NULL);
	room->bus_id = curia_bus_subscribe (curia_node_bus (registry.node), topic, calls_on_bus, NULL);
	curia_cluster_hold (curia_node_cluster (registry.node), meeting->code);
	outbox_run (verify_open, g_strdup (meeting->code));
	if (!registry.timer)
		registry.timer = control_timer (TICK_MS, on_tick, NULL);
	curia_log_info ("room", "%s: opened", meeting->code);
	notify_call_started (room);
	registry_mark (room);
	return room;
}

/* ---- news of the other nodes ---- */

/* What they said while they could not be heard: that a meeting has ended, and its rules, are in the store. */
static void verify_all (gpointer data G_GNUC_UNUSED)
{
	GHashTableIter iter;
	gpointer code;
	g_hash_table_iter_init (&iter, registry.rooms);
	while (g_hash_table_iter_next (&iter, &code, NULL))
		outbox_run (verify_open, g_strdup (code));
}

static void on_bus_state (const char *topic G_GNUC_UNUSED, json_t *message, CuriaBusRequest *request G_GNUC_UNUSED,
	gpointer data G_GNUC_UNUSED)
{
	if (g_strcmp0 (json_string_value (json_object_get (message, "state")), "up") == 0)
		control_post (verify_all, NULL, NULL);
}

static void on_room_lost (gpointer code)
{
	Room *room = registry_lookup (code);
	if (room)
		room_move (room);
}

static void on_cluster (const char *topic G_GNUC_UNUSED, json_t *message, CuriaBusRequest *request G_GNUC_UNUSED,
	gpointer data G_GNUC_UNUSED)
{
	const char *code = json_string_value (json_object_get (message, "lost"));
	if (code)
		control_post (on_room_lost, g_strdup (code), g_free);
}

/* ---- tickets ---- */

void registry_add_ticket (Participant *participant)
{
	g_hash_table_insert (registry.tickets, participant->ticket, participant);
}

void registry_forget_ticket (const char *ticket)
{
	g_hash_table_remove (registry.tickets, ticket);
}

Participant *registry_find_ticket (const char *ticket)
{
	return g_hash_table_lookup (registry.tickets, ticket);
}

/* ---- life ---- */

void registry_start (CuriaNode *node, ControlFunc after_batch)
{
	registry.node = node;
	registry.rooms = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) room_free);
	registry.tickets = g_hash_table_new (g_str_hash, g_str_equal);
	registry.marked = g_ptr_array_new ();
	registry.vacancies = vacancy_new ();
	control_start (after_batch);
	registry.ready_id = curia_bus_subscribe (curia_node_bus (node), "room", on_ready, NULL);
	registry.bus_id = curia_bus_subscribe (curia_node_bus (node), "local.bus", on_bus_state, NULL);
	registry.cluster_id = curia_bus_subscribe (curia_node_bus (node), "local.cluster", on_cluster, NULL);
}

static void end_all (gpointer data G_GNUC_UNUSED)
{
	registry.stopping = TRUE;
	clear_source (&registry.vacancy_timer);
	GHashTableIter iter;
	gpointer room;
	g_hash_table_iter_init (&iter, registry.rooms);
	while (g_hash_table_iter_next (&iter, NULL, &room))
		room_end (room);
}

void registry_stop (void)
{
	curia_bus_unsubscribe (curia_node_bus (registry.node), registry.ready_id);
	curia_bus_unsubscribe (curia_node_bus (registry.node), registry.bus_id);
	curia_bus_unsubscribe (curia_node_bus (registry.node), registry.cluster_id);
	control_call (end_all, NULL, NULL, 5000);
	control_stop ();
	g_clear_pointer (&registry.rooms, g_hash_table_unref);
	g_clear_pointer (&registry.tickets, g_hash_table_unref);
	g_clear_pointer (&registry.marked, g_ptr_array_unref);
	g_clear_pointer (&registry.vacancies, g_hash_table_unref);
}

void registry_each (void (*func) (Room *room, gpointer data), gpointer data)
{
	GHashTableIter iter;
	gpointer room;
	g_hash_table_iter_init (&iter, registry.rooms);
	while (g_hash_table_iter_next (&iter, NULL, &room))
		func (room, data);
}

json_t *registry_dump (void)
{
	json_t *rooms = json_array ();
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init (&iter, registry.rooms);
	while (g_hash_table_iter_next (&iter, NULL, &value)) {
		Room *room = value;
		json_t *entry = room_live_to_json (room);
		json_object_set_new (entry, "code", json_string (room->meeting->code));
		json_array_append_new (rooms, entry);
	}
	return json_pack ("{s:o s:I s:I}", "rooms", rooms, "events_dropped", (json_int_t) outbox_dropped (),
		"batched_packets_dropped", (json_int_t) batch_dropped ());
}
