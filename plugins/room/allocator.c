#include "config.h"
#include "plugins/room/allocator.h"

#include <stdlib.h>

/* What all would take must leave this much free, or a step up is not made; to stay needs nothing: bitrates of encoders wobble. */
#define UP_MARGIN_PCT 15
/* A paused video needs this much of its own step besides. */
#define RESUME_MARGIN_PCT 25
/* A picture may be stretched by a fifth before the next layer is worth its bits. */
#define STRETCH_NUM 6
#define STRETCH_DEN 5
#define MAX_STEPS (ALLOCATOR_MAX_SPATIAL * ALLOCATOR_MAX_TEMPORAL)
#define MAX_STEP_BPS (G_GUINT64_CONSTANT (1) << 40)	/* so that sums do not overflow */
#define TYPICAL_HEIGHT 720

typedef struct Step {
	int spatial, temporal;
	guint64 bps;
} Step;

/* One slot while it is decided; steps from the cheapest to the one that is wished. */
typedef struct Plan {
	AllocatorSlot *slot;
	guint index;		/* of the offer */
	int n_steps, was, is;	/* indices of steps, -1: paused */
	gboolean resumes;	/* it was paused for want of bandwidth */
	gboolean closed;	/* gets nothing more this time */
	Step steps[MAX_STEPS];
} Plan;

typedef struct Division {
	guint64 budget_bps, spent_bps;	/* of the videos */
	guint64 next_bps;		/* the least budget with which one more would have been given */
	guint n;
	Plan plans[ALLOCATOR_MAX_SLOTS];
} Division;

void allocator_prepare (Allocator *a, guint64 budget_bps, guint64 audio_bps, gint64 now_us)
{
	a->budget_bps = budget_bps;
	a->audio_bps = audio_bps;
	a->now_us = now_us;
	a->n = 0;
	a->spent_bps = a->next_bps = 0;
}

guint allocator_offer (Allocator *a, const AllocatorSlot *slot)
{
	if (a->n == ALLOCATOR_MAX_SLOTS)
		return ALLOCATOR_MAX_SLOTS;
	a->slots[a->n] = *slot;
	return a->n++;
}

/* ---- the steps of one slot ---- */

/* A layer's height, or a guess: each layer doubles it. */
static guint64 height_of (const AllocatorLadder *ladder, guint spatial)
{
	for (guint known = 0; known < ladder->n_spatial; known++)
		if (ladder->height[known] != 0)
			return known <= spatial ? (guint64) ladder->height[known] << (spatial - known)
				: ladder->height[known] >> (known - spatial);
	return TYPICAL_HEIGHT >> (ladder->n_spatial - 1 - spatial);
}

static gboolean is_there (const AllocatorLadder *ladder, guint spatial)
{
	for (guint t = 0; t < ladder->n_temporal; t++)
		if (ladder->bps[spatial][t] != 0)
			return TRUE;
	return FALSE;
}

/* The smallest layer that is there and tall enough for the wish, or the tallest that is there; -1: none is. */
static int highest_useful (const AllocatorLadder *ladder, guint wished)
{
	int best = -1;
	for (guint s = 0; s < ladder->n_spatial; s++) {
		if (!is_there (ladder, s))
			continue;
		best = (int) s;
		guint64 height = ladder->height[s] != 0 ? ladder->height[s] : height_of (ladder, s);
		if (wished != 0 && height * STRETCH_NUM >= (guint64) wished * STRETCH_DEN)
			break;
	}
	return best;
}

/* From the top down, so that what costs as much as something better falls out. Of layers above the lowest only the two
 * highest frame rates are steps: a quarter of the frames of a tall picture is worse than all of a smaller one. */
static void find_steps (Plan *p)
{
	AllocatorLadder ladder = p->slot->ladder;
	ladder.n_spatial = MIN (ladder.n_spatial, ALLOCATOR_MAX_SPATIAL);
	ladder.n_temporal = MIN (ladder.n_temporal, ALLOCATOR_MAX_TEMPORAL);
	Step found[MAX_STEPS];
	guint64 least = G_MAXUINT64;
	int n = 0;
	for (int s = highest_useful (&ladder, p->slot->height); s >= 0; s--)
		for (int t = (int) ladder.n_temporal - 1; t >= (s > 0 ? MAX ((int) ladder.n_temporal - 2, 0) : 0); t--) {
			guint64 bps = MIN (ladder.bps[s][t], MAX_STEP_BPS);
			if (bps == 0 || bps >= least)
				continue;
			found[n++] = (Step) { s, t, bps };
			least = bps;
		}
	for (int i = 0; i < n; i++)
		p->steps[i] = found[n - 1 - i];
	p->n_steps = n;
}

/* The step that it is on now, or the next below it that is left. */
static int step_now (const Plan *p)
{
	int at = -1;
	if (p->slot->spatial == ALLOCATOR_PAUSED)
		return -1;
	for (int i = 0; i < p->n_steps; i++) {
		const Step *step = &p->steps[i];
		if (step->spatial < p->slot->spatial || (step->spatial == p->slot->spatial && step->temporal <= p->slot->temporal))
			at = i;
	}
	return at;
}

