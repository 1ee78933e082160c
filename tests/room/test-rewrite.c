/* test-rewrite.c: outgoing numbers are one unbroken row, whatever comes in; timestamps go on over switches.
 * Rows are stories; random input is compared with a slow second implementation and with SRTP's replay rule. */
#include <string.h>

#include "plugins/room/rewrite.h"

/* ---- stories: `expect` answers the packets of `in`; the first outgoing number is 100 ----
 * Words: 7 a packet; s7 dropped on purpose; >2 switch to source 2 (it begins as 1); o7, x7 the same of source 9;
 * 7-9 a range of packets, answered by the last one; s7-9 a range dropped. */
static const struct {
	const char *name, *in, *expect;
} stories[] = {
	{ "in-order", "1 2 3", "100 101 102" },
	{ "any-start", "40000 40001", "100 101" },
	{ "wrap-in", "65534 65535 0 1", "100 101 102 103" },
	{ "wrap-out", "1 2-65436 65437 65438", "100 65535 0 1" },
	{ "loss-stays-a-hole", "1 2 5", "100 101 104" },
	{ "late-fills-its-hole", "1 2 5 3 4 6", "100 101 104 102 103 105" },
	{ "late-over-wrap", "65534 1 65535 0 2", "100 103 101 102 104" },
	{ "duplicate", "1 2 2 1 3", "100 101 duplicate duplicate 102" },
	{ "duplicate-of-late", "1 3 2 2", "100 102 101 duplicate" },
	{ "skip-leaves-no-hole", "1 s2 3 s4 s5 6", "100 101 102" },
	{ "skipped-then-sent", "1 s2 2 3 2", "100 skipped 101 skipped" },
	{ "skip-and-loss", "1 s2 4 3", "100 102 101" },
	{ "loss-before-skip", "1 s3 2 4", "100 101 102" },
	{ "skip-ahead-of-loss", "1 s5 6 4 3 2", "100 104 103 102 101" },
	{ "late-skip-with-nothing-newer", "1 s4 s2 s3 5", "100 101" },
	{ "late-skip-closes-for-those-between", "1 s5 s3 2 4 6", "100 101 102 103" },
	{ "late-skip-after-newer-stays-a-hole", "1 3 s2 4", "100 102 103" },
	{ "skip-of-sent-changes-nothing", "1 2 s2 3", "100 101 102" },
	{ "skip-before-the-first", "s1 s2 3 4", "100 101" },
	{ "other-source", "1 o2 2", "100 other_source 101" },
	{ "skip-of-other-source", "1 x2 2 x900 3", "100 101 102" },
	{ "switch", "1 2 >2 900 901", "100 101 102 103" },
	{ "switch-drops-older", "1 2 >2 900 899 901 898", "100 101 102 before_switch 103 before_switch" },
	{ "switch-drops-former", "1 2 >2 900 >9 o3 >2 5", "100 101 102 103 104" },
	{ "switch-takes-over-holes", "1 4 >2 900 901", "100 103 104 105" },
	{ "switch-takes-over-holes-behind-skips", "1 s3 >2 900 901", "100 101 102" },
	{ "switch-back", "1 2 >2 900 >1 3 2", "100 101 102 103 before_switch" },
	{ "switch-to-none", "1 >0 2 >1 7", "100 other_source 101" },
	{ "resume-after-a-pause", "1 >1 5000 5001", "100 101 102" },
	{ "skips-after-switch", "1 >2 s8 900 s901 902", "100 101 102" },
	{ "srtp-window", "1 3-129 2", "100 228 101" },
	{ "older-than-srtp-window", "1 3-130 2", "100 229 late" },
	{ "srtp-window-counts-outgoing", "1 s3-400 401 2", "100 102 101" },
	{ "older-than-our-window", "1 s3-512 513 2 514", "100 102 101 103" },
	{ "just-older-than-our-window", "1 s3-513 514 2 515", "100 102 late 103" },
	{ "wide-hole-is-cut", "1 10000 9999 10001", "100 612 611 613" },
	{ "hole-as-wide-as-the-window", "1 513 2 514", "100 612 late 613" },
	{ "half-way-round", "1 32768 32769", "100 612 613" },
	{ "backward-leap", "1000-2000 300 2001", "1100 late 1101" },
	{ "wide-holes-before-skips-are-cut-as-well", "1 s9000 s18000 s27000 s36000 s45000 45001", "100 612" },
};

