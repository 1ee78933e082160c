#include "config.h"
#include "plugins/room/metrics.h"

#include "curia-fields.h"
#include "curia-metrics.h"
#include "plugins/room/batch.h"
#include "plugins/room/control.h"
#include "plugins/room/outbox.h"
#include "plugins/room/registry.h"

#define WAIT_MS 500

typedef struct {
	guint64 received[METRICS_N_RECEIVED], forwarded[SLOT_N_VERDICTS], in_bytes, out_bytes;
} Counts;

/* What the control thread is asked for; it may come too late for who waits. */
typedef struct {
	gint refs;
	guint meetings, participants, viewers, away, publishers, paused;
	guint tracks[SOURCE_N][CODEC_N];
} Gauges;

static struct {
	_Atomic guint64 received[METRICS_N_RECEIVED], forwarded[SLOT_N_VERDICTS], in_bytes, out_bytes;
} kept; /* of those that are gone */

static guint collector;

/* ---- counters ---- */

#define LOAD(counter) atomic_load_explicit (&(counter), memory_order_relaxed)
#define ADD(counter, n) atomic_fetch_add_explicit (&(counter), n, memory_order_relaxed)

static void count_track (Counts *self, const Track *const_track)
{
	Track *track = (Track *) const_track;
	guint64 empty = LOAD (track->empty); /* before all of them */
	self->received[METRICS_EMPTY] += empty;
	self->received[METRICS_TAKEN] += LOAD (track->packets) - empty;
	self->received[METRICS_WRONG_TYPE] += LOAD (track->wrong_type);
	self->received[METRICS_WRONG_LAYER] += LOAD (track->wrong_layer);
	self->in_bytes += LOAD (track->bytes);
}

static void count_slot (Counts *self, Slot *slot)
{
	guint64 verdicts[SLOT_N_VERDICTS];
	self->out_bytes += slot_counts (slot, verdicts);
	for (int i = 0; i < SLOT_N_VERDICTS; i++)
		self->forwarded[i] += verdicts[i];
}

static void count_session (Counts *self, const Session *session)
{
	self->received[METRICS_MALFORMED] += LOAD (((Session *) session)->malformed);
	self->received[METRICS_NO_TRACK] += LOAD (((Session *) session)->no_track);
}

static void keep (const Counts *counts)
{
	for (int i = 0; i < METRICS_N_RECEIVED; i++)
		ADD (kept.received[i], counts->received[i]);
	for (int i = 0; i < SLOT_N_VERDICTS; i++)
		ADD (kept.forwarded[i], counts->forwarded[i]);
	ADD (kept.in_bytes, counts->in_bytes);
	ADD (kept.out_bytes, counts->out_bytes);
}

void metrics_keep_slot (const Slot *slot)
{
	Counts counts = { 0 };
	count_slot (&counts, (Slot *) slot);
	keep (&counts);
}

void metrics_keep_track (const Track *track)
{
	Counts counts = { 0 };
	count_track (&counts, track);
	keep (&counts);
}

void metrics_keep_session (const Session *session)
{
	Counts counts = { 0 };
	count_session (&counts, session);
	keep (&counts);
}

static void load_kept (Counts *self)
{
	for (int i = 0; i < METRICS_N_RECEIVED; i++)
		self->received[i] = LOAD (kept.received[i]);
	for (int i = 0; i < SLOT_N_VERDICTS; i++)
		self->forwarded[i] = LOAD (kept.forwarded[i]);
	self->in_bytes = LOAD (kept.in_bytes);
	self->out_bytes = LOAD (kept.out_bytes);
}

static void count_sections (Counts *self, Session *session)
{
	g_autoptr (Sections) sections = session_sections (session);
	for (int i = 0; sections && i < SESSION_MAX_SECTIONS; i++) {
		if (sections->tracks[i])
			count_track (self, sections->tracks[i]);
		if (sections->slots[i])
			count_slot (self, sections->slots[i]);
	}
}

