/* tally.h: what a participation amounts to, for whoever keeps the books: how well media flowed since the last look, how long
 * its voice was heard, how long it took until media came.
 * Thread: [room]. Ownership: part of the participant. */
#ifndef ROOM_TALLY_H
#define ROOM_TALLY_H

#include <jansson.h>

#include "plugins/room/source.h"

#define TALLY_UNKNOWN (-1)
#define TALLY_MAX_FREEZES 10000   /* in one report, and in all between two looks */
#define TALLY_MAX_FROZEN_MS 600000

typedef struct Participant Participant;

/* What a client says of itself, summed up since the last look. */
typedef struct {
	gint64 freezes, frozen_ms;                 /* of the videos it shows */
	gint64 up_loss_ppm, up_jitter_us, rtt_us;  /* of what it sends; the last word; TALLY_UNKNOWN: none */
} TallyReport;

typedef struct {
	gint64 admitted_us;        /* when the seat was taken */
	gboolean connected;        /* media came or went */
	gint64 looked_us;          /* when the last quality event was made */
	gint64 spoke_us;           /* since then, like all below */
	guint64 down_bytes, up_bytes;
	guint64 up_counted[SOURCE_N]; /* bytes of the track as of the last count */
	guint64 expected, lost;
	guint jitter_us;           /* the largest */
	TallyReport reported;
} Tally;

void tally_start (Tally *self, gint64 now_us);
/* So much was sent to it. */
void tally_add_sent (Tally *self, guint64 bytes);
/* It confirmed so much. */
void tally_add_receipt (Tally *self, guint expected, guint lost, guint jitter_us);
void tally_add_speech (Tally *self, gint64 us);
/* Freezes add up; of the rest the last word counts. */
void tally_add_report (Tally *self, const TallyReport *report);

/* Tells once that media came; a quality event when one is due, or at once with `now` (somebody leaves). */
void tally_tick (Participant *participant, gint64 now_us);
void tally_tell (Participant *participant, gint64 now_us);

#endif
