/* keyframe.h: when to ask a publisher for a keyframe, however many viewers ask us: one object per video track.
 * Thread: any, under the track's lock; `now` is passed in. Ownership: a plain struct inside the track.
 *
 * Not more than one request (PLI, RFC 4585 section 6.3.1) per interval. While no keyframe comes the request is repeated
 * after 1, 2, 4, 8, 8, 8... intervals, and more asking changes nothing; a keyframe answers everybody and resets this. */
#ifndef ROOM_KEYFRAME_H
#define ROOM_KEYFRAME_H

#include <glib.h>

#define KEYFRAME_MAX_DOUBLINGS 3	/* 500 ms, 1 s, 2 s, then every 4 s */

typedef enum {
	KEYFRAME_SEND,		/* send a PLI now; it is already counted as sent */
	KEYFRAME_SCHEDULED,	/* too soon after the last: keyframe_due will tell when */
	KEYFRAME_PENDING	/* asked before and not yet answered: nothing to do */
} KeyframeVerdict;

typedef struct KeyframeRequests {
	gint64 interval_us;
	gint64 sent_us;		/* the last request; 0: none yet */
	gint64 due_us;		/* when the next is to be sent; 0: nobody waits for a keyframe */
	guint unanswered;	/* requests since somebody began to wait: the back-off */
} KeyframeRequests;

/* interval_us: least time between two requests (option room.keyframe_interval_ms). [any] */
void keyframe_init (KeyframeRequests *k, gint64 interval_us);
/* Somebody needs a keyframe. Act on KEYFRAME_SEND after dropping all locks. [any] */
KeyframeVerdict keyframe_ask (KeyframeRequests *k, gint64 now_us);
/* TRUE when a request is to be sent now (scheduled, or repeated for want of an answer); it is then counted as sent.
 * Call on a timer, every 100 ms or so, or at keyframe_next_us. [any] */
gboolean keyframe_due (KeyframeRequests *k, gint64 now_us);
/* A keyframe's first packet came in: nobody waits any more. [media] */
void keyframe_arrived (KeyframeRequests *k);
/* The publisher sends again after a silence or an unmute: if somebody still waits, ask without back-off, as soon as the
 * interval allows. [any] */
void keyframe_resume (KeyframeRequests *k, gint64 now_us);
/* Nobody looks at this track any more. [any] */
void keyframe_cancel (KeyframeRequests *k);
/* When keyframe_due can next be TRUE; G_MAXINT64 for never. [any] */
gint64 keyframe_next_us (const KeyframeRequests *k);

#endif
