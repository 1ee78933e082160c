#include <string.h>

#include "plugins/room/rewrite.h"

#define MAX_GAP_US (3 * G_TIME_SPAN_HOUR)	/* at 90 kHz still less than half of the timestamp's range */
#define AUDIO_FRAME_US (20 * G_TIME_SPAN_MILLISECOND)
#define VIDEO_CLOCK_RATE 90000

G_STATIC_ASSERT (REWRITE_WINDOW % 64 == 0 && 65536 % REWRITE_WINDOW == 0);

typedef enum { MISSING, SENT, SKIPPED, BEFORE_SWITCH } State;

/* One word's share of the n bits from `first` on: the mask within word *at; tells in *n_here how many bits that are. */
static guint64 word_mask (guint16 first, guint n, guint *at, guint *n_here)
{
	guint bit = first % REWRITE_WINDOW;
	*at = bit / 64;
	*n_here = MIN (n, 64 - bit % 64);
	guint64 ones = *n_here == 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT (1) << *n_here) - 1;
	return ones << bit % 64;
}

static void clear_bits (guint64 *bits, guint16 first, guint n)
{
	for (guint at, n_here; n > 0; n -= n_here, first += n_here)
		bits[at] &= ~word_mask (first, n, &at, &n_here);
}

static guint count_bits (const guint64 *bits, guint16 first, guint n)
{
	guint count = 0;
	for (guint at, n_here; n > 0; n -= n_here, first += n_here) {
		guint64 mask = word_mask (first, n, &at, &n_here);
		count += (guint) __builtin_popcountll (bits[at] & mask);
	}
	return count;
}

static State get_state (const Rewrite *r, guint16 seq)
{
	guint at = seq % REWRITE_WINDOW / 64, bit = seq % 64;
	return (r->sent[at] >> bit & 1 ? SENT : 0) | (r->skipped[at] >> bit & 1 ? SKIPPED : 0);
}

static void set_state (Rewrite *r, guint16 seq, State state)
{
	guint at = seq % REWRITE_WINDOW / 64;
	guint64 bit = G_GUINT64_CONSTANT (1) << seq % 64;
	r->sent[at] = state & SENT ? r->sent[at] | bit : r->sent[at] & ~bit;
	r->skipped[at] = state & SKIPPED ? r->skipped[at] | bit : r->skipped[at] & ~bit;
}

/* Makes seq, which is `ahead` > 0 beyond the newest, the newest; `given` numbers are given away for it and those missing
 * before. A hole wider than the window can never be filled again and is cut to the window: a publisher that leaps cannot
 * make the outgoing number leap over SRTP's horizon. */
static void advance (Rewrite *r, guint ahead, guint given)
{
	guint n = MIN (ahead, REWRITE_WINDOW);
	guint16 first = (guint16) (r->newest_in + ahead - n + 1);
	clear_bits (r->sent, first, n);
	clear_bits (r->skipped, first, n);
	r->newest_in += ahead;
	guint hole = (guint16) (r->newest_out - r->sent_out) + given;
	r->newest_out = (guint16) (r->sent_out + MIN (hole, REWRITE_WINDOW));
}

/* The outgoing number of a missing packet `age` below the newest: all numbers above it took one, but the skipped. */
static guint16 late_number (const Rewrite *r, guint16 seq, guint age)
{
	return (guint16) (r->newest_out - (age - count_bits (r->skipped, seq + 1, age)));
}

static guint32 wall_clock_step (const Rewrite *r, gint64 now_us)
{
	gint64 gap_us = CLAMP (now_us - r->newest_ts_us, 0, MAX_GAP_US);
	guint32 least = 1;
	if (r->clock_rate < VIDEO_CLOCK_RATE)
		least = (guint32) (AUDIO_FRAME_US * r->clock_rate / G_USEC_PER_SEC);
	return MAX ((guint32) (gap_us * r->clock_rate / G_USEC_PER_SEC), least);
}

