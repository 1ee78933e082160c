#include "config.h"
#include "plugins/room/estimate-private.h"

#define REMB_STALLED_US MS (2500)	/* in use it grows with each report (8 %/s, or additively): two that did not are a sign */
#define REMB_EXPLAINS_US MS (2000)	/* reports come each second, of what was sent before */
#define LOSS_STALE_US MS (3000)
#define OLD_NEWS_US MS (6000)		/* Chromium reports on audio every five seconds, of all five */
#define LASTING_US MS (3000)		/* loss that stays so long though far less is sent, or without a queue, is the link's own */
#define JITTER_SLACK_US MS (60)		/* keyframes come in bursts */
#define LASTING_PCT 70
#define PROBE_LOSS_PERMILLE 40		/* this much more: the probe failed */

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

guint estimate_last_jitter_us (const Estimate *e)
{
	return e->n_jitter == 0 ? 0 : e->jitters_us[(e->n_jitter - 1) % ESTIMATE_JITTERS];
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
	if (!stalled || sees_no_queue (e, now_us) || used <= percent (remb, 105))
		return 0;
	return spare_lossless (e, MAX (remb, percent (used, BACK_OFF_PCT)));
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
gboolean estimate_may_grow (const Estimate *e, guint64 wanted, gint64 now_us)
{
	gboolean covered = remb_is_fresh (e, now_us) && with_audio (e, e->remb_bps) >= wanted;
	if (sees_queue (e, now_us) && !covered)
		return FALSE;
	gboolean stale = now_us - e->loss.taken_us > LOSS_STALE_US;
	return stale || estimate_loss_excess (&e->loss, e->loss.permille) < ESTIMATE_LOSS_LOW_PERMILLE || is_calm (e, now_us);
}

/* The queue that lost them has run empty since we came down. */
static gboolean is_old_news (const Estimate *e, gint64 now_us)
{
	return e->queue_us != 0 && e->queue_us <= e->changed_us && now_us - e->queue_us < OLD_NEWS_US && sees_no_queue (e, now_us);
}

/* What the report asks us to come down to, or 0, by what was known of the link before it. *learnt: its loss is the link's own. */
static guint64 target_of_loss (Estimate *e, const EstimateLossSample *sample, gint64 now_us, gboolean *learnt)
{
	gboolean settling = e->state == ESTIMATE_CONGESTED && now_us - e->changed_us < SETTLE_US;
	if (sample->heavy && (e->state == ESTIMATE_PROBING || (settling && !remb_is_fresh (e, now_us))))
		return estimate_loss_descend (&e->loss, sample);
	return settling ? 0 : estimate_loss_judge (&e->loss, sample, e->changed_us, learnt);
}

/* Loss that stayed though far less is sent is the link's own. A link that lets only so much through, without a queue, looks lossy
 * too: its loss counts when coming down did not help. */
static gboolean loss_lasts (Estimate *e, gint64 now_us)
{
	gboolean much_less = remb_is_fresh (e, now_us) && in_use_bps (e) <= percent (with_audio (e, e->remb_bps), LASTING_PCT);
	gboolean unhelped = e->loss.n_unhelped > 0 && sees_no_queue (e, now_us);
	return (much_less || unhelped) && now_us - e->changed_us >= LASTING_US && estimate_loss_lasts (&e->loss);
}

/* What a report teaches counts from the next one on: this one may still take us down. */
static guint64 judge_loss (Estimate *e, gint64 now_us)
{
	EstimateLossSample sample;
	gboolean probing = e->state == ESTIMATE_PROBING, learnt = FALSE;
	if (!estimate_loss_take (&e->loss, e->loss.taken_us < e->changed_us + SETTLE_US, now_us, &sample))
		return 0;
	if (!probing && (is_calm (e, now_us) || is_old_news (e, now_us)))
		return 0;
	if (probing && !sample.heavy) {
		guint failed_permille = e->probe.loss_permille + MAX (PROBE_LOSS_PERMILLE, e->loss.noise_permille);
		return sample.permille > failed_permille ? percent (in_use_bps (e), SENT_PCT) : 0;
	}
	guint64 target = target_of_loss (e, &sample, now_us, &learnt);
	if (loss_lasts (e, now_us) || learnt)
		estimate_new_link (e);
	target = target == 0 ? 0 : MAX (target, loss_floor_bps (e, now_us));
	return target < e->budget_bps ? target : 0;
}

/* A queue that comes after a probe comes of it. Loss beside a queue is our doing, whatever the receiver's estimate says: it does not
 * see one that stays full. */
static guint64 judge_queue (const Estimate *e, gint64 now_us)
{
	if (e->state == ESTIMATE_PROBING || !sees_queue (e, now_us))
		return 0;
	if (estimate_is_on_trial (e, now_us) && e->rtt_us > e->probe.rtt_us + RTT_QUEUE_US)
		return e->probe.before_bps;
	gboolean settled = e->state != ESTIMATE_CONGESTED || e->rtt_began_us - e->changed_us >= SETTLE_US;
	gboolean lossy = estimate_loss_excess (&e->loss, e->loss.permille) >= ESTIMATE_LOSS_LOW_PERMILLE;
	gboolean fresh = now_us - e->loss.taken_us < LOSS_STALE_US;
	return settled && lossy && fresh ? spare_lossless (e, percent (in_use_bps (e), BACK_OFF_PCT)) : 0;
}

/* Without a REMB the queue shows in the jitter alone. */
static guint64 judge_jitter (const Estimate *e, gint64 now_us)
{
	gint64 calm_us = e->state == ESTIMATE_PROBING ? e->probe.jitter_us : e->least_jitter_us;
	if (remb_is_fresh (e, now_us) || calm_us == 0 || now_us - e->changed_us < QUIET_US)
		return 0;
	return estimate_last_jitter_us (e) > calm_us * 3 + JITTER_SLACK_US ? percent (in_use_bps (e), BACK_OFF_PCT) : 0;
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

guint64 estimate_trouble_bps (Estimate *e, gint64 now_us)
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
