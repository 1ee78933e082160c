#include "curia-history.h"

#include <string.h>

void
curia_call_free (CuriaCall *self)
{
	if (self == NULL)
		return;
	char *texts[] = { self->id, self->meeting, self->code, self->title, self->node, self->end_reason };
	for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
		g_free (texts[i]);
	g_free (self);
}

void
curia_participation_free (CuriaParticipation *self)
{
	char *texts[] = { self->id, self->participant, self->identity, self->name, self->role, self->leave_reason };
	for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
		g_free (texts[i]);
	g_free (self);
}

void
curia_join_failure_free (CuriaJoinFailure *self)
{
	g_free (self->identity);
	g_free (self->error);
	g_free (self->detail);
	g_free (self);
}

void
curia_event_free (CuriaEvent *self)
{
	char *texts[] = { self->id, self->type, self->meeting, self->call, self->data };
	for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
		g_free (texts[i]);
	g_free (self);
}

/* ---- times ---- */

gint64
curia_call_until (const CuriaCall *call, gint64 now_ms)
{
	return call->ended_ms != 0 ? call->ended_ms : MAX (now_ms, call->started_ms);
}

gint64
curia_participation_until (const CuriaParticipation *self, gint64 until_ms)
{
	return MAX (self->joined_ms, self->left_ms != 0 ? self->left_ms : until_ms);
}

/* ---- people ---- */

void
curia_attendee_free (CuriaAttendee *self)
{
	g_ptr_array_unref (self->participations);
	g_free (self);
}

static CuriaAttendee *
attendee_new (const CuriaParticipation *first)
{
	CuriaAttendee *self = g_new0 (CuriaAttendee, 1);
	self->identity = first->identity;
	self->participations = g_ptr_array_new ();
	self->joined_ms = first->joined_ms;
	self->join_ms = -1;
	return self;
}

/* `covered_ms`: until when presence is counted already, so that what overlaps counts once. */
static void
attend (CuriaAttendee *self, CuriaParticipation *participation, gint64 until_ms, gint64 *covered_ms)
{
	gint64 from_ms = MAX (participation->joined_ms, *covered_ms);
	gint64 to_ms = curia_participation_until (participation, until_ms);
	g_ptr_array_add (self->participations, participation);
	self->name = participation->name;
	self->role = participation->role;
	self->present_ms += MAX (0, to_ms - from_ms);
	*covered_ms = MAX (*covered_ms, to_ms);
	self->spoke_ms += participation->spoke_ms;
	self->reconnects += participation->reconnects;
	if (self->join_ms < 0)
		self->join_ms = participation->join_ms;
}

static void
attend_all (CuriaAttendee *self, const GPtrArray *taken, gint64 until_ms)
{
	gint64 covered_ms = 0, left_ms = 0;
	gboolean present = FALSE;
	for (guint i = 0; i < taken->len; i++) {
		CuriaParticipation *participation = taken->pdata[i];
		attend (self, participation, until_ms, &covered_ms);
		present |= participation->left_ms == 0;
		left_ms = MAX (left_ms, participation->left_ms);
	}
	self->left_ms = present ? 0 : left_ms;
}

GPtrArray *
curia_history_attendees (const GPtrArray *participations, gint64 until_ms)
{
	GPtrArray *people = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_attendee_free);
	g_autoptr (GHashTable) by_identity = g_hash_table_new (g_str_hash, g_str_equal);
	g_autoptr (GPtrArray) groups = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
	for (guint i = 0; i < participations->len; i++) {
		CuriaParticipation *participation = participations->pdata[i];
		const char *key = participation->identity[0] != '\0' ? participation->identity : participation->id;
		GPtrArray *group = g_hash_table_lookup (by_identity, key);
		if (group == NULL) {
			group = g_ptr_array_new ();
			g_ptr_array_add (groups, group);
			g_ptr_array_add (people, attendee_new (participation));
			g_hash_table_insert (by_identity, (gpointer) key, group);
		}
		g_ptr_array_add (group, participation);
	}
	for (guint i = 0; i < people->len; i++)
		attend_all (people->pdata[i], groups->pdata[i], until_ms);
	return people;
}

/* ---- totals ---- */

typedef struct {
	gint64 time_ms;
	int step; /* +1: came, -1: went */
} Change;

/* Who goes makes room for who comes in the same millisecond. */
static gint
compare_changes (gconstpointer a, gconstpointer b)
{
	const Change *x = a, *y = b;
	if (x->time_ms != y->time_ms)
		return x->time_ms < y->time_ms ? -1 : 1;
	return x->step - y->step;
}

static int
peak_of (const GPtrArray *participations, gint64 until_ms)
{
	g_autoptr (GArray) changes = g_array_new (FALSE, FALSE, sizeof (Change));
	int now = 0, peak = 0;
	for (guint i = 0; i < participations->len; i++) {
		const CuriaParticipation *participation = participations->pdata[i];
		/* even the shortest visit was one */
		gint64 until = MAX (curia_participation_until (participation, until_ms), participation->joined_ms + 1);
		g_array_append_val (changes, ((Change) { participation->joined_ms, 1 }));
		g_array_append_val (changes, ((Change) { until, -1 }));
	}
	g_array_sort (changes, compare_changes);
	for (guint i = 0; i < changes->len; i++) {
		now += g_array_index (changes, Change, i).step;
		peak = MAX (peak, now);
	}
	return peak;
}

static gint
compare_numbers (gconstpointer a, gconstpointer b)
{
	gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;
	return x < y ? -1 : x > y;
}

/* The nearest rank: the smallest value that pct of all do not exceed. */
static gint64
percentile (const GArray *sorted, guint pct)
{
	if (sorted->len == 0)
		return -1;
	guint rank = (guint) (((guint64) sorted->len * pct + 99) / 100);
	return g_array_index (sorted, gint64, MAX (rank, 1) - 1);
}

static void
add_join_times (CuriaCallTotals *totals, const GPtrArray *participations)
{
	g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
	for (guint i = 0; i < participations->len; i++) {
		const CuriaParticipation *participation = participations->pdata[i];
		if (participation->join_ms >= 0)
			g_array_append_val (times, participation->join_ms);
	}
	g_array_sort (times, compare_numbers);
	totals->connected = (int) times->len;
	totals->join_median_ms = percentile (times, 50);
	totals->join_p95_ms = percentile (times, 95);
}

CuriaCallTotals
curia_history_totals (const GPtrArray *participations, gint64 until_ms)
{
	g_autoptr (GPtrArray) people = curia_history_attendees (participations, until_ms);
	CuriaCallTotals totals = { .people = (int) people->len, .participations = (int) participations->len };
	for (guint i = 0; i < people->len; i++) {
		const CuriaAttendee *person = people->pdata[i];
		totals.person_ms += person->present_ms;
		totals.spoke_ms += person->spoke_ms;
		totals.reconnects += person->reconnects;
	}
	totals.peak = peak_of (participations, until_ms);
	add_join_times (&totals, participations);
	return totals;
}
