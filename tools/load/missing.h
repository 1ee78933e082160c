/* missing.h: which packets of a stream are missing, and when to ask for them (again): what a receiver's NACK list is.
 * Thread: the network thread of the stream; pure, `now` is passed in. Ownership: a plain value. */
#ifndef LOAD_MISSING_H
#define LOAD_MISSING_H

#include <glib.h>

#define MISSING_MAX 256            /* more than that: start over with a keyframe */
#define MISSING_REPEAT_US 40000    /* asked again after this long */
#define MISSING_MAX_ASKED 10       /* so often, then it is given up */

typedef struct {
	gboolean started;
	guint16 newest;
	guint32 cycles;    /* of 65536, for RTCP's extended number */
	guint n;
	struct {
		guint16 seq;
		guint8 asked;
		gint64 asked_us;
	} list[MISSING_MAX]; /* oldest first */
} Missing;

typedef enum { MISSING_IN_ORDER, MISSING_RECOVERED, MISSING_LATE } MissingVerdict;

/* A packet came. *passed_over gets how many numbers before it are missing now. Whoever jumps far starts anew. */
MissingVerdict missing_take (Missing *self, guint16 seq, guint *passed_over);
/* Fills `seqs` with what is due to be asked for; *given_up tells that one was asked for too often, and is forgotten. */
guint missing_due (Missing *self, gint64 now_us, guint16 *seqs, guint max, gboolean *given_up);
/* The newest number with its cycles, as RTCP reports it. */
guint32 missing_highest (const Missing *self);

#endif
