/* wire.h: packets on their way out of one peer: encrypted in place, sent many with one system call.
 * Thread: one per network thread. Ownership: belongs to the network thread; lends its buffers. */
#ifndef LOAD_WIRE_H
#define LOAD_WIRE_H

#include <glib.h>
#include <srtp2/srtp.h>

#include "tools/load/counters.h"

typedef struct Wire Wire;

Wire *wire_new (Counters *counters);
void wire_free (Wire *self);
/* What follows goes out of this connected socket, encrypted by this session. */
void wire_begin (Wire *self, int fd, srtp_t srtp);
/* Room for the next packet, RTP_MAX_BYTES at most. */
guint8 *wire_buffer (Wire *self);
/* Encrypts what was written there and queues it. */
void wire_push (Wire *self, gsize bytes, gboolean rtcp);
void wire_flush (Wire *self);
Counters *wire_counters (Wire *self);

#endif
