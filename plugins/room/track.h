/* track.h: one source of one participant on one PeerConnection: its layers, and when to ask for keyframes.
 * Thread: fields say who may touch them (lock order: host.h).
 * Ownership: counted: the participant, the sections of its handle and every seat that shows it hold references. */
#ifndef ROOM_TRACK_H
#define ROOM_TRACK_H

#include <stdatomic.h>

#include <jansson.h>

#include "plugins/room/codec.h"
#include "plugins/room/keyframe.h"
#include "plugins/room/layer.h"
#include "plugins/room/red.h"
#include "plugins/room/session.h"
#include "plugins/room/source.h"
#include "plugins/room/speaker.h"

#define TRACK_MAX_LAYERS ALLOCATOR_MAX_SPATIAL
#define TRACK_NO_LAYER (-1)

/* What a track is from its beginning to its end. */
typedef struct {
	guint room;                /* any number that tracks of one room share */
	Source source;
	Codec codec;
	int mindex;                /* m-line of the publish handle */
	guint pc;                  /* which PeerConnection of that handle */
	guint8 payload_type;       /* others are dropped */
	const char *mid;
	guint8 rid_extension;      /* id of the header extension that names the layer; 0: none */
	guint n_layers;            /* 1 to TRACK_MAX_LAYERS; 0 is the smallest picture */
	const char *rids[TRACK_MAX_LAYERS]; /* "" of a plain stream */
	guint64 bitrate_bps;       /* most that all layers together should take */
	guint height;              /* of the largest picture, as expected */
} TrackSpec;

struct Track {
	gint refs;
	guint64 id;                /* RO: never used twice */
	guint room;                /* RO */
	Source source;             /* RO */
	Codec codec;               /* RO */
	int mindex;                /* RO */
	guint pc;                  /* RO */
	guint8 payload_type;       /* RO */
	guint8 rid_extension;      /* RO */
	guint n_layers;            /* RO */
	gint64 started_us;         /* RO */
	Layer layers[TRACK_MAX_LAYERS];

	/* [room] */
	char *mid;
	gboolean muted, stalled;
	char *name;                /* in the books: "TR_..."; NULL: it is not in them */
	gboolean quiet;            /* nothing comes at present: others come first (silence.h) */
	gint64 quiet_us;           /* silence.h's */
	int speaker;               /* index in the room's Speakers, or SPEAKER_NONE */
	gint64 expected_us;        /* unmuted and up since then: packets are due */
	guint keyframes_needed;    /* bit i: a slot needs one of layer i; asked for when the fan-outs are set */
	AllocatorLadder ladder;    /* as of the last track_update */

	/* [media] writes, any reads */
	SpeakerMeter meter;
	RedHistory red;
	_Atomic gint64 heard_us;   /* when the last packet came */
	_Atomic guint64 packets, bytes, wrong_type, wrong_layer, empty;

	GMutex lock;
	KeyframeRequests keyframes; /* LOCK: lock */
	guint keyframes_due;       /* LOCK: lock; bit i: layer i is still to send one */
};

Track *track_new (const TrackSpec *spec);
/* Whether it is what the spec says. [room] */
gboolean track_is (const Track *self, const TrackSpec *spec);
Track *track_ref (Track *self);
void track_unref (Track *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Track, track_unref)

/* Which layer a packet is of, by SSRC, or by its rid the first time; TRACK_NO_LAYER for an unknown one. [media] */
int track_find_layer (Track *self, const guint8 *packet, gsize bytes, const RtpPacket *rtp);

/* Puts all layers' changes onto the packets' road. TRUE: something changed. [room] */
gboolean track_publish (Track *self);
/* It ends: nobody gets its packets any more. [room] */
void track_close (Track *self);
/* Rates, which layers are wanted and there, the ladder. `up`: its PeerConnection is. TRUE: what is wanted changed. [room] */
gboolean track_update (Track *self, gboolean up, gint64 now_us);
/* Whether packets should come: unmuted, and a layer wanted. [room] */
gboolean track_is_due (const Track *self);
/* How much of a track's bitrate layer i of n gets. [any] */
double track_layer_share (guint layer, guint n_layers);
/* {"source","wanted":[rid...]} for the publisher. [room] */
json_t *track_wanted_to_json (const Track *self);

/* Somebody needs a keyframe of these layers (bits); TRUE: send the request now. [any] */
gboolean track_ask_keyframe (Track *self, guint layers, gint64 now_us);
/* The timer's question: TRUE: send a request now. [room] */
gboolean track_keyframe_due (Track *self, gint64 now_us);
/* A keyframe of this layer came in. [media] */
void track_keyframe_arrived (Track *self, int layer);
/* It sends again (unmuted, PeerConnection up): ask sooner if somebody still waits. [room] */
void track_resume (Track *self, gint64 now_us);

/* {"source","kind","muted"} for the roster. [room] */
json_t *track_to_json (const Track *self);
json_t *track_dump (Track *self, gint64 now_us);

#endif