static RewriteVerdict pass (Rewrite *r, guint64 source, int seq, guint16 *out_seq)
{
	guint32 out_ts;
	return rewrite_packet (r, source, (guint16) seq, (guint32) seq * 3000, seq * G_GINT64_CONSTANT (33333),
		out_seq, &out_ts);
}

static void tell (Rewrite *r, const char *word, GString *answers)
{
	char kind = g_ascii_isdigit (word[0]) ? 'p' : *word++;
	const char *to = strchr (word, '-');
	int first = atoi (word), last = to != NULL ? atoi (to + 1) : first;
	guint16 out_seq = 0;
	RewriteVerdict verdict = REWRITE_SEND;
	for (int seq = first; seq <= last && kind != '>'; seq++) {
		if (kind == 's' || kind == 'x')
			rewrite_skip (r, kind == 'x' ? 9 : r->source, (guint16) seq);
		else
			verdict = pass (r, kind == 'o' ? 9 : r->source, seq, &out_seq);
	}
	if (kind == '>')
		rewrite_switch (r, (guint64) first);
	if (strchr (">sx", kind) != NULL)
		return;
	if (verdict == REWRITE_SEND)
		g_string_append_printf (answers, "%u ", out_seq);
	else
		g_string_append_printf (answers, "%s ", rewrite_verdict_name (verdict));
}

static void test_stories (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (stories); i++) {
		Rewrite r;
		rewrite_init (&r, 90000, 100, 0);
		rewrite_switch (&r, 1);
		g_auto (GStrv) words = g_strsplit (stories[i].in, " ", -1);
		g_autoptr (GString) answers = g_string_new (NULL);
		for (guint w = 0; words[w] != NULL; w++)
			tell (&r, words[w], answers);
		g_strchomp (answers->str);
		g_test_message ("%s", stories[i].name);
		g_assert_cmpstr (answers->str, ==, stories[i].expect);
	}
}

/* ---- timestamps: one packet of source 1, then one of `source`, both in order ---- */
static const struct {
	const char *name;
	guint32 clock_rate;
	guint32 first_ts;	/* outgoing */
	guint32 ts[2];		/* incoming */
	guint64 source;		/* of the second */
	gint64 gap_ms;
	guint32 out_ts;		/* of the second */
} timestamps[] = {
	{ "same-source", 90000, 500, { 1000, 4000 }, 1, 33, 3500 },
	{ "same-source-ignores-the-clock", 90000, 500, { 1000, 4000 }, 1, 5000, 3500 },
	{ "same-source-wraps-in", 90000, 500, { 0xffffff00, 0x100 }, 1, 33, 500 + 0x200 },
	{ "wraps-out", 90000, 0xffffff00, { 0, 0x200 }, 1, 33, 0x100 },
	{ "switch-by-wall-clock", 90000, 500, { 1000, 777777 }, 2, 100, 9500 },
	{ "switch-by-wall-clock-audio", 48000, 500, { 1000, 777777 }, 2, 100, 5300 },
	{ "switch-wraps-out", 90000, 0xffffff00, { 1000, 5 }, 2, 100, 9000 - 0x100 },
	{ "switch-at-once-video", 90000, 500, { 1000, 777777 }, 2, 0, 501 },
	{ "switch-at-once-audio", 48000, 500, { 1000, 777777 }, 2, 0, 1460 },
	{ "switch-back-in-time", 90000, 500, { 1000, 777777 }, 2, -50, 501 },
	{ "switch-after-a-week", 90000, 500, { 1000, 1 }, 2, 7 * 24 * 3600 * 1000, 500 + 3u * 3600 * 90000 },
};

