/* test-allocator.c: who gets which step of a budget, as rows; and random meetings against a slow second implementation. */
#include "config.h"
#include <stdlib.h>
#include <string.h>

#include "plugins/room/allocator.h"

#define P ALLOCATOR_PAUSED

/* ---- rows: the words of `in` are slots: priority, height, what it is now, ladder ----
 * "1,360,-,a": the ladder by its letter, '-' for new, 'P' for paused for want of bandwidth, "1/2" for a step.
 * The words of `expect`: step and reason (w as wished, l limited, b no bandwidth, n nothing sent). Bitrates in kbit/s. */
static const AllocatorLadder ladders[] = {
	{ 3, 3, { 180, 360, 720 }, { { 40, 60, 100 }, { 120, 180, 300 }, { 400, 600, 1000 } } },	/* a: a camera */
	{ 1, 1, { 1080 }, { { 500 } } },								/* b: a screen */
	{ 0, 0, { 0 }, { { 0 } } },									/* c: nothing */
	{ 3, 1, { 180, 360, 720 }, { { 100 }, { 0 }, { 1000 } } },					/* d: no middle */
	{ 3, 1, { 0, 0, 0 }, { { 100 }, { 300 }, { 1000 } } },						/* e: heights not known */
	{ 3, 3, { 180, 360, 720 }, { { 100, 100, 100 }, { 300, 300, 300 }, { 1000, 1000, 1000 } } },	/* f: no temporal layers */
	{ 2, 1, { 360, 720 }, { { 0 }, { 0 } } },							/* g: all layers stopped */
	{ 3, 1, { 180, 360, 720 }, { { 0 }, { 0 }, { 1000 } } },					/* h: the top only */
	{ 2, 1, { 180, 360 }, { { 200 }, { 150 } } },							/* i: the larger is cheaper */
};

static const struct {
	const char *name;
	guint budget, audio;
	const char *in, *expect;
	guint spent, next;
} rows[] = {
	{ "nobody", 1000, 100, "", "", 100, 0 },
	{ "nothing sent", 1000, 100, "1,0,-,c 1,0,-,g", "-n -n", 100, 0 },
	{ "all of it", 2000, 100, "1,0,-,a", "2/2w", 1100, 0 },
	{ "a margin to go up", 1249, 100, "1,0,-,a", "2/1l", 700, 1250 },
	{ "just the margin", 1250, 100, "1,0,-,a", "2/2w", 1100, 0 },
	{ "no margin to stay", 1100, 100, "1,0,2/2,a", "2/2w", 1100, 0 },
	{ "one less", 1099, 100, "1,0,2/2,a", "2/1l", 700, 1250 },
	{ "up to the wish", 2000, 100, "1,360,-,a", "1/2w", 400, 0 },
	{ "a wish of a fifth more", 2000, 100, "1,432,-,a", "1/2w", 400, 0 },
	{ "a wish of more than that", 2000, 100, "1,433,-,a", "2/2w", 1100, 0 },
	{ "a small wish", 2000, 100, "1,90,-,a", "0/2w", 200, 0 },
	{ "down to the wish", 2000, 100, "1,180,2/2,a", "0/2w", 200, 0 },
	{ "lowest step", 140, 100, "1,0,-,a", "0/0l", 140, 169 },
	{ "less than the lowest", 139, 100, "1,0,-,a", "-b", 100, 156 },
	{ "audio takes all", 90, 100, "1,0,2/2,a", "-b", 100, 156 },
	{ "paused comes back with a margin", 155, 100, "1,0,P,a", "-b", 100, 156 },
	{ "and with it", 156, 100, "1,0,P,a", "0/0l", 140, 169 },
	{ "the least important is paused", 170, 100, "2,0,-,a 1,0,-,a 2,0,-,a", "-b 0/1l -b", 160, 202 },
	{ "everybody first gets the lowest", 500, 0, "1,0,-,a 2,0,-,a 2,0,-,a", "1/2l 0/1l 0/1l", 420, 529 },
	{ "by turns among equals", 345, 0, "1,0,-,a 1,0,-,a 1,0,-,a", "0/2l 0/2l 0/2l", 300, 437 },
	{ "the taller wish first", 184, 0, "1,180,-,a 1,720,-,a", "0/1l 0/2l", 160, 230 },
	{ "one that does not fit lets smaller pass", 300, 0, "0,0,-,b 1,0,-,a", "-b 1/1l", 180, 345 },
	{ "no middle layer", 500, 0, "1,0,-,d", "0/0l", 100, 1150 },
	{ "no middle layer, wish of the middle", 2000, 0, "1,360,-,d", "2/0w", 1000, 0 },
	{ "heights guessed", 2000, 0, "1,360,-,e", "1/0w", 300, 0 },
	{ "without temporal layers the highest of them", 350, 0, "1,0,-,f", "1/2l", 300, 1150 },
	{ "without temporal layers stays", 300, 0, "1,0,1/2,f", "1/2l", 300, 1150 },
	{ "only the top is there", 2000, 0, "1,180,-,h", "2/0w", 1000, 0 },
	{ "larger for less", 150, 0, "1,0,-,i", "1/0w", 150, 0 },
	{ "all temporal layers as now", 2000, 0, "1,360,1/7,a", "1/2w", 300, 0 },
};

