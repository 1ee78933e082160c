#include "config.h"
#include "plugins/room/estimate-private.h"

#define SENT_SMOOTHING_US MS (500)	/* half of the window in which Chromium measures what it receives */
#define JITTER_INTERVAL_US MS (950)
#define MAX_JITTER_US MS (10000)
#define RTT_WINDOW_US MS (40000)	/* the shortest of this and the one before counts: a path may become longer */
#define REMB_DROP_PCT 97		/* libwebrtc sends it at once when it falls below this */
#define REMB_TELLS_PCT 70		/* one that was less than this of what we sent says nothing by its height */
#define REMB_TRUST_PCT 70		/* one report takes off no more: a browser short of CPU sees queues that are none; the next one may */
#define DEEP_PCT 60			/* coming down below this: the link is another one than before */

void estimate_init (Estimate *e, const EstimateLimits *limits, gint64 now_us)
{
	*e = (Estimate) { .limits = *limits, .state = ESTIMATE_STEADY, .changed_us = now_us, .sent_us = now_us };
	estimate_loss_init (&e->loss, now_us);
	e->budget_bps = e->told_bps = CLAMP (limits->start_bps, limits->min_bps, limits->max_bps);
}

/* ---- what comes in ---- */

/* Where to go when the REMB has fallen from `before` to bps. Chromium comes down to 85 % of what it receives, but never comes
 * up to that: one that had not yet grown to what we send tells that there is too much, and not how much. */
static guint64 target_of_drop (const Estimate *e, guint64 before, guint64 bps, gint64 now_us)
{
	guint64 used = in_use_bps (e);
	gboolean settling = e->state == ESTIMATE_CONGESTED && now_us - e->changed_us < SETTLE_US;
	if (before < percent (used, REMB_TELLS_PCT))
		return settling ? percent (used, REMB_TRUST_PCT) : percent (used, BACK_OFF_PCT);
	return settling ? bps : MAX (MIN (bps, percent (used, SENT_PCT)), percent (used, REMB_TRUST_PCT));
}

void estimate_remb (Estimate *e, guint64 bps, gint64 now_us)
{
	gboolean first = !remb_is_fresh (e, now_us);
	guint64 before = e->remb_bps, used = in_use_bps (e), all = with_audio (e, bps);
	gboolean low_at_first = first && all < percent (used, REMB_TELLS_PCT);
	gboolean dropped = !first && bps < percent (before, REMB_DROP_PCT);
	if (first || bps > before)
		e->remb_rose_us = now_us;
	if (dropped)
		e->remb_fell_us = now_us;
	e->remb_bps = bps;
	e->remb_us = now_us;
	e->probe.n_rembs++;
	if (low_at_first)
		e->remb_target_bps = MAX (all, percent (used, REMB_TRUST_PCT));
	else if (dropped && (e->state == ESTIMATE_PROBING || all < used + used / 20))
		e->remb_target_bps = target_of_drop (e, with_audio (e, before), all, now_us);
	else if (dropped)
		e->budget_bps = CLAMP (MAX (all, LOSSLESS_FLOOR_BPS), e->limits.min_bps, e->budget_bps);
}

static void note_jitter (Estimate *e, guint jitter_us)
{
	guint least = e->least_jitter_us;
	guint *place = &e->jitters_us[e->n_jitter % ESTIMATE_JITTERS], former = *place;
	if (e->n_jitter++ >= ESTIMATE_JITTERS)
		e->least_jitter_us = least == 0 || former < least ? former : least + MIN (least / 32, former - least);
	*place = jitter_us;
}

void estimate_report (Estimate *e, guint expected, guint lost, guint jitter_us, gint64 now_us)
{
	e->heard_us = now_us;
	estimate_loss_report (&e->loss, expected, lost);
	e->jitter_us = MAX (e->jitter_us, MIN (jitter_us, (guint) MAX_JITTER_US));
}

/* Streams report one by one, about once a second each: the largest of a second counts. */
static void take_jitter (Estimate *e, gint64 now_us)
{
	if (e->jitter_us == 0 || now_us < e->jitter_due_us)
		return;
	note_jitter (e, e->jitter_us);
	e->jitter_us = 0;
	e->jitter_due_us = now_us + JITTER_INTERVAL_US;
}

