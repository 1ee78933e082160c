#include <string.h>

#include "plugins/room/view.h"

#define NO_SLOT (-1)

/* How much a candidate deserves a slot: the lower, the more; compared field by field. */
typedef struct Rank {
	int class;
	gint64 order;		/* within the class */
	gboolean outside;	/* in no slot yet: those inside stay */
	guint index;		/* the longest published */
} Rank;

/* One decision in the making. */
typedef struct Scene {
	const Viewer *viewer;
	const ViewCandidate *candidates;
	guint n;
	ViewSlot *slots;
	guint n_slots;
	int held[VIEW_MAX_SLOTS];		/* the candidate each slot will show, or -1 */
	gboolean open[VIEW_MAX_SLOTS];		/* to be filled in rank order */
	int was_in[VIEW_MAX_CANDIDATES];	/* the open slot that shows it until now, or NO_SLOT */
	gboolean wished[VIEW_MAX_CANDIDATES];	/* shown on a wish, so not to be shown again */
} Scene;

/* ---- setting out ---- */

static int
find (const Scene *scene, guint32 participant, guint32 source)
{
	if (participant == VIEW_NOBODY || participant == scene->viewer->participant)
		return -1;
	for (guint i = 0; i < scene->n; i++)
		if (scene->candidates[i].participant == participant && scene->candidates[i].source == source)
			return (int) i;
	return -1;
}

static void
scene_init (Scene *scene, const Viewer *viewer, const ViewCandidate *candidates, guint n, ViewSlot *slots, guint n_slots)
{
	scene->viewer = viewer;
	scene->candidates = candidates;
	scene->n = MIN (n, VIEW_MAX_CANDIDATES);
	scene->slots = slots;
	scene->n_slots = MIN (n_slots, VIEW_MAX_SLOTS);
	for (guint i = 0; i < scene->n; i++) {
		scene->was_in[i] = NO_SLOT;
		scene->wished[i] = FALSE;
	}
	for (guint i = 0; i < scene->n_slots; i++) {
		scene->held[i] = -1;
		scene->open[i] = FALSE;
	}
}

/* A slot to be filled in rank order; notes whom it shows, so that they can stay. */
static void
open_slot (Scene *scene, guint i)
{
	scene->open[i] = TRUE;
	int shown = find (scene, scene->slots[i].participant, scene->slots[i].source);
	if (shown >= 0 && scene->was_in[shown] == NO_SLOT)
		scene->was_in[shown] = (int) i;
}

static void
grant_wish (Scene *scene, guint i)
{
	int found = find (scene, scene->slots[i].want_participant, scene->slots[i].want_source);
	scene->held[i] = found;
	if (found >= 0)
		scene->wished[found] = TRUE;
}

/* ---- ranking ---- */

/* Place in the viewer's pins, or -1. */
static int
pin_of (const Viewer *viewer, guint32 participant)
{
	for (guint i = 0; i < viewer->n_pinned; i++)
		if (viewer->pinned[i] == participant)
			return (int) i;
	return -1;
}

static Rank
rank_video (const Scene *scene, guint i)
{
	enum { PINNED, SPOTLIGHT, SCREEN, DOMINANT, RECENT, OTHER, QUIET };
	const ViewCandidate *c = &scene->candidates[i];
	gboolean outside = scene->was_in[i] == NO_SLOT;
	int pin = pin_of (scene->viewer, c->participant);
	if (pin >= 0)
		return (Rank) { PINNED, 2 * pin + !c->screen, outside, i };
	if (c->quiet)
		return (Rank) { QUIET, 0, outside, i };
	if (c->spotlight > 0)
		return (Rank) { SPOTLIGHT, 2 * (gint64) c->spotlight + !c->screen, outside, i };
	if (c->screen)
		return (Rank) { SCREEN, 0, outside, i };
	if (c->dominant)
		return (Rank) { DOMINANT, 0, outside, i };
	if (c->last_spoke_us > 0)
		return (Rank) { RECENT, -c->last_spoke_us - (outside ? 0 : VIEW_STAY_US), outside, i };
	return (Rank) { OTHER, 0, outside, i };
}

static Rank
rank_audio (const Scene *scene, guint i)
{
	enum { SPEAKER, UNMUTED, MUTED, QUIET };
	const ViewCandidate *c = &scene->candidates[i];
	int class = c->quiet ? QUIET : c->speaker_slot >= 0 ? SPEAKER : c->muted ? MUTED : UNMUTED;
	return (Rank) { class, 0, scene->was_in[i] == NO_SLOT, i };
}

