#include "config.h"
#include "tools/load/network.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tools/load/clock.h"
#include "tools/load/rtp.h"

#define BATCH 32        /* packets taken from one socket with one call */
#define ROUNDS 8        /* calls for one socket before the others have their turn */
#define MAX_EVENTS 256
#define LATE_US 2000
#define MAX_NEWS 100000

/* What a thread is told to do. */
typedef struct {
	Peer *peer;
	gboolean remove;
} Order;

typedef struct {
	Network *network;
	GThread *thread;
	GAsyncQueue *orders;
	GPtrArray *peers;
	int epoll;
	Counters counters;
	Histogram delay;
	PeerContext context;
	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
	struct sockaddr_in from[BATCH];
	char control[BATCH][CMSG_SPACE (sizeof (struct timespec))];
	guint8 buffers[BATCH][RTP_MAX_BYTES + 100];
} Worker;

struct Network {
	guint n, tick_us, next;
	gboolean stopping; /* atomic */
	void (*wake) (gpointer user);
	gpointer user;
	GAsyncQueue *news;
	GHashTable *homes; /* peer -> worker; of the signalling thread */
	Worker *workers;
};

/* ---- receiving ---- */

static void prepare_messages (Worker *self)
{
	for (guint i = 0; i < BATCH; i++) {
		self->vectors[i] = (struct iovec) { .iov_base = self->buffers[i], .iov_len = sizeof self->buffers[i] };
		self->messages[i].msg_hdr = (struct msghdr) { .msg_iov = &self->vectors[i], .msg_iovlen = 1,
			.msg_name = &self->from[i], .msg_control = self->control[i] };
	}
}

/* When the kernel got it, on our clock: our own sleep is no delay of the server's. */
static guint64 arrival_of (struct msghdr *message, gint64 wall_offset_ns)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR (message); c; c = CMSG_NXTHDR (message, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
			struct timespec at;
			memcpy (&at, CMSG_DATA (c), sizeof at);
			return (guint64) ((gint64) at.tv_sec * 1000000000 + at.tv_nsec - wall_offset_ns);
		}
	}
	return clock_ns ();
}

static void take_from (Worker *self, Peer *peer, gint64 wall_offset_ns)
{
	for (guint round = 0; round < ROUNDS; round++) {
		for (guint i = 0; i < BATCH; i++) {
			self->messages[i].msg_hdr.msg_namelen = sizeof self->from[i];
			self->messages[i].msg_hdr.msg_controllen = sizeof self->control[i];
		}
		int n = recvmmsg (peer_fd (peer), self->messages, BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n; i++)
			peer_take (peer, &self->context, self->buffers[i], self->messages[i].msg_len, &self->from[i],
				arrival_of (&self->messages[i].msg_hdr, wall_offset_ns));
		if (n < BATCH)
			return;
	}
}

static void take_all (Worker *self)
{
	struct epoll_event events[MAX_EVENTS];
	gint64 wall_offset_ns = clock_wall_offset_ns ();
	int n;
	do {
		n = epoll_wait (self->epoll, events, MAX_EVENTS, 0);
		for (int i = 0; i < n; i++)
			take_from (self, events[i].data.ptr, wall_offset_ns);
	} while (n == MAX_EVENTS);
}

/* ---- a network thread ---- */

static void follow_orders (Worker *self)
{
	for (Order *order; (order = g_async_queue_try_pop (self->orders)) != NULL; g_free (order)) {
		if (order->remove) {
			g_ptr_array_remove_fast (self->peers, order->peer);
			continue;
		}
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = order->peer };
		epoll_ctl (self->epoll, EPOLL_CTL_ADD, peer_fd (order->peer), &event);
		g_ptr_array_add (self->peers, order->peer);
	}
}

static void run_peers (Worker *self)
{
	gint64 now_us = g_get_monotonic_time ();
	for (guint i = 0; i < self->peers->len; i++) {
		Peer *peer = g_ptr_array_index (self->peers, i);
		if (peer_due_us (peer) <= now_us)
			peer_run (peer, &self->context, now_us);
	}
}