static void test_timestamps (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (timestamps); i++) {
		Rewrite r;
		guint16 seq;
		guint32 ts;
		rewrite_init (&r, timestamps[i].clock_rate, 7, timestamps[i].first_ts);
		rewrite_switch (&r, 1);
		gint64 now_us = G_USEC_PER_SEC;
		g_assert_cmpint (rewrite_packet (&r, 1, 10, timestamps[i].ts[0], now_us, &seq, &ts), ==, REWRITE_SEND);
		g_assert_cmpuint (ts, ==, timestamps[i].first_ts);
		if (timestamps[i].source != 1)
			rewrite_switch (&r, timestamps[i].source);
		now_us += timestamps[i].gap_ms * 1000;
		g_assert_cmpint (rewrite_packet (&r, timestamps[i].source, 11, timestamps[i].ts[1], now_us, &seq, &ts), ==,
			REWRITE_SEND);
		g_test_message ("%s", timestamps[i].name);
		g_assert_cmpuint (ts, ==, timestamps[i].out_ts);
		g_assert_cmpuint (seq, ==, 8);
	}
}

/* The wall-clock gap counts from the frame's first packet, so a burst or a late packet does not stretch time. */
static void test_gap_counts_from_first_of_newest (void)
{
	Rewrite r;
	guint16 seq;
	guint32 ts;
	rewrite_init (&r, 90000, 0, 0);
	rewrite_switch (&r, 1);
	rewrite_packet (&r, 1, 1, 0, 1000000, &seq, &ts);
	rewrite_packet (&r, 1, 3, 9000, 1100000, &seq, &ts);
	rewrite_packet (&r, 1, 4, 9000, 1150000, &seq, &ts);
	rewrite_packet (&r, 1, 2, 4500, 1180000, &seq, &ts);
	g_assert_cmpuint (ts, ==, 4500);
	rewrite_switch (&r, 2);
	rewrite_packet (&r, 2, 50, 123, 1200000, &seq, &ts);
	g_assert_cmpuint (ts, ==, 18000);
}

/* ---- SRTP's replay rule (RFC 3711 section 3.3.2, window of 128), by brute force ---- */
typedef struct Srtp {
	GHashTable *seen;	/* indices */
	gint64 highest;
	gboolean started;
} Srtp;

static void srtp_init (Srtp *s)
{
	s->seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
	s->started = FALSE;
	s->highest = 0;
}

/* The packet's index (roll-over counter and number); fails when SRTP would refuse to send it. */
static gint64 srtp_send (Srtp *s, guint16 seq)
{
	gint64 index = s->started ? s->highest + (gint16) (seq - (guint16) s->highest) : 0x10000 + seq;
	g_assert_false (g_hash_table_contains (s->seen, &index));
	g_assert_true (!s->started || index > s->highest - 128);
	g_hash_table_add (s->seen, g_memdup2 (&index, sizeof index));
	s->highest = s->started ? MAX (s->highest, index) : index;
	s->started = TRUE;
	return index;
}

/* ---- the second implementation: remembers everything about the current source, counts from its beginning ---- */
#define RUN_PACKETS 6000

typedef struct Naive {
	enum { N_MISSING, N_SENT, N_CLOSED } fate[RUN_PACKETS];
	int base, newest;	/* -1: none yet */
	gint64 base_out;	/* index, as srtp_send counts */
	gint64 highest_out;
} Naive;

static void naive_switch (Naive *m)
{
	memset (m->fate, 0, sizeof m->fate);
	m->base = m->newest = -1;
}

