/* view.h: decides who is in which slot of one viewer.
 * Thread: [room]; `now` is not needed, times come with the candidates. Ownership: plain arrays of the caller.
 *
 * Build the candidates once per change of the room (all tracks of one kind, in the order they were published) and run
 * view_video and view_audio for each viewer; both leave out the viewer's own. Slots hold the former assignment when the
 * call comes and the new one when it returns. */
#ifndef ROOM_VIEW_H
#define ROOM_VIEW_H

#include <glib.h>

#define VIEW_MAX_CANDIDATES 1000	/* more are ignored */
#define VIEW_MAX_SLOTS 32
#define VIEW_NOBODY 0			/* no participant has this number */
/* Of two who spoke lately the one in a slot stays, unless the other spoke so much later: no flapping. */
#define VIEW_STAY_US (5 * G_TIME_SPAN_SECOND)

typedef enum { VIEW_WANT_AUTO, VIEW_WANT_NONE, VIEW_WANT_SOURCE } ViewWant;

typedef enum {
	VIEW_LIVE,
	VIEW_MUTED,		/* by its publisher */
	VIEW_STALLED		/* no packets come in */
} ViewPaused;

typedef struct ViewCandidate {
	guint32 participant;	/* not VIEW_NOBODY */
	guint32 source;		/* the room's number for camera, microphone...; only compared */
	gboolean screen;	/* a shared screen (or its sound) */
	gboolean muted;
	gboolean stalled;
	gboolean quiet;		/* nothing comes of it at present: comes after all others */
	guint spotlight;	/* its participant's place in the spotlight, from 1; 0: not in it */
	gboolean dominant;	/* its participant is the dominant speaker */
	gint64 last_spoke_us;	/* its participant; 0 for never */
	int speaker_slot;	/* view_audio: the meeting's speaker slot that this source holds, or -1 */
} ViewCandidate;

typedef struct ViewSlot {
	/* in */
	ViewWant want;
	guint32 want_participant, want_source;	/* with VIEW_WANT_SOURCE */
	guint height;				/* of auto slots the tallest free one gets the best candidate */
	/* in: as it was; out: as it is now */
	guint32 participant;			/* VIEW_NOBODY: empty */
	guint32 source;
	ViewPaused paused;
} ViewSlot;

typedef struct Viewer {
	guint32 participant;		/* whose own tracks are left out */
	const guint32 *pinned;		/* participants, the most important first */
	guint n_pinned;
} Viewer;

/* Fills video slots. First the wishes: a wish for somebody who is not there waits in an empty slot, one for a muted
 * track has its slot with VIEW_MUTED, and only wishes can show one track twice. Then the auto slots, in the order pinned,
 * spotlight, screen share, dominant speaker, recent speakers, the others, and quiet ones that are not pinned; muted tracks are
 * left out; whoever is in a slot stays in that slot unless somebody earlier in the order needs it. Returns which slots changed,
 * bit i for slot i. Takes some n * n_slots steps. [room] */
guint32 view_video (const Viewer *viewer, const ViewCandidate *candidates, guint n, ViewSlot *slots, guint n_slots);

/* Fills audio slots (`want` and `height` are not looked at). With `all` everybody else is forwarded as far as slots go,
 * the holders of speaker slots first, then the unmuted, quiet ones last; without, only holders of speaker slots. Whoever is
 * in a slot stays in that slot. Returns which slots changed. [room] */
guint32 view_audio (const Viewer *viewer, gboolean all, const ViewCandidate *candidates, guint n,
	ViewSlot *slots, guint n_slots);

#endif
