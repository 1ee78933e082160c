/* layers.h: which packets of a layered source pass in one slot: the layer it carries, the one it should, and when to change.
 * Thread: [media] and [room], under the slot's lock. Ownership: a plain struct inside the slot.
 *
 * Simulcast layers are streams of their own, so a change of the spatial layer waits for a keyframe of the new one; until then
 * the old one goes on, with its base temporal layer only when the change is downwards. A keyframe of a layer on the way to
 * the target is taken as well; nothing begins above the target. VP8 temporal layers (RFC 7741 section 4.2) are cut from the
 * next picture on, and added again at a picture with the Y bit, behind which nothing refers to what was left out, or a
 * keyframe. Each picture keeps the verdict that it had when it was the newest: its late packets follow the others. */
#ifndef ROOM_LAYERS_H
#define ROOM_LAYERS_H

#include <glib.h>

#include "plugins/room/descriptor.h"

#define LAYERS_NONE (-1)
#define LAYERS_ALL_TEMPORAL 7	/* as a temporal target: whatever comes */

typedef enum {
	LAYERS_PASS,
	LAYERS_SWITCH,		/* passes as the first packet of another layer: switch the rewriting first */
	LAYERS_SKIP,		/* of the current layer, but of a temporal layer too many: closes up */
	LAYERS_OTHER,		/* of a layer that the slot does not carry */
	LAYERS_AWAIT_KEYFRAME,	/* of the target layer, which has sent no keyframe yet */
	LAYERS_PAUSED		/* the target is nothing */
} LayersVerdict;

#define LAYERS_WINDOW 64	/* pictures whose verdict is remembered; a power of two */

typedef struct Layers {
	int target_spatial, target_temporal;
	int spatial, temporal;	/* current; LAYERS_NONE: nothing went out since the last start */
	guint8 picture_id_bits;	/* of the current layer's numbers; 0: none seen yet */
	guint16 newest;		/* picture id */
	gint8 limits[LAYERS_WINDOW];	/* highest temporal layer that passes, by picture id modulo LAYERS_WINDOW */
} Layers;

/* Nothing is carried and nothing aimed at. */
void layers_init (Layers *l);
/* Another source from now on: whatever it targets begins with a keyframe. [room] */
void layers_restart (Layers *l);
/* What the slot should carry; LAYERS_NONE pauses at once, and coming back needs a keyframe. [room] */
void layers_aim (Layers *l, int spatial, int temporal);
/* One packet of the carried source's layer `spatial`; vp8 is NULL for other codecs. [media] */
LayersVerdict layers_judge (Layers *l, int spatial, gboolean keyframe, const Vp8Descriptor *vp8);
/* Whether it waits for a keyframe of the target layer. [any] */
gboolean layers_await_keyframe (const Layers *l);

#endif
