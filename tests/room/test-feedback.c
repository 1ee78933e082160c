/* test-feedback.c: keyframe requests, bandwidth estimates and losses in RTCP, honest and damaged. */
#include "config.h"
#include <string.h>

#include "plugins/room/feedback.h"

#define PLI 0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9
#define EMPTY_RR 0x80, 201, 0, 1, 0, 0, 0, 1
#define REMB(exponent_and_top, mid, low) \
	0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 1, exponent_and_top, mid, low, 0, 0, 0, 9
#define BLOCK(ssrc, lost_top, lost_low, seq, jitter) \
	0, 0, 0, ssrc, 7, lost_top, 0, lost_low, 0, 0, 0, seq, 0, 0, 0, jitter, 0, 0, 0, 0, 0, 0, 0, 0

/* ---- what a compound says ---- */
static const struct {
	const char *name;
	gsize bytes;
	guint8 rtcp[96];
	gboolean wants_keyframe;
	guint64 remb_bps;
	guint n_blocks;
} rows[] = {
	{ "nothing", 0, { 0 }, FALSE, 0, 0 },
	{ "a receiver report", 8, { EMPTY_RR }, FALSE, 0, 0 },
	{ "PLI alone", 12, { PLI }, TRUE, 0, 0 },
	{ "PLI after a receiver report", 20, { EMPTY_RR, PLI }, TRUE, 0, 0 },
	{ "PLI too short", 8, { 0x81, 206, 0, 1, 0, 0, 0, 1 }, FALSE, 0, 0 },
	{ "FIR", 20, { 0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0 }, TRUE, 0, 0 },
	{ "old FIR", 8, { 0x80, 192, 0, 1, 0, 0, 0, 1 }, TRUE, 0, 0 },
	{ "NACK is no request", 16, { 0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 9, 0, 1, 0, 0 }, FALSE, 0, 0 },
	{ "cut short", 11, { PLI }, FALSE, 0, 0 },
	{ "longer than it is", 20, { 0x80, 201, 0xff, 0xff, 0, 0, 0, 1, PLI }, FALSE, 0, 0 },
	{ "another version", 12, { 0x41, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9 }, FALSE, 0, 0 },
	{ "what comes before damage counts", 23, { PLI, PLI }, TRUE, 0, 0 },

	{ "REMB is no request", 24, { REMB (0, 0, 200) }, FALSE, 200, 0 },
	{ "REMB with exponent", 24, { REMB (4 << 2 | 3, 0, 1) }, FALSE, 0x30001 << 4, 0 },
	{ "REMB of nothing", 24, { REMB (0, 0, 0) }, FALSE, 1, 0 },
	{ "REMB beyond 64 bits", 24, { REMB (63 << 2 | 3, 0xff, 0xff) }, FALSE, G_MAXUINT64, 0 },
	{ "REMB at 64 bits", 24, { REMB (46 << 2 | 3, 0xff, 0xff) }, FALSE, G_GUINT64_CONSTANT (0x3ffff) << 46, 0 },
	{ "the last REMB counts", 48, { REMB (0, 0, 200), REMB (0, 0, 100) }, FALSE, 100, 0 },
	{ "REMB with PLI", 44, { EMPTY_RR, REMB (0, 1, 0), PLI }, TRUE, 256, 0 },
	{ "REMB with more SSRCs than fit", 36, { 0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 2, 0, 0, 5,
		0, 0, 0, 9, PLI }, FALSE, 0, 0 },
	{ "REMB without SSRCs", 20, { 0x8f, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 0, 0, 0, 5 }, FALSE, 5, 0 },
	{ "REMB cut", 16, { 0x8f, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B' }, FALSE, 0, 0 },
	{ "other feedback", 36, { 0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'C', 1, 0, 0, 5, 0, 0, 0, 9, PLI },
		TRUE, 0, 0 },

	{ "one block", 32, { 0x81, 201, 0, 7, 0, 0, 0, 1, BLOCK (5, 0, 9, 100, 3) }, FALSE, 0, 1 },
	{ "two blocks", 56, { 0x82, 201, 0, 13, 0, 0, 0, 1, BLOCK (5, 0, 9, 100, 3), BLOCK (6, 0, 9, 100, 3) }, FALSE, 0, 2 },
	{ "more blocks than fit", 44, { 0x82, 201, 0, 7, 0, 0, 0, 1, BLOCK (5, 0, 9, 100, 3), PLI }, FALSE, 0, 0 },
	{ "a sender report", 52, { 0x81, 200, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		BLOCK (5, 0, 9, 100, 3) }, FALSE, 0, 1 },
	{ "a sender report without its senders part", 32, { 0x81, 200, 0, 7, 0, 0, 0, 1, BLOCK (5, 0, 9, 100, 3) }, FALSE, 0, 0 },
	{ "an extension after the blocks", 36, { 0x81, 201, 0, 8, 0, 0, 0, 1, BLOCK (5, 0, 9, 100, 3) }, FALSE, 0, 1 },
};

static void test_rows (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		Feedback f;
		g_autofree guint8 *rtcp = g_memdup2 (rows[i].rtcp, rows[i].bytes);
		g_test_message ("%s", rows[i].name);
		feedback_parse (&f, rtcp, rows[i].bytes);
		g_assert_cmpint (f.wants_keyframe, ==, rows[i].wants_keyframe);
		g_assert_cmpuint (f.remb_bps, ==, rows[i].remb_bps);
		g_assert_cmpuint (f.n_blocks, ==, rows[i].n_blocks);
	}
}

static void test_block (void)
{
	static const guint8 rtcp[] = { 0x81, 201, 0, 7, 0, 0, 0, 1,
		1, 2, 3, 4, 5, 0xff, 0xff, 0xfe, 9, 10, 11, 12, 13, 14, 15, 16, 0, 0, 0, 0, 0, 0, 0, 0 };
	Feedback f;
	feedback_parse (&f, rtcp, sizeof rtcp);
	g_assert_cmpuint (f.n_blocks, ==, 1);
	g_assert_cmphex (f.blocks[0].ssrc, ==, 0x01020304);
	g_assert_cmpuint (f.blocks[0].fraction_lost, ==, 5);
	g_assert_cmpint (f.blocks[0].lost, ==, -2);
	g_assert_cmphex (f.blocks[0].highest_seq, ==, 0x090a0b0c);
	g_assert_cmphex (f.blocks[0].jitter, ==, 0x0d0e0f10);
}

/* The middle of the NTP time is the low 16 bits of its seconds and the high 16 of their fraction; it wraps every 18 hours. */
static void test_rtt (void)
{
	static const struct {
		const char *name;
		gint64 wall_us;
		guint n;
		struct { guint32 last_sr, delay; } blocks[3];
		guint rtt_us, age_us;
	} rtts[] = {
		{ "no block", 0, 0, { { 0 } }, 0 },
		{ "no sender report came yet", 0, 1, { { 0, 0 } }, 0 },
		{ "1970 is 0x83aa7e80", 500000, 1, { { 0x7e800000, 0x4000 } }, 250000, 500000 },
		{ "the shortest of several", 500000, 3, { { 0x7e800000, 0x2000 }, { 0x7e800000, 0x6000 }, { 0, 0 } }, 125000, 500000 },
		{ "over the wrap", G_TIME_SPAN_SECOND * (0x10000 - 0x7e80), 1, { { 0xffff8000, 0x4000 } }, 250000, 500000 },
		{ "at once", 0, 1, { { 0x7e800000, 0 } }, 1 },
		{ "from the future", 0, 1, { { 0x7e800001, 0 } }, 0 },
		{ "too long to be true", 11 * G_TIME_SPAN_SECOND, 1, { { 0x7e800000, 0 } }, 0 },
	};
	for (guint i = 0; i < G_N_ELEMENTS (rtts); i++) {
		Feedback f = { .n_blocks = rtts[i].n };
		for (guint b = 0; b < f.n_blocks; b++)
			f.blocks[b] = (FeedbackBlock) { .last_sr = rtts[i].blocks[b].last_sr, .delay = rtts[i].blocks[b].delay };
		g_test_message ("%s", rtts[i].name);
		guint age_us = 0;
		g_assert_cmpuint (feedback_rtt_us (&f, rtts[i].wall_us, &age_us), ==, rtts[i].rtt_us);
		g_assert_cmpuint (rtts[i].rtt_us == 0 ? 0 : age_us, ==, rtts[i].age_us);
	}
}

/* ---- compounds from a writer: what was put in comes out, and damage never makes us read outside ---- */
typedef struct Writer {
	guint8 rtcp[4096];
	gsize bytes;
	Feedback expect;
} Writer;

static void put32 (Writer *w, guint32 value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		w->rtcp[w->bytes++] = (guint8) (value >> shift);
}

static void put_header (Writer *w, guint count, guint type, guint words)
{
	put32 (w, 0x80000000u | count << 24 | type << 16 | words);
	put32 (w, 1);
}

static void put_report (Writer *w)
{
	guint n = (guint) g_test_rand_int_range (0, 32);
	gboolean sender = g_test_rand_int_range (0, 2);
	put_header (w, n, sender ? 200 : 201, 1 + n * 6 + (sender ? 5 : 0));
	for (guint i = 0; sender && i < 5; i++)
		put32 (w, (guint32) g_test_rand_int ());
	for (guint i = 0; i < n; i++) {
		FeedbackBlock b = {
			.ssrc = (guint32) g_test_rand_int (), .highest_seq = (guint32) g_test_rand_int (),
			.jitter = (guint32) g_test_rand_int (), .lost = g_test_rand_int_range (-0x800000, 0x800000),
			.fraction_lost = (guint8) g_test_rand_int (), .last_sr = (guint32) g_test_rand_int (),
			.delay = (guint32) g_test_rand_int (),
		};
		put32 (w, b.ssrc);
		put32 (w, (guint32) b.fraction_lost << 24 | ((guint32) b.lost & 0xffffff));
		put32 (w, b.highest_seq);
		put32 (w, b.jitter);
		put32 (w, b.last_sr);
		put32 (w, b.delay);
		if (w->expect.n_blocks < FEEDBACK_MAX_BLOCKS)
			w->expect.blocks[w->expect.n_blocks++] = b;
	}
}

static void put_feedback (Writer *w)
{
	int kind = g_test_rand_int_range (0, 4);
	guint exponent = (guint) g_test_rand_int_range (0, 40), mantissa = (guint) g_test_rand_int_range (1, 1 << 18);
	if (kind == 0) {
		put_header (w, 1, 206, 2);
		put32 (w, 9);
		w->expect.wants_keyframe = TRUE;
	} else if (kind == 1) {
		put_header (w, 15, 206, 5);
		put32 (w, 0);
		put32 (w, 0x52454d42);
		put32 (w, 1u << 24 | exponent << 18 | mantissa);
		put32 (w, 9);
		w->expect.remb_bps = (guint64) mantissa << exponent;
	} else {
		put_header (w, 1, kind == 2 ? 205 : 202, 3);
		put32 (w, (guint32) g_test_rand_int ());
		put32 (w, (guint32) g_test_rand_int ());
	}
}

static void assert_as_written (const Writer *w, const Feedback *f)
{
	g_assert_cmpint (f->wants_keyframe, ==, w->expect.wants_keyframe);
	g_assert_cmpuint (f->remb_bps, ==, w->expect.remb_bps);
	g_assert_cmpuint (f->n_blocks, ==, w->expect.n_blocks);
	for (guint b = 0; b < f->n_blocks; b++) {
		g_assert_cmphex (f->blocks[b].ssrc, ==, w->expect.blocks[b].ssrc);
		g_assert_cmphex (f->blocks[b].highest_seq, ==, w->expect.blocks[b].highest_seq);
		g_assert_cmphex (f->blocks[b].jitter, ==, w->expect.blocks[b].jitter);
		g_assert_cmpint (f->blocks[b].lost, ==, w->expect.blocks[b].lost);
		g_assert_cmpint (f->blocks[b].fraction_lost, ==, w->expect.blocks[b].fraction_lost);
		g_assert_cmphex (f->blocks[b].last_sr, ==, w->expect.blocks[b].last_sr);
		g_assert_cmphex (f->blocks[b].delay, ==, w->expect.blocks[b].delay);
	}
}

static void test_random (void)
{
	for (guint round = 0; round < 5000; round++) {
		Writer w = { .bytes = 0 };
		Feedback f;
		for (int i = g_test_rand_int_range (0, 5); i > 0; i--)
			g_test_rand_int_range (0, 2) ? put_report (&w) : put_feedback (&w);
		feedback_parse (&f, w.rtcp, w.bytes);
		assert_as_written (&w, &f);
		for (guint damage = 0; w.bytes > 0 && damage < round % 8; damage++)
			w.rtcp[g_test_rand_int_range (0, (int) w.bytes)] = (guint8) g_test_rand_int ();
		gsize cut = (gsize) g_test_rand_int_range (0, (int) w.bytes + 1);
		g_autofree guint8 *exact = g_memdup2 (w.rtcp, cut);
		feedback_parse (&f, exact, cut);
		g_assert_cmpuint (f.n_blocks, <=, FEEDBACK_MAX_BLOCKS);
	}
}

/* ---- losses: reports of stream 1, one after the other; what the last one adds ---- */
static const struct {
	const char *name;
	guint32 seq[3];
	gint32 cumulative[3];
	guint n, expected, lost;
	guint second[3];
} losses[] = {
	{ "first", { 100 }, { 50 }, 1, 0, 0 },
	{ "second", { 100, 150 }, { 50, 55 }, 2, 50, 5 },
	{ "nothing new", { 100, 100 }, { 50, 50 }, 2, 0, 0 },
	{ "repaired", { 100, 150 }, { 50, 48 }, 2, 50, 0 },
	{ "more lost than expected", { 100, 110 }, { 0, 500 }, 2, 10, 10 },
	{ "negative", { 100, 150 }, { -5, -3 }, 2, 50, 2 },
	{ "over 2^16", { 65530, 65546 }, { 0, 1 }, 2, 16, 1 },
	{ "over 2^32", { 0xfffffff0u, 4 }, { 0, 1 }, 2, 20, 1 },
	{ "leaps back", { 100, 90 }, { 0, 1 }, 2, 0, 0 },
	{ "goes on after a leap back", { 100, 90, 95 }, { 0, 1, 3 }, 3, 5, 2 },
	{ "leaps ahead", { 100, 100 + 32769 }, { 0, 1 }, 2, 0, 0 },
	{ "just no leap", { 100, 100 + 32768 }, { 0, 1 }, 2, 32768, 1 },
	{ "before a pause", { 100, 150 }, { 0, 20 }, 2, 0, 0, { 1, 7 } },
	{ "long silence between reports of it", { 100, 100, 150 }, { 0, 0, 20 }, 3, 0, 0, { 1, 4, 7 } },
	{ "after a pause", { 100, 150, 160 }, { 0, 20, 21 }, 3, 10, 1, { 1, 7, 8 } },
	{ "reported on every five seconds", { 100, 350 }, { 0, 20 }, 2, 250, 20, { 1, 6 } },
};

static void test_losses (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (losses); i++) {
		FeedbackLoss l = { 0 };
		guint expected = 0, lost = 0;
		guint32 jitter = 0;
		for (guint r = 0; r < losses[i].n; r++) {
			Feedback f = { .n_blocks = 1 };
			f.blocks[0] = (FeedbackBlock) { .ssrc = 1, .highest_seq = losses[i].seq[r], .lost = losses[i].cumulative[r],
				.jitter = 10 * (r + 1) };
			expected = lost = jitter = 0;
			feedback_loss_add (&l, &f, losses[i].second[r] * G_TIME_SPAN_SECOND, &expected, &lost, &jitter);
		}
		g_test_message ("%s", losses[i].name);
		g_assert_cmpuint (expected, ==, losses[i].expected);
		g_assert_cmpuint (lost, ==, losses[i].lost);
		g_assert_cmpuint (jitter, ==, losses[i].expected > 0 ? 10 * losses[i].n : 0);
	}
}