static AllocatorSlot read_slot (const char *word)
{
	g_auto (GStrv) parts = g_strsplit (word, ",", 4);
	AllocatorSlot slot = { .priority = (guint) atoi (parts[0]), .height = (guint) atoi (parts[1]), .spatial = P, .temporal = P };
	slot.ladder = ladders[parts[3][0] - 'a'];
	for (guint s = 0; s < ALLOCATOR_MAX_SPATIAL; s++)
		for (guint t = 0; t < ALLOCATOR_MAX_TEMPORAL; t++)
			slot.ladder.bps[s][t] *= 1000;
	if (parts[2][0] == 'P')
		slot.paused_us = 7;
	else if (parts[2][0] != '-') {
		slot.spatial = parts[2][0] - '0';
		slot.temporal = parts[2][2] - '0';
	}
	return slot;
}

static void write_slot (GString *out, const AllocatorSlot *slot)
{
	if (out->len > 0)
		g_string_append_c (out, ' ');
	if (slot->spatial == P)
		g_string_append_c (out, '-');
	else
		g_string_append_printf (out, "%d/%d", slot->spatial, slot->temporal);
	g_string_append_c (out, "wlbn"[slot->reason]);
}

static void test_rows (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		Allocator a;
		allocator_prepare (&a, rows[i].budget * 1000, rows[i].audio * 1000, 5000);
		g_auto (GStrv) words = g_strsplit (rows[i].in, " ", -1);
		for (guint w = 0; words[w] && words[w][0]; w++) {
			AllocatorSlot slot = read_slot (words[w]);
			g_assert_cmpuint (allocator_offer (&a, &slot), ==, w);
		}
		allocator_commit (&a);
		g_autoptr (GString) out = g_string_new (NULL);
		for (guint s = 0; s < a.n; s++) {
			write_slot (out, &a.slots[s]);
			g_assert_cmpint (a.slots[s].paused_us != 0, ==, a.slots[s].reason == ALLOCATOR_NO_BANDWIDTH);
		}
		g_test_message ("%s", rows[i].name);
		g_assert_cmpstr (out->str, ==, rows[i].expect);
		g_assert_cmpuint (a.spent_bps, ==, rows[i].spent * 1000);
		g_assert_cmpuint (a.next_bps, ==, rows[i].next * 1000);
	}
}

static void test_paused_since (void)
{
	Allocator a;
	AllocatorSlot slot = read_slot ("1,0,-,a");
	allocator_prepare (&a, 0, 0, 5000);
	allocator_offer (&a, &slot);
	allocator_commit (&a);
	g_assert_cmpint (a.slots[0].paused_us, ==, 5000);
	slot = a.slots[0];
	allocator_prepare (&a, 0, 0, 9000);
	allocator_offer (&a, &slot);
	allocator_commit (&a);
	g_assert_cmpint (a.slots[0].paused_us, ==, 5000);
}

static void test_too_many (void)
{
	Allocator a;
	AllocatorSlot slot = read_slot ("1,0,-,a");
	allocator_prepare (&a, 100000000, 0, 5000);
	for (guint i = 0; i < ALLOCATOR_MAX_SLOTS; i++)
		g_assert_cmpuint (allocator_offer (&a, &slot), ==, i);
	g_assert_cmpuint (allocator_offer (&a, &slot), ==, ALLOCATOR_MAX_SLOTS);
	allocator_commit (&a);
	g_assert_cmpuint (a.n, ==, ALLOCATOR_MAX_SLOTS);
}

static void test_names (void)
{
	for (guint i = ALLOCATOR_AS_WISHED; i <= ALLOCATOR_NOTHING_SENT; i++)
		g_assert_cmpuint (strlen (allocator_reason_name (i)), >, 0);
}