/* ---- the division ---- */

static int compare_plans (gconstpointer a, gconstpointer b)
{
	const Plan *p = a, *q = b;
	if (p->slot->priority != q->slot->priority)
		return p->slot->priority < q->slot->priority ? -1 : 1;
	if (p->slot->height != q->slot->height)	/* 0 is the tallest: one less is the largest number */
		return p->slot->height - 1 > q->slot->height - 1 ? -1 : 1;
	return p->index < q->index ? -1 : 1;
}

static guint64 step_bps (const Plan *p, int step)
{
	return step < 0 ? 0 : p->steps[step].bps;
}

/* What the budget must be for one step more, if it is not to be had already. */
static guint64 need_for_more (const Division *d, const Plan *p, gboolean resumes)
{
	guint64 total = d->spent_bps - step_bps (p, p->is) + step_bps (p, p->is + 1);
	guint64 need = total + total * UP_MARGIN_PCT / 100;
	return resumes ? need + step_bps (p, p->is + 1) * RESUME_MARGIN_PCT / 100 : need;
}

/* Gives one step more if it fits. Any refusal would be one again with this outcome as the state before, and any grant too:
 * so with the same numbers the same comes out for ever. */
static gboolean raise_step (Division *d, Plan *p)
{
	if (p->closed || p->is + 1 >= p->n_steps)
		return FALSE;
	guint64 total = d->spent_bps - step_bps (p, p->is) + step_bps (p, p->is + 1);
	gboolean begins = p->is + 1 == 0 && !p->resumes;
	guint64 need = begins || p->is + 1 <= p->was ? total : need_for_more (d, p, p->resumes && p->is < 0);
	if (need > d->budget_bps) {
		d->next_bps = MIN (d->next_bps, need_for_more (d, p, p->is < 0));
		p->closed = TRUE;
		return FALSE;
	}
	d->spent_bps = total;
	p->is++;
	return TRUE;
}

/* One step for each of plans[first..end), round after round, until nobody gets any. */
static void raise_all (Division *d, guint first, guint end)
{
	for (gboolean any = TRUE; any;) {
		any = FALSE;
		for (guint i = first; i < end; i++)
			any |= raise_step (d, &d->plans[i]);
	}
}

static void divide (Division *d)
{
	for (guint i = 0; i < d->n; i++)
		if (!raise_step (d, &d->plans[i]))
			d->plans[i].closed = TRUE;
	for (guint first = 0, end; first < d->n; first = end) {
		for (end = first; end < d->n && d->plans[end].slot->priority == d->plans[first].slot->priority;)
			end++;
		raise_all (d, first, end);
	}
}

static void tell (const Plan *p, gint64 now_us)
{
	AllocatorSlot *slot = p->slot;
	slot->spatial = p->is < 0 ? ALLOCATOR_PAUSED : p->steps[p->is].spatial;
	slot->temporal = p->is < 0 ? ALLOCATOR_PAUSED : p->steps[p->is].temporal;
	slot->bps = step_bps (p, p->is);
	if (p->n_steps == 0)
		slot->reason = ALLOCATOR_NOTHING_SENT;
	else if (p->is < 0)
		slot->reason = ALLOCATOR_NO_BANDWIDTH;
	else
		slot->reason = p->is == p->n_steps - 1 ? ALLOCATOR_AS_WISHED : ALLOCATOR_LIMITED;
	if (slot->reason != ALLOCATOR_NO_BANDWIDTH)
		slot->paused_us = 0;
	else if (slot->paused_us == 0)
		slot->paused_us = MAX (now_us, 1);
}

void allocator_commit (Allocator *a)
{
	Division d = { .next_bps = G_MAXUINT64, .n = a->n };
	d.budget_bps = a->budget_bps > a->audio_bps ? a->budget_bps - a->audio_bps : 0;
	for (guint i = 0; i < a->n; i++) {
		Plan *p = &d.plans[i];
		*p = (Plan) { .slot = &a->slots[i], .index = i, .is = -1, .resumes = a->slots[i].paused_us != 0 };
		find_steps (p);
		p->was = step_now (p);
	}
	qsort (d.plans, d.n, sizeof d.plans[0], compare_plans);
	divide (&d);
	for (guint i = 0; i < d.n; i++)
		tell (&d.plans[i], a->now_us);
	a->spent_bps = a->audio_bps + d.spent_bps;
	a->next_bps = d.next_bps == G_MAXUINT64 ? 0 : a->audio_bps + d.next_bps;
}

const char *allocator_reason_name (AllocatorReason reason)
{
	static const char *const names[] = {
		[ALLOCATOR_AS_WISHED] = "as_wished",
		[ALLOCATOR_LIMITED] = "limited",
		[ALLOCATOR_NO_BANDWIDTH] = "no_bandwidth",
		[ALLOCATOR_NOTHING_SENT] = "nothing_sent",
	};
	return names[MIN (reason, ALLOCATOR_NOTHING_SENT)];
}
