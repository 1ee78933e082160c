#include "server.h"

#include <string.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-log.h"
#include "connection.h"
#include "curia-metrics.h"
#include "doors.h"
#include "events-socket.h"
#include "metrics.h"
#include "websocket.h"

#define TICK_US (250 * 1000)
#define HEADERS_MAX_BYTES 16384 /* of one request: a token of 8 KiB and what browsers add */
#define SERVICE_BUFFER_BYTES 16384
#define WORKER_QUEUE 512
#define PROMPT_WORKERS 2
#define HASHING_QUEUE 64
#define FAREWELL_US (500 * 1000) /* for clients to hear that the server stops */

typedef struct {
	void (*run) (gpointer data);
	gpointer data;
	GDestroyNotify discard;
} Task;

Server *server_of (struct lws *wsi)
{
	return lws_context_user (lws_get_context (wsi));
}

/* ---- from other threads ---- */

void server_post (Server *self, void (*run) (gpointer data), gpointer data, GDestroyNotify discard)
{
	gboolean open;

	g_mutex_lock (&self->lock);
	open = self->open;
	if (open) {
		Task *task = g_new (Task, 1);

		*task = (Task) { run, data, discard };
		g_queue_push_tail (&self->inbox, task);
		if (!self->woken)
			lws_cancel_service (self->context);
		self->woken = TRUE;
	}
	g_mutex_unlock (&self->lock);
	if (!open)
		discard (data);
}

static void drain (Server *self)
{
	GQueue tasks;

	g_mutex_lock (&self->lock);
	tasks = self->inbox;
	g_queue_init (&self->inbox);
	self->woken = FALSE;
	g_mutex_unlock (&self->lock);
	for (Task *task; (task = g_queue_pop_head (&tasks)); g_free (task))
		task->run (task->data);
}

static void discard_all (Server *self)
{
	GQueue tasks;

	g_mutex_lock (&self->lock);
	tasks = self->inbox;
	g_queue_init (&self->inbox);
	self->open = FALSE;
	g_mutex_unlock (&self->lock);
	for (Task *task; (task = g_queue_pop_head (&tasks)); g_free (task))
		task->discard (task->data);
}

/* ---- the sockets' thread ---- */

static guint waiting_in_all (Server *self)
{
	guint waiting = 0;

	for (guint i = 0; i < API_N_POOLS; i++)
		waiting += workers_waiting (self->pools[i]);
	return waiting;
}

/* What only this thread may look at. */
static void measure (Server *self)
{
	HubCounts counts = hub_counts (self->hub);
	guint websockets = self->connections->len, sockets = peers_sockets (self->peers);

	curia_metrics_set (CURIA_METRIC_CONNECTIONS, "websocket", NULL, websockets);
	curia_metrics_set (CURIA_METRIC_CONNECTIONS, "http", NULL, sockets > websockets ? sockets - websockets : 0);
	curia_metrics_set (CURIA_METRIC_JANUS_SESSIONS, "connected", NULL, counts.sessions - counts.dropped);
	curia_metrics_set (CURIA_METRIC_JANUS_SESSIONS, "dropped", NULL, counts.dropped);
	curia_metrics_set (CURIA_METRIC_OUTPUT_QUEUE_BYTES, NULL, NULL, (gint64) counts.queued_bytes);
	curia_metrics_set (CURIA_METRIC_API_QUEUE, NULL, NULL, waiting_in_all (self));
}

static void on_tick (lws_sorted_usec_list_t *tick)
{
	Server *self = lws_container_of (tick, Server, tick);
	gint64 now_us = curia_clock_us ();

	websocket_tick (self, now_us);
	events_tick (self->events, now_us);
	if (!g_atomic_int_get (&self->stopping))
		hub_tick (self->hub, now_us);
	measure (self);
	if (self->renewal)
		renewal_tick (self->renewal, now_us);
	lws_sul_schedule (self->context, 0, &self->tick, on_tick, TICK_US);
}

/* Clients are told: it is not their network, and it is no use to wait for this server. */
static void farewell (Server *self)
{
	gint64 now_us = curia_clock_us (), until_us = now_us + FAREWELL_US;

	hub_close (self->hub);
	for (guint i = 0; i < self->connections->len; i++)
		connection_close (self->connections->pdata[i], LWS_CLOSE_STATUS_GOINGAWAY, "The server stops", now_us);
	events_close_all (self->events, now_us);
	while (self->connections->len + events_sockets (self->events) > 0 && curia_clock_us () < until_us &&
	       lws_service (self->context, 0) >= 0)
		drain (self);
}

