#include "config.h"
#include "plugins/room/tally.h"

#include "plugins/room/metrics.h"
#include "plugins/room/notify.h"
#include "plugins/room/settings.h"

#define LEAST_US (100 * G_TIME_SPAN_MILLISECOND) /* nothing can be said of less */

static const TallyReport no_report = { 0, 0, TALLY_UNKNOWN, TALLY_UNKNOWN, TALLY_UNKNOWN };

void tally_start (Tally *self, gint64 now_us)
{
	*self = (Tally) { .admitted_us = now_us, .looked_us = now_us, .reported = no_report };
}

void tally_add_sent (Tally *self, guint64 bytes)
{
	self->down_bytes += bytes;
}

void tally_add_receipt (Tally *self, guint expected, guint lost, guint jitter_us)
{
	metrics_reported (expected, lost);
	self->expected += expected;
	self->lost += lost;
	self->jitter_us = MAX (self->jitter_us, jitter_us);
}

void tally_add_speech (Tally *self, gint64 us)
{
	self->spoke_us += us;
}

void tally_add_report (Tally *self, const TallyReport *report)
{
	TallyReport *sum = &self->reported;
	/* each report is within its bounds; so is the sum, however many come */
	sum->freezes = MIN (sum->freezes + report->freezes, TALLY_MAX_FREEZES);
	sum->frozen_ms = MIN (sum->frozen_ms + report->frozen_ms, TALLY_MAX_FROZEN_MS);
	if (report->up_loss_ppm >= 0)
		sum->up_loss_ppm = report->up_loss_ppm;
	if (report->up_jitter_us >= 0)
		sum->up_jitter_us = report->up_jitter_us;
	if (report->rtt_us >= 0)
		sum->rtt_us = report->rtt_us;
}

/* ---- looking ---- */

/* A track that was replaced counts from nothing. */
static void count_uplink (Participant *participant)
{
	Tally *self = &participant->tally;
	for (int i = 0; i < SOURCE_N; i++) {
		guint64 bytes = participant->tracks[i] ? atomic_load_explicit (&participant->tracks[i]->bytes, memory_order_relaxed) : 0;
		self->up_bytes += bytes >= self->up_counted[i] ? bytes - self->up_counted[i] : bytes;
		self->up_counted[i] = bytes;
	}
}

static gint64 bps (guint64 bytes, gint64 us)
{
	return (gint64) (bytes * 8 * G_USEC_PER_SEC / (guint64) us);
}

static guint count_paused (const Viewing *viewing)
{
	guint n = 0;
	for (guint i = 0; viewing && i < viewing->n_video; i++)
		n += viewing->video[i].told.no_bandwidth;
	return n;
}

/* The server's own round trip is taken on the packets' road; else what the client sees on the way up. */
static gint64 round_trip_us (const Participant *participant)
{
	guint rtt_us = participant->viewing ? estimate_rtt_us (&participant->viewing->bandwidth.estimate) : 0;
	return rtt_us ? (gint64) rtt_us : participant->tally.reported.rtt_us;
}

static json_t *figures (const Participant *participant, gint64 us)
{
	const Tally *self = &participant->tally;
	const Viewing *viewing = participant->viewing;
	json_int_t loss_ppm = self->expected ? (json_int_t) (self->lost * 1000000 / self->expected) : TALLY_UNKNOWN;
	json_int_t estimate_bps = viewing ? (json_int_t) estimate_budget_bps (&viewing->bandwidth.estimate) : TALLY_UNKNOWN;
	return json_pack ("{s:I s:I s:I s:I s:I s:I s:I s:I s:i s:I s:I s:I}", "rtt_us", (json_int_t) round_trip_us (participant),
		"down_bps", (json_int_t) bps (self->down_bytes, us), "down_loss_ppm", loss_ppm,
		"down_jitter_us", self->expected ? (json_int_t) self->jitter_us : TALLY_UNKNOWN,
		"up_bps", (json_int_t) bps (self->up_bytes, us), "up_loss_ppm", (json_int_t) self->reported.up_loss_ppm,
		"up_jitter_us", (json_int_t) self->reported.up_jitter_us, "estimate_bps", estimate_bps,
		"paused_slots", (int) count_paused (viewing), "freezes", (json_int_t) self->reported.freezes,
		"frozen_ms", (json_int_t) self->reported.frozen_ms,
		"spoke_ms", (json_int_t) (self->spoke_us / G_TIME_SPAN_MILLISECOND));
}

void tally_tell (Participant *participant, gint64 now_us)
{
	Tally *self = &participant->tally;
	gint64 us = now_us - self->looked_us;
	if (us < LEAST_US)
		return;
	count_uplink (participant);
	notify_quality (participant, figures (participant, us));
	self->looked_us = now_us;
	self->spoke_us %= G_TIME_SPAN_MILLISECOND; /* what was not told yet */
	self->down_bytes = self->up_bytes = self->expected = self->lost = 0;
	self->jitter_us = 0;
	self->reported = no_report;
}

static gboolean has_media (const Participant *participant)
{
	if (participant->tally.down_bytes)
		return TRUE;
	for (int i = 0; i < SOURCE_N; i++)
		if (participant->tracks[i] && atomic_load_explicit (&participant->tracks[i]->packets, memory_order_relaxed))
			return TRUE;
	return FALSE;
}

void tally_tick (Participant *participant, gint64 now_us)
{
	Tally *self = &participant->tally;
	if (!self->connected && has_media (participant)) {
		self->connected = TRUE;
		notify_media (participant, (now_us - self->admitted_us) / G_TIME_SPAN_MILLISECOND);
	}
	if (now_us - self->looked_us >= settings.quality_interval_us)
		tally_tell (participant, now_us);
}