static gint64 naive_out (const Naive *m, int at)
{
	gint64 out = m->base_out;
	for (int i = m->base; i < at; i++)
		out += m->fate[i] != N_CLOSED;
	return out;
}

static gint64 naive_packet (Naive *m, int at, RewriteVerdict *verdict)
{
	if (m->base < 0) {
		m->base = m->newest = at;
		m->base_out = m->highest_out + 1;
	}
	m->newest = MAX (m->newest, at);
	gint64 out = at >= m->base ? naive_out (m, at) : 0;
	if (at <= m->newest - REWRITE_WINDOW)
		*verdict = REWRITE_DROP_LATE;
	else if (at < m->base)
		*verdict = REWRITE_DROP_BEFORE_SWITCH;
	else if (m->fate[at] != N_MISSING)
		*verdict = m->fate[at] == N_SENT ? REWRITE_DROP_DUPLICATE : REWRITE_DROP_SKIPPED;
	else if (out <= m->highest_out - 128)
		*verdict = REWRITE_DROP_LATE;
	else {
		*verdict = REWRITE_SEND;
		m->fate[at] = N_SENT;
		m->highest_out = MAX (m->highest_out, out);
	}
	return out;
}

static void naive_skip (Naive *m, int at)
{
	if (m->base < 0 || at < m->base || at <= m->newest - REWRITE_WINDOW || m->fate[at] != N_MISSING)
		return;
	m->newest = MAX (m->newest, at);
	for (int i = at + 1; i <= m->newest; i++)
		if (m->fate[i] == N_SENT)
			return;
	m->fate[at] = N_CLOSED;
}

/* ---- random traffic: some loss, disorder, repetition and deliberate drops; one run per source ---- */
typedef struct Traffic {
	Rewrite r;
	Srtp srtp;
	Naive naive;
	guint64 source;
	guint16 first_seq;	/* of this source */
	guint32 first_ts;
	gint64 now_us;
	guint32 last_ts;
	guint n_sent;
} Traffic;

static void offer (Traffic *t, int at, gboolean skip)
{
	guint16 seq = (guint16) (t->first_seq + at), out_seq;
	guint32 ts = t->first_ts + (guint32) (at / 4) * 3000, out_ts;
	if (skip) {
		rewrite_skip (&t->r, t->source, seq);
		naive_skip (&t->naive, at);
		return;
	}
	RewriteVerdict expected;
	gint64 expected_out = naive_packet (&t->naive, at, &expected);
	RewriteVerdict verdict = rewrite_packet (&t->r, t->source, seq, ts, t->now_us, &out_seq, &out_ts);
	g_assert_cmpstr (rewrite_verdict_name (verdict), ==, rewrite_verdict_name (expected));
	if (verdict != REWRITE_SEND)
		return;
	gint64 highest = t->srtp.highest;
	gint64 index = srtp_send (&t->srtp, out_seq);
	if (t->n_sent++ > 0) {
		g_assert_cmpint (index, ==, expected_out);
		gint32 step = (gint32) (out_ts - t->last_ts);
		if (index > highest)
			g_assert_cmpint (step, >=, 0);
		else
			g_assert_cmpint (step, <=, 0);
	} else {
		t->naive.base_out = t->naive.highest_out = index;
	}
	if (index >= t->srtp.highest)
		t->last_ts = out_ts;
}

static void run_source (Traffic *t, int loss_pct, int skip_pct, int disorder)
{
	int pending[64];
	guint n_pending = 0;
	int length = g_test_rand_int_range (1, 1500);
	for (int at = 100; at < 100 + length; at++) {
		t->now_us += g_test_rand_int_range (0, 9000);
		int dice = g_test_rand_int_range (0, 100);
		if (dice < loss_pct && n_pending < G_N_ELEMENTS (pending))
			pending[n_pending++] = at;
		else if (dice >= loss_pct)
			offer (t, at, g_test_rand_int_range (0, 100) < skip_pct);
		while (n_pending > 0 && g_test_rand_int_range (0, disorder) == 0)
			offer (t, pending[--n_pending], g_test_rand_int_range (0, 100) < skip_pct);
		int old = at - g_test_rand_int_range (0, 700);
		if (old >= 0 && g_test_rand_int_range (0, 20) == 0)
			offer (t, old, FALSE);
	}
}