static gpointer serve (gpointer data)
{
	Server *self = data;

	lws_sul_schedule (self->context, 0, &self->tick, on_tick, TICK_US);
	while (!g_atomic_int_get (&self->stopping)) {
		if (lws_service (self->context, 0) < 0)
			break;
		drain (self);
	}
	farewell (self);
	lws_sul_cancel (&self->tick);
	return NULL;
}

/* ---- the context ---- */

static void on_lws_log (int level, const char *line)
{
	g_autofree char *text = g_strchomp (g_strdup (line));

	curia_log (level & LLL_ERR ? CURIA_LOG_WARNING : CURIA_LOG_DEBUG, "sockets", "%s", text);
}

static gboolean open_context (Server *self, GError **error)
{
	struct lws_context_creation_info info = {
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
			LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME,
		.user = self,
		.gid = (gid_t) -1,
		.uid = (uid_t) -1,
		.server_string = "curia",
		.max_http_header_data = HEADERS_MAX_BYTES,
		.pt_serv_buf_size = SERVICE_BUFFER_BYTES,
		.timeout_secs = (unsigned) (self->settings->request_us / G_USEC_PER_SEC) + 1,
	};

	lws_set_log_level (LLL_ERR | LLL_WARN, on_lws_log);
	self->context = lws_create_context (&info);
	return self->context != NULL || curia_throw (error, CURIA_ERROR_INTERNAL, "Cannot start libwebsockets");
}

/* ---- life ---- */

/* One more than can hash: it tells those who are refused without it. */
static guint hashing_workers (CuriaNode *node)
{
	return (guint) curia_options_int (curia_node_options (node), "accounts.hash_concurrency") + 1;
}

Server *server_new (CuriaNode *node, const Core *core, GError **error)
{
	g_autoptr (Settings) settings = settings_new (curia_node_options (node), error);
	Server *self;

	if (settings == NULL)
		return NULL;
	self = g_new0 (Server, 1);
	g_mutex_init (&self->lock);
	self->node = node;
	self->settings = g_steal_pointer (&settings);
	self->peers = peers_new (&(PeerLimits) { self->settings->max_connections, self->settings->max_connections_per_address,
		self->settings->requests_per_s });
	self->connections = g_ptr_array_new ();
	api_metrics_start ();
	curia_metrics_set (CURIA_METRIC_CONNECTIONS_LIMIT, NULL, NULL, self->settings->max_connections);
	self->pools[API_POOL_GENERAL] = workers_new (self->settings->workers, WORKER_QUEUE);
	self->pools[API_POOL_PROMPT] = workers_new (PROMPT_WORKERS, WORKER_QUEUE);
	self->pools[API_POOL_HASHING] = workers_new (hashing_workers (node), HASHING_QUEUE);
	self->events = events_new (self);
	self->hub = hub_new (self, core, &(HubLimits) {
		.output_queue_bytes = self->settings->output_queue_bytes,
		.output_total_bytes = self->settings->output_total_bytes,
		.max_dropped = self->settings->max_dropped,
		.max_dropped_per_address = self->settings->max_dropped_per_address,
		.secret = curia_node_secret (node),
	});
	if (!open_context (self, error) || !doors_open (self, error)) {
		server_free (self);
		return NULL;
	}
	self->open = TRUE;
	self->thread = g_thread_new ("curia-sockets", serve, self);
	return self;
}

void server_free (Server *self)
{
	g_atomic_int_set (&self->stopping, TRUE);
	if (self->thread) {
		lws_cancel_service (self->context);
		g_thread_join (self->thread);
	}
	/* first who may still post, then the sockets, then what they left in the inbox */
	events_shut (self->events);
	for (guint i = 0; i < API_N_POOLS; i++)
		workers_free (self->pools[i]);
	if (self->context)
		lws_context_destroy (self->context);
	discard_all (self);
	hub_free (self->hub);
	events_free (self->events);
	g_ptr_array_unref (self->connections);
	g_clear_pointer (&self->renewal, renewal_free);
	peers_free (self->peers);
	settings_free (self->settings);
	g_mutex_clear (&self->lock);
	g_free (self);
}
