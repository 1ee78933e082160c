/* test-layers.c: which packets pass, layer by layer, as stories; and random input against a slow second implementation. */
#include "config.h"
#include <stdlib.h>
#include <string.h>

#include "plugins/room/layers.h"

/* ---- stories: words of `in` are packets or orders; each packet's verdict is a letter of `expect` ----
 * A packet: layer, then ':' and picture id, '.' and temporal layer; with k a keyframe, y the Y bit, c not its first packet.
 * "2:100.1y". Without ':' of another codec: "2", "1k". Orders: ">1/2" aim at spatial 1, temporal 2; ">-" pause; "R" restart.
 * Verdicts: p pass, s switch, x skip, o other, a await keyframe, z paused. */
static const struct {
	const char *name, *in, *expect;
} stories[] = {
	{ "nothing aimed at", "0k 1k", "zz" },
	{ "starts with a keyframe", ">0/7 0 0k 0 0", "aspp" },
	{ "starts below the target, then up", ">2/7 0k 0 1k 0 1 2 2k 1 0 2", "spsopasoop" },
	{ "never above the target", ">0/7 1k 2k 0k 1k", "ooso" },
	{ "up waits for the keyframe", ">0/7 0k >1/7 0 1 1k 0 1", "spasop" },
	{ "up over a layer between", ">0/7 0k >2/7 1 1k 0 1 2k 1", "sosopso" },
	{ "down waits for the keyframe", ">2/7 2k >0/7 2 0 0k 2 0", "spasop" },
	{ "down over a layer between", ">2/7 2k >0/7 1k 2 0k 1", "ssoso" },
	{ "down is not up", ">1/7 1k >0/7 2k 1 0k", "sops" },
	{ "keyframes of the current layer pass", ">0/7 0k 0k 0", "spp" },
	{ "a dead target does not stop the current", ">1/7 0k 0 0 0k 0", "spppp" },
	{ "pause and back", ">1/7 1k >- 1 1k >1/7 1 0 1k 1", "szzaosp" },
	{ "pause and back from below", ">1/7 1k >- >1/7 0k 1k", "sss" },
	{ "restart", ">1/7 1k 1 R 1 1k", "spas" },
	{ "aim changes its mind", ">0/7 0k >1/7 >0/7 1k 0", "sop" },

	{ "temporal target without temporal ids", ">0/0 0k 0 0", "spp" },
	{ "temporal cut", ">0/7 0:1.0k 0:2.2 0:3.1 >0/0 0:4.2 0:5.0 0:6.2 0:7.1", "sppxpxx" },
	{ "temporal cut in the middle", ">0/1 0:1.0k 0:2.2 0:3.1 0:4.2 0:5.0", "sxpxp" },
	{ "cut from the next picture on", ">0/7 0:1.0k 0:2.2 >0/0 0:2.2c 0:2.2c 0:3.2", "spppx" },
	{ "late packets of a passed picture pass", ">0/7 0:1.0k 0:2.2 >0/0 0:3.0 0:2.2c", "sppp" },
	{ "late packets of a dropped picture do not", ">0/0 0:1.0k 0:2.2 >0/7 0:3.0y 0:2.2c 0:4.2", "sxpxp" },
	{ "missing pictures keep the old limit", ">0/7 0:1.0k >0/0 0:4.0 0:3.1 0:2.2 0:5.1", "spppx" },
	{ "up at the Y bit", ">0/0 0:1.0k >0/7 0:2.2 0:3.1 0:4.2 0:5.0 0:6.2y 0:7.1 0:8.2", "sxxxpppp" },
	{ "up at a keyframe", ">0/0 0:1.0k >0/7 0:2.2 0:3.0k 0:4.2", "sxpp" },
	{ "up at the Y bit of the base", ">0/0 0:1.0k >0/7 0:2.2 0:3.0y 0:4.2", "sxpp" },
	{ "up by one", ">0/0 0:1.0k >0/1 0:2.2y 0:3.1 0:4.2", "sxpx" },
	{ "down spatially cuts to the base", ">2/7 2:1.0k 2:2.2 >1/7 2:3.2 2:4.0 1:9.0 1:10.0k 1:11.2", "spxpasp" },
	{ "and back up before the switch", ">1/7 1:1.0k >0/7 1:2.1 >1/7 1:3.1 1:4.1y 1:5.1", "sxxpp" },
	{ "up spatially does not cut", ">0/7 0:1.0k >1/7 0:2.2 1:9.0k 1:10.2", "spsp" },
	{ "switch brings the limit", ">1/0 0:1.0k 0:2.1 1:9.0k 1:10.2", "sxsx" },
	{ "wraps", ">0/7 0:32767.0k >0/0 0:0.1 0:32766.1 0:1.0", "sxxp" },
	{ "leap ahead", ">0/7 0:1.0k >0/0 0:500.0 0:499.1 0:435.1", "sppx" },
};

