/* fuzz-rewrite.c: any packets, drops and switches: no number goes out twice or behind SRTP's window, and none is left out but
 * for packets that may still come.
 * The input: four bytes each: what, source, sequence number (or its distance from the newest). */
#include <string.h>

#include "fuzz.h"
#include "plugins/room/rewrite.h"

#define N_NUMBERS 65536

/* All of one stream, so that it never wraps here: the input is too short for that. */
typedef struct Seen {
	guint8 sent[N_NUMBERS / 8];
	guint16 highest;
	gboolean any;
} Seen;

static void check_number (Seen *seen, guint16 seq)
{
	gint16 ahead = (gint16) (seq - seen->highest);
	FUZZ_EXPECT (!(seen->sent[seq / 8] >> seq % 8 & 1));
	FUZZ_EXPECT (!seen->any || (ahead > -REWRITE_SRTP_WINDOW && ahead <= REWRITE_WINDOW));
	seen->sent[seq / 8] |= (guint8) (1 << seq % 8);
	if (!seen->any || ahead > 0) {
		/* What lies half way round may be sent again. */
		for (guint16 old = (guint16) (seen->highest + 0x8000); seen->any && old != (guint16) (seq + 0x8000); old++)
			seen->sent[old / 8] &= (guint8) ~(1 << old % 8);
		seen->highest = seq;
	}
	seen->any = TRUE;
}

/* A packet right behind the newest gets the number right behind, whatever was dropped before it. */
static void pass (Rewrite *r, Seen *seen, guint64 source, guint16 seq, gint64 now_us)
{
	guint16 out_seq, newest_out = r->newest_out;
	guint32 out_ts;
	gboolean follows = source == r->source && source != REWRITE_NO_SOURCE && !r->rebase && seq == (guint16) (r->newest_in + 1);
	RewriteVerdict verdict = rewrite_packet (r, source, seq, seq * 3000u, now_us, &out_seq, &out_ts);
	FUZZ_EXPECT (verdict < REWRITE_N_VERDICTS);
	FUZZ_EXPECT (!follows || verdict == REWRITE_SEND);
	if (verdict != REWRITE_SEND)
		return;
	FUZZ_EXPECT (!follows || (guint16) (out_seq - newest_out) == 1 || (guint16) (newest_out - r->sent_out) >= REWRITE_WINDOW
		|| (guint16) (newest_out + 1 - seen->highest) > REWRITE_WINDOW);
	check_number (seen, out_seq);
}

/* Dropping never takes a number, and one at the end gives none away. */
static void skip (Rewrite *r, guint64 source, guint16 seq)
{
	guint16 newest_out = r->newest_out, sent_out = r->sent_out;
	gboolean follows = seq == (guint16) (r->newest_in + 1);
	rewrite_skip (r, source, seq);
	FUZZ_EXPECT (r->sent_out == sent_out);
	FUZZ_EXPECT (!follows || r->newest_out == newest_out || (guint16) (newest_out - sent_out) > REWRITE_WINDOW);
	FUZZ_EXPECT ((gint16) (r->newest_out - r->sent_out) >= 0 || r->rebase || !r->started);
}

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
	Rewrite r;
	Seen *seen = g_new0 (Seen, 1);
	rewrite_init (&r, 90000, 60000, 1);
	rewrite_switch (&r, 1);
	for (gint64 now_us = 1; size >= 4; data += 4, size -= 4, now_us += 1000) {
		guint64 source = data[0] & 0x80 ? data[1] % 3 : r.source;
		guint16 number = (guint16) (data[2] << 8 | data[3]);
		guint16 seq = data[0] & 0x40 ? number : (guint16) (r.newest_in + (gint8) data[3]);
		if (data[0] % 16 == 0)
			rewrite_switch (&r, data[1] % 3);
		else if (data[0] & 1)
			pass (&r, seen, source, seq, now_us);
		else
			skip (&r, source, seq);
	}
	g_free (seen);
	return 0;
}
