/* replay.h: what the server said in one Janus session: numbered messages, kept until the client has confirmed them, so
 * that a new socket can go on where the old one broke off.
 * Thread: sockets. Ownership: the replay owns its frames. Bounded by its user, who looks at replay_bytes. */
#ifndef API_REPLAY_H
#define API_REPLAY_H

#include <glib.h>

/* A message ready to be written, with the room in front that libwebsockets wants. */
typedef struct {
	guint64 seq;  /* 0: outside the numbering */
	gsize bytes;
	guint8 *text; /* points into data */
	guint8 data[];
} Frame;

/* A frame with this JSON object text; when seq is not 0, with "seq":<seq> as its last member. */
Frame *frame_new (const char *json, gsize bytes, guint64 seq);

typedef struct Replay Replay;

Replay *replay_new (void);
void replay_free (Replay *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Replay, replay_free)

/* Appends with the next number, which it returns. */
guint64 replay_append (Replay *self, const char *json, gsize bytes);
/* The next frame to write, or NULL; it stays the replay's and counts as sent. */
Frame *replay_next (Replay *self);
gboolean replay_has_next (const Replay *self);
/* The client's socket has everything up to and with `seq`; numbers that were never sent are ignored. What this call
 * confirms is freed by the next one: the client's program may be behind its socket. */
void replay_confirm (Replay *self, guint64 seq);
/* A new socket knows everything up to `last_seq`: the rest is sent again. FALSE when something after it is gone already
 * or when it was never given out: then nothing changes. */
gboolean replay_rewind (Replay *self, guint64 last_seq);
/* Without a number: what is not confirmed is sent again. */
void replay_rewind_all (Replay *self);
/* Frees what it holds: nobody will come for it. */
void replay_clear (Replay *self);
guint64 replay_last (const Replay *self);      /* number of the newest message, 0 before the first */
guint64 replay_sent (const Replay *self);      /* number of the newest one written to the present socket */
gsize replay_bytes (const Replay *self);       /* of what is not confirmed */

#endif