/* Nothing missing in what went out but what never came: a number nobody skipped in time. */
static void check_holes (const Traffic *t)
{
	const Naive *m = &t->naive;
	for (int at = m->base; m->base >= 0 && at <= m->newest; at++) {
		gint64 out = naive_out (m, at);
		if (m->fate[at] != N_CLOSED && out <= t->srtp.highest)
			g_assert_cmpint (g_hash_table_contains (t->srtp.seen, &out), ==, m->fate[at] == N_SENT);
	}
}

static void test_random (void)
{
	for (guint round = 0; round < 40; round++) {
		g_autofree Traffic *t = g_new0 (Traffic, 1);
		srtp_init (&t->srtp);
		rewrite_init (&t->r, 90000, (guint16) g_test_rand_int (), (guint32) g_test_rand_int ());
		t->now_us = G_USEC_PER_SEC;
		for (guint run = 0; run < 8; run++) {
			t->source = run / 2 * 2 + 1;	/* now and then the same again: a resume */
			t->first_seq = (guint16) g_test_rand_int ();
			t->first_ts = (guint32) g_test_rand_int ();
			rewrite_switch (&t->r, t->source);
			naive_switch (&t->naive);
			run_source (t, g_test_rand_int_range (0, 30), g_test_rand_int_range (0, 80), g_test_rand_int_range (1, 40));
			check_holes (t);
		}
		g_hash_table_unref (t->srtp.seen);
	}
}

/* A publisher that sends anything at all cannot bring us to send what SRTP refuses or to leap far ahead. */
static void test_hostile (void)
{
	for (guint round = 0; round < 40; round++) {
		Rewrite r;
		Srtp srtp;
		srtp_init (&srtp);
		rewrite_init (&r, 48000, (guint16) g_test_rand_int (), 0);
		for (guint i = 0; i < 5000; i++) {
			guint64 source = (guint64) g_test_rand_int_range (1, 3);
			guint16 seq = (guint16) (g_test_rand_int_range (0, 3) ? r.newest_in + g_test_rand_int_range (-600, 600)
				: g_test_rand_int ()), out_seq;
			guint32 out_ts;
			int dice = g_test_rand_int_range (0, 200);
			gint64 highest = srtp.highest;
			if (dice == 0)
				rewrite_switch (&r, source);
			else if (dice < 120)
				rewrite_skip (&r, source, seq);
			else if (rewrite_packet (&r, source, seq, (guint32) g_test_rand_int (), i, &out_seq, &out_ts) == REWRITE_SEND
				&& srtp.started)
				g_assert_cmpint (srtp_send (&srtp, out_seq) - highest, <=, REWRITE_WINDOW);
			else if (r.started && !srtp.started)
				srtp_send (&srtp, r.sent_out);
		}
		g_hash_table_unref (srtp.seen);
	}
}

static void test_names (void)
{
	for (guint i = 0; i < REWRITE_N_VERDICTS; i++)
		g_assert_cmpuint (strlen (rewrite_verdict_name (i)), >, 0);
}

int main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/rewrite/stories", test_stories);
	g_test_add_func ("/rewrite/timestamps", test_timestamps);
	g_test_add_func ("/rewrite/gap-counts-from-first-of-newest", test_gap_counts_from_first_of_newest);
	g_test_add_func ("/rewrite/random", test_random);
	g_test_add_func ("/rewrite/hostile", test_hostile);
	g_test_add_func ("/rewrite/names", test_names);
	return g_test_run ();
}
