/* seat.h: one slot of a viewer as the room knows it: what it carries, in which layer, what the client was told.
 * Thread: [room]. Ownership: the viewing's; slot and track are counted. */
#ifndef ROOM_SEAT_H
#define ROOM_SEAT_H

#include <jansson.h>

#include "plugins/room/allocator.h"
#include "plugins/room/slot.h"
#include "plugins/room/track.h"
#include "plugins/room/view.h"

/* What a client knows of a slot. */
typedef struct {
	guint32 participant, source;
	ViewPaused paused;
	gboolean no_bandwidth;
	int layer;
	guint n_layers;
} SeatNews;

typedef struct {
	char mid[33];
	Slot *slot;                /* counted; NULL while there is no PeerConnection */
	gboolean paused;           /* by the viewer */
	Track *track;              /* counted: what the slot carries, or NULL */
	guint in_layers;           /* bit i: the slot is in layer i's fan-out */
	gboolean in_transit;       /* it waits for a keyframe of another layer */
	AllocatorSlot given;       /* what the allocator last decided */
	SeatNews told;
} Seat;

/* Sets what the slot carries; NULL: nothing. Audio flows from the next track_publish on; video is to be aimed. */
void seat_carry (Seat *self, Track *track);
/* Which layer of a video, and how many temporal ones; ALLOCATOR_PAUSED: none. */
void seat_aim (Seat *self, int spatial, int temporal);
/* TRUE: the awaited keyframe came, and it left the former layer's fan-out. */
gboolean seat_settle (Seat *self);
/* The PeerConnection is gone: so is the slot. */
void seat_down (Seat *self);

/* What the client should know; TRUE when that is not what it was told. */
gboolean seat_has_news (const Seat *self, const ViewSlot *view, SeatNews *news);
/* {"mid","kind","participant","source","layer","layers","paused"} */
json_t *seat_to_json (const Seat *self, const SeatNews *news, const char *kind);
json_t *seat_dump (Seat *self, const ViewSlot *view, const char *kind);

#endif
