#include "config.h"
#include "plugins/room/estimate-private.h"

#define RTT_GROWS_US MS (25)		/* longer by so much than before the probe: a queue begins */
#define QUIET_AFTER_SUCCESS_US MS (300)
#define MAX_QUIET_STARVED_US MS (3000)
#define STARVED_BPS 300000		/* below it little video flows: to notice late that there is more is worse than a small queue */
#define RAISED_PCT 108			/* of what went before, seen going out: the probe has begun to show */
#define RAISE_US MS (1000)		/* by then more goes out, seen or not */
#define PROBE_US MS (1000)		/* at least, with more going out: long enough for one report of it */
#define PROBE_FEEDBACK_US MS (600)	/* a report that came so long after tells of it */
#define PROBE_RTT_US MS (400)		/* a round trip that began so long after tells of it */
#define MAX_PROBE_US MS (3000)
#define TRIAL_US MS (3000)		/* trouble so soon after a probe is still the probe's fault */
#define FORGET_US MS (60000)		/* per failure */
#define MAX_FAILURES 4			/* QUIET_US doubled so often: 24 s */
#define PASSED_PCT 125

void estimate_new_link (Estimate *e)
{
	e->failed_bps = 0;
	e->n_failures = e->n_jitter = e->least_jitter_us = 0;
}

void estimate_note_failure (Estimate *e, guint64 bps, gint64 now_us)
{
	e->failed_bps = e->failed_bps == 0 ? bps : MIN (e->failed_bps, bps);
	e->n_failures = MIN (e->n_failures + 1, MAX_FAILURES);
	e->failed_us = now_us;
}

gboolean estimate_is_on_trial (const Estimate *e, gint64 now_us)
{
	gboolean passed_last = e->probe.passed_us != 0 && e->probe.passed_us == e->changed_us;
	return e->state == ESTIMATE_PROBING || (passed_last && now_us - e->changed_us < TRIAL_US);
}

/* A little more than what once failed may go well by chance; much more, or without a queue, and the link is another. */
static void end_probe (Estimate *e, gint64 now_us)
{
	e->n_successes++;
	if (e->failed_bps != 0 && e->budget_bps >= e->failed_bps) {
		e->n_successes = 1;
		if (e->n_failures <= 1 || e->budget_bps > percent (e->failed_bps, PASSED_PCT) || sees_no_queue (e, now_us))
			estimate_new_link (e);
		else {
			e->n_failures--;
			e->failed_bps = e->budget_bps;
		}
	}
	e->probe.passed_us = now_us;
	estimate_set_budget (e, e->budget_bps, ESTIMATE_STEADY, now_us);
}

/* Back to where it began, before anybody notices. */
static void give_up_probe (Estimate *e, gint64 now_us)
{
	estimate_note_failure (e, probed_bps (e), now_us);
	e->n_successes = 0;
	estimate_set_budget (e, e->probe.before_bps, ESTIMATE_CONGESTED, now_us);
}

/* The receiver's estimate speaks for the probe: it rises, or covers what is sent; or there is none. */
static gboolean remb_is_calm (const Estimate *e, gint64 now_us)
{
	return !remb_is_fresh (e, now_us) || e->remb_bps > e->probe.remb_bps || with_audio (e, e->remb_bps) >= e->sent_bps;
}

typedef enum {
	PROBE_OPEN,		/* nothing is known yet */
	PROBE_AWAITS_RTT,	/* a round trip is about to come: nobody else is asked */
	PROBE_PASSED,
	PROBE_GROWS,		/* a queue begins */
	PROBE_FAILED
} ProbeVerdict;

/* When more goes out, what comes in from then on counts. FALSE: not yet. */
static gboolean is_raised (Estimate *e, gint64 now_us)
{
	gboolean seen = e->sent_bps > percent (e->probe.sent_bps, RAISED_PCT);
	if (e->probe.raised_us == 0 && (seen || now_us - e->probe.start_us > RAISE_US)) {
		e->probe.raised_us = now_us;
		e->probe.remb_bps = e->remb_bps;
		e->probe.n_rembs = 0;
	}
	return e->probe.raised_us != 0;
}

/* A round trip that began since more goes out: as short as ever it has passed, longer by a queue it has failed, beginning to grow it
 * is given up in time. Where packets are lost as well, the next report of that is waited for (estimate-signs.c judges it). */
