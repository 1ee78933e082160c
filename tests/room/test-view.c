/* test-view.c: who is in which slot. Rows first; then random meetings against a second implementation that sorts keys
 * written as text, and rules that must hold whatever happens. */
#include <string.h>

#include "plugins/room/view.h"

#define MAX_WORDS 16
#define SECOND G_TIME_SPAN_SECOND

enum { CAMERA = 1, SCREEN = 2 };

/* ---- rows ----
 * The viewer is participant 1. Candidates: number, c (camera) or s (screen), then m muted, t stalled, q quiet, d dominant,
 * v<n> holds speaker slot n, l<n> is the nth in the spotlight, @<s> last spoke then.
 * Slots: auto, none or a wish like 3c; :<height>; =<who is in it>.
 * Expected: - for empty, or who is in it, with m or t when paused. */
typedef struct Row {
	const char *name, *pinned, *candidates, *slots, *expect;
} Row;

static const Row video_rows[] = {
	{ "nobody", "", "", "auto auto", "- -" },
	{ "in-order-of-publishing", "", "2c 3c 4c", "auto auto", "2c 3c" },
	{ "never-the-viewer", "", "1c 2c 1s", "auto auto 1c", "2c - -" },
	{ "screen-first", "", "2c 3c 4s 4c", "auto auto", "4s 2c" },
	{ "pinned-first", "3", "2c 2s 3c 4cd", "auto auto auto", "3c 2s 4c" },
	{ "pins-in-their-order", "4 3", "2c 3c 3s 4c", "auto auto auto", "4c 3s 3c" },
	{ "pinned-but-absent", "9", "2c", "auto auto", "2c -" },
	{ "dominant-before-recent", "", "2c@100 3cd 4c@50", "auto auto auto", "3c 2c 4c" },
	{ "recent-before-others", "", "2c 3c@10 4c@50", "auto auto", "4c 3c" },
	{ "whoever-is-in-stays", "", "2c 3c 4c", "auto=4c auto=3c", "4c 3c" },
	{ "stays-in-that-slot", "", "2c@1 3c@99 4cd", "auto=2c auto=3c auto=4c", "2c 3c 4c" },
	{ "dominant-takes-the-last-ones-slot", "", "2c@100 3c 4c@50 5cd", "auto=2c auto=3c auto=4c", "2c 5c 4c" },
	{ "dominant-takes-the-longest-silent", "", "2c@100 3c@20 4c@50 5cd", "auto=2c auto=3c auto=4c", "2c 5c 4c" },
	{ "little-later-does-not-displace", "", "2c@100 3c@104", "auto=2c", "2c" },
	{ "much-later-displaces", "", "2c@100 3c@106", "auto=2c", "3c" },
	{ "leaver-is-replaced", "", "2c 4c 5c", "auto=2c auto=3c auto=4c", "2c 5c 4c" },
	{ "muted-gets-no-auto-slot", "", "2cm 3c", "auto=2c auto", "3c -" },
	{ "all-muted", "2", "2cm 3cm", "auto=2c auto=3c", "- -" },
	{ "stalled-stays-paused", "", "2ct", "auto=2c", "2ct" },
	{ "wish", "", "2c 3c", "3c auto", "3c 2c" },
	{ "wish-before-auto", "3", "2c 3c", "auto=3c 3c", "2c 3c" },
	{ "wish-waits", "", "2c 3c", "7c auto", "- 2c" },
	{ "wish-muted", "", "2cm 3c", "2c auto", "2cm 3c" },
	{ "wish-stalled", "", "2ct", "2c", "2ct" },
	{ "wish-muted-and-stalled", "", "2cmt", "2c", "2cm" },
	{ "wish-for-one-source", "", "2c 2s", "2c auto", "2c 2s" },
	{ "same-wish-twice", "", "2c", "2c 2c auto", "2c 2c -" },
	{ "wish-replaces", "", "2c 3c", "3c=2c auto=3c", "3c 2c" },
	{ "none-empties", "", "2c 3c", "none=2c auto", "- 2c" },
	{ "tallest-gets-the-best", "", "2c 3cd 4c", "auto:180 auto:720 auto:180", "2c 3c 4c" },
	{ "tall-does-not-move-anybody", "", "2c 3cd", "auto:180=3c auto:720", "3c 2c" },
	{ "shown-twice-keeps-the-first", "", "2c 3c", "auto=2c auto=2c", "2c 3c" },
	{ "screen-of-the-dominant", "", "2cd 2sd 3c", "auto auto", "2s 2c" },
	{ "two-screens-stay", "", "2s 3s 4s", "auto=4s auto=3s", "4s 3s" },
	{ "screen-displaces-dominant-if-it-must", "", "2cd 3s", "auto=2c", "3s" },
	{ "quiet-last", "", "2cq 3cd 4c 5sq", "auto auto auto", "3c 4c 2c" },
	{ "quiet-gives-way", "", "2cdq 3cq@9 4c 5c", "auto=2c auto=3c", "4c 5c" },
	{ "quiet-stays-while-there-is-room", "", "2c 3cq", "auto=3c auto", "3c 2c" },
	{ "quiet-but-pinned", "2", "2cq 3c", "auto=2c", "2c" },
	{ "quiet-but-wished", "", "2cq 3c", "2c auto", "2c 3c" },
	{ "spotlight-before-screens", "", "2s 3cd 4cl1 5c", "auto auto auto", "4c 2s 3c" },
	{ "spotlight-in-its-order", "", "2cl2 3cl1 3sl1 4c", "auto auto auto", "3s 3c 2c" },
	{ "spotlight-displaces", "", "2s 3cd 4cl1", "auto=2s auto=3c", "2s 4c" },
	{ "pins-before-spotlight", "5", "4cl1 5c 6s", "auto auto", "5c 4c" },
	{ "spotlight-but-quiet", "", "2cql1 3c", "auto", "3c" },
	{ "spotlight-but-muted", "", "2cml1 3c", "auto auto", "3c -" },
	{ "no-slots", "", "2c", "", "" },
};

