#include "config.h"
#include "tools/load/voice.h"

#include <string.h>

#define OPUS_TOC 0x78    /* wide band, 20 ms, mono, one frame */
#define VOICE_BIT 0x80
#define QUIET_DBOV 127

static guint32 next_random (Voice *self)
{
	self->random = self->random * 1664525 + 1013904223;
	return self->random >> 8;
}

gsize voice_next (Voice *self, gboolean speaking, guint8 out[VOICE_MAX_BYTES], guint8 *level)
{
	guint32 random = next_random (self);
	gsize bytes = speaking ? 60 + random % 61 : 38 + random % 5;
	*level = speaking ? VOICE_BIT | (15 + (random >> 8) % 15) : QUIET_DBOV;
	out[0] = OPUS_TOC;
	memset (out + 1, 0x33, bytes - 1);
	return bytes;
}