static ProbeVerdict ask_rtt (const Estimate *e, gboolean over, gint64 now_us)
{
	gboolean lossy = e->loss.permille >= ESTIMATE_LOSS_LOW_PERMILLE;
	gboolean awaits_loss = lossy && e->loss.taken_us - e->probe.raised_us < PROBE_FEEDBACK_US && !over;
	if (e->rtt_began_us - e->probe.raised_us < PROBE_RTT_US)
		return rtt_is_fresh (e, now_us) && !over ? PROBE_AWAITS_RTT : PROBE_OPEN;
	if (rtt_is_short (e) && !awaits_loss)
		return PROBE_PASSED;
	if (rtt_is_long (e))
		return PROBE_FAILED;
	return e->rtt_us > e->probe.rtt_us + RTT_GROWS_US ? PROBE_GROWS : PROBE_OPEN;
}

/* The receiver's estimate: one that could rise and does not sees a queue. Where there is none, any report will do. */
static ProbeVerdict ask_remb (const Estimate *e, gboolean over, gint64 now_us)
{
	gboolean fresh = remb_is_fresh (e, now_us), calm = remb_is_calm (e, now_us), long_enough = now_us - e->probe.raised_us >= PROBE_US;
	gboolean heard = (fresh ? e->remb_us : e->loss.taken_us) - e->probe.raised_us >= PROBE_FEEDBACK_US;
	gboolean late = over && MAX (e->remb_us, e->heard_us) > e->probe.start_us;
	if (calm && long_enough && (heard || late))
		return PROBE_PASSED;
	gboolean stuck = fresh && !calm && e->probe.n_rembs >= 2 && long_enough;
	return over || stuck ? PROBE_FAILED : PROBE_OPEN;
}

/* The round trip decides, and where it says nothing the receiver's estimate. */
void estimate_run_probe (Estimate *e, gint64 now_us)
{
	if (!is_raised (e, now_us))
		return;
	gboolean over = now_us - e->probe.start_us >= MAX_PROBE_US;
	ProbeVerdict verdict = ask_rtt (e, over, now_us);
	if (verdict == PROBE_OPEN)
		verdict = ask_remb (e, over, now_us);
	if (verdict == PROBE_PASSED)
		end_probe (e, now_us);
	else if (verdict == PROBE_GROWS)
		give_up_probe (e, now_us);
	else if (verdict == PROBE_FAILED)
		estimate_come_down (e, e->probe.before_bps, now_us);
}

/* How long nothing must have happened before `wanted` is tried. */
static gint64 quiet_us (const Estimate *e, guint64 wanted, gint64 now_us)
{
	gint64 doubled_us = QUIET_US << e->n_failures;
	if (e->failed_bps != 0 && wanted >= percent (e->failed_bps, 95))
		return e->budget_bps < STARVED_BPS ? MIN (doubled_us, MAX_QUIET_STARVED_US) : doubled_us;
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
	e->probe.jitter_us = MAX (estimate_last_jitter_us (e), e->least_jitter_us);
	e->probe.rtt_us = e->rtt_us;
	estimate_set_budget (e, probe_target (e, wanted), ESTIMATE_PROBING, now_us);
}

gboolean estimate_follow_remb (Estimate *e, guint64 wanted, gint64 now_us)
{
	guint64 bps = percent (with_audio (e, e->remb_bps), REMB_FOLLOW_PCT);
	if (e->failed_bps != 0)
		bps = MIN (bps, percent (e->failed_bps, REMB_FOLLOW_PCT));
	if (wanted <= e->budget_bps || bps <= e->budget_bps || !remb_is_fresh (e, now_us))
		return FALSE;
	if (now_us - MAX (e->changed_us, e->remb_fell_us) < SETTLE_US)
		return FALSE;
	if (!estimate_may_grow (e, wanted, now_us))
		return FALSE;
	estimate_set_budget (e, MIN (bps, MAX (percent (wanted, 102), percent (e->budget_bps, 200))), ESTIMATE_STEADY, now_us);
	return TRUE;
}

void estimate_maybe_start_probe (Estimate *e, guint64 wanted, gint64 now_us)
{
	if (wanted <= e->budget_bps || e->budget_bps >= e->limits.max_bps)
		return;
	if (now_us - e->changed_us < quiet_us (e, wanted, now_us) || !estimate_may_grow (e, wanted, now_us))
		return;
	start_probe (e, wanted, now_us);
}

void estimate_forget (Estimate *e, gint64 now_us)
{
	if (e->n_failures == 0 || now_us - e->failed_us < FORGET_US)
		return;
	e->failed_us = now_us;
	if (--e->n_failures == 0)
		e->failed_bps = 0;
}