static const Row all_rows[] = {	/* view_audio with all = TRUE */
	{ "everybody", "", "1c 2c 3c 4c", "auto auto auto", "2c 3c 4c" },
	{ "stay", "", "1c 2c 4c", "auto=3c auto=4c auto=2c", "- 4c 2c" },
	{ "muted-are-forwarded", "", "1c 2cm 3c", "auto auto auto", "3c 2cm -" },
	{ "muted-last", "", "2cm 3c 4c 5c", "auto=2c auto=3c auto=4c", "5c 3c 4c" },
	{ "speakers-first", "", "2c 3c 4c 4sv0", "auto=2c auto=3c auto=4c", "2c 3c 4s" },
	{ "own-voice-never", "", "1cv0 1sv1", "auto auto auto", "- - -" },
	{ "quiet-last-of-all", "", "2cqv0 3cm 4c", "auto=2c auto", "4c 3cm" },
};

static const Row speaker_rows[] = {	/* with all = FALSE */
	{ "holders-only", "", "2c 3cv0 4c 5cv2", "auto auto auto", "3c 5c -" },
	{ "without-me", "", "1cv0 3cv1 4cv2", "auto auto auto", "3c 4c -" },
	{ "holders-stay", "", "3cv2 4cv1 5cv0", "auto=4c auto=5c auto=3c", "4c 5c 3c" },
	{ "one-changes", "", "3c 4cv1 5cv0 6cv2", "auto=4c auto=5c auto=3c", "4c 5c 6c" },
	{ "muted-holder-stays", "", "3cmv0 4cv1", "auto=3c auto=4c auto", "3cm 4c -" },
	{ "wish-is-not-looked-at", "", "3cv0", "7c none auto", "3c - -" },
};

static guint32
read_source (char letter)
{
	return letter == 'c' ? CAMERA : SCREEN;
}

static ViewCandidate
read_candidate (const char *word)
{
	char *at;
	ViewCandidate c = { .participant = (guint32) strtoul (word, &at, 10), .speaker_slot = -1 };
	c.source = read_source (*at++);
	c.screen = c.source == SCREEN;
	for (; *at != 0; at++)
		switch (*at) {
		case 'm': c.muted = TRUE; break;
		case 't': c.stalled = TRUE; break;
		case 'q': c.quiet = TRUE; break;
		case 'd': c.dominant = TRUE; break;
		case 'l': c.spotlight = *++at - '0'; break;
		case 'v': c.speaker_slot = *++at - '0'; break;
		case '@': c.last_spoke_us = strtol (at + 1, &at, 10) * SECOND; at--; break;
		}
	return c;
}

