/* descriptor.h: reads video payload descriptors (is this a keyframe?) and keeps VP8 picture numbers continuous.
 * Thread: any for the parsers, [media] under the slot's lock for a DescriptorMap. Ownership: none taken; plain structs.
 * Input is hostile: every byte is checked against the length; a damaged descriptor is "no keyframe" or FALSE. */
#ifndef ROOM_DESCRIPTOR_H
#define ROOM_DESCRIPTOR_H

#include "plugins/room/codec.h"

/* Whether this payload is the first packet of a keyframe, from which a decoder can start: VP8 (RFC 7741 section 4.3),
 * VP9 (RFC 9628 section 4.2: not predicted, lowest spatial layer), H264 (RFC 6184: SPS or first slice of an IDR picture
 * in a single NAL unit, STAP-A or FU-A), AV1 (AOM "RTP Payload Format For AV1" section 4.4: N bit and a sequence
 * header). Audio: always FALSE. [any] */
gboolean descriptor_is_keyframe (Codec codec, const guint8 *payload, gsize bytes);

/* A VP8 payload descriptor (RFC 7741 section 4.2). */
typedef struct Vp8Descriptor {
	gboolean start;		/* first packet of a frame: S set and partition 0 */
	gboolean keyframe;	/* start, and the frame header says key */
	gboolean disposable;	/* N: no other frame refers to this one */
	gboolean layer_sync;	/* Y: refers to the base layer only: a place to switch up */
	guint8 temporal_layer;	/* TID, 0 when absent */
	guint8 picture_id_bits;	/* 0 (absent), 7 or 15 */
	guint16 picture_id;
	gboolean has_tl0;
	guint8 tl0;		/* TL0PICIDX: counts base-layer frames */
	guint16 picture_id_at;	/* offsets into the payload, for writing */
	guint16 tl0_at;
	guint16 bytes;		/* length of the descriptor: the frame's bytes follow */
} Vp8Descriptor;

/* FALSE when the descriptor does not fit into the payload or nothing follows it. [any] */
gboolean descriptor_vp8_parse (const guint8 *payload, gsize bytes, Vp8Descriptor *d);
/* Writes d->picture_id and d->tl0 where d, parsed from this very payload, has them. Writing back the parsed values
 * restores the packet, so one buffer can serve slot after slot. [any] */
void descriptor_vp8_write (guint8 *payload, const Vp8Descriptor *d);

/* Per slot: outgoing picture id and TL0PICIDX go on over source switches as if one encoder had made all the frames. */
typedef struct DescriptorMap {
	gboolean rebase;
	guint16 picture_id_offset, newest_picture_id;
	guint8 tl0_offset, newest_tl0;
	gboolean has_picture_id, has_tl0;	/* the newest_ fields hold something */
} DescriptorMap;

void descriptor_map_init (DescriptorMap *m);
/* The next packet is of another source (or the same after a pause): call together with rewrite_switch. [media] */
void descriptor_map_switch (DescriptorMap *m);
/* What goes out for the parsed `in`: the same descriptor with mapped numbers, to be given to descriptor_vp8_write. Call
 * only for packets that rewrite_packet lets through. [media] */
Vp8Descriptor descriptor_map_vp8 (DescriptorMap *m, const Vp8Descriptor *in);

#endif
