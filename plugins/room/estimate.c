#include "config.h"
#include "plugins/room/estimate.h"

#define MS(n) ((gint64) (n) * G_TIME_SPAN_MILLISECOND)

/* Time constants. GCC: draft-ietf-rmcat-gcc-02; what Chromium's receiver does is read from libwebrtc's AIMD rate control. */
#define SENT_SMOOTHING_US MS (500)	/* half of the window in which Chromium measures what it receives */
#define REMB_STALE_US MS (5000)		/* Chromium sends one each second at least */
#define REMB_STALLED_US MS (2500)	/* in use it grows with each report (8 %/s, or additively): two that did not are a sign */
#define REMB_EXPLAINS_US MS (2000)	/* reports come each second, of what was sent before */
#define LOSS_STALE_US MS (3000)
#define RTT_STALE_US MS (5000)		/* the core sends a report each second, browsers answer with theirs */
#define RTT_SLACK_US MS (15)		/* a round trip longer than the shortest by more and a quarter: packets wait, be it only for each other */
#define RTT_GROWS_US MS (25)		/* longer by so much than before the probe: a queue begins */
#define RTT_QUEUE_US MS (100)		/* longer by so much more, and it is a queue */
#define OLD_NEWS_US MS (6000)		/* Chromium reports on audio every five seconds, of all five */
#define LASTING_US MS (3000)		/* loss that stays so long without a queue, or although much less is sent than arrives at best, is the link's own */
#define SETTLE_US MS (1200)		/* after coming down, reports still tell of before */
#define JITTER_INTERVAL_US MS (950)
#define MAX_JITTER_US MS (10000)
#define JITTER_SLACK_US MS (60)		/* keyframes come in bursts */
#define QUIET_US MS (1500)		/* before a first probe */
#define QUIET_AFTER_SUCCESS_US MS (300)
#define MAX_QUIET_US MS (30000)
#define MAX_QUIET_STARVED_US MS (3000)
#define STARVED_BPS 300000		/* here little video flows: to notice late that there is more is worse than a small queue */
#define PROBE_US MS (1000)		/* at least, with more going out: long enough for one report of it */
#define PROBE_FEEDBACK_US MS (600)	/* a report that came so long after tells of it */
#define PROBE_RTT_US MS (400)		/* a round trip that began so long after tells of it */
#define MAX_PROBE_US MS (3000)
#define TRIAL_US MS (3000)		/* trouble so soon after a probe is still the probe's fault */
#define FORGET_US MS (60000)		/* per failure */
#define MAX_FAILURES 4

/* Rates, in per cent unless said otherwise. */
#define REMB_DROP_PCT 97		/* libwebrtc sends it at once when it falls below this */
#define REMB_TELLS_PCT 70		/* one that was less than this of what we sent says nothing by its height */
#define LASTING_PCT 70
#define REMB_FOLLOW_PCT 95		/* so much of it is used without a trial */
#define REMB_TRUST_PCT 70		/* one report takes off no more: a browser short of CPU sees queues that are none; the next one may */
#define LOSSLESS_FLOOR_BPS 300000	/* voices and a few pictures */
#define BACK_OFF_PCT 85			/* GCC section 5.5, beta */
#define SENT_PCT 90			/* of what was sent, when it was too much */
#define PASSED_PCT 125
#define DEEP_PCT 60			/* coming down below this: the link is another one than before */
#define DRAIN_PCT 85			/* then its queue is full, and must run empty */
#define PROBE_LOSS_PERMILLE 40		/* this much more: the probe failed */

void estimate_init (Estimate *e, const EstimateLimits *limits, gint64 now_us)
{
	*e = (Estimate) { .limits = *limits, .state = ESTIMATE_STEADY, .changed_us = now_us, .sent_us = now_us };
	estimate_loss_init (&e->loss, now_us);
	e->budget_bps = CLAMP (limits->start_bps, limits->min_bps, limits->max_bps);
}