static ViewSlot
read_slot (const char *word)
{
	ViewSlot slot = { .want = VIEW_WANT_SOURCE };
	const char *height = strchr (word, ':'), *in = strchr (word, '=');
	if (g_str_has_prefix (word, "auto"))
		slot.want = VIEW_WANT_AUTO;
	else if (g_str_has_prefix (word, "none"))
		slot.want = VIEW_WANT_NONE;
	else {
		char *letter;
		slot.want_participant = (guint32) strtoul (word, &letter, 10);
		slot.want_source = read_source (*letter);
	}
	if (height != NULL)
		slot.height = (guint) atoi (height + 1);
	if (in != NULL) {
		char *letter;
		slot.participant = (guint32) strtoul (in + 1, &letter, 10);
		slot.source = read_source (*letter);
	}
	return slot;
}

static char *
tell_slots (const ViewSlot *slots, guint n)
{
	GString *text = g_string_new (NULL);
	for (guint i = 0; i < n; i++) {
		static const char *const paused[] = { "", "m", "t" };
		g_string_append (text, i > 0 ? " " : "");
		if (slots[i].participant == VIEW_NOBODY)
			g_string_append_c (text, '-');
		else
			g_string_append_printf (text, "%u%c%s", slots[i].participant, slots[i].source == CAMERA ? 'c' : 's',
				paused[slots[i].paused]);
	}
	return g_string_free (text, FALSE);
}

static gboolean
differ (const ViewSlot *a, const ViewSlot *b)
{
	return a->participant != b->participant || a->source != b->source || a->paused != b->paused;
}

/* A row's words; every list has at most MAX_WORDS. */
typedef struct Scene {
	ViewCandidate candidates[MAX_WORDS];
	ViewSlot slots[MAX_WORDS];
	guint32 pinned[MAX_WORDS];
	guint n, n_slots, n_pinned;
} Scene;

static guint
split (const char *text, char ***words)
{
	*words = text[0] != 0 ? g_strsplit (text, " ", -1) : g_new0 (char *, 1);
	return g_strv_length (*words);
}

static void
read_row (Scene *scene, const Row *row)
{
	g_auto (GStrv) candidates = NULL, slots = NULL, pinned = NULL;
	scene->n = split (row->candidates, &candidates);
	scene->n_slots = split (row->slots, &slots);
	scene->n_pinned = split (row->pinned, &pinned);
	for (guint i = 0; i < scene->n; i++)
		scene->candidates[i] = read_candidate (candidates[i]);
	for (guint i = 0; i < scene->n_slots; i++)
		scene->slots[i] = read_slot (slots[i]);
	for (guint i = 0; i < scene->n_pinned; i++)
		scene->pinned[i] = (guint32) atoi (pinned[i]);
}

typedef guint32 (*Decide) (const Viewer *, const ViewCandidate *, guint, ViewSlot *, guint);

static guint32
decide_all (const Viewer *viewer, const ViewCandidate *candidates, guint n, ViewSlot *slots, guint n_slots)
{
	return view_audio (viewer, TRUE, candidates, n, slots, n_slots);
}

static guint32
decide_speakers (const Viewer *viewer, const ViewCandidate *candidates, guint n, ViewSlot *slots, guint n_slots)
{
	return view_audio (viewer, FALSE, candidates, n, slots, n_slots);
}

static void
check_row (const Row *row, Decide decide)
{
	Scene scene;
	read_row (&scene, row);
	Viewer viewer = { .participant = 1, .pinned = scene.pinned, .n_pinned = scene.n_pinned };
	ViewSlot before[MAX_WORDS];
	memcpy (before, scene.slots, sizeof before);
	guint32 changed = decide (&viewer, scene.candidates, scene.n, scene.slots, scene.n_slots);
	g_autofree char *told = tell_slots (scene.slots, scene.n_slots);
	g_test_message ("%s", row->name);
	g_assert_cmpstr (told, ==, row->expect);
	for (guint i = 0; i < scene.n_slots; i++)
		g_assert_cmpint (changed >> i & 1, ==, differ (&before[i], &scene.slots[i]));
	g_assert_cmpuint (decide (&viewer, scene.candidates, scene.n, scene.slots, scene.n_slots), ==, 0);
}

