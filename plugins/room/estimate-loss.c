#include "config.h"
#include "plugins/room/estimate-loss.h"

#define INTERVAL_US (900 * G_TIME_SPAN_MILLISECOND)	/* Chromium reports on video about each second */
#define MIN_PACKETS 30
#define SOON_US (4 * G_TIME_SPAN_SECOND)	/* later reports say nothing of whether coming down helped */
#define MAX_INHERENT_PERMILLE 350
#define MAX_LOSSY 3		/* reports in a row between low and high */
#define LESS_SENT_PCT 90	/* of before: enough to tell whether it helps */
#define HELPED_PCT 65		/* of the loss before: it was our doing */
#define WORSE_PCT 140		/* of the loss before: the link got worse meanwhile */
#define DELIVERED_PCT 95	/* of what arrived, to let a queue run empty */

void estimate_loss_init (EstimateLoss *l, gint64 now_us)
{
	*l = (EstimateLoss) { .taken_us = now_us };
}

void estimate_loss_report (EstimateLoss *l, guint expected, guint lost)
{
	guint n = MIN (expected, G_MAXUINT16);
	l->expected = MIN (l->expected + n, G_MAXINT32);
	l->lost = MIN (l->lost + MIN (lost, n), l->expected);
}

void estimate_loss_sent (EstimateLoss *l, guint64 bytes)
{
	l->sent_bytes = MIN (l->sent_bytes + MIN (bytes, G_MAXUINT32), G_MAXUINT32);
}

guint estimate_loss_excess (const EstimateLoss *l, guint permille)
{
	guint known = l->inherent_permille == 0 ? l->noise_permille / 3 : l->inherent_permille + l->noise_permille;
	return permille > known ? permille - known : 0;
}

/* One standard deviation and a half of what n packets show of a loss. */
static guint noise_of (guint permille, guint n)
{
	guint64 variance = (guint64) permille * (1000 - permille) * 9 / 4 / n;
	guint root = 0;
	for (guint bit = 1024; bit > 0; bit /= 2)
		if ((guint64) (root + bit) * (root + bit) <= variance)
			root += bit;
	return root;
}

gboolean estimate_loss_take (EstimateLoss *l, gboolean afresh, gint64 now_us, EstimateLossSample *sample)
{
	gint64 step_us = now_us - l->taken_us;
	if (step_us < INTERVAL_US || l->expected < MIN_PACKETS)
		return FALSE;
	sample->permille = (guint) ((guint64) l->lost * 1000 / l->expected);
	sample->sent_bps = l->sent_bytes * 8 * G_USEC_PER_SEC / (guint64) step_us;
	sample->sent_before_bps = l->sent_before_bps;
	l->sent_before_bps = sample->sent_bps;
	l->noise_permille = noise_of (sample->permille, l->expected);
	sample->heavy = estimate_loss_excess (l, sample->permille) > ESTIMATE_LOSS_HEAVY_PERMILLE;
	l->permille = afresh || sample->heavy ? sample->permille : (l->permille + sample->permille + 1) / 2;
	l->expected = l->lost = 0;
	l->sent_bytes = 0;
	l->taken_us = now_us;
	return TRUE;
}

/* Whether coming down helped. TRUE: it did, or it did not and that is to be tried once more (a link that has just become narrow
 * looks lossy once). */
static gboolean judge_descent (EstimateLoss *l, guint64 sent_bps, gboolean soon)
{
	gboolean known = soon && l->descent_permille != 0 && sent_bps <= l->descent_sent_bps / 100 * LESS_SENT_PCT;
	gboolean helped = l->permille * 100 < l->descent_permille * HELPED_PCT;
	gboolean worse = l->permille * 100 > l->descent_permille * WORSE_PCT;
	l->descent_permille = 0;
	if (known)
		l->n_unhelped = helped || worse ? 0 : l->n_unhelped + 1;
	return known && (helped || l->n_unhelped == 1);
}

static gboolean learn_inherent (EstimateLoss *l)
{
	gboolean learnt = l->n_unhelped >= 2;
	if (learnt)
		l->inherent_permille = MIN (MAX (l->inherent_permille, l->permille), MAX_INHERENT_PERMILLE);
	else if (l->permille + l->noise_permille < l->inherent_permille)
		l->inherent_permille = (l->inherent_permille + l->permille) / 2;
	else if (l->inherent_permille != 0 && estimate_loss_excess (l, l->permille) == 0)
		l->inherent_permille = (l->inherent_permille * 7 + l->permille) / 8;
	l->n_unhelped = learnt ? 0 : l->n_unhelped;
	return learnt;
}

guint64 estimate_loss_descend (EstimateLoss *l, const EstimateLossSample *sample)
{
	guint excess = MIN (estimate_loss_excess (l, sample->permille), 1000);
	l->n_lossy = 0;
	l->descent_permille = sample->permille;
	l->descent_sent_bps = sample->sent_bps;
	guint64 sent_bps = MAX (sample->sent_bps, sample->sent_before_bps);
	return MAX (sent_bps / 1000 * (1000 - excess) / 100 * DELIVERED_PCT, 1);
}

gboolean estimate_loss_lasts (EstimateLoss *l)
{
	if (estimate_loss_excess (l, l->permille) < ESTIMATE_LOSS_HIGH_PERMILLE)
		return FALSE;
	l->inherent_permille = MIN (l->permille, MAX_INHERENT_PERMILLE);
	l->n_unhelped = 0;
	return TRUE;
}

/* Much loss is acted on when it comes a second time, a little when it stays; while it is being found out whose it is, at once. */
guint64 estimate_loss_judge (EstimateLoss *l, const EstimateLossSample *sample, gint64 changed_us, gboolean *learnt)
{
	gboolean at_once = judge_descent (l, sample->sent_bps, l->taken_us - changed_us < SOON_US);
	*learnt = learn_inherent (l);
	guint excess = estimate_loss_excess (l, l->permille);
	l->n_lossy = excess > ESTIMATE_LOSS_LOW_PERMILLE ? l->n_lossy + 1 : 0;
	guint patience = excess > ESTIMATE_LOSS_HEAVY_PERMILLE || at_once ? 1 : excess > ESTIMATE_LOSS_HIGH_PERMILLE ? 2 : MAX_LOSSY;
	return l->n_lossy >= patience ? estimate_loss_descend (l, sample) : 0;
}
