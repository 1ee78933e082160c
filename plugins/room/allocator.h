/* allocator.h: divides one viewer's budget among its video slots: one layer each, or a pause with its reason.
 * Thread: [room]; `now` is passed in. Ownership: plain structs of the caller.
 *
 * prepare, offer each slot, commit. Audio comes off the budget first. Every visible video first gets its lowest step, in the
 * order of priority; then upgrades are given one step at a time, by priority, up to the wished height. What does not even get
 * its lowest step is paused, the least important first, and comes back only when it fits with a margin (hysteresis). A step
 * is a simulcast layer with a number of temporal layers. */
#ifndef ROOM_ALLOCATOR_H
#define ROOM_ALLOCATOR_H

#include <glib.h>

#define ALLOCATOR_MAX_SLOTS 32
#define ALLOCATOR_MAX_SPATIAL 3
#define ALLOCATOR_MAX_TEMPORAL 4
#define ALLOCATOR_PAUSED (-1)

/* What a source offers. Index 0 is the smallest picture. */
typedef struct AllocatorLadder {
	guint n_spatial, n_temporal;                                     /* 1 or more, or n_spatial 0: nothing is sent */
	guint height[ALLOCATOR_MAX_SPATIAL];                             /* of the picture; 0: not known */
	guint64 bps[ALLOCATOR_MAX_SPATIAL][ALLOCATOR_MAX_TEMPORAL];      /* with temporal layers 0..t; 0: this layer is not there */
} AllocatorLadder;

typedef enum {
	ALLOCATOR_AS_WISHED,
	ALLOCATOR_LIMITED,	/* less than wished: the budget does not reach */
	ALLOCATOR_NO_BANDWIDTH,	/* paused: not even the lowest step fits */
	ALLOCATOR_NOTHING_SENT	/* the source sends no layer now */
} AllocatorReason;

typedef struct AllocatorSlot {
	/* in */
	AllocatorLadder ladder;
	guint priority;		/* 0 is the most important; among equals the taller wish, then the earlier offer */
	guint height;		/* wished, in device pixels; 0: as much as there is */
	/* in: as it was (ALLOCATOR_PAUSED, or layer indices); out: as it is to be */
	int spatial, temporal;
	gint64 paused_us;	/* in and out: since when for want of bandwidth; 0: not */
	/* out */
	AllocatorReason reason;
	guint64 bps;		/* what the chosen step takes */
} AllocatorSlot;

typedef struct Allocator {
	guint64 budget_bps, audio_bps;
	gint64 now_us;
	guint n;
	AllocatorSlot slots[ALLOCATOR_MAX_SLOTS];
	/* out, after commit */
	guint64 spent_bps;	/* audio and all steps */
	guint64 next_bps;	/* what all would take with the next upgrade or resumption (margin included); 0: all is as wished */
} Allocator;

void allocator_prepare (Allocator *a, guint64 budget_bps, guint64 audio_bps, gint64 now_us);
/* Returns its index in slots[]; ALLOCATOR_MAX_SLOTS, and nothing is taken, when there are that many. [room] */
guint allocator_offer (Allocator *a, const AllocatorSlot *slot);
void allocator_commit (Allocator *a);

const char *allocator_reason_name (AllocatorReason reason);

#endif
