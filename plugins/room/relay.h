/* relay.h: one packet on its way to many slots: parsed once, in the two forms that it may go out in.
 * Thread: [media], or the batch's. Ownership: a plain struct of the caller; the track is borrowed. */
#ifndef ROOM_RELAY_H
#define ROOM_RELAY_H

#include <janus/plugins/plugin.h>

#include "plugins/room/red.h"
#include "plugins/room/slot.h"
#include "plugins/room/track.h"

#define RELAY_MAX_PAYLOAD_BYTES 1500

typedef struct Relay {
	SlotPacket packet;
	Track *track;
	janus_plugin_rtp out;      /* its buffer is one of those below */
	gsize plain_bytes, red_bytes; /* of the payloads; red_bytes 0: there is none with repetitions */
	guint8 plain[RTP_HEADER_BYTES + RELAY_MAX_PAYLOAD_BYTES];
	guint8 red[RTP_HEADER_BYTES + RED_MAX_BYTES];
} Relay;

/* Copies payload and extensions; for audio makes the form with repetitions and remembers the frame. */
void relay_fill (Relay *self, Track *track, const SlotPacket *packet, const janus_plugin_rtp *original);
/* Sends it through one slot, if that one takes it. */
void relay_to (Relay *self, Slot *slot);
/* Through all slots of its layer. */
void relay_to_all (Relay *self);

#endif
