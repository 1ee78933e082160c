#include "config.h"
#include "tools/load/wire.h"

#include <sys/socket.h>

#include "tools/load/rtp.h"

#define BATCH 32

struct Wire {
	Counters *counters;
	int fd;
	srtp_t srtp;
	guint n;
	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
	guint8 buffers[BATCH][RTP_MAX_BYTES + SRTP_MAX_TRAILER_LEN + 4];
};

Wire *wire_new (Counters *counters)
{
	Wire *self = g_new0 (Wire, 1);
	self->counters = counters;
	for (guint i = 0; i < BATCH; i++) {
		self->vectors[i].iov_base = self->buffers[i];
		self->messages[i].msg_hdr = (struct msghdr) { .msg_iov = &self->vectors[i], .msg_iovlen = 1 };
	}
	return self;
}

void wire_free (Wire *self)
{
	g_free (self);
}

void wire_begin (Wire *self, int fd, srtp_t srtp)
{
	self->fd = fd;
	self->srtp = srtp;
	self->n = 0;
}

guint8 *wire_buffer (Wire *self)
{
	return self->buffers[self->n];
}

void wire_push (Wire *self, gsize bytes, gboolean rtcp)
{
	int length = (int) bytes;
	srtp_err_status_t status = rtcp ? srtp_protect_rtcp (self->srtp, self->buffers[self->n], &length)
		: srtp_protect (self->srtp, self->buffers[self->n], &length);
	if (status != srtp_err_status_ok) {
		COUNT_UP (self->counters->unsent_packets, 1);
		return;
	}
	if (!rtcp) {
		COUNT_UP (self->counters->sent_packets, 1);
		COUNT_UP (self->counters->sent_bytes, bytes);
	}
	self->vectors[self->n++].iov_len = length;
	if (self->n == BATCH)
		wire_flush (self);
}

/* What the system does not take is lost, as on a full network. */
void wire_flush (Wire *self)
{
	for (guint done = 0; done < self->n;) {
		int sent = sendmmsg (self->fd, self->messages + done, self->n - done, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent <= 0)
			COUNT_UP (self->counters->unsent_packets, 1);
		done += MAX (sent, 1);
	}
	self->n = 0;
}

Counters *wire_counters (Wire *self)
{
	return self->counters;
}
