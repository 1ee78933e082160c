#include "config.h"
#include "tools/load/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "curia-error.h"
#include "tools/load/dtls.h"
#include "tools/load/ice.h"

#define SOCKET_BYTES (1 << 20)
#define GIVE_UP_US (15 * G_USEC_PER_SEC)

typedef enum { CHECKING, SHAKING_HANDS, CONNECTED, FAILED } State;

struct Peer {
	guint64 id;
	int fd;
	struct sockaddr_in local;
	State state;
	gint64 started_us, due_us, step_us;
	Ice ice;
	gboolean dtls_client, media_told;
	char fingerprint[128];
	Dtls *dtls;
	srtp_t in, out;
	Sdp *ours, *theirs; /* until connected */
	gboolean sends, receives;
	SenderPlan send_plan;
	ReceiverPlan receive_plan;
	Sender *sender;
	Receiver *receiver;
	SenderControl control;
};

/* ---- before it starts ---- */

Peer *peer_new (guint64 id, const char *address, GError **error)
{
	struct sockaddr_in local = { .sin_family = AF_INET };
	socklen_t length = sizeof local;
	int bytes = SOCKET_BYTES, on = 1, fd = socket (AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || inet_pton (AF_INET, address, &local.sin_addr) != 1 || bind (fd, (struct sockaddr *) &local, sizeof local) != 0
		|| getsockname (fd, (struct sockaddr *) &local, &length) != 0) {
		curia_throw (error, CURIA_ERROR_UNAVAILABLE, "no UDP socket on %s: %s", address, g_strerror (errno));
		if (fd >= 0)
			close (fd);
		return NULL;
	}
	if (setsockopt (fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
		setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
	setsockopt (fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
	Peer *self = g_new0 (Peer, 1);
	self->id = id;
	self->fd = fd;
	self->local = local;
	self->control.layers = ~0u;
	ice_init (&self->ice);
	return self;
}

void peer_free (Peer *self)
{
	close (self->fd);
	g_clear_pointer (&self->dtls, dtls_free);
	g_clear_pointer (&self->in, srtp_dealloc);
	g_clear_pointer (&self->out, srtp_dealloc);
	g_clear_pointer (&self->ours, sdp_free);
	g_clear_pointer (&self->theirs, sdp_free);
	g_clear_pointer (&self->sender, sender_free);
	g_clear_pointer (&self->receiver, receiver_free);
	g_free (self);
}

void peer_describe (const Peer *self, Sdp *ours)
{
	g_strlcpy (ours->ufrag, self->ice.ufrag, sizeof ours->ufrag);
	g_strlcpy (ours->password, self->ice.password, sizeof ours->password);
	g_strlcpy (ours->fingerprint, dtls_fingerprint (), sizeof ours->fingerprint);
	ours->candidates[0] = self->local;
	ours->n_candidates = 1;
	if (!*ours->setup)
		g_strlcpy (ours->setup, "actpass", sizeof ours->setup);
}

gboolean peer_prepare (Peer *self, const Sdp *ours, const Sdp *theirs, gboolean controlling, const SenderPlan *send,
	const ReceiverPlan *receive, GError **error)
{
	if (!*theirs->ufrag || !*theirs->password || !*theirs->fingerprint)
		return curia_throw (error, CURIA_ERROR_INVALID_SDP, "the server's SDP lacks ICE credentials or a fingerprint");
	if (theirs->n_candidates == 0)
		return curia_throw (error, CURIA_ERROR_INVALID_SDP, "the server's SDP names no IPv4 candidate over UDP");
	ice_set_remote (&self->ice, theirs, controlling);
	self->dtls_client = !g_str_equal (theirs->setup, "active");
	g_strlcpy (self->fingerprint, theirs->fingerprint, sizeof self->fingerprint);
	self->ours = g_memdup2 (ours, sizeof *ours);
	self->theirs = g_memdup2 (theirs, sizeof *theirs);
	if ((self->sends = send != NULL))
		self->send_plan = *send;
	if ((self->receives = receive != NULL))
		self->receive_plan = *receive;
	return TRUE;
}

int peer_fd (const Peer *self)
{
	return self->fd;
}

gint64 peer_due_us (const Peer *self)
{
	return self->due_us;
}

/* ---- connecting ---- */

static void send_plain (gpointer user, const guint8 *data, gsize bytes)
{
	const Peer *self = user;
	sendto (self->fd, data, bytes, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *) &self->ice.remote, sizeof self->ice.remote);
}

static void tell (const Peer *self, PeerContext *context, PeerNewsKind kind)
{
	context->tell (context->user, self->id, kind, g_get_monotonic_time ());
}

static void fail (Peer *self, PeerContext *context)
{
	if (self->state == FAILED)
		return;
	self->state = FAILED;
	self->due_us = G_MAXINT64;
	tell (self, context, PEER_FAILED);
}

static void become_connected (Peer *self, PeerContext *context)
{
	gint64 now_us = g_get_monotonic_time ();
	if (!dtls_srtp (self->dtls, &self->in, &self->out)) {
		fail (self, context);
		return;
	}
	if (self->sends)
		self->sender = sender_new (&self->send_plan, &self->control, self->ours, self->theirs, now_us);
	if (self->receives)
		__atomic_store_n (&self->receiver, receiver_new (&self->receive_plan, self->theirs, now_us), __ATOMIC_RELEASE);
	g_clear_pointer (&self->ours, sdp_free);
	g_clear_pointer (&self->theirs, sdp_free);
	self->state = CONNECTED;
	self->due_us = now_us;
	tell (self, context, PEER_CONNECTED);
}

static void take_dtls_state (Peer *self, PeerContext *context, DtlsState state)
{
	if (state == DTLS_FAILED)
		fail (self, context);
	else if (state == DTLS_DONE && self->state == SHAKING_HANDS)
		become_connected (self, context);
}

static void start_handshake (Peer *self, PeerContext *context)
{
	self->state = SHAKING_HANDS;
	connect (self->fd, (struct sockaddr *) &self->ice.remote, sizeof self->ice.remote);
	self->dtls = dtls_new (self->dtls_client, self->fingerprint, send_plain, self);
	if (self->dtls_client)
		take_dtls_state (self, context, dtls_start (self->dtls));
}

static void take_stun (Peer *self, PeerContext *context, const guint8 *data, gsize bytes, const struct sockaddr_in *from)
{
	guint8 answer[STUN_MAX_BYTES];
	gsize length = ice_take (&self->ice, data, bytes, from, answer);
	if (length)
		sendto (self->fd, answer, length, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *) from, sizeof *from);
	if (self->state == CHECKING && self->ice.selected)
		start_handshake (self, context);
}

/* ---- media ---- */

static void take_rtcp (Peer *self, PeerContext *context, guint8 *data, int bytes, gint64 now_us)
{
	RtcpPart part;
	if (srtp_unprotect_rtcp (self->in, data, &bytes) != srtp_err_status_ok) {
		COUNT_UP (context->counters->unreadable_packets, 1);
		return;
	}
	COUNT_UP (context->counters->rtcp_received, 1);
	for (gsize at = 0; rtcp_next (data, (gsize) bytes, &at, &part);) {
		if (self->sender)
			sender_rtcp (self->sender, &part, context->counters);
		if (self->receiver)
			receiver_rtcp (self->receiver, &part, now_us);
	}
}

static void take_rtp (Peer *self, PeerContext *context, guint8 *data, int bytes, guint64 arrival_ns)
{
	if (!self->receiver)
		return;
	if (receiver_loses (self->receiver)) {
		COUNT_UP (context->counters->dropped_packets, 1);
		return;
	}
	if (srtp_unprotect (self->in, data, &bytes) != srtp_err_status_ok) {
		COUNT_UP (context->counters->unreadable_packets, 1);
		return;
	}
	receiver_take (self->receiver, data, (gsize) bytes, arrival_ns, context->counters, context->delay);
	if (!self->media_told) {
		self->media_told = TRUE;
		tell (self, context, PEER_MEDIA);
	}
}

void peer_take (Peer *self, PeerContext *context, guint8 *data, gsize bytes, const struct sockaddr_in *from, guint64 arrival_ns)
{
	if (bytes < 8 || self->state == FAILED)
		return;
	if (data[0] < 4)
		take_stun (self, context, data, bytes, from);
	else if (data[0] >= 20 && data[0] < 64 && self->dtls)
		take_dtls_state (self, context, dtls_take (self->dtls, data, bytes));
	else if (data[0] >= 128 && data[0] < 192 && self->state == CONNECTED && data[1] >= 192 && data[1] < 224)
		take_rtcp (self, context, data, (int) bytes, (gint64) (arrival_ns / 1000));
	else if (data[0] >= 128 && data[0] < 192 && self->state == CONNECTED)
		take_rtp (self, context, data, (int) bytes, arrival_ns);
}

/* ---- time ---- */

static void step (Peer *self, PeerContext *context, gint64 now_us)
{
	guint8 check[STUN_MAX_BYTES];
	struct sockaddr_in to;
	gsize bytes = ice_check (&self->ice, now_us, check, &to);
	if (bytes)
		sendto (self->fd, check, bytes, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *) &to, sizeof to);
	if (self->state == SHAKING_HANDS)
		take_dtls_state (self, context, dtls_tick (self->dtls));
	if (self->state < CONNECTED && now_us - self->started_us > GIVE_UP_US)
		fail (self, context);
}

