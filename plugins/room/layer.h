/* layer.h: one encoding of a track (a simulcast layer, or the only one): how fast it flows, and the slots it fans out to.
 * Thread: fields say who may touch them (lock order: host.h). Ownership: part of its track. */
#ifndef ROOM_LAYER_H
#define ROOM_LAYER_H

#include <stdatomic.h>

#include <jansson.h>

#include "plugins/room/allocator.h"
#include "plugins/room/rtp.h"
#include "plugins/room/session.h"

#define LAYER_RID_BYTES 17
#define LAYER_SAMPLE_US (500 * G_TIME_SPAN_MILLISECOND) /* how often rates are measured */
#define LAYER_DEAD_US (2 * G_TIME_SPAN_SECOND)          /* wanted for so long without a packet: it is not there */
#define LAYER_RETRY_US (10 * G_TIME_SPAN_SECOND)        /* and is not tried again for so long */
#define LAYER_UNWANTED_US (2 * G_TIME_SPAN_SECOND)      /* wanted by nobody for so long: the publisher stops it */

/* Who gets a layer's packets: copied on every change, so the packets' road needs no lock of the room. */
typedef struct {
	gint refs;
	guint n;
	Slot *slots[];
} Fanout;

typedef struct Layer {
	guint64 id;                 /* RO: never used twice; the rewriting's source number */
	char rid[LAYER_RID_BYTES];  /* RO: "" of a plain stream */
	guint nominal_height;       /* RO: what it should be until a keyframe tells */
	guint64 nominal_bps;        /* RO */

	/* [media] writes, any reads */
	_Atomic guint32 ssrc;       /* 0: not seen yet */
	_Atomic gint64 heard_us;
	_Atomic guint64 packets, keyframes_seen;
	_Atomic guint64 bytes[ALLOCATOR_MAX_TEMPORAL]; /* by temporal layer, with headers */
	_Atomic guint height;       /* of the last keyframe; 0: not known */

	/* [room] */
	GPtrArray *members;         /* Slot, counted: the next fan-out */
	gboolean dirty;             /* members differ from the fan-out */
	guint64 sampled_bytes[ALLOCATOR_MAX_TEMPORAL];
	guint64 bps[ALLOCATOR_MAX_TEMPORAL]; /* measured, each with the temporal layers below it; 0: never flowed */
	gint64 sampled_us;
	gboolean wanted;            /* as the publisher was told */
	gint64 wanted_us;           /* when somebody last wanted it */
	gint64 due_us;              /* since when packets are due; 0: they are not */
	gint64 absent_us;           /* when it was found not to come although wanted; 0: it is there */

	GMutex lock;
	Fanout *fanout;             /* LOCK: lock; never NULL */
} Layer;

void layer_init (Layer *self, const char *rid, guint64 nominal_bps, guint nominal_height);
void layer_clear (Layer *self);

/* A counted look at the present fan-out. [any] */
Fanout *layer_fanout (Layer *self);
Fanout *fanout_ref (Fanout *self);
void fanout_unref (Fanout *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fanout, fanout_unref)

/* The slot gets this layer's packets, or no more, from the next layer_publish on. [room] */
void layer_add (Layer *self, Slot *slot);
void layer_remove (Layer *self, Slot *slot);
/* Puts what was added and removed onto the packets' road. TRUE: something changed. [room] */
gboolean layer_publish (Layer *self);

/* A packet of it came in. [media] */
void layer_count (Layer *self, guint temporal, gsize bytes, gint64 now_us);
/* Measures the rates, at most every LAYER_SAMPLE_US. [room] */
void layer_sample (Layer *self, gint64 now_us);
/* Decides whether the publisher shall send it, from who is in its fan-out; then whether it does. `flows`: the track is
 * unmuted and connected. TRUE: `wanted` changed. [room] */
gboolean layer_update (Layer *self, gboolean flows, gint64 now_us);
/* Whether it can be had: it flows, or is stopped only because nobody wants it. [room] */
gboolean layer_is_there (const Layer *self);
/* What it takes with temporal layers 0..temporal: measured, or as it should be. [room] */
guint64 layer_bps (const Layer *self, guint temporal, guint n_temporal);
guint layer_height (const Layer *self);

json_t *layer_dump (Layer *self, gint64 now_us);

#endif