/* ---- the second implementation: what each stream really sent and lost ---- */
#define N_STREAMS FEEDBACK_MAX_BLOCKS

static void test_random_losses (void)
{
	FeedbackLoss l = { 0 };
	guint32 seq[N_STREAMS];
	gint32 gone[N_STREAMS];
	gboolean known[N_STREAMS] = { FALSE };
	for (guint i = 0; i < N_STREAMS; i++) {
		seq[i] = (guint32) g_test_rand_int ();
		gone[i] = g_test_rand_int_range (-1000, 100000);
	}
	for (guint round = 0; round < 5000; round++) {
		Feedback f = { .n_blocks = (guint) g_test_rand_int_range (0, 32) };
		guint expected = 7, lost = 9, expect_expected = 7, expect_lost = 9;
		guint32 jitter = 0;
		for (guint b = 0; b < f.n_blocks; b++) {
			guint s = (guint) g_test_rand_int_range (0, N_STREAMS), step = (guint) g_test_rand_int_range (0, 200);
			gint32 missing = g_test_rand_int_range (0, (int) step + 1);
			seq[s] += step;
			gone[s] += missing;
			f.blocks[b] = (FeedbackBlock) { .ssrc = s, .highest_seq = seq[s], .lost = gone[s] };
			if (known[s]) {
				expect_expected += step;
				expect_lost += (guint) missing;
			}
			known[s] = TRUE;
		}
		feedback_loss_add (&l, &f, 0, &expected, &lost, &jitter);
		g_assert_cmpuint (expected, ==, expect_expected);
		g_assert_cmpuint (lost, ==, expect_lost);
	}
}

/* More streams than there are places: those that still come count. */
static void test_renewed_streams (void)
{
	FeedbackLoss l = { 0 };
	for (guint connection = 0; connection < 10; connection++)
		for (guint report = 0; report < 2; report++)
			for (guint s = 0; s < 15; s++) {
				Feedback f = { .n_blocks = 1 };
				f.blocks[0] = (FeedbackBlock) { .ssrc = connection * 100 + s, .highest_seq = report * 20, .lost = (gint32) report };
				guint expected = 0, lost = 0;
				guint32 jitter = 0;
				feedback_loss_add (&l, &f, (connection * 2 + report) * G_TIME_SPAN_SECOND, &expected, &lost, &jitter);
				g_assert_cmpuint (expected, ==, report * 20);
				g_assert_cmpuint (lost, ==, report);
			}
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/feedback/rows", test_rows);
	g_test_add_func ("/feedback/block", test_block);
	g_test_add_func ("/feedback/rtt", test_rtt);
	g_test_add_func ("/feedback/random", test_random);
	g_test_add_func ("/feedback/losses", test_losses);
	g_test_add_func ("/feedback/random-losses", test_random_losses);
	g_test_add_func ("/feedback/renewed-streams", test_renewed_streams);
	return g_test_run ();
}
