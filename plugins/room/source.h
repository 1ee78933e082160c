/* source.h: what a participant can publish, one table row each.
 * Thread: any; nothing but constants. Ownership: returned strings are static. */
#ifndef ROOM_SOURCE_H
#define ROOM_SOURCE_H

#include <glib.h>

typedef enum { SOURCE_MICROPHONE, SOURCE_CAMERA, SOURCE_SCREEN, SOURCE_SCREEN_AUDIO, SOURCE_N } Source;

#define SOURCE_NAMES "microphone|camera|screen_share|screen_share_audio"

/* By its name in the protocol; SOURCE_N when unknown or NULL. [any] */
Source source_lookup (const char *name);
const char *source_name (Source source);
gboolean source_is_video (Source source);
/* A shared screen or its sound. [any] */
gboolean source_is_screen (Source source);

#endif