/* ---- the second implementation: looks through all for who is next, again and again ---- */
typedef struct NaiveStep {
	int spatial, temporal;
	guint64 bps;
} NaiveStep;

static guint naive_steps (const AllocatorSlot *slot, NaiveStep steps[12])
{
	const AllocatorLadder *l = &slot->ladder;
	int top = -1;
	guint n = 0;
	for (int s = 0; s < (int) l->n_spatial; s++)
		if (l->bps[s][0] != 0 && (top < 0 || (slot->height != 0 && l->height[top] * 6 < slot->height * 5) || slot->height == 0))
			top = s;
	for (int s = 0; s <= top; s++)
		for (int t = 0; t < (int) l->n_temporal; t++) {
			gboolean best = l->bps[s][t] != 0 && (s == 0 || t + 2 >= (int) l->n_temporal);
			for (int u = s; u <= top && best; u++)
				for (int v = u == s ? t + 1 : 0; v < (int) l->n_temporal; v++)
					if (l->bps[u][v] != 0 && (u == 0 || v + 2 >= (int) l->n_temporal) && l->bps[u][v] <= l->bps[s][t])
						best = FALSE;
			if (best)
				steps[n++] = (NaiveStep) { s, t, l->bps[s][t] };
		}
	return n;
}

static gboolean is_before (const AllocatorSlot *a, guint i, const AllocatorSlot *b, guint j)
{
	guint64 tall_a = a->height ? a->height : G_MAXUINT64, tall_b = b->height ? b->height : G_MAXUINT64;
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return tall_a != tall_b ? tall_a > tall_b : i < j;
}

static void naive_divide (const Allocator *in, int levels[ALLOCATOR_MAX_SLOTS])
{
	NaiveStep steps[ALLOCATOR_MAX_SLOTS][12];
	guint n_steps[ALLOCATOR_MAX_SLOTS], turns[ALLOCATOR_MAX_SLOTS] = { 0 };
	gboolean closed[ALLOCATOR_MAX_SLOTS] = { FALSE };
	guint64 budget = in->budget_bps > in->audio_bps ? in->budget_bps - in->audio_bps : 0, spent = 0;
	for (guint i = 0; i < in->n; i++) {
		n_steps[i] = naive_steps (&in->slots[i], steps[i]);
		levels[i] = -1;
	}
	for (;;) {
		int best = -1;
		for (guint i = 0; i < in->n; i++) {
			if (closed[i] || levels[i] + 1 >= (int) n_steps[i])
				continue;
			const AllocatorSlot *a = &in->slots[i], *b = best < 0 ? NULL : &in->slots[best];
			gboolean first = turns[i] == 0, best_first = best >= 0 && turns[best] == 0;
			if (!b || (first && !best_first))
				best = (int) i;
			else if (first == best_first && (first || a->priority == b->priority) && turns[i] != turns[best])
				best = turns[i] < turns[best] ? (int) i : best;
			else if (first == best_first && is_before (a, i, b, (guint) best))
				best = (int) i;
		}
		if (best < 0)
			return;
		const AllocatorSlot *slot = &in->slots[best];
		const NaiveStep *step = &steps[best][levels[best] + 1];
		gboolean stays = slot->spatial != P && (step->spatial < slot->spatial
			|| (step->spatial == slot->spatial && step->temporal <= slot->temporal));
		gboolean fresh = levels[best] < 0 && slot->paused_us == 0;
		guint64 total = spent + step->bps - (levels[best] < 0 ? 0 : steps[best][levels[best]].bps), need = total;
		if (!stays && !fresh)
			need += total * 15 / 100 + (levels[best] < 0 ? step->bps * 25 / 100 : 0);
		turns[best]++;
		closed[best] = need > budget;
		spent = closed[best] ? spent : total;
		levels[best] += !closed[best];
	}
}

static void offer_random (Allocator *a)
{
	AllocatorSlot slot = { .priority = (guint) g_test_rand_int_range (0, 4), .spatial = g_test_rand_int_range (-1, 3) };
	slot.temporal = slot.spatial == P ? P : g_test_rand_int_range (0, 4);
	slot.height = (guint) g_test_rand_int_range (0, 5) * 180;
	slot.paused_us = slot.spatial == P ? g_test_rand_int_range (0, 2) : 0;
	slot.ladder.n_spatial = (guint) g_test_rand_int_range (0, 4);
	slot.ladder.n_temporal = (guint) g_test_rand_int_range (1, 5);
	for (guint s = 0; s < slot.ladder.n_spatial; s++) {
		slot.ladder.height[s] = 180u << s;
		gboolean there = g_test_rand_int_range (0, 5) != 0;
		guint64 bps = 0;
		for (guint t = 0; t < slot.ladder.n_temporal && there; t++)
			slot.ladder.bps[s][t] = bps += (guint64) g_test_rand_int_range (t == 0, 200000 << s);
	}
	allocator_offer (a, &slot);
}