gint64 peer_run (Peer *self, PeerContext *context, gint64 now_us)
{
	gint64 next_us = G_MAXINT64;
	if (!self->started_us)
		self->started_us = self->step_us = now_us;
	gboolean step_due = now_us >= self->step_us && self->state != FAILED;
	if (step_due) {
		step (self, context, now_us);
		self->step_us = now_us + PEER_STEP_US;
	}
	if (self->state == CONNECTED)
		wire_begin (context->wire, self->fd, self->out);
	if (self->receiver && step_due)
		receiver_run (self->receiver, now_us, context->wire);
	if (self->sender)
		next_us = sender_run (self->sender, now_us, context->wire);
	if (self->state == CONNECTED)
		wire_flush (context->wire);
	return self->due_us = self->state == FAILED ? G_MAXINT64 : MIN (next_us, self->step_us);
}

/* ---- from outside ---- */

void peer_set_layers (Peer *self, guint bits)
{
	g_atomic_int_set (&self->control.layers, bits);
}

void peer_set_speaking (Peer *self, gboolean speaking)
{
	g_atomic_int_set (&self->control.speaking, speaking);
}

guint64 peer_packets (const Peer *self)
{
	const Receiver *receiver = __atomic_load_n (&self->receiver, __ATOMIC_ACQUIRE);
	return receiver ? receiver_packets (receiver) : 0;
}
