#include "config.h"
#include "tests/room/downlink.h"

#include <math.h>
#include <string.h>

#define MS(n) ((gint64) (n) * G_TIME_SPAN_MILLISECOND)
#define STEP_US MS (1)
#define TICK_US MS (100)
#define FRAME_US 33333
#define AUDIO_US MS (20)
#define AUDIO_BYTES 80
#define PACKET_BYTES 1100
#define HEADER_BYTES 40
#define DELAY_US MS (20)		/* each way */
#define KEYFRAME_WAIT_US MS (350)
#define KEYFRAME_SIZE 5			/* times a frame on average */
#define BIN_US MS (50)
#define AUDIO_STREAM DOWNLINK_VIDEOS
#define QUEUE_MIN_BYTES 15000

static const double shares[3] = { 0.4, 0.6, 1.0 };	/* of a layer's bits with so many temporal layers */
static const guint temporal_of[4] = { 0, 2, 1, 2 };

void downlink_init (Downlink *d, guint32 seed, const EstimateLimits *limits)
{
	*d = (Downlink) { .capacity_bps = 4000000, .queue_ms = 300, .has_remb = TRUE, .has_rtt = TRUE, .delay_us = DELAY_US, .wobble_pct = 10,
		.layer_bps = { 80000, 220000, 600000 }, .rand = g_rand_new_with_seed (seed) };
	estimate_init (&d->estimate, limits, 0);
	for (guint v = 0; v < DOWNLINK_VIDEOS; v++) {
		d->slots[v] = (AllocatorSlot) { .priority = v == 0 ? 1 : 2, .height = 720,
			.spatial = ALLOCATOR_PAUSED, .temporal = ALLOCATOR_PAUSED };
		d->videos[v].spatial = ALLOCATOR_PAUSED;
		d->videos[v].frame_us = (gint64) v * 7000;
		d->videos[v].wobble = 1;
	}
	d->tick_us = TICK_US;
	d->remb_due_us = d->report_us = MS (1000);
	d->bin_us = BIN_US;
	d->sr_us = -MS (500); /* halfway between the receiver's reports */
}

void downlink_clear (Downlink *d)
{
	g_clear_pointer (&d->rand, g_rand_free);
}

guint downlink_at_top (const Downlink *d)
{
	guint n = 0;
	for (guint v = 0; v < DOWNLINK_VIDEOS; v++)
		n += d->slots[v].reason == ALLOCATOR_AS_WISHED && d->videos[v].spatial == d->slots[v].spatial;
	return n;
}

guint downlink_shown (const Downlink *d)
{
	guint n = 0;
	for (guint v = 0; v < DOWNLINK_VIDEOS; v++)
		n += d->slots[v].spatial != ALLOCATOR_PAUSED;
	return n;
}

/* ---- the link ---- */

static void enqueue (Downlink *d, guint stream, guint bytes, gint64 media_us)
{
	*(stream == AUDIO_STREAM ? &d->audio_bytes : &d->video_bytes) += bytes;
	d->second_bytes += bytes + HEADER_BYTES;
	d->second_media_bytes += bytes;
	d->expected[stream]++;
	d->second_audio += stream == AUDIO_STREAM;
	guint64 limit = MAX (d->capacity_bps / 8 * d->queue_ms / 1000, QUEUE_MIN_BYTES);
	gboolean random = (guint) g_rand_int_range (d->rand, 0, 1000) < d->random_loss_permille;
	if (random || d->queued_bytes + bytes > limit || d->n_queued == DOWNLINK_MAX_QUEUE) {
		d->lost[stream]++;
		d->second_lost++;
		d->second_audio_lost += stream == AUDIO_STREAM;
		return;
	}
	d->queue[(d->head + d->n_queued++) % DOWNLINK_MAX_QUEUE] = (DownlinkPacket) {
		.bytes = bytes + HEADER_BYTES, .stream = stream, .sent_us = d->now_us, .media_us = media_us };
	d->queued_bytes += bytes + HEADER_BYTES;
}

/* RFC 3550 section 6.4.1, once for each frame as Chromium does. */
static void count_jitter (Downlink *d, const DownlinkPacket *p, gint64 transit_us)
{
	if (p->media_us == d->last_media_us[p->stream])
		return;
	double change = fabs ((double) (transit_us - d->last_transit_us[p->stream]));
	if (d->last_media_us[p->stream] != 0)
		d->jitter_us[p->stream] += (change - d->jitter_us[p->stream]) / 16;
	d->last_media_us[p->stream] = p->media_us;
	d->last_transit_us[p->stream] = transit_us;
}