/* What is on its way between the living and the kept is missing for a moment: a counter never goes back. */
static void raise_to (CuriaMetric metric, const char *value, guint64 total)
{
	CuriaSeries *series = curia_metrics_series (metric, value, NULL);
	if ((gint64) total > curia_series_value (series))
		curia_series_set (series, (gint64) total);
}

static const char *received_name (int verdict)
{
	static const char *const names[] = {
#define X(verdict, name) name,
		METRICS_RECEIVED (X)
#undef X
	};
	return names[verdict];
}

static void collect_counters (void)
{
	Counts counts;
	load_kept (&counts); /* first: what is kept meanwhile is then missing, and not there twice */
	g_autoptr (GPtrArray) sessions = sessions_all ();
	for (guint i = 0; i < sessions->len; i++) {
		count_session (&counts, sessions->pdata[i]);
		count_sections (&counts, sessions->pdata[i]);
	}
	for (int i = 0; i < METRICS_N_RECEIVED; i++)
		raise_to (CURIA_METRIC_PACKETS_RECEIVED, received_name (i), counts.received[i]);
	for (int i = 0; i < SLOT_N_VERDICTS; i++)
		raise_to (CURIA_METRIC_PACKETS_FORWARDED, slot_verdict_name (i), counts.forwarded[i]);
	raise_to (CURIA_METRIC_MEDIA_BYTES, "in", counts.in_bytes);
	raise_to (CURIA_METRIC_MEDIA_BYTES, "out", counts.out_bytes);
	raise_to (CURIA_METRIC_ROOM_EVENTS_DROPPED, NULL, outbox_dropped ());
	raise_to (CURIA_METRIC_ROOM_BATCH_DROPPED, NULL, batch_dropped ());
}

/* ---- gauges ---- */

static void gauges_unref (gpointer data)
{
	Gauges *self = data;
	if (g_atomic_int_dec_and_test (&self->refs))
		g_free (self);
}

static void look_at_participant (Gauges *self, const Participant *participant)
{
	if (participant->viewer)
		self->viewers++;
	else
		self->participants++;
	self->away += participant->away;
	self->publishers += participant_publishes (participant);
	for (int i = 0; i < SOURCE_N; i++)
		if (participant->tracks[i])
			self->tracks[i][participant->tracks[i]->codec]++;
	for (guint i = 0; participant->viewing && i < participant->viewing->n_video; i++)
		self->paused += participant->viewing->video[i].told.no_bandwidth;
}

static void look_at_room (Room *room, gpointer data)
{
	Gauges *self = data;
	self->meetings++;
	for (guint i = 0; i < room->participants->len; i++)
		look_at_participant (self, room->participants->pdata[i]);
}

static void on_look (gpointer data)
{
	registry_each (look_at_room, data);
}

static void show (const Gauges *self)
{
	curia_metrics_set (CURIA_METRIC_MEETINGS, NULL, NULL, self->meetings);
	curia_metrics_set (CURIA_METRIC_PARTICIPANTS, "participant", NULL, self->participants);
	curia_metrics_set (CURIA_METRIC_PARTICIPANTS, "viewer", NULL, self->viewers);
	curia_metrics_set (CURIA_METRIC_PARTICIPANTS_AWAY, NULL, NULL, self->away);
	curia_metrics_set (CURIA_METRIC_PUBLISHERS, NULL, NULL, self->publishers);
	curia_metrics_set (CURIA_METRIC_SLOTS_PAUSED, NULL, NULL, self->paused);
	curia_metrics_clear (CURIA_METRIC_TRACKS);
	for (int source = 0; source < SOURCE_N; source++)
		for (int codec = 0; codec < CODEC_N; codec++)
			if (self->tracks[source][codec])
				curia_metrics_set (CURIA_METRIC_TRACKS, source_name (source), codec_name (codec), self->tracks[source][codec]);
}

static void collect_gauges (void)
{
	Gauges *gauges = g_new0 (Gauges, 1);
	gauges->refs = 2;
	if (control_call (on_look, gauges, gauges_unref, WAIT_MS))
		show (gauges);
	else
		curia_metrics_add (CURIA_METRIC_SCRAPE_PARTS_UNANSWERED, NULL, NULL, 1);
	gauges_unref (gauges);
}

