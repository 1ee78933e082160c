#include "config.h"
#include "tools/load/film.h"

#include <string.h>

#include "tools/load/rtp.h"

#define KEY_FACTOR 4       /* a keyframe is this much larger */
#define SMALLEST 60        /* bytes of a picture */
#define PIECE_BYTES (RTP_MAX_PAYLOAD - FILM_DESCRIPTOR_MAX)

/* Which temporal layer each picture of a turn is in, and its size in percent of the mean. */
static const struct {
	guint turn;
	guint8 temporal[4], sync[4], percent[4];
} patterns[] = {
	[1] = { 1, { 0 }, { 0 }, { 100 } },
	[2] = { 2, { 0, 1 }, { 0, 1 }, { 120, 80 } },
	[3] = { 4, { 0, 2, 1, 2 }, { 0, 1, 1, 0 }, { 160, 80, 80, 80 } },
};

static guint32 next_random (Film *self)
{
	self->random = self->random * 1664525 + 1013904223;
	return self->random >> 8;
}

void film_init (Film *self, guint width, guint height, guint bitrate_bps, guint temporal_layers, guint32 seed)
{
	*self = (Film) { .width = width, .height = height, .bitrate_bps = bitrate_bps, .random = seed,
		.temporal_layers = CLAMP (temporal_layers, 1, 3) };
	self->picture_id = next_random (self) & 0x7fff;
	self->tl0_picture = next_random (self);
}

Picture film_next (Film *self, gboolean key)
{
	guint step = self->number++ % patterns[self->temporal_layers].turn;
	if (key) {
		self->number = 1;
		step = 0;
	}
	guint8 temporal = patterns[self->temporal_layers].temporal[step];
	guint mean = self->bitrate_bps / 8 / FILM_FPS * patterns[self->temporal_layers].percent[step] / 100;
	guint bytes = mean * (90 + next_random (self) % 21) / 100 * (key ? KEY_FACTOR : 1);
	self->picture_id = (self->picture_id + 1) & 0x7fff;
	self->tl0_picture += temporal == 0;
	bytes = CLAMP (bytes, SMALLEST, PIECE_BYTES * FILM_MAX_PACKETS);
	return (Picture) { .key = key, .temporal = temporal, .sync = patterns[self->temporal_layers].sync[step],
		.picture_id = self->picture_id, .tl0_picture = self->tl0_picture, .bytes = bytes,
		.packets = (bytes + PIECE_BYTES - 1) / PIECE_BYTES };
}

static guint8 *put_descriptor (const Film *self, const Picture *picture, gboolean first, guint8 *at)
{
	gboolean layered = self->temporal_layers > 1;
	*at++ = 0x80 | (first ? 0x10 : 0) | (picture->temporal ? 0x20 : 0);
	*at++ = layered ? 0xe0 : 0x80;
	*at++ = 0x80 | picture->picture_id >> 8;
	*at++ = picture->picture_id;
	if (layered) {
		*at++ = picture->tl0_picture;
		*at++ = picture->temporal << 6 | picture->sync << 5;
	}
	return at;
}

/* The frame tag, and behind it the start code and size of a keyframe (RFC 6386 section 9.1). */
static void put_picture_header (const Film *self, const Picture *picture, guint8 *at)
{
	guint first_partition = MIN (picture->bytes / 2, 0x7ffff);
	guint tag = (picture->key ? 0 : 1) | 1 << 4 | first_partition << 5;
	memcpy (at, (guint8[]) { tag, tag >> 8, tag >> 16 }, 3);
	if (picture->key)
		memcpy (at + 3, (guint8[]) { 0x9d, 0x01, 0x2a, self->width, self->width >> 8, self->height, self->height >> 8 }, 7);
}

gsize film_write (const Film *self, const Picture *picture, guint i, guint8 *out)
{
	guint each = picture->bytes / picture->packets, rest = picture->bytes % picture->packets;
	gsize bytes = each + (i < rest);
	guint8 *at = put_descriptor (self, picture, i == 0, out);
	memset (at, 0x5a ^ picture->picture_id, bytes);
	if (i == 0)
		put_picture_header (self, picture, at);
	return at - out + bytes;
}

static gboolean read_descriptor (const guint8 *payload, gsize bytes, FilmPiece *piece)
{
	gsize at = 1;
	*piece = (FilmPiece) { .picture_id = -1, .tl0_picture = -1, .temporal = -1 };
	if (bytes < 1)
		return FALSE;
	guint8 bits = payload[0] & 0x80 ? (bytes > 1 ? payload[at++] : 0) : 0;
	if (bits & 0x80) {
		if (at + 2 > bytes)
			return FALSE;
		piece->picture_id = payload[at] & 0x80 ? (payload[at] & 0x7f) << 8 | payload[at + 1] : payload[at];
		at += payload[at] & 0x80 ? 2 : 1;
	}
	if (bits & 0x40)
		piece->tl0_picture = at < bytes ? payload[at++] : -1;
	if (bits & 0x30)
		piece->temporal = at < bytes ? payload[at++] >> 6 : -1;
	piece->descriptor_bytes = at;
	return at < bytes;
}

gboolean film_read (const guint8 *payload, gsize bytes, FilmPiece *piece)
{
	if (!read_descriptor (payload, bytes, piece))
		return FALSE;
	const guint8 *picture = payload + piece->descriptor_bytes;
	gsize left = bytes - piece->descriptor_bytes;
	piece->starts = (payload[0] & 0x10) && (payload[0] & 7) == 0;
	piece->key = piece->starts && (picture[0] & 1) == 0;
	if (piece->key && left >= 10) {
		piece->width = (picture[6] | picture[7] << 8) & 0x3fff;
		piece->height = (picture[8] | picture[9] << 8) & 0x3fff;
	}
	return TRUE;
}
