/* film.h: pictures shaped as VP8's: sizes by bitrate, temporal layers, payload descriptors (RFC 7741) and keyframe headers
 * with real numbers; what is inside is noise. Thread: the sender's; pure. Ownership: a plain value per simulcast layer. */
#ifndef LOAD_FILM_H
#define LOAD_FILM_H

#include <glib.h>

#define FILM_FPS 30
#define FILM_MAX_PACKETS 64 /* of one picture */
#define FILM_DESCRIPTOR_MAX 6

typedef struct {
	guint width, height, bitrate_bps;
	guint temporal_layers; /* 1 to 3 */
	guint16 picture_id;    /* 15 bits */
	guint8 tl0_picture;
	guint32 number;        /* pictures since the start */
	guint32 random;
} Film;

/* One picture: cut into `packets` pieces. */
typedef struct {
	gboolean key;
	guint8 temporal, sync;
	guint16 picture_id;
	guint8 tl0_picture;
	guint bytes;   /* without descriptors */
	guint packets;
} Picture;

void film_init (Film *self, guint width, guint height, guint bitrate_bps, guint temporal_layers, guint32 seed);
/* The next picture; `key` makes it a keyframe. */
Picture film_next (Film *self, gboolean key);
/* Writes piece `i` of the picture: descriptor, header of the picture in the first one, noise. Gives the bytes. */
gsize film_write (const Film *self, const Picture *picture, guint i, guint8 *out);

/* What a payload says. */
typedef struct {
	gboolean starts, key; /* first piece of a picture; and that is a keyframe */
	int picture_id, tl0_picture, temporal;
	guint width, height;  /* of a keyframe's first piece */
	gsize descriptor_bytes;
} FilmPiece;

gboolean film_read (const guint8 *payload, gsize bytes, FilmPiece *piece);

#endif
