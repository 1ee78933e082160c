/* janus.h: a Janus session on a WebSocket: requests with their answers, events of handles.
 * Thread: the signalling thread. Ownership: whoever opens it; messages are lent to callbacks. */
#ifndef LOAD_JANUS_H
#define LOAD_JANUS_H

#include <glib.h>
#include <jansson.h>

#include "tools/load/websocket.h"

typedef struct Janus Janus;

/* `data`: what the answer carries ("data" of Janus, or the plugin's); `sdp` of an answer with one, else NULL.
 * `error`: NULL, or what was refused and why; then data may be NULL. */
typedef void (*JanusAnswer) (gpointer user, json_t *data, const char *sdp, const char *error);

typedef struct {
	void (*opened) (gpointer user);
	void (*event) (gpointer user, guint64 handle, json_t *data, gsize bytes); /* one that answers nothing */
	void (*told) (gpointer user, const char *what, guint64 handle);           /* "webrtcup", "hangup", "timeout", ... */
	void (*closed) (gpointer user, const char *reason);
} JanusEvents;

Janus *janus_open (Loop *loop, const char *url, const JanusEvents *events, gpointer user, GError **error);
/* Without a word: nothing is called any more. */
void janus_free (Janus *self);

/* {"janus": what, ...}: create, attach, keepalive; takes the reference. */
void janus_request (Janus *self, json_t *request, JanusAnswer answer);
/* A message to a handle's plugin; sdp may be NULL; takes the reference on body. */
void janus_message (Janus *self, guint64 handle, json_t *body, const char *sdp_type, const char *sdp, JanusAnswer answer);
void janus_set_session (Janus *self, guint64 session);

guint64 janus_bytes (const Janus *self);
guint64 janus_messages (const Janus *self);

#endif
