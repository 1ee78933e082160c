/* fuzz-layers.c: any orders and any packets: nothing passes while paused, nothing begins without a keyframe or above the target.
 * The input: five bytes each: what (an order or a packet), layers, flags, picture id. */
#include "fuzz.h"
#include "plugins/room/layers.h"

static Vp8Descriptor read_descriptor (const guint8 *data)
{
	return (Vp8Descriptor) {
		.start = data[2] & 1, .keyframe = data[2] & 2, .layer_sync = data[2] & 4, .temporal_layer = data[2] >> 6,
		.picture_id_bits = data[2] & 8 ? 15 : data[2] & 16 ? 7 : 0,
		.picture_id = (guint16) ((data[3] << 8 | data[4]) & (data[2] & 8 ? 0x7fff : 0x7f)),
	};
}

static void judge (Layers *l, const guint8 *data)
{
	Layers before = *l;
	Vp8Descriptor d = read_descriptor (data);
	int layer = data[1] % 4;
	LayersVerdict verdict = layers_judge (l, layer, d.keyframe, data[0] & 8 ? &d : NULL);
	FUZZ_EXPECT (l->target_spatial == before.target_spatial && l->target_temporal == before.target_temporal);
	FUZZ_EXPECT ((verdict == LAYERS_PAUSED) == (l->target_spatial == LAYERS_NONE));
	FUZZ_EXPECT (verdict != LAYERS_SWITCH || (d.keyframe && layer != before.spatial && layer == l->spatial));
	FUZZ_EXPECT (verdict == LAYERS_SWITCH || l->spatial == before.spatial);
	FUZZ_EXPECT ((verdict != LAYERS_PASS && verdict != LAYERS_SKIP) || layer == before.spatial);
	FUZZ_EXPECT (verdict != LAYERS_SWITCH || layer <= MAX (before.spatial, l->target_spatial));
	FUZZ_EXPECT (layers_await_keyframe (l) == (l->target_spatial != LAYERS_NONE && l->target_spatial != l->spatial));
}

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
	Layers l;
	layers_init (&l);
	for (; size >= 5; data += 5, size -= 5) {
		if (data[0] % 8 == 0)
			layers_aim (&l, data[1] % 5 - 1, data[1] >> 4 & 7);
		else if (data[0] % 8 == 1)
			layers_restart (&l);
		else
			judge (&l, data);
	}
	return 0;
}