static void collect (gpointer data G_GNUC_UNUSED)
{
	collect_counters ();
	collect_gauges ();
}

/* ---- what happens seldom ---- */

static const char *kind_name (SessionKind kind)
{
	return kind == SESSION_VIEW ? "view" : "publish";
}

void metrics_negotiated (SessionKind kind)
{
	curia_metrics_add (CURIA_METRIC_CONNECTION_ATTEMPTS, kind_name (kind), NULL, 1);
}

void metrics_connected (SessionKind kind)
{
	curia_metrics_add (CURIA_METRIC_CONNECTION_SUCCESSES, kind_name (kind), NULL, 1);
}

void metrics_reported (guint expected, guint lost)
{
	curia_metrics_add (CURIA_METRIC_REPORTED_PACKETS, NULL, NULL, expected);
	curia_metrics_add (CURIA_METRIC_REPORTED_LOST, NULL, NULL, lost);
}

/* -1: not known. */
static void observe (const json_t *figures, const char *name, CuriaMetric metric, const char *value)
{
	gint64 figure = curia_json_int ((json_t *) figures, name, -1);
	if (figure >= 0)
		curia_metrics_observe (metric, value, NULL, figure);
}

void metrics_quality (const json_t *figures)
{
	observe (figures, "rtt_us", CURIA_METRIC_ROUND_TRIP_US, NULL);
	observe (figures, "down_loss_ppm", CURIA_METRIC_LOSS_PPM, "down");
	observe (figures, "up_loss_ppm", CURIA_METRIC_LOSS_PPM, "up");
	observe (figures, "down_jitter_us", CURIA_METRIC_JITTER_US, "down");
	observe (figures, "up_jitter_us", CURIA_METRIC_JITTER_US, "up");
	curia_metrics_add (CURIA_METRIC_FREEZES, NULL, NULL, curia_json_int ((json_t *) figures, "freezes", 0));
	curia_metrics_add (CURIA_METRIC_FROZEN_US, NULL, NULL, curia_json_int ((json_t *) figures, "frozen_ms", 0) * 1000);
}

/* ---- life ---- */

void metrics_start (void)
{
	static const CuriaMetric from_the_beginning[] = {
		CURIA_METRIC_MEETINGS, CURIA_METRIC_MEETINGS_OPENED, CURIA_METRIC_PARTICIPANTS, CURIA_METRIC_PARTICIPANTS_AWAY,
		CURIA_METRIC_PUBLISHERS, CURIA_METRIC_TRACKS, CURIA_METRIC_SLOTS_PAUSED, CURIA_METRIC_PACKETS_RECEIVED,
		CURIA_METRIC_PACKETS_FORWARDED, CURIA_METRIC_MEDIA_BYTES, CURIA_METRIC_REPORTED_PACKETS, CURIA_METRIC_REPORTED_LOST,
		CURIA_METRIC_LOSS_PPM, CURIA_METRIC_ROUND_TRIP_US, CURIA_METRIC_JITTER_US, CURIA_METRIC_FREEZES, CURIA_METRIC_FROZEN_US,
		CURIA_METRIC_JOINS, CURIA_METRIC_JOIN_US, CURIA_METRIC_CONNECTION_ATTEMPTS, CURIA_METRIC_CONNECTION_SUCCESSES,
		CURIA_METRIC_ROOM_EVENTS_DROPPED, CURIA_METRIC_ROOM_BATCH_DROPPED, CURIA_METRIC_SCRAPE_PARTS_UNANSWERED,
	};
	for (guint i = 0; i < G_N_ELEMENTS (from_the_beginning); i++)
		curia_metrics_touch (from_the_beginning[i]);
	collector = curia_metrics_add_collector (collect, NULL);
}

void metrics_stop (void)
{
	curia_metrics_remove_collector (collector);
}
