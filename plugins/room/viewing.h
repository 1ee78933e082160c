/* viewing.h: the view handle of a participant: which slots it has, what it wishes to see in them, what they show.
 * Thread: [room]. Ownership: the participant's; the slots are counted. */
#ifndef ROOM_VIEWING_H
#define ROOM_VIEWING_H

#include <jansson.h>

#include "plugins/room/estimate.h"
#include "plugins/room/sdp.h"
#include "plugins/room/seat.h"
#include "plugins/room/session.h"
#include "plugins/room/view.h"

#define VIEWING_MAX_PINNED 50

/* What the connection carries (bandwidth.h). */
typedef struct Bandwidth {
	Estimate estimate;
	gint64 started_us;                      /* when the connection was */
	guint64 audio_bps, spent_bps, next_bps; /* of the last allocation */
	gint64 renew_us;                        /* when that was */
	gint64 due_us;                          /* when to look again */
	guint64 audio_bytes, video_bytes;       /* of all slots, at the last look */
	guint64 sent_bps, window_bytes;
	gint64 window_us;
	gint64 repaired_us;                     /* when keyframes were last asked for because of loss */
	gboolean red;                           /* voices are sent with repetitions */
} Bandwidth;

typedef struct Room Room;

typedef struct Viewing {
	guint64 rev;
	gboolean dirty;            /* who is in its slots must be decided anew (stage.h) */
	gboolean changed;          /* its client may be to be told */
	guint n_audio, n_video;
	Seat audio[VIEW_MAX_SLOTS], video[VIEW_MAX_SLOTS];
	ViewSlot audio_view[VIEW_MAX_SLOTS], video_view[VIEW_MAX_SLOTS];
	guint32 pinned[VIEWING_MAX_PINNED];
	guint n_pinned;
	Bandwidth bandwidth;
} Viewing;

Viewing *viewing_new (void);
void viewing_free (Viewing *self);

/* Whether an offer is one of a viewer: INVALID_SDP with what is wrong with it. */
gboolean viewing_check (const SdpOffer *offer, const Room *room, GError **error);
/* Slots for the sections of a checked offer. With keep the PeerConnection goes on and its slots with it; else all are
 * new. Wishes of slots that were there before stay. Fills replies (one per section) and sets the session's sections. */
void viewing_negotiate (Viewing *self, Session *session, const SdpOffer *offer, Codec video, gboolean keep, SdpReply *replies);
/* The PeerConnection is gone: slots with it. */
void viewing_down (Viewing *self, Session *session);
/* All slots as the client should know them. */
json_t *viewing_slots_to_json (Viewing *self);
/* Slots that differ from what the client was told, and remembers them as told; NULL when there are none. */
json_t *viewing_take_changes (Viewing *self);
json_t *viewing_dump (Viewing *self);

#endif