/* Sleeps to the next of even steps; skips those that were missed. */
static void sleep_until_next (Worker *self, gint64 *next_us)
{
	gint64 now_us = g_get_monotonic_time ();
	*next_us += self->network->tick_us;
	if (now_us - *next_us > LATE_US)
		COUNT_UP (self->counters.late_ticks, 1);
	if (*next_us <= now_us)
		*next_us = now_us;
	COUNT_UP (self->counters.ticks, 1);
	struct timespec until = { .tv_sec = *next_us / G_USEC_PER_SEC, .tv_nsec = *next_us % G_USEC_PER_SEC * 1000 };
	clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static gpointer worker_run (gpointer data)
{
	Worker *self = data;
	gint64 next_us = g_get_monotonic_time ();
	prctl (PR_SET_TIMERSLACK, 1000, 0, 0, 0);
	while (!g_atomic_int_get (&self->network->stopping)) {
		follow_orders (self);
		take_all (self);
		run_peers (self);
		sleep_until_next (self, &next_us);
	}
	follow_orders (self);
	return NULL;
}

/* Runs on a network thread. */
static void tell (gpointer user, guint64 peer_id, PeerNewsKind kind, gint64 at_us)
{
	Worker *self = user;
	if (g_async_queue_length (self->network->news) >= MAX_NEWS)
		return;
	PeerNews *news = g_new (PeerNews, 1);
	*news = (PeerNews) { .peer_id = peer_id, .kind = kind, .at_us = at_us };
	g_async_queue_push (self->network->news, news);
	self->network->wake (self->network->user);
}

static void worker_start (Worker *self, Network *network, guint number)
{
	g_autofree char *name = g_strdup_printf ("network %u", number);
	self->network = network;
	self->orders = g_async_queue_new_full (g_free);
	self->peers = g_ptr_array_new_with_free_func ((GDestroyNotify) peer_free);
	self->epoll = epoll_create1 (EPOLL_CLOEXEC);
	self->context = (PeerContext) { .wire = wire_new (&self->counters), .counters = &self->counters, .delay = &self->delay,
		.user = self, .tell = tell };
	prepare_messages (self);
	self->thread = g_thread_new (name, worker_run, self);
}

static void worker_stop (Worker *self)
{
	g_thread_join (self->thread);
	g_async_queue_unref (self->orders);
	g_ptr_array_unref (self->peers);
	close (self->epoll);
	wire_free (self->context.wire);
}

/* ---- the signalling thread's side ---- */

Network *network_new (guint threads, guint tick_us, void (*wake) (gpointer user), gpointer user)
{
	Network *self = g_new0 (Network, 1);
	*self = (Network) { .n = threads, .tick_us = tick_us, .wake = wake, .user = user };
	self->news = g_async_queue_new_full (g_free);
	self->homes = g_hash_table_new (NULL, NULL);
	self->workers = g_new0 (Worker, threads);
	for (guint i = 0; i < threads; i++)
		worker_start (&self->workers[i], self, i);
	return self;
}

void network_free (Network *self)
{
	g_atomic_int_set (&self->stopping, TRUE);
	for (guint i = 0; i < self->n; i++)
		worker_stop (&self->workers[i]);
	g_async_queue_unref (self->news);
	g_hash_table_unref (self->homes);
	g_free (self->workers);
	g_free (self);
}

static void give_order (Worker *worker, Peer *peer, gboolean remove)
{
	Order *order = g_new (Order, 1);
	*order = (Order) { .peer = peer, .remove = remove };
	g_async_queue_push (worker->orders, order);
}

void network_take (Network *self, Peer *peer)
{
	Worker *worker = &self->workers[self->next++ % self->n];
	g_hash_table_insert (self->homes, peer, worker);
	give_order (worker, peer, FALSE);
}

void network_remove (Network *self, Peer *peer)
{
	Worker *worker = g_hash_table_lookup (self->homes, peer);
	g_hash_table_remove (self->homes, peer);
	give_order (worker, peer, TRUE);
}

gboolean network_next_news (Network *self, PeerNews *news)
{
	g_autofree PeerNews *next = g_async_queue_try_pop (self->news);
	if (next)
		*news = *next;
	return next != NULL;
}

void network_read (const Network *self, Counters *counters, Histogram *delay)
{
	*counters = (Counters) { 0 };
	*delay = (Histogram) { { 0 } };
	for (guint i = 0; i < self->n; i++) {
#define X(field, meaning) counters->field += COUNT_READ (self->workers[i].counters.field);
		LOAD_COUNTERS (X)
#undef X
		histogram_merge (delay, &self->workers[i].delay);
	}
}