static void assert_same (const Allocator *a, const Allocator *b)
{
	for (guint i = 0; i < a->n; i++) {
		g_assert_cmpint (a->slots[i].spatial, ==, b->slots[i].spatial);
		g_assert_cmpint (a->slots[i].temporal, ==, b->slots[i].temporal);
	}
}

static gboolean differs (const Allocator *a, const Allocator *b)
{
	for (guint i = 0; i < a->n; i++)
		if (a->slots[i].spatial != b->slots[i].spatial || a->slots[i].temporal != b->slots[i].temporal)
			return TRUE;
	return FALSE;
}

/* With the outcome as what is now. */
static Allocator once_more (const Allocator *a, guint64 budget_bps)
{
	Allocator b = *a;
	b.budget_bps = budget_bps;
	allocator_commit (&b);
	return b;
}

static void test_random (void)
{
	for (guint round = 0; round < 20000; round++) {
		Allocator a;
		int levels[ALLOCATOR_MAX_SLOTS];
		allocator_prepare (&a, (guint64) g_test_rand_int_range (0, 1 << g_test_rand_int_range (10, 24)), 50000, 1);
		for (int n = g_test_rand_int_range (0, 12); n > 0; n--)
			offer_random (&a);
		naive_divide (&a, levels);
		allocator_commit (&a);
		guint64 spent = a.audio_bps;
		for (guint i = 0; i < a.n; i++) {
			NaiveStep steps[12];
			naive_steps (&a.slots[i], steps);
			g_assert_cmpint (a.slots[i].spatial, ==, levels[i] < 0 ? P : steps[levels[i]].spatial);
			g_assert_cmpint (a.slots[i].temporal, ==, levels[i] < 0 ? P : steps[levels[i]].temporal);
			spent += a.slots[i].bps;
		}
		g_assert_cmpuint (a.spent_bps, ==, spent);
		g_assert_cmpuint (a.spent_bps, <=, MAX (a.budget_bps, a.audio_bps));
		/* With nothing new it stays, however often; next_bps is just where it does not. */
		Allocator same = once_more (&a, a.budget_bps);
		assert_same (&a, &same);
		if (same.next_bps == 0)
			continue;
		g_assert_cmpuint (same.next_bps, >, a.budget_bps);
		Allocator more = once_more (&same, same.next_bps), less = once_more (&same, same.next_bps - 1);
		g_assert_true (differs (&same, &more));
		assert_same (&same, &less);
	}
}

/* Bitrates that wobble by 20 % around the same: hardly anything changes. */
static void test_wobble (void)
{
	for (guint64 budget = 600000; budget <= 4000000; budget += 100000) {
		Allocator a;
		AllocatorSlot slots[5];
		guint n_changes = 0;
		for (guint i = 0; i < 5; i++)
			slots[i] = read_slot ("1,720,-,a");
		for (guint round = 0; round < 300; round++) {
			allocator_prepare (&a, budget, 50000, 1);
			for (guint i = 0; i < 5; i++) {
				AllocatorSlot slot = slots[i];
				slot.ladder = read_slot ("1,720,-,a").ladder;
				int pct = g_test_rand_int_range (80, 121);
				for (guint s = 0; s < 3; s++)
					for (guint t = 0; t < 3; t++)
						slot.ladder.bps[s][t] = slot.ladder.bps[s][t] * (guint64) pct / 100;
				allocator_offer (&a, &slot);
			}
			allocator_commit (&a);
			for (guint i = 0; i < 5 && round > 20; i++)
				n_changes += a.slots[i].spatial != slots[i].spatial || a.slots[i].temporal != slots[i].temporal;
			memcpy (slots, a.slots, sizeof slots);
		}
		g_test_message ("%u kbit/s: %u changes in 280 rounds", (guint) (budget / 1000), n_changes);
		g_assert_cmpuint (n_changes, <, 140);
	}
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/allocator/rows", test_rows);
	g_test_add_func ("/allocator/paused-since", test_paused_since);
	g_test_add_func ("/allocator/too-many", test_too_many);
	g_test_add_func ("/allocator/names", test_names);
	g_test_add_func ("/allocator/random", test_random);
	g_test_add_func ("/allocator/wobble", test_wobble);
	return g_test_run ();
}