static void
test_video_rows (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (video_rows); i++)
		check_row (&video_rows[i], view_video);
}

static void
test_audio_rows (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (all_rows); i++)
		check_row (&all_rows[i], decide_all);
	for (guint i = 0; i < G_N_ELEMENTS (speaker_rows); i++)
		check_row (&speaker_rows[i], decide_speakers);
}

/* ---- the second implementation: every candidate's claim as text, all of them sorted ---- */

static gboolean
shows (const ViewSlot *slot, const ViewCandidate *c)
{
	return slot->participant == c->participant && slot->source == c->source;
}

/* Sorts as the claim ranks; ends in the candidate's index. */
static char *
claim (const Viewer *viewer, const ViewCandidate *c, guint index, gboolean inside)
{
	guint class = 5;
	gint64 order = 0;
	if (c->last_spoke_us > 0) {
		class = 4;
		order = 1000000 * SECOND - c->last_spoke_us - (inside ? VIEW_STAY_US : 0);
	}
	if (c->dominant)
		class = 3;
	if (c->screen)
		class = 2;
	if (c->spotlight)
		class = 1;
	if (c->quiet)
		class = 6;
	if (class != 4)
		order = class == 1 ? 2 * c->spotlight + (c->screen ? 0 : 1) : 0;
	for (guint i = viewer->n_pinned; i-- > 0;)
		if (viewer->pinned[i] == c->participant) {
			class = 0;
			order = 2 * i + (c->screen ? 0 : 1);
		}
	return g_strdup_printf ("%u %020" G_GINT64_FORMAT " %d %05u", class, order, !inside, index);
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
	return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
put (ViewSlot *slot, const ViewCandidate *c)
{
	slot->participant = c->participant;
	slot->source = c->source;
	slot->paused = c->muted ? VIEW_MUTED : c->stalled ? VIEW_STALLED : VIEW_LIVE;
}

static void
naive_video (const Viewer *viewer, const ViewCandidate *candidates, guint n, ViewSlot *slots, guint n_slots)
{
	g_autofree ViewSlot *before = g_memdup2 (slots, n_slots * sizeof *slots);
	g_autoptr (GPtrArray) claims = g_ptr_array_new_with_free_func (g_free);
	guint n_auto = 0;
	for (guint i = 0; i < n_slots; i++) {
		slots[i].participant = slots[i].source = 0;
		slots[i].paused = VIEW_LIVE;
		n_auto += slots[i].want == VIEW_WANT_AUTO;
	}
	for (guint i = 0; i < n; i++) {
		const ViewCandidate *c = &candidates[i];
		gboolean wished = FALSE, inside = FALSE;
		for (guint s = 0; s < n_slots && c->participant != viewer->participant; s++) {
			inside |= slots[s].want == VIEW_WANT_AUTO && shows (&before[s], c);
			if (slots[s].want != VIEW_WANT_SOURCE || slots[s].want_participant != c->participant
				|| slots[s].want_source != c->source)
				continue;
			wished = TRUE;
			put (&slots[s], c);
		}
		if (!wished && !c->muted && c->participant != viewer->participant)
			g_ptr_array_add (claims, claim (viewer, c, i, inside));
	}
	g_ptr_array_sort (claims, compare_texts);
	g_ptr_array_set_size (claims, (int) MIN (claims->len, n_auto));
	for (guint i = 0; i < claims->len;) {
		const ViewCandidate *c = &candidates[atoi (strrchr (g_ptr_array_index (claims, i), ' '))];
		guint s = 0;
		while (s < n_slots && !(slots[s].want == VIEW_WANT_AUTO && shows (&before[s], c)))
			s++;
		if (s == n_slots) {
			i++;
			continue;
		}
		put (&slots[s], c);
		g_ptr_array_remove_index (claims, i);
	}
	for (guint i = 0; i < claims->len; i++) {
		ViewSlot *tallest = NULL;
		for (guint s = 0; s < n_slots; s++)
			if (slots[s].want == VIEW_WANT_AUTO && slots[s].participant == VIEW_NOBODY
				&& (tallest == NULL || slots[s].height > tallest->height))
				tallest = &slots[s];
		put (tallest, &candidates[atoi (strrchr (g_ptr_array_index (claims, i), ' '))]);
	}
}

/* ---- random meetings ---- */

#define PEOPLE 30

typedef struct Meeting {
	ViewCandidate candidates[2 * PEOPLE];
	guint n;
	ViewSlot slots[VIEW_MAX_SLOTS];
	guint n_slots;
	guint32 pinned[4];
	Viewer viewer;
} Meeting;

static gboolean
one_in (int n)
{
	return g_test_rand_int_range (0, n) == 0;
}

static void
random_candidates (Meeting *m)
{
	int people = g_test_rand_int_range (0, PEOPLE), dominant = g_test_rand_int_range (0, PEOPLE), lit = g_test_rand_int_range (0, PEOPLE);
	m->n = 0;
	for (int p = 1; p <= people; p++)
		for (guint32 source = CAMERA; source <= SCREEN; source++)
			if (!one_in (source == CAMERA ? 8 : 2))
				m->candidates[m->n++] = (ViewCandidate) {
					.participant = (guint32) p, .source = source, .screen = source == SCREEN,
					.muted = one_in (source == CAMERA ? 5 : 2), .stalled = one_in (9), .quiet = one_in (7),
					.dominant = p == dominant, .spotlight = p >= lit && p < lit + 2 ? p - lit + 1 : 0, .speaker_slot = one_in (6) ? p % 8 : -1,
					.last_spoke_us = one_in (2) ? 0 : (p % 7) * 3 * SECOND,
				};
}

static void
random_wishes (Meeting *m)
{
	static const ViewWant wants[] = { VIEW_WANT_AUTO, VIEW_WANT_AUTO, VIEW_WANT_AUTO, VIEW_WANT_SOURCE, VIEW_WANT_NONE };
	for (guint i = 0; i < m->n_slots; i++) {
		m->slots[i].want = wants[g_test_rand_int_range (0, G_N_ELEMENTS (wants))];
		m->slots[i].want_participant = (guint32) g_test_rand_int_range (0, PEOPLE);
		m->slots[i].want_source = one_in (3) ? SCREEN : CAMERA;
		m->slots[i].height = (guint) g_test_rand_int_range (0, 3) * 180;
	}
	m->viewer.n_pinned = (guint) g_test_rand_int_range (0, G_N_ELEMENTS (m->pinned) + 1);
	for (guint i = 0; i < G_N_ELEMENTS (m->pinned); i++)
		m->pinned[i] = (guint32) g_test_rand_int_range (1, PEOPLE);
}

/* Nobody is shown twice but by wishes, the viewer never. */
static void
check_no_repetition (const Meeting *m)
{
	for (guint i = 0; i < m->n_slots; i++) {
		g_assert_true (m->slots[i].participant != m->viewer.participant);
		for (guint j = 0; j < i && m->slots[i].participant != VIEW_NOBODY; j++)
			g_assert_true (m->slots[i].participant != m->slots[j].participant || m->slots[i].source != m->slots[j].source
				|| (m->slots[i].want == VIEW_WANT_SOURCE && m->slots[j].want == VIEW_WANT_SOURCE));
	}
}

/* When another one becomes dominant, at most one slot changes. */
static void
check_calm (const Meeting *m)
{
	g_autofree Meeting *next = g_memdup2 (m, sizeof *m);
	guint32 dominant = (guint32) g_test_rand_int_range (1, PEOPLE);
	next->viewer.pinned = next->pinned;
	for (guint i = 0; i < next->n; i++) {
		ViewCandidate *c = &next->candidates[i];
		if (c->dominant)
			c->last_spoke_us = 25 * SECOND;
		c->dominant = c->participant == dominant;
	}
	guint32 changed = view_video (&next->viewer, next->candidates, next->n, next->slots, next->n_slots);
	g_assert_cmpint (__builtin_popcount (changed), <=, 1);
}

static void
test_random_video (void)
{
	for (guint round = 0; round < 300; round++) {
		g_autofree Meeting *m = g_new0 (Meeting, 1);
		m->viewer = (Viewer) { .participant = 3, .pinned = m->pinned };
		m->n_slots = (guint) g_test_rand_int_range (0, VIEW_MAX_SLOTS + 1);
		for (guint change = 0; change < 20; change++) {
			if (change % 4 == 0)
				random_wishes (m);
			random_candidates (m);
			ViewSlot expect[VIEW_MAX_SLOTS], before[VIEW_MAX_SLOTS];
			memcpy (expect, m->slots, sizeof expect);
			memcpy (before, m->slots, sizeof before);
			naive_video (&m->viewer, m->candidates, m->n, expect, m->n_slots);
			guint32 changed = view_video (&m->viewer, m->candidates, m->n, m->slots, m->n_slots);
			g_autofree char *told = tell_slots (m->slots, m->n_slots), *expected = tell_slots (expect, m->n_slots);
			g_assert_cmpstr (told, ==, expected);
			for (guint i = 0; i < m->n_slots; i++)
				g_assert_cmpint (changed >> i & 1, ==, differ (&before[i], &m->slots[i]));
			check_no_repetition (m);
			g_assert_cmpuint (view_video (&m->viewer, m->candidates, m->n, m->slots, m->n_slots), ==, 0);
			check_calm (m);
		}
	}
}

/* Every holder of a speaker slot but the viewer is heard, as far as slots go, and keeps the slot while holding. */
static void
test_random_audio (void)
{
	for (guint round = 0; round < 2000; round++) {
		g_autofree Meeting *m = g_new0 (Meeting, 1);
		m->viewer.participant = 3;
		m->n_slots = (guint) g_test_rand_int_range (1, 9);
		for (guint change = 0; change < 5; change++) {
			random_candidates (m);
			ViewSlot before[VIEW_MAX_SLOTS];
			memcpy (before, m->slots, sizeof before);
			view_audio (&m->viewer, FALSE, m->candidates, m->n, m->slots, m->n_slots);
			check_no_repetition (m);
			guint holders = 0, heard = 0, stayed = 0;
			for (guint i = 0; i < m->n; i++) {
				const ViewCandidate *c = &m->candidates[i];
				gboolean holder = c->speaker_slot >= 0 && c->participant != m->viewer.participant;
				holders += holder;
				for (guint s = 0; s < m->n_slots; s++) {
					stayed += holder && shows (&before[s], c);
					if (holder && !c->quiet && shows (&before[s], c))
						g_assert_true (shows (&m->slots[s], c));
				}
			}
			for (guint s = 0; s < m->n_slots; s++)
				heard += m->slots[s].participant != VIEW_NOBODY;
			g_assert_cmpuint (heard, ==, MIN (holders, m->n_slots));
			g_assert_cmpuint (stayed, <=, heard);
		}
	}
}

/* More than the bounds are ignored, not overrun. */
static void
test_bounds (void)
{
	g_autofree ViewCandidate *candidates = g_new0 (ViewCandidate, VIEW_MAX_CANDIDATES + 50);
	ViewSlot slots[VIEW_MAX_SLOTS + 8] = { 0 };
	Viewer viewer = { .participant = 1 };
	for (guint i = 0; i < VIEW_MAX_CANDIDATES + 50; i++)
		candidates[i] = (ViewCandidate) { .participant = i + 2, .source = CAMERA, .speaker_slot = -1 };
	guint32 changed = view_video (&viewer, candidates, VIEW_MAX_CANDIDATES + 50, slots, VIEW_MAX_SLOTS + 8);
	g_assert_cmpuint (changed, ==, G_MAXUINT32);
	g_assert_cmpuint (slots[VIEW_MAX_SLOTS - 1].participant, ==, VIEW_MAX_SLOTS + 1);
	g_assert_cmpuint (slots[VIEW_MAX_SLOTS].participant, ==, VIEW_NOBODY);
	view_audio (&viewer, TRUE, candidates, VIEW_MAX_CANDIDATES + 50, slots, VIEW_MAX_SLOTS + 8);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/view/video-rows", test_video_rows);
	g_test_add_func ("/view/audio-rows", test_audio_rows);
	g_test_add_func ("/view/random-video", test_random_video);
	g_test_add_func ("/view/random-audio", test_random_audio);
	g_test_add_func ("/view/bounds", test_bounds);
	return g_test_run ();
}
