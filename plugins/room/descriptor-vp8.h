/* descriptor-vp8.h: reads and writes VP8 payload descriptors (RFC 7741 section 4.2).
 * Thread: any. Ownership: none taken; plain structs.
 * Input is hostile: every byte is checked against the length. */
#ifndef ROOM_DESCRIPTOR_VP8_H
#define ROOM_DESCRIPTOR_VP8_H

#include <glib.h>

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

/* How far picture id a is after b, both of that many bits; 0 when it is not. [any] */
static inline guint descriptor_vp8_ahead (guint a, guint b, guint bits)
{
	guint mask = (1u << bits) - 1, ahead = (a - b) & mask;
	return ahead <= mask / 2 ? ahead : 0;
}

/* The rows of descriptor.c. [any] */
gboolean descriptor_vp8_is_keyframe (const guint8 *payload, gsize bytes);
gboolean descriptor_vp8_size (const guint8 *payload, gsize bytes, guint *width, guint *height);

#endif
