/* descriptor-cursor.h: reads bytes of a payload; reading past the end yields 0 and is remembered.
 * Thread: any. Ownership: none taken; for the descriptor files only. */
#ifndef ROOM_DESCRIPTOR_CURSOR_H
#define ROOM_DESCRIPTOR_CURSOR_H

#include <glib.h>

typedef struct Cursor {
	const guint8 *payload;
	gsize bytes, at;
	gboolean failed;
} Cursor;

static inline guint8 cursor_next (Cursor *c)
{
	if (c->at >= c->bytes) {
		c->failed = TRUE;
		return 0;
	}
	return c->payload[c->at++];
}

static inline gsize cursor_left (const Cursor *c)
{
	return c->bytes - c->at;
}

#endif
