#include "config.h"
#include "plugins/room/layers.h"

#include <string.h>

G_STATIC_ASSERT (128 % LAYERS_WINDOW == 0);

void layers_init (Layers *l)
{
	*l = (Layers) { .target_spatial = LAYERS_NONE, .target_temporal = LAYERS_NONE };
	layers_restart (l);
}

void layers_restart (Layers *l)
{
	l->spatial = l->temporal = LAYERS_NONE;
	l->picture_id_bits = 0;
}

void layers_aim (Layers *l, int spatial, int temporal)
{
	l->target_spatial = spatial;
	l->target_temporal = temporal;
	if (spatial == LAYERS_NONE)
		layers_restart (l);
}

static int temporal_limit (const Layers *l)
{
	return l->target_spatial < l->spatial ? 0 : l->target_temporal;
}

/* Whether a keyframe of this layer brings the slot nearer to the target, or starts it. */
static gboolean is_on_the_way (const Layers *l, int spatial)
{
	if (l->spatial == LAYERS_NONE || l->spatial < l->target_spatial)
		return spatial > l->spatial && spatial <= l->target_spatial;
	return spatial < l->spatial && spatial >= l->target_spatial;
}

/* Cuts at this picture, or adds where it is safe. */
static void begin_picture (Layers *l, gboolean keyframe, const Vp8Descriptor *vp8)
{
	int limit = temporal_limit (l);
	if (limit < l->temporal || keyframe || vp8->layer_sync)
		l->temporal = limit;
}

/* The highest temporal layer of this packet's picture. The pictures that are missing before a new one keep the old limit. */
static int limit_of_picture (Layers *l, gboolean keyframe, const Vp8Descriptor *vp8)
{
	guint bits = vp8->picture_id_bits;
	guint ahead = bits == l->picture_id_bits ? descriptor_vp8_ahead (vp8->picture_id, l->newest, bits) : LAYERS_WINDOW;
	if (ahead > 0) {
		for (guint i = 1; i < MIN (ahead, LAYERS_WINDOW); i++)
			l->limits[(l->newest + i) % LAYERS_WINDOW] = (gint8) l->temporal;
		if (ahead >= LAYERS_WINDOW)
			memset (l->limits, l->temporal, sizeof l->limits);
		begin_picture (l, keyframe, vp8);
		l->picture_id_bits = (guint8) bits;
		l->newest = vp8->picture_id;
		l->limits[l->newest % LAYERS_WINDOW] = (gint8) l->temporal;
	}
	guint age = (l->newest - vp8->picture_id) & ((1u << bits) - 1);
	return age < LAYERS_WINDOW ? l->limits[vp8->picture_id % LAYERS_WINDOW] : l->temporal;
}

static LayersVerdict judge_current (Layers *l, gboolean keyframe, const Vp8Descriptor *vp8)
{
	if (!vp8) {
		l->temporal = temporal_limit (l);
		return LAYERS_PASS;
	}
	int limit;
	if (vp8->picture_id_bits != 0) {
		limit = limit_of_picture (l, keyframe, vp8);
	} else {
		if (vp8->start)
			begin_picture (l, keyframe, vp8);
		limit = l->temporal;
	}
	return vp8->temporal_layer <= limit ? LAYERS_PASS : LAYERS_SKIP;
}

LayersVerdict layers_judge (Layers *l, int spatial, gboolean keyframe, const Vp8Descriptor *vp8)
{
	if (l->target_spatial == LAYERS_NONE)
		return LAYERS_PAUSED;
	if (spatial == l->spatial)
		return judge_current (l, keyframe, vp8);
	if (keyframe && is_on_the_way (l, spatial)) {
		layers_restart (l);
		l->spatial = spatial;
		judge_current (l, keyframe, vp8);
		return LAYERS_SWITCH;
	}
	return spatial == l->target_spatial ? LAYERS_AWAIT_KEYFRAME : LAYERS_OTHER;
}

gboolean layers_await_keyframe (const Layers *l)
{
	return l->target_spatial != LAYERS_NONE && l->spatial != l->target_spatial;
}
