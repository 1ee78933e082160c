/* track.h: one source of one participant on one PeerConnection, and the slots its packets fan out to.
 * Thread: fields say who may touch them (lock order: host.h).
 * Ownership: counted: the participant, the sections of its handle and every slot that carries it hold references. */
#ifndef ROOM_TRACK_H
#define ROOM_TRACK_H

#include <stdatomic.h>

#include <jansson.h>

#include "plugins/room/codec.h"
#include "plugins/room/keyframe.h"
#include "plugins/room/session.h"
#include "plugins/room/source.h"
#include "plugins/room/speaker.h"

/* Who gets a track's packets: copied on every change, so the packets' road needs no lock of the room. */
typedef struct {
	gint refs;
	guint n;
	Slot *slots[];
} Fanout;

struct Track {
	gint refs;
	guint64 id;                /* RO: never used twice; the rewriting's source number */
	Source source;             /* RO */
	Codec codec;               /* RO */
	int mindex;                /* RO: m-line of the publish handle */
	guint pc;                  /* RO: which PeerConnection of that handle */
	guint8 payload_type;       /* RO: others are dropped */

	/* [room] */
	char *mid;
	gboolean muted, stalled;
	int speaker;               /* index in the room's Speakers, or SPEAKER_NONE */
	gint64 expected_us;        /* unmuted and up since then: packets are due */

	/* [media] writes, any reads */
	SpeakerMeter meter;
	_Atomic gint64 heard_us;   /* when the last packet came */
	_Atomic guint64 packets, bytes, wrong_type, empty, keyframes_seen;

	GMutex lock;
	Fanout *fanout;            /* LOCK: lock; never NULL */
	KeyframeRequests keyframes; /* LOCK: lock */
};

Track *track_new (Source source, Codec codec, int mindex, guint8 payload_type, guint pc);
Track *track_ref (Track *self);
void track_unref (Track *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Track, track_unref)

/* A counted look at the present fan-out. [any] */
Fanout *track_fanout (Track *self);
void fanout_unref (Fanout *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fanout, fanout_unref)
/* Sets the slots that get the packets from now on. [room] */
void track_set_slots (Track *self, Slot *const *slots, guint n);

/* Somebody needs a keyframe; TRUE: send the request now. [any] */
gboolean track_ask_keyframe (Track *self, gint64 now_us);
/* The timer's question: TRUE: send a request now. [room] */
gboolean track_keyframe_due (Track *self, gint64 now_us);
/* A keyframe came in. [media] */
void track_keyframe_arrived (Track *self);
/* It sends again (unmuted, PeerConnection up): ask sooner if somebody still waits. [room] */
void track_resume (Track *self, gint64 now_us);

/* {"source","kind","muted"} for the roster. [room] */
json_t *track_to_json (const Track *self);
json_t *track_dump (Track *self, gint64 now_us);

#endif