static const char letters[] = {
	[LAYERS_PASS] = 'p', [LAYERS_SWITCH] = 's', [LAYERS_SKIP] = 'x', [LAYERS_OTHER] = 'o',
	[LAYERS_AWAIT_KEYFRAME] = 'a', [LAYERS_PAUSED] = 'z',
};

static void order (Layers *l, const char *word)
{
	if (word[0] == 'R')
		layers_restart (l);
	else if (word[1] == '-')
		layers_aim (l, LAYERS_NONE, 0);
	else
		layers_aim (l, word[1] - '0', word[3] - '0');
}

static LayersVerdict judge_word (Layers *l, const char *word)
{
	const char *id = strchr (word, ':'), *dot = strchr (word, '.');
	gboolean keyframe = strchr (word, 'k') != NULL;
	if (!id)
		return layers_judge (l, word[0] - '0', keyframe, NULL);
	Vp8Descriptor d = {
		.start = strchr (word, 'c') == NULL, .keyframe = keyframe, .layer_sync = strchr (word, 'y') != NULL,
		.temporal_layer = (guint8) (dot[1] - '0'), .picture_id_bits = 15, .picture_id = (guint16) atoi (id + 1),
	};
	return layers_judge (l, word[0] - '0', keyframe, &d);
}

static void test_stories (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (stories); i++) {
		Layers l;
		layers_init (&l);
		g_auto (GStrv) words = g_strsplit (stories[i].in, " ", -1);
		g_autoptr (GString) out = g_string_new (NULL);
		for (guint w = 0; words[w]; w++)
			if (words[w][0] == '>' || words[w][0] == 'R')
				order (&l, words[w]);
			else
				g_string_append_c (out, letters[judge_word (&l, words[w])]);
		g_test_message ("%s", stories[i].name);
		g_assert_cmpstr (out->str, ==, stories[i].expect);
	}
}

static void test_await (void)
{
	Layers l;
	layers_init (&l);
	g_assert_false (layers_await_keyframe (&l));
	layers_aim (&l, 1, 7);
	g_assert_true (layers_await_keyframe (&l));
	layers_judge (&l, 0, TRUE, NULL);
	g_assert_true (layers_await_keyframe (&l));
	layers_judge (&l, 1, TRUE, NULL);
	g_assert_false (layers_await_keyframe (&l));
	layers_aim (&l, 0, 7);
	g_assert_true (layers_await_keyframe (&l));
	layers_aim (&l, LAYERS_NONE, 0);
	g_assert_false (layers_await_keyframe (&l));
}

/* A picture without a number: what counts is its first packet. */
static void test_no_picture_id (void)
{
	static const struct { gboolean start; guint8 tid; gboolean sync; LayersVerdict verdict; } rows[] = {
		{ TRUE, 1, FALSE, LAYERS_PASS }, { FALSE, 1, FALSE, LAYERS_PASS }, { TRUE, 1, FALSE, LAYERS_SKIP },
		{ FALSE, 1, FALSE, LAYERS_SKIP }, { TRUE, 0, FALSE, LAYERS_PASS }, { TRUE, 1, TRUE, LAYERS_PASS },
	};
	Layers l;
	layers_init (&l);
	layers_aim (&l, 0, 1);
	Vp8Descriptor key = { .start = TRUE, .keyframe = TRUE };
	g_assert_cmpint (layers_judge (&l, 0, TRUE, &key), ==, LAYERS_SWITCH);
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		Vp8Descriptor d = { .start = rows[i].start, .temporal_layer = rows[i].tid, .layer_sync = rows[i].sync };
		if (i == 1)
			layers_aim (&l, 0, 0);
		if (i == 5)
			layers_aim (&l, 0, 1);
		g_assert_cmpint (layers_judge (&l, 0, FALSE, &d), ==, rows[i].verdict);
	}
}