static void deliver (Downlink *d)
{
	while (d->n_queued > 0) {
		DownlinkPacket *p = &d->queue[d->head];
		gint64 start_us = MAX (d->busy_until_us, p->sent_us);
		gint64 end_us = start_us + (gint64) ((guint64) p->bytes * 8 * G_USEC_PER_SEC / d->capacity_bps);
		if (end_us > d->now_us)
			return;
		d->busy_until_us = end_us;
		d->head = (d->head + 1) % DOWNLINK_MAX_QUEUE;
		d->n_queued--;
		d->queued_bytes -= p->bytes;
		gint64 delay_us = end_us - p->sent_us;
		d->second_delivered_bytes += p->bytes;
		if (p->stream != AUDIO_STREAM) { /* Chromium leaves audio out */
			d->received_bytes[0] += p->bytes;
			d->delay_sum += (double) delay_us;
			d->delay_n++;
		}
		d->max_delay_us = MAX (d->max_delay_us, delay_us);
		count_jitter (d, p, end_us - p->media_us);
	}
}

/* ---- the receiver: after libwebrtc's delay-based estimate with abs-send-time ---- */

static double incoming_bps (const Downlink *d)
{
	guint64 bytes = 0;
	for (guint i = 0; i < G_N_ELEMENTS (d->received_bytes); i++)
		bytes += d->received_bytes[i];
	return (double) bytes * 8;
}

static void send_remb (Downlink *d)
{
	d->remb_sent_bps = d->remb_bps;
	d->remb_due_us = d->now_us + MS (1000);
	if (d->has_remb)
		estimate_remb (&d->estimate, (guint64) d->remb_bps, d->now_us + d->delay_us);
}

static void control_rate (Downlink *d, gboolean over, gboolean under)
{
	double incoming = incoming_bps (d), seconds = (double) BIN_US / G_USEC_PER_SEC;
	if (d->remb_bps == 0) {
		if (d->now_us - d->began_us < MS (5000) && !over)
			return;
		d->remb_bps = incoming;
	}
	if (d->link_bps != 0 && incoming > d->link_bps * 1.3)
		d->link_bps = 0;
	if (over) {
		double decreased = incoming * 0.85;
		if (decreased >= d->remb_bps && d->link_bps != 0)
			decreased = d->link_bps * 0.85;
		d->link_bps = d->link_bps == 0 || incoming < d->link_bps * 0.7 ? incoming : d->link_bps * 0.95 + incoming * 0.05;
		if (decreased < d->remb_bps)
			d->remb_bps = decreased;
	} else if (!under && d->remb_bps < incoming * 1.5 + 10000) {
		double grown = d->link_bps != 0 ? d->remb_bps + MAX (4000, 9600 / 0.15) * seconds
			: d->remb_bps * pow (1.08, seconds) + 1000 * seconds;
		d->remb_bps = MIN (grown, incoming * 1.5 + 10000);
	}
	d->remb_bps = MAX (d->remb_bps, 5000);
}

/* Over: for two bins on end the mean delay of the bin is no less than in the one before, and over 25 ms more than five bins earlier.
 * (libwebrtc's detector fits a line through groups of packets, and its threshold moves.) */
static void end_bin (Downlink *d)
{
	double before = d->bin_delay[0], delay = d->delay_n == 0 ? before : d->delay_sum / d->delay_n;
	memmove (&d->bin_delay[1], &d->bin_delay[0], sizeof d->bin_delay - sizeof d->bin_delay[0]);
	d->bin_delay[0] = delay;
	d->delay_sum = d->delay_n = 0;
	double rise = delay - d->bin_delay[DOWNLINK_BINS - 1];
	d->n_over = rise > 25000 && delay >= before ? d->n_over + 1 : 0;
	if (incoming_bps (d) > 0)
		control_rate (d, d->n_over >= 2, rise < -25000);
	memmove (&d->received_bytes[1], &d->received_bytes[0], sizeof d->received_bytes - sizeof d->received_bytes[0]);
	d->received_bytes[0] = 0;
	if (d->remb_bps != 0 && (d->remb_bps < d->remb_sent_bps * 0.97 || d->now_us >= d->remb_due_us))
		send_remb (d);
}

static void send_sender_report (Downlink *d)
{
	d->sr_us = d->now_us;
	d->sr_delay_us = (gint64) (d->queued_bytes * 8 * G_USEC_PER_SEC / d->capacity_bps);
}

static void send_report (Downlink *d)
{
	guint expected = 0, lost = 0;
	double jitter = 0;
	for (guint s = 0; s <= AUDIO_STREAM; s++) {
		expected += d->expected[s];
		lost += d->lost[s];
		jitter = d->expected[s] > 0 ? MAX (jitter, d->jitter_us[s]) : jitter;
		d->expected[s] = d->lost[s] = 0;
	}
	if (d->has_rtt)
		estimate_rtt (&d->estimate, (guint) (2 * d->delay_us + d->sr_delay_us), d->sr_us);
	estimate_report (&d->estimate, expected, lost, (guint) jitter, d->now_us + d->delay_us);
	d->report_us = d->now_us + MS (1000);
}

/* ---- the sender ---- */