static gboolean
comes_before (const Rank *a, const Rank *b)
{
	if (a->class != b->class)
		return a->class < b->class;
	if (a->order != b->order)
		return a->order < b->order;
	if (a->outside != b->outside)
		return b->outside;
	return a->index < b->index;
}

/* Puts `rank` into the sorted best[*n], which never grows beyond `max`. */
static void
insert (Rank *best, guint *n, guint max, Rank rank)
{
	if (*n == max && (max == 0 || !comes_before (&rank, &best[max - 1])))
		return;
	guint at = *n < max ? (*n)++ : max - 1;
	for (; at > 0 && comes_before (&rank, &best[at - 1]); at--)
		best[at] = best[at - 1];
	best[at] = rank;
}

/* ---- seating ---- */

static int
tallest_free (const Scene *scene)
{
	int best = NO_SLOT;
	for (guint i = 0; i < scene->n_slots; i++) {
		if (!scene->open[i] || scene->held[i] >= 0)
			continue;
		if (best == NO_SLOT || scene->slots[i].height > scene->slots[best].height)
			best = (int) i;
	}
	return best;
}

/* Those who are in stay where they are; then the others take what is free, the best first. */
static void
seat (Scene *scene, const Rank *best, guint n)
{
	for (guint i = 0; i < n; i++)
		if (!best[i].outside)
			scene->held[scene->was_in[best[i].index]] = (int) best[i].index;
	for (guint i = 0; i < n; i++)
		if (best[i].outside)
			scene->held[tallest_free (scene)] = (int) best[i].index;
}

static guint
count_open (const Scene *scene)
{
	guint n = 0;
	for (guint i = 0; i < scene->n_slots; i++)
		n += scene->open[i];
	return n;
}

/* Writes one slot; TRUE when that changed it. */
static gboolean
commit_slot (ViewSlot *slot, const ViewCandidate *c)
{
	ViewSlot new = *slot;
	new.participant = c != NULL ? c->participant : VIEW_NOBODY;
	new.source = c != NULL ? c->source : 0;
	new.paused = c == NULL ? VIEW_LIVE : c->muted ? VIEW_MUTED : c->stalled ? VIEW_STALLED : VIEW_LIVE;
	gboolean changed = new.participant != slot->participant || new.source != slot->source || new.paused != slot->paused;
	*slot = new;
	return changed;
}

static guint32
commit (const Scene *scene)
{
	guint32 changed = 0;
	for (guint i = 0; i < scene->n_slots; i++) {
		const ViewCandidate *c = scene->held[i] >= 0 ? &scene->candidates[scene->held[i]] : NULL;
		if (commit_slot (&scene->slots[i], c))
			changed |= 1u << i;
	}
	return changed;
}

guint32
view_video (const Viewer *viewer, const ViewCandidate *candidates, guint n, ViewSlot *slots, guint n_slots)
{
	Scene scene;
	Rank best[VIEW_MAX_SLOTS];
	guint n_best = 0;
	scene_init (&scene, viewer, candidates, n, slots, n_slots);
	for (guint i = 0; i < scene.n_slots; i++) {
		if (slots[i].want == VIEW_WANT_SOURCE)
			grant_wish (&scene, i);
		else if (slots[i].want == VIEW_WANT_AUTO)
			open_slot (&scene, i);
	}
	guint max = count_open (&scene);
	for (guint i = 0; i < scene.n; i++)
		if (candidates[i].participant != viewer->participant && !candidates[i].muted && !scene.wished[i])
			insert (best, &n_best, max, rank_video (&scene, i));
	seat (&scene, best, n_best);
	return commit (&scene);
}

guint32
view_audio (const Viewer *viewer, gboolean all, const ViewCandidate *candidates, guint n, ViewSlot *slots, guint n_slots)
{
	Scene scene;
	Rank best[VIEW_MAX_SLOTS];
	guint n_best = 0;
	scene_init (&scene, viewer, candidates, n, slots, n_slots);
	for (guint i = 0; i < scene.n_slots; i++)
		open_slot (&scene, i);
	for (guint i = 0; i < scene.n; i++)
		if (candidates[i].participant != viewer->participant && (all || candidates[i].speaker_slot >= 0))
			insert (best, &n_best, scene.n_slots, rank_audio (&scene, i));
	seat (&scene, best, n_best);
	return commit (&scene);
}