void estimate_rtt (Estimate *e, guint rtt_us, gint64 began_us)
{
	guint *leasts = e->window_rtt_us;
	e->rtt_us = rtt_us;
	if (leasts[0] == 0 || began_us - e->window_us >= RTT_WINDOW_US) {
		leasts[1] = leasts[0];
		leasts[0] = rtt_us;
		e->window_us = began_us;
	}
	leasts[0] = MIN (leasts[0], rtt_us);
	e->least_rtt_us = leasts[1] == 0 ? leasts[0] : MIN (leasts[0], leasts[1]);
	e->rtt_began_us = began_us;
	if (rtt_is_long (e))
		e->queue_us = began_us;
}

void estimate_slow_link (Estimate *e)
{
	e->slow = TRUE;
}

static guint64 smooth (guint64 before_bps, guint64 bytes, gint64 step_us)
{
	guint64 bps = MIN (bytes, G_MAXUINT32) * 8 * G_USEC_PER_SEC / (guint64) step_us;
	guint64 weight = (guint64) MIN (step_us, SENT_SMOOTHING_US);
	return (before_bps * ((guint64) SENT_SMOOTHING_US - weight) + bps * weight) / (guint64) SENT_SMOOTHING_US;
}

void estimate_sent (Estimate *e, guint64 audio_bytes, guint64 video_bytes, gint64 now_us)
{
	gint64 step_us = now_us - e->sent_us;
	if (step_us <= 0)
		return;
	guint64 bytes = MIN (audio_bytes, G_MAXUINT32) + MIN (video_bytes, G_MAXUINT32);
	e->audio_bps = smooth (e->audio_bps, audio_bytes, step_us);
	e->sent_bps = smooth (e->sent_bps, bytes, step_us);
	e->sent_us = now_us;
	estimate_loss_sent (&e->loss, bytes);
}

/* ---- coming down, going up ---- */

void estimate_set_budget (Estimate *e, guint64 bps, EstimateState state, gint64 now_us)
{
	e->budget_bps = CLAMP (bps, e->limits.min_bps, e->limits.max_bps);
	e->state = state;
	e->changed_us = now_us;
}

void estimate_come_down (Estimate *e, guint64 target, gint64 now_us)
{
	gboolean on_trial = estimate_is_on_trial (e, now_us);
	guint64 used = on_trial ? probed_bps (e) : in_use_bps (e);
	if (target < percent (on_trial ? e->probe.before_bps : used, DEEP_PCT)) {
		estimate_new_link (e);
		estimate_note_failure (e, target * 100 / BACK_OFF_PCT, now_us);
		target = percent (target, DRAIN_PCT);
	} else if (e->state != ESTIMATE_CONGESTED) {
		estimate_note_failure (e, used, now_us);
	}
	if (on_trial)
		target = MIN (target, percent (e->probe.before_bps, DRAIN_PCT));
	e->n_successes = 0;
	estimate_set_budget (e, MIN (target, e->budget_bps), ESTIMATE_CONGESTED, now_us);
}

gboolean estimate_tick (Estimate *e, guint64 wanted_bps, gint64 now_us)
{
	take_jitter (e, now_us);
	guint64 target = estimate_trouble_bps (e, now_us);
	estimate_forget (e, now_us);
	if (target != 0)
		estimate_come_down (e, target, now_us);
	else if (e->state == ESTIMATE_PROBING)
		estimate_run_probe (e, now_us);
	else if (e->state == ESTIMATE_CONGESTED && now_us - e->changed_us >= QUIET_US)
		e->state = ESTIMATE_STEADY;
	if (e->state != ESTIMATE_PROBING && !estimate_follow_remb (e, wanted_bps, now_us) && e->state == ESTIMATE_STEADY)
		estimate_maybe_start_probe (e, wanted_bps, now_us);
	gboolean moved = e->budget_bps != e->told_bps;
	e->told_bps = e->budget_bps;
	return moved;
}

guint64 estimate_budget_bps (const Estimate *e)
{
	return e->budget_bps;
}

EstimateState estimate_state (const Estimate *e)
{
	return e->state;
}

const char *estimate_state_name (EstimateState state)
{
	static const char *const names[] = {
		[ESTIMATE_STEADY] = "steady",
		[ESTIMATE_PROBING] = "probing",
		[ESTIMATE_CONGESTED] = "congested",
	};
	return names[MIN (state, ESTIMATE_CONGESTED)];
}

guint estimate_loss_permille (const Estimate *e)
{
	return e->loss.permille;
}

guint estimate_rtt_us (const Estimate *e)
{
	return e->rtt_us;
}