static void rebase (Rewrite *r, guint16 seq, guint32 ts, gint64 now_us)
{
	memset (r->sent, 0xff, sizeof r->sent);
	memset (r->skipped, 0xff, sizeof r->skipped);
	r->newest_in = seq;
	r->newest_out = r->sent_out + 1;
	set_state (r, seq, MISSING);
	r->ts_offset = r->newest_ts - ts + (r->started ? wall_clock_step (r, now_us) : 0);
	r->rebase = FALSE;
}

static void note_timestamp (Rewrite *r, guint32 out_ts, gint64 now_us)
{
	if (r->started && (gint32) (out_ts - r->newest_ts) <= 0)
		return;
	r->started = TRUE;
	r->newest_ts = out_ts;
	r->newest_ts_us = now_us;
}

/* Finds the number of a packet that is not beyond the newest, or why it has none. */
static RewriteVerdict judge_late (const Rewrite *r, guint16 seq, guint age, guint16 *out_seq)
{
	static const RewriteVerdict verdicts[] = {
		[SENT] = REWRITE_DROP_DUPLICATE,
		[SKIPPED] = REWRITE_DROP_SKIPPED,
		[BEFORE_SWITCH] = REWRITE_DROP_BEFORE_SWITCH,
	};
	if (age >= REWRITE_WINDOW)
		return REWRITE_DROP_LATE;
	State state = get_state (r, seq);
	if (state != MISSING)
		return verdicts[state];
	*out_seq = late_number (r, seq, age);
	return (gint16) (r->sent_out - *out_seq) >= REWRITE_SRTP_WINDOW ? REWRITE_DROP_LATE : REWRITE_SEND;
}

void rewrite_init (Rewrite *r, guint32 clock_rate, guint16 first_seq, guint32 first_ts)
{
	*r = (Rewrite) { .clock_rate = clock_rate, .rebase = TRUE, .newest_ts = first_ts };
	r->sent_out = r->newest_out = first_seq - 1;
}

void rewrite_switch (Rewrite *r, guint64 source)
{
	r->source = source;
	r->rebase = TRUE;
}

RewriteVerdict rewrite_packet (Rewrite *r, guint64 source, guint16 seq, guint32 ts, gint64 now_us, guint16 *out_seq, guint32 *out_ts)
{
	if (source != r->source || source == REWRITE_NO_SOURCE)
		return REWRITE_DROP_SOURCE;
	if (r->rebase)
		rebase (r, seq, ts, now_us);
	gint16 ahead = (gint16) (seq - r->newest_in);
	guint16 number = 0;
	if (ahead > 0) {
		advance (r, (guint) ahead, (guint) ahead);
		number = r->newest_out;
	} else {
		RewriteVerdict verdict = judge_late (r, seq, (guint) -ahead, &number);
		if (verdict != REWRITE_SEND)
			return verdict;
	}
	set_state (r, seq, SENT);
	if ((gint16) (number - r->sent_out) > 0)
		r->sent_out = number;
	*out_seq = number;
	*out_ts = ts + r->ts_offset;
	note_timestamp (r, *out_ts, now_us);
	return REWRITE_SEND;
}

void rewrite_skip (Rewrite *r, guint64 source, guint16 seq)
{
	if (source != r->source || r->rebase)
		return;
	gint16 ahead = (gint16) (seq - r->newest_in);
	guint age = ahead > 0 ? 0 : (guint) -ahead;
	if (ahead > 0)
		advance (r, (guint) ahead, (guint) ahead - 1);
	else if (age < REWRITE_WINDOW && get_state (r, seq) == MISSING && count_bits (r->sent, seq + 1, age) == 0)
		r->newest_out--;
	else
		return;
	set_state (r, seq, SKIPPED);
}

const char *rewrite_verdict_name (RewriteVerdict verdict)
{
	static const char *const names[] = {
#define X(verdict, name) name,
		REWRITE_VERDICTS (X)
#undef X
	};
	return names[MIN (verdict, REWRITE_N_VERDICTS - 1)];
}
