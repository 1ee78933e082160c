/* voice.h: 20 ms of sound shaped as Opus packets, and how loud it is.
 * Thread: the sender's; pure. Ownership: a plain value per microphone. */
#ifndef LOAD_VOICE_H
#define LOAD_VOICE_H

#include <glib.h>

#define VOICE_MS 20
#define VOICE_TICKS 960 /* of the 48 kHz clock */
#define VOICE_MAX_BYTES 128

typedef struct {
	guint32 random;
} Voice;

/* The payload of the next packet, 60 to 120 bytes of speech or about 40 of silence; *level gets RFC 6464's byte. */
gsize voice_next (Voice *self, gboolean speaking, guint8 out[VOICE_MAX_BYTES], guint8 *level);

#endif