static guint64 percent (guint64 bps, guint pct)
{
	return bps / 100 * pct + bps % 100 * pct / 100;
}

/* What was really sent of what we allowed. */
static guint64 in_use_bps (const Estimate *e)
{
	return MIN (e->sent_bps, e->budget_bps);
}

static gboolean remb_is_fresh (const Estimate *e, gint64 now_us)
{
	return e->remb_us != 0 && now_us - e->remb_us < REMB_STALE_US;
}

/* Packets come as soon as they ever did. */
static gboolean is_short (const Estimate *e)
{
	return e->rtt_us != 0 && e->rtt_us < e->least_rtt_us * 5 / 4 + RTT_SLACK_US;
}

/* Packets wait in a queue, unless the link is one of those whose delay leaps by itself. */
static gboolean is_long (const Estimate *e)
{
	return e->rtt_us > e->least_rtt_us * 5 / 4 + RTT_QUEUE_US;
}

static gboolean rtt_is_fresh (const Estimate *e, gint64 now_us)
{
	return e->rtt_us != 0 && now_us - e->rtt_began_us < RTT_STALE_US;
}

static gboolean sees_no_queue (const Estimate *e, gint64 now_us)
{
	return is_short (e) && rtt_is_fresh (e, now_us);
}

static gboolean sees_queue (const Estimate *e, gint64 now_us)
{
	return is_long (e) && rtt_is_fresh (e, now_us);
}

