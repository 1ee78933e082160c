/* descriptor-map.h: keeps VP8 picture numbers of one slot continuous over switches of the source and dropped pictures.
 * Thread: [media], under the slot's lock. Ownership: a plain struct inside the slot, no pointers.
 *
 * As in rewrite.h, a picture that is missing keeps its number, and one that we drop on purpose leaves no hole: receivers hold
 * back upper temporal layers behind a hole. For the last DESCRIPTOR_MAP_WINDOW pictures a bit tells whether it was dropped, so a
 * late packet finds its picture's number by counting. */
#ifndef ROOM_DESCRIPTOR_MAP_H
#define ROOM_DESCRIPTOR_MAP_H

#include "plugins/room/descriptor-vp8.h"

#define DESCRIPTOR_MAP_WINDOW 64	/* pictures remembered, as bits of a word */

typedef struct DescriptorMap {
	guint8 picture_id_bits;	/* of the source's numbers; 0: none seen since the switch */
	guint16 newest_in;	/* highest number of the source, sent or dropped */
	guint16 newest_out;	/* the last number given away for it, sent or missing */
	guint16 sent_out;	/* highest number sent, over all sources */
	guint64 sent, skipped;	/* bit n: the picture newest_in - n */
	gboolean tl0_known;	/* tl0_offset holds for this source */
	guint8 tl0_offset, newest_tl0;
	gboolean has_picture_id, has_tl0;	/* sent_out, newest_tl0 hold something */
} DescriptorMap;

void descriptor_map_init (DescriptorMap *m);
/* The next packet is of another source (or the same after a pause): call together with rewrite_switch. [media] */
void descriptor_map_switch (DescriptorMap *m);
/* What goes out for the parsed `in`: the same descriptor with mapped numbers, to be given to descriptor_vp8_write. Call
 * only for packets that rewrite_packet lets through. [media] */
Vp8Descriptor descriptor_map_vp8 (DescriptorMap *m, const Vp8Descriptor *in);
/* A packet of a picture that is dropped on purpose, for its temporal layer: call together with rewrite_skip. Later pictures
 * close up. One that comes late, after newer pictures were sent, leaves its hole; for one of which packets were sent, and
 * before the first packet after a switch, there is no effect. [media] */
void descriptor_map_skip (DescriptorMap *m, const Vp8Descriptor *in);

#endif