/* ---- the second implementation: remembers every picture of the current layer for ever ---- */
#define N_PICTURES 400

typedef struct Naive {
	int target, target_temporal, current, limit, newest;
	int limits[N_PICTURES];
} Naive;

static LayersVerdict naive_judge (Naive *n, int layer, int picture, gboolean keyframe, gboolean sync, int tid)
{
	if (n->target == LAYERS_NONE)
		return LAYERS_PAUSED;
	LayersVerdict pass = LAYERS_PASS;
	if (layer != n->current) {
		gboolean nearer = n->current < n->target ? layer > n->current && layer <= n->target
			: layer < n->current && layer >= n->target;
		if (!keyframe || !nearer)
			return layer == n->target ? LAYERS_AWAIT_KEYFRAME : LAYERS_OTHER;
		n->current = layer;
		n->newest = picture - 1;
		pass = LAYERS_SWITCH;
	}
	int wanted = n->target < n->current ? 0 : n->target_temporal;
	for (; n->newest < picture - 1; n->limits[++n->newest] = n->limit)
		;
	if (picture > n->newest) {
		if (wanted < n->limit || keyframe || sync)
			n->limit = wanted;
		n->limits[++n->newest] = n->limit;
	}
	return tid <= n->limits[picture] ? pass : LAYERS_SKIP;
}

typedef struct Run {
	Layers l;
	Naive n;
	guint first, bits;
	guint8 tids[N_PICTURES];
} Run;

static void aim_somewhere (Run *r)
{
	r->n.target = g_test_rand_int_range (-1, 3);
	r->n.target_temporal = g_test_rand_int_range (0, 4);
	r->n.current = r->n.target < 0 ? LAYERS_NONE : r->n.current;
	layers_aim (&r->l, r->n.target, r->n.target_temporal);
}

/* One of picture p, or late of one before; not of one before the last switch, which the rewriting does not let through. */
static void offer_packet (Run *r, int p)
{
	int late = g_test_rand_int_range (0, 3) ? p : p - g_test_rand_int_range (0, 40);
	int picture = MAX (late, 0), layer = g_test_rand_int_range (0, 3), before = r->n.current;
	gboolean keyframe = picture == p && r->tids[p] == 0 && g_test_rand_int_range (0, 4) == 0;
	if (layer == r->n.current && r->n.limits[picture] == LAYERS_NONE)
		return;
	Vp8Descriptor d = {
		.start = TRUE, .keyframe = keyframe, .layer_sync = g_test_rand_int_range (0, 8) == 0, .temporal_layer = r->tids[picture],
		.picture_id_bits = (guint8) r->bits, .picture_id = (guint16) ((r->first + (guint) picture) & ((1u << r->bits) - 1)),
	};
	LayersVerdict expect = naive_judge (&r->n, layer, picture, keyframe, d.layer_sync, d.temporal_layer);
	g_assert_cmpint (layers_judge (&r->l, layer, keyframe, &d), ==, expect);
	g_assert_cmpint (r->l.spatial, ==, r->n.current);
	g_assert_true (expect != LAYERS_SWITCH || r->l.spatial <= MAX (r->l.target_spatial, before));
	for (int q = 0; before != r->n.current && q < picture; q++)
		r->n.limits[q] = LAYERS_NONE;
}

static void test_random (void)
{
	for (guint round = 0; round < 300; round++) {
		Run r = { .n = { .target = LAYERS_NONE, .current = LAYERS_NONE }, .bits = round % 2 ? 15 : 7 };
		r.first = (guint) g_test_rand_int_range (0, 32768);
		layers_init (&r.l);
		for (guint p = 0; p < N_PICTURES; p++)
			r.tids[p] = (guint8) g_test_rand_int_range (0, 3);
		for (int p = 0; p < N_PICTURES; p++) {
			if (g_test_rand_int_range (0, 12) == 0)
				aim_somewhere (&r);
			for (int packets = g_test_rand_int_range (0, 4); packets > 0; packets--)
				offer_packet (&r, p);
		}
	}
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/layers/stories", test_stories);
	g_test_add_func ("/layers/await", test_await);
	g_test_add_func ("/layers/no-picture-id", test_no_picture_id);
	g_test_add_func ("/layers/random", test_random);
	return g_test_run ();
}