/* Browsers leave audio out of their estimate (libwebrtc's receive side): what arrives of it comes on top. */
static guint64 with_audio (const Estimate *e, guint64 remb_bps)
{
	return MIN (remb_bps, G_MAXUINT32) + e->audio_bps;
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

/* More than GCC (section 6) holds at, and more than chance makes of it where packets are few. */
static gboolean is_lossy (const Estimate *e)
{
	return e->loss.permille >= ESTIMATE_LOSS_HIGH_PERMILLE + e->loss.noise_permille;
}

/* A browser that is short of CPU takes packets late and believes in a queue. Without any loss beside it that does not take the
 * videos away. */
static guint64 spare_lossless (const Estimate *e, guint64 target)
{
	return is_lossy (e) || target == 0 ? target : MAX (target, MIN (e->budget_bps, LOSSLESS_FLOOR_BPS));
}

static void forget_failures (Estimate *e)
{
	e->failed_bps = 0;
	e->n_failures = e->n_jitter = e->least_jitter_us = 0;
}

static guint last_jitter_us (const Estimate *e)
{
	return e->n_jitter == 0 ? 0 : e->jitters_us[(e->n_jitter - 1) % ESTIMATE_JITTERS];
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
	e->rtt_us = rtt_us;
	e->least_rtt_us = e->least_rtt_us == 0 ? rtt_us : MIN (e->least_rtt_us, rtt_us);
	e->rtt_began_us = began_us;
	if (is_long (e))
		e->queue_us = began_us;
}

void estimate_slow_link (Estimate *e, gint64 now_us)
{
	(void) now_us;
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

/* ---- signs of trouble; each returns what to come down to, or 0 ---- */

static guint64 judge_remb (Estimate *e, gint64 now_us)
{
	guint64 target = e->remb_target_bps, used = in_use_bps (e);
	e->remb_target_bps = 0;
	if (target != 0)
		return spare_lossless (e, target);
	gboolean stalled = remb_is_fresh (e, now_us) && e->remb_us - MAX (e->remb_rose_us, e->changed_us) > REMB_STALLED_US;
	guint64 remb = with_audio (e, e->remb_bps);
	return stalled && !sees_no_queue (e, now_us) && used > percent (remb, 105) ? spare_lossless (e, MAX (remb, percent (used, BACK_OFF_PCT))) : 0;
}

/* What loss does not take us below: when the receiver's own estimate has just fallen, what is reported lost was lost before; when
 * there is no queue, less loses as much. */
static guint64 loss_floor_bps (const Estimate *e, gint64 now_us)
{
	if (remb_is_fresh (e, now_us) && e->remb_fell_us != 0 && now_us - e->remb_fell_us < REMB_EXPLAINS_US)
		return percent (with_audio (e, e->remb_bps), REMB_FOLLOW_PCT);
	gboolean heavy = e->loss.permille >= ESTIMATE_LOSS_HEAVY_PERMILLE + e->loss.noise_permille;
	return !heavy && sees_no_queue (e, now_us) ? LOSSLESS_FLOOR_BPS : 0;
}

/* While there is no queue a little loss is the link's own: it is held, neither fled from nor a reason not to try. The receiver's
 * estimate tells by growing. (One that stands still says nothing: it stays where it was while nothing makes it fall.) */
static gboolean is_calm (const Estimate *e, gint64 now_us)
{
	gboolean grows = remb_is_fresh (e, now_us) && now_us - e->remb_rose_us < REMB_STALLED_US;
	return !is_lossy (e) && (grows || sees_no_queue (e, now_us));
}

/* While little is sent, little is reported: what was lost long ago is no reason not to try. */
static gboolean may_grow (const Estimate *e, guint64 wanted, gint64 now_us)
{
	gboolean covered = remb_is_fresh (e, now_us) && with_audio (e, e->remb_bps) >= wanted;
	if (sees_queue (e, now_us) && !covered)
		return FALSE;
	return now_us - e->loss.taken_us > LOSS_STALE_US || estimate_loss_excess (&e->loss, e->loss.permille) < ESTIMATE_LOSS_LOW_PERMILLE || is_calm (e, now_us);
}

/* The queue that lost them has run empty since we came down. */
static gboolean is_old_news (const Estimate *e, gint64 now_us)
{
	return e->queue_us != 0 && e->queue_us <= e->changed_us && now_us - e->queue_us < OLD_NEWS_US && sees_no_queue (e, now_us);
}

static guint64 judge_loss (Estimate *e, gint64 now_us)
{
	EstimateLossSample sample;
	if (!estimate_loss_take (&e->loss, e->loss.taken_us < e->changed_us + SETTLE_US, now_us, &sample))
		return 0;
	if (e->state != ESTIMATE_PROBING && (is_calm (e, now_us) || is_old_news (e, now_us)))
		return 0;
	gboolean settling = e->state == ESTIMATE_CONGESTED && now_us - e->changed_us < SETTLE_US, learnt = FALSE;
	guint64 target = 0;
	if (sample.heavy && (e->state == ESTIMATE_PROBING || (settling && !remb_is_fresh (e, now_us))))
		target = estimate_loss_descend (&e->loss, &sample);
	else if (e->state == ESTIMATE_PROBING)
		return sample.permille > e->probe.loss_permille + MAX (PROBE_LOSS_PERMILLE, e->loss.noise_permille)
			? percent (in_use_bps (e), SENT_PCT) : 0;
	else if (!settling)
		target = estimate_loss_judge (&e->loss, &sample, e->changed_us, &learnt);
	gboolean much_less = remb_is_fresh (e, now_us) && in_use_bps (e) <= percent (with_audio (e, e->remb_bps), LASTING_PCT);
	if ((much_less || sees_no_queue (e, now_us)) && now_us - e->changed_us >= LASTING_US)
		learnt |= estimate_loss_lasts (&e->loss);
	if (learnt)
		forget_failures (e);
	target = target == 0 ? 0 : MAX (target, loss_floor_bps (e, now_us));
	return target < e->budget_bps ? target : 0;
}

static gboolean is_on_trial (const Estimate *e, gint64 now_us)
{
	gboolean passed_last = e->probe.passed_us != 0 && e->probe.passed_us == e->changed_us;
	return e->state == ESTIMATE_PROBING || (passed_last && now_us - e->changed_us < TRIAL_US);
}

/* A queue that comes after a probe comes of it. Loss beside a queue is our doing, whatever the receiver's estimate says: it does not
 * see one that stays full. */
static guint64 judge_queue (const Estimate *e, gint64 now_us)
{
	if (e->state == ESTIMATE_PROBING || !sees_queue (e, now_us))
		return 0;
	if (is_on_trial (e, now_us) && e->rtt_us > e->probe.rtt_us + RTT_QUEUE_US)
		return percent (e->probe.before_bps, DRAIN_PCT);
	gboolean settled = e->state != ESTIMATE_CONGESTED || e->rtt_began_us - e->changed_us >= SETTLE_US;
	gboolean lossy = estimate_loss_excess (&e->loss, e->loss.permille) >= ESTIMATE_LOSS_LOW_PERMILLE;
	return settled && lossy && now_us - e->loss.taken_us < LOSS_STALE_US ? percent (in_use_bps (e), BACK_OFF_PCT) : 0;
}

/* Without a REMB the queue shows in the jitter alone. */
static guint64 judge_jitter (const Estimate *e, gint64 now_us)
{
	gint64 calm_us = e->state == ESTIMATE_PROBING ? e->probe.jitter_us : e->least_jitter_us;
	if (remb_is_fresh (e, now_us) || calm_us == 0 || now_us - e->changed_us < QUIET_US)
		return 0;
	return last_jitter_us (e) > calm_us * 3 + JITTER_SLACK_US ? percent (in_use_bps (e), BACK_OFF_PCT) : 0;
}

static guint64 judge_slow_link (Estimate *e, gint64 now_us)
{
	gboolean slow = e->slow;
	e->slow = FALSE;
	if (!slow)
		return 0;
	if (e->state == ESTIMATE_PROBING)
		return e->probe.before_bps;
	gboolean other_news = remb_is_fresh (e, now_us) || now_us - e->heard_us < REMB_STALE_US;
	return other_news || now_us - e->changed_us < QUIET_US ? 0 : percent (in_use_bps (e), SENT_PCT);
}

static guint64 judge_trouble (Estimate *e, gint64 now_us)
{
	guint64 targets[] = {
		judge_remb (e, now_us), judge_loss (e, now_us), judge_queue (e, now_us), judge_jitter (e, now_us), judge_slow_link (e, now_us),
	};
	guint64 least = 0;
	for (guint i = 0; i < G_N_ELEMENTS (targets); i++)
		if (targets[i] != 0 && (least == 0 || targets[i] < least))
			least = targets[i];
	return least;
}

/* ---- coming down, going up ---- */

static void set_budget (Estimate *e, guint64 bps, EstimateState state, gint64 now_us)
{
	e->budget_bps = CLAMP (bps, e->limits.min_bps, e->limits.max_bps);
	e->state = state;
	e->changed_us = now_us;
}

static void note_failure (Estimate *e, guint64 bps, gint64 now_us)
{
	e->failed_bps = e->failed_bps == 0 ? bps : MIN (e->failed_bps, bps);
	e->n_failures = MIN (e->n_failures + 1, MAX_FAILURES);
	e->failed_us = now_us;
}

static void come_down (Estimate *e, guint64 target, gint64 now_us)
{
	gboolean on_trial = is_on_trial (e, now_us);
	guint64 used = MAX (in_use_bps (e), on_trial ? percent (e->probe.before_bps, 105) : 0);
	if (target < percent (on_trial ? e->probe.before_bps : used, DEEP_PCT)) {
		forget_failures (e);
		note_failure (e, target * 100 / BACK_OFF_PCT, now_us);
		target = percent (target, DRAIN_PCT);
	} else if (e->state != ESTIMATE_CONGESTED) {
		note_failure (e, used, now_us);
	}
	if (on_trial)
		target = MIN (target, percent (e->probe.before_bps, DRAIN_PCT));
	e->n_successes = 0;
	set_budget (e, MIN (target, e->budget_bps), ESTIMATE_CONGESTED, now_us);
}

/* A little more than what once failed may go well by chance; much more, or without a queue, and the link is another. */
static void end_probe (Estimate *e, gint64 now_us)
{
	e->n_successes++;
	if (e->failed_bps != 0 && e->budget_bps >= e->failed_bps) {
		e->n_successes = 1;
		if (e->n_failures <= 1 || e->budget_bps > percent (e->failed_bps, PASSED_PCT) || sees_no_queue (e, now_us))
			forget_failures (e);
		else {
			e->n_failures--;
			e->failed_bps = e->budget_bps;
		}
	}
	e->probe.passed_us = now_us;
	set_budget (e, e->budget_bps, ESTIMATE_STEADY, now_us);
}

/* Back to where it began, before anybody notices. */
static void give_up_probe (Estimate *e, gint64 now_us)
{
	note_failure (e, MAX (in_use_bps (e), percent (e->probe.before_bps, 105)), now_us);
	e->n_successes = 0;
	set_budget (e, e->probe.before_bps, ESTIMATE_CONGESTED, now_us);
}

/* The receiver's estimate speaks for the probe: it rises, or covers what is sent; or there is none. */
static gboolean remb_is_calm (const Estimate *e, gint64 now_us)
{
	return !remb_is_fresh (e, now_us) || e->remb_bps > e->probe.remb_bps || with_audio (e, e->remb_bps) >= e->sent_bps;
}

/* A round trip that began since more goes out decides: as short as ever it has passed, longer by a queue it has failed, beginning to grow
 * it is given up in time. Without one the receiver's estimate decides: one that could rise and does not sees a queue. */
static void run_probe (Estimate *e, gint64 now_us)
{
	gint64 age_us = now_us - e->probe.start_us;
	if (e->probe.raised_us == 0 && (e->sent_bps > percent (e->probe.sent_bps, 108) || age_us > MS (1000))) {
		e->probe.raised_us = now_us;
		e->probe.remb_bps = e->remb_bps;
		e->probe.n_rembs = 0;
	}
	gint64 raised_us = e->probe.raised_us == 0 ? now_us : e->probe.raised_us, since_us = now_us - raised_us;
	gboolean fresh = remb_is_fresh (e, now_us), calm = remb_is_calm (e, now_us), over = age_us >= MAX_PROBE_US;
	gboolean measured = e->rtt_began_us - raised_us >= PROBE_RTT_US, awaited = !measured && rtt_is_fresh (e, now_us) && !over;
	gboolean heard = (fresh ? e->remb_us : e->loss.taken_us) - raised_us >= PROBE_FEEDBACK_US;
	gboolean late = over && MAX (e->remb_us, e->heard_us) > e->probe.start_us;
	gboolean stuck = fresh && !calm && e->probe.n_rembs >= 2 && since_us >= PROBE_US;
	if (measured && is_short (e))
		end_probe (e, now_us);
	else if (measured && !is_long (e) && e->rtt_us > e->probe.rtt_us + RTT_GROWS_US)
		give_up_probe (e, now_us);
	else if (measured && is_long (e))
		come_down (e, percent (e->probe.before_bps, DRAIN_PCT), now_us);
	else if (calm && !awaited && since_us >= PROBE_US && (heard || late))
		end_probe (e, now_us);
	else if (over || (stuck && !awaited))
		come_down (e, percent (e->probe.before_bps, DRAIN_PCT), now_us);
}

/* How long nothing must have happened before `wanted` is tried. */
static gint64 quiet_us (const Estimate *e, guint64 wanted, gint64 now_us)
{
	if (e->failed_bps != 0 && wanted >= percent (e->failed_bps, 95))
		return MIN (QUIET_US << e->n_failures, e->budget_bps < STARVED_BPS ? MAX_QUIET_STARVED_US : MAX_QUIET_US);
	gboolean covered = remb_is_fresh (e, now_us) && with_audio (e, e->remb_bps) >= wanted;
	return e->n_successes > 0 || covered ? QUIET_AFTER_SUCCESS_US : QUIET_US;
}

/* A little more than wanted, for the ladders wobble; after successes up to twice what went. */
static guint64 probe_target (const Estimate *e, guint64 wanted)
{
	guint64 target = percent (wanted, 102);
	gboolean careful = e->n_failures > 0 || (e->remb_us != 0 && with_audio (e, e->remb_bps) < e->budget_bps);
	guint64 far = e->n_successes == 0 ? 0 : percent (e->budget_bps, e->n_successes == 1 ? 130 : careful ? 150 : 200);
	if (e->failed_bps != 0)
		far = MIN (far, percent (e->failed_bps, 95));
	return MIN (MAX (target, far), e->limits.max_bps);
}

static void start_probe (Estimate *e, guint64 wanted, gint64 now_us)
{
	e->probe.start_us = now_us;
	e->probe.raised_us = 0;
	e->probe.before_bps = e->budget_bps;
	e->probe.sent_bps = e->sent_bps;
	e->probe.remb_bps = e->remb_bps;
	e->probe.loss_permille = MAX (e->loss.permille, e->loss.inherent_permille);
	e->probe.jitter_us = MAX (last_jitter_us (e), e->least_jitter_us);
	e->probe.rtt_us = e->rtt_us;
	set_budget (e, probe_target (e, wanted), ESTIMATE_PROBING, now_us);
}

/* The receiver says itself that there is more: no trial needed. TRUE: the budget rose. */
static gboolean follow_remb (Estimate *e, guint64 wanted, gint64 now_us)
{
	guint64 bps = percent (with_audio (e, e->remb_bps), REMB_FOLLOW_PCT);
	if (e->failed_bps != 0)
		bps = MIN (bps, percent (e->failed_bps, REMB_FOLLOW_PCT));
	if (wanted <= e->budget_bps || bps <= e->budget_bps || !remb_is_fresh (e, now_us))
		return FALSE;
	if (now_us - MAX (e->changed_us, e->remb_fell_us) < SETTLE_US)
		return FALSE;
	if (!may_grow (e, wanted, now_us))
		return FALSE;
	set_budget (e, MIN (bps, MAX (percent (wanted, 102), percent (e->budget_bps, 200))), ESTIMATE_STEADY, now_us);
	return TRUE;
}

static void maybe_start_probe (Estimate *e, guint64 wanted, gint64 now_us)
{
	if (wanted <= e->budget_bps || e->budget_bps >= e->limits.max_bps)
		return;
	if (now_us - e->changed_us < quiet_us (e, wanted, now_us) || !may_grow (e, wanted, now_us))
		return;
	start_probe (e, wanted, now_us);
}

static void forget (Estimate *e, gint64 now_us)
{
	if (e->n_failures == 0 || now_us - e->failed_us < FORGET_US)
		return;
	e->failed_us = now_us;
	if (--e->n_failures == 0)
		e->failed_bps = 0;
}

gboolean estimate_tick (Estimate *e, guint64 wanted_bps, gint64 now_us)
{
	take_jitter (e, now_us);
	guint64 before = e->budget_bps, target = judge_trouble (e, now_us);
	forget (e, now_us);
	if (target != 0)
		come_down (e, target, now_us);
	else if (e->state == ESTIMATE_PROBING)
		run_probe (e, now_us);
	else if (e->state == ESTIMATE_CONGESTED && now_us - e->changed_us >= QUIET_US)
		e->state = ESTIMATE_STEADY;
	if (e->state != ESTIMATE_PROBING && !follow_remb (e, wanted_bps, now_us) && e->state == ESTIMATE_STEADY)
		maybe_start_probe (e, wanted_bps, now_us);
	return e->budget_bps != before;
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