static void send_frame (Downlink *d, guint v, gboolean keyframe)
{
	guint t = temporal_of[d->videos[v].n_frame++ % 4];
	int s = d->videos[v].spatial;
	if (s < 0 || (!keyframe && (int) t > d->videos[v].temporal))
		return;
	/* Four frames of 30/s: one base, one middle, two upper. */
	static const double frame_shares[3] = { 0.4 * 4, 0.2 * 4, 0.4 * 2 };
	double bytes = (double) d->layer_bps[s] * d->videos[v].wobble / 8 / 30;
	bytes *= keyframe ? KEYFRAME_SIZE : frame_shares[t];
	bytes *= 0.85 + g_rand_double (d->rand) * 0.3;
	for (guint left = (guint) bytes; left > 0; left -= MIN (left, PACKET_BYTES))
		enqueue (d, v, MIN (left, PACKET_BYTES), d->now_us);
}

static void send_video (Downlink *d, guint v)
{
	const AllocatorSlot *slot = &d->slots[v];
	gboolean keyframe = FALSE;
	d->videos[v].frame_us += FRAME_US;
	if (slot->spatial == ALLOCATOR_PAUSED) {
		d->videos[v].spatial = ALLOCATOR_PAUSED;
		d->videos[v].switch_us = 0;
	} else if (slot->spatial != d->videos[v].spatial) {
		if (d->videos[v].switch_us == 0)
			d->videos[v].switch_us = d->now_us + KEYFRAME_WAIT_US;
		keyframe = d->now_us >= d->videos[v].switch_us;
		d->videos[v].temporal = slot->spatial < d->videos[v].spatial ? 0 : d->videos[v].temporal;
	}
	if (keyframe)
		d->videos[v].spatial = slot->spatial;
	if (slot->spatial == d->videos[v].spatial) {
		d->videos[v].temporal = slot->temporal;
		d->videos[v].switch_us = 0;
	}
	send_frame (d, v, keyframe);
}

/* What was measured of each layer lately. */
static void fill_ladder (Downlink *d, guint v, AllocatorLadder *ladder)
{
	*ladder = (AllocatorLadder) { .n_spatial = 3, .n_temporal = 3, .height = { 180, 360, 720 } };
	double noise = (double) d->wobble_pct / 100 * (g_rand_double (d->rand) * 2 - 1);
	for (guint s = 0; s < 3; s++)
		for (guint t = 0; t < 3; t++)
			ladder->bps[s][t] = (guint64) ((double) d->layer_bps[s] * shares[t] * d->videos[v].wobble * (1 + noise));
}

static void allocate (Downlink *d)
{
	allocator_prepare (&d->allocator, estimate_budget_bps (&d->estimate), 40000, d->now_us);
	for (guint v = 0; v < DOWNLINK_VIDEOS; v++) {
		fill_ladder (d, v, &d->slots[v].ladder);
		allocator_offer (&d->allocator, &d->slots[v]);
	}
	allocator_commit (&d->allocator);
	for (guint v = 0; v < DOWNLINK_VIDEOS; v++) {
		const AllocatorSlot *is = &d->allocator.slots[v];
		d->n_changes += is->spatial != d->slots[v].spatial || is->temporal != d->slots[v].temporal;
		d->slots[v] = *is;
	}
}

static void tick (Downlink *d)
{
	EstimateState before = estimate_state (&d->estimate);
	estimate_sent (&d->estimate, d->audio_bytes, d->video_bytes, d->now_us);
	d->audio_bytes = d->video_bytes = 0;
	gboolean moved = estimate_tick (&d->estimate, d->allocator.next_bps, d->now_us);
	d->n_probes += before != ESTIMATE_PROBING && estimate_state (&d->estimate) == ESTIMATE_PROBING;
	d->tick_us = d->now_us + TICK_US;
	if (moved || d->now_us % MS (500) < TICK_US)
		allocate (d);
}

static void wander (Downlink *d)
{
	for (guint v = 0; v < DOWNLINK_VIDEOS; v++) {
		double *w = &d->videos[v].wobble;
		*w += (1 - *w) * 0.02 + (g_rand_double (d->rand) - 0.5) * 0.0008 * d->wobble_pct;
	}
}

void downlink_run (Downlink *d, gint64 us)
{
	d->second_bytes = d->second_media_bytes = d->second_delivered_bytes = 0;
	d->max_delay_us = 0;
	d->second_lost = d->second_audio = d->second_audio_lost = 0;
	for (gint64 end_us = d->now_us + us; d->now_us < end_us; d->now_us += STEP_US) {
		for (guint v = 0; v < DOWNLINK_VIDEOS; v++)
			if (d->now_us >= d->videos[v].frame_us)
				send_video (d, v);
		if (d->now_us >= d->audio_us) {
			d->audio_us += AUDIO_US;
			enqueue (d, AUDIO_STREAM, AUDIO_BYTES, d->now_us + 1);
		}
		deliver (d);
		if (d->now_us >= d->bin_us) {
			d->bin_us += BIN_US;
			end_bin (d);
			wander (d);
		}
		if (d->now_us - d->sr_us >= MS (1000))
			send_sender_report (d);
		if (d->now_us >= d->report_us)
			send_report (d);
		if (d->now_us >= d->tick_us || d->estimate.remb_target_bps != 0)
			tick (d);
	}
}
