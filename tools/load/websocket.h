/* websocket.h: the signalling thread's loop, and WebSockets of sub-protocol janus-protocol on it.
 * Thread: the signalling thread; loop_wake from any. Ownership: a WebSocket is the opener's until websocket_close. */
#ifndef LOAD_WEBSOCKET_H
#define LOAD_WEBSOCKET_H

#include <glib.h>
#include <jansson.h>

#define WEBSOCKET_MAX_MESSAGE (4 << 20)
#define WEBSOCKET_MAX_QUEUE 64

typedef struct Loop Loop;
typedef struct WebSocket WebSocket;

typedef struct {
	void (*opened) (gpointer user);
	void (*message) (gpointer user, json_t *message, gsize bytes); /* borrowed */
	void (*closed) (gpointer user, const char *reason);            /* also when it never opened; then call websocket_close */
} WebSocketEvents;

/* `insecure` accepts any certificate. `tick` is called each 5 ms or so, and after loop_wake. */
Loop *loop_new (gboolean insecure, void (*tick) (gpointer user), gpointer user, GError **error);
void loop_free (Loop *self);
/* Waits for something and does it. FALSE: the loop is broken. */
gboolean loop_run_once (Loop *self);
void loop_wake (Loop *self);

WebSocket *websocket_open (Loop *loop, const char *url, const WebSocketEvents *events, gpointer user, GError **error);
/* Queues a message; one too many closes. Takes the reference. */
void websocket_send_take (WebSocket *self, json_t *message);
/* Ends it without a word; no event comes any more. */
void websocket_close (WebSocket *self);

#endif
