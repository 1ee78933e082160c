#include "upkeep.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "curia-fields.h"
#include "curia-log.h"
#include "curia-store-audit.h"
#include "curia-store-removals.h"
#include "live.h"
#include "workers.h"

#define QUEUE 1000
#define RETRY_US (2 * G_USEC_PER_SEC)

struct Upkeep {
	CuriaNode *node;
	Workers *worker; /* one: the bus' thread must not wait for the store */
	guint removals, ends; /* subscriptions */
	gint closing;    /* atomic */
};

typedef struct {
	Upkeep *upkeep;
	json_t *message;
} Task;

static void
task_free (gpointer data)
{
	Task *self = data;

	json_decref (self->message);
	g_free (self);
}

/* ---- removals ---- */

static const CuriaField removal_fields[] = {
	{ "meeting_id", CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 100 },
	{ "identity", CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 256 },
	{ "name", CURIA_FIELD_TEXT },
	{ "banned", CURIA_FIELD_BOOL },
	{ "by", CURIA_FIELD_STRING, .max = 256 },
	{ "time_ms", CURIA_FIELD_INT, .required = TRUE },
	{ 0 },
};

static gboolean
write_removal (CuriaNode *node, json_t *message, GError **error)
{
	const CuriaRemoval removal = {
		.meeting = (char *) curia_json_string (message, "meeting_id", ""),
		.identity = (char *) curia_json_string (message, "identity", ""),
		.name = (char *) curia_json_string (message, "name", ""),
		.removed_ms = curia_json_int (message, "time_ms", 0),
		.banned = curia_json_bool (message, "banned", FALSE),
		.removed_by = (char *) curia_json_string (message, "by", ""),
	};

	return curia_store_removal_add (curia_node_store (node), &removal, error);
}

/* ---- meetings that stood empty ---- */

static const CuriaField end_fields[] = {
	{ "code", CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 40 },
	{ 0 },
};

/* All nodes hear it, and one of them is the first. */
static gboolean
end_meeting (CuriaNode *node, json_t *message, GError **error)
{
	const char *code = curia_json_string (message, "code", "");
	g_autoptr (CuriaMeeting) meeting = curia_store_meeting_lookup (curia_node_store (node), code, error);

	if (meeting == NULL || meeting->ended_ms != 0 || meeting->rules.end_when_empty_min == 0)
		return meeting != NULL;
	if (!curia_store_meeting_end (curia_node_store (node), code, curia_clock_wall_ms (), error))
		return FALSE;
	g_autofree char *topic = api_live_topic (code);
	json_auto_t *told = json_pack ("{s:s, s:s}", "command", "end", "reason", "ended");
	curia_bus_publish (curia_node_bus (node), topic, told, NULL); /* whoever came in this very moment */
	curia_store_audit_add (curia_node_store (node), &(CuriaAudit) { .actor = "server", .action = "meeting.end", .meeting = meeting->id,
		.result = "done", .detail = "{\"reason\":\"empty\"}" });
	return TRUE;
}

/* ---- both ---- */

/* A store that is away comes back; what it will not have it will never have. Tries again until we leave, for who was removed must
 * not come back. Frees the task. */
static void
write_down (Task *task, const CuriaField *fields, gboolean (*write) (CuriaNode *node, json_t *message, GError **error))
{
	g_autoptr (GError) error = NULL;
	gboolean done = curia_fields_check (task->message, fields, FALSE, &error);

	while (done) {
		g_clear_error (&error);
		if (write (task->upkeep->node, task->message, &error) || g_atomic_int_get (&task->upkeep->closing)
			|| !(g_error_matches (error, CURIA_ERROR, CURIA_ERROR_UNAVAILABLE)
				|| g_error_matches (error, CURIA_ERROR, CURIA_ERROR_OVERLOADED)))
			break;
		g_usleep (RETRY_US);
	}
	if (error != NULL)
		curia_log_warning ("upkeep", "not written: %s", error->message);
	task_free (task);
}

static void
run_removal (gpointer data)
{
	write_down (data, removal_fields, write_removal);
}

static void
run_end (gpointer data)
{
	write_down (data, end_fields, end_meeting);
}

static void
push (Upkeep *self, json_t *message, void (*run) (gpointer data))
{
	Task *task = g_new (Task, 1);

	*task = (Task) { self, json_incref (message) };
	if (workers_push (self->worker, run, task, task_free))
		return;
	curia_log_error ("upkeep", "lost: %d wait already", QUEUE);
	task_free (task);
}

static void
on_removal (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	(void) topic;
	push (data, message, run_removal);
	if (request != NULL)
		curia_bus_answer (request, NULL, NULL);
}

static void
on_end (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data)
{
	(void) topic;
	push (data, message, run_end);
	if (request != NULL)
		curia_bus_answer (request, NULL, NULL);
}

Upkeep *
upkeep_new (CuriaNode *node)
{
	Upkeep *self = g_new0 (Upkeep, 1);

	self->node = node;
	self->worker = workers_new (1, QUEUE);
	self->removals = curia_bus_subscribe (curia_node_bus (node), "removals", on_removal, self);
	self->ends = curia_bus_subscribe (curia_node_bus (node), "meetings.end", on_end, self);
	return self;
}

void
upkeep_free (Upkeep *self)
{
	if (self == NULL)
		return;
	g_atomic_int_set (&self->closing, TRUE);
	curia_bus_unsubscribe (curia_node_bus (self->node), self->removals);
	curia_bus_unsubscribe (curia_node_bus (self->node), self->ends);
	workers_free (self->worker);
	g_free (self);
}
