/* slot.h: one m-line of a viewer: whichever source it carries, the stream in it stays one continuous stream.
 * Thread: fields say who may touch them; the lock is a leaf, held for a few loads and stores (lock order: host.h).
 * Ownership: counted: the viewer's sections and every fan-out that names it hold references; it holds one on its
 * session, so whoever relays into a slot may use the handle. Sections are emptied when the handle goes: no cycle stays. */
#ifndef ROOM_SLOT_H
#define ROOM_SLOT_H

#define SLOT_LATELY 4096 /* packets: reports tell of the last seconds */

#include <jansson.h>

#include "plugins/room/codec.h"
#include "plugins/room/descriptor.h"
#include "plugins/room/layers.h"
#include "plugins/room/rewrite.h"
#include "plugins/room/rtp.h"
#include "plugins/room/session.h"

/* What became of a packet in a slot: each is a counter. The first are those of rewrite.h. */
enum {
	SLOT_NOT_CARRIED = REWRITE_N_VERDICTS, /* of a track that the slot does not carry (any more) */
	SLOT_OTHER_LAYER, SLOT_AWAITS_KEYFRAME, SLOT_TEMPORAL, SLOT_PAUSED, SLOT_N_VERDICTS
};

/* A packet as the media thread parsed it, once for all slots. */
typedef struct {
	RtpPacket rtp;
	guint64 track, layer_id;  /* their ids; layer_id is the rewriting's source */
	int layer;                /* its index in the track */
	gboolean keyframe;        /* first packet of one */
	gboolean has_vp8;
	Vp8Descriptor vp8;
	gint64 now_us;
} SlotPacket;

struct Slot {
	gint refs;
	Session *session;         /* RO, counted */
	int mindex;               /* RO */
	Codec codec;              /* RO: one for the life of the PeerConnection */
	guint8 payload_type;      /* RO: as this viewer's answer says */
	guint8 red_type;          /* RO: audio RED's; 0: the viewer takes none */

	gint keyframe_wanted;     /* atomic: the viewer asked for one */
	gint red;                 /* atomic: repeat the last frames in each packet */

	GMutex lock;
	guint64 carries;          /* LOCK: lock; a track's id, or REWRITE_NO_SOURCE */
	Layers layers;            /* LOCK: lock; video */
	Rewrite rewrite;          /* LOCK: lock */
	DescriptorMap map;        /* LOCK: lock */
	guint64 bytes;            /* LOCK: lock; sent, with headers */
	guint64 verdicts[SLOT_N_VERDICTS]; /* LOCK: lock */
};

Slot *slot_new (Session *session, int mindex, Codec codec, guint8 payload_type, guint8 red_type);
Slot *slot_ref (Slot *self);
void slot_unref (Slot *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Slot, slot_unref)

/* From now on the slot carries the track with this id (REWRITE_NO_SOURCE: nothing): audio at once, video from a keyframe
 * on of the layer that slot_aim names. [room] */
void slot_carry (Slot *self, guint64 track);
/* Which layer of a video the slot should have, and how many temporal ones; LAYERS_NONE: none. [room] */
void slot_aim (Slot *self, int spatial, int temporal);
/* Decides about one packet. TRUE: *rtp and *vp8 are what goes out. Counts the verdict. [media] */
gboolean slot_take (Slot *self, const SlotPacket *packet, RtpPacket *rtp, Vp8Descriptor *vp8);
/* A packet without payload: its number must leave no hole. [media] */
void slot_skip (Slot *self, const SlotPacket *packet);
/* Whether it waits for a keyframe of the layer it should have. [any] */
gboolean slot_awaits_keyframe (Slot *self);
/* The layer that it sends now (LAYERS_NONE: none), and how many temporal ones. [any] */
int slot_layer (Slot *self, int *temporal);
/* Whether a packet of this number went out not long ago, as far as the number tells. [any] */
gboolean slot_sent_lately (Slot *self, guint16 seq);
/* Packets and bytes (with headers) sent so far. [any] */
guint64 slot_sent (Slot *self, guint64 *bytes);
/* How many packets got each verdict; gives the bytes sent. [any] */
guint64 slot_counts (Slot *self, guint64 verdicts[SLOT_N_VERDICTS]);
const char *slot_verdict_name (int verdict);
/* {"mindex",..., "verdicts":{name: count}}. [any] */
json_t *slot_dump (Slot *self);

#endif
