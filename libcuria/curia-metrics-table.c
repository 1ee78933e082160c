/* The table of metrics: name, kind, unit, help, labels with their values, buckets. */
#include "curia-metrics.h"

#define MILLION 1000000

static const gint64 request_us[] = { 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000,
	0 };
static const gint64 join_us[] = { 100000, 200000, 300000, 500000, 750000, 1000000, 1500000, 2000000, 3000000, 5000000, 10000000,
	30000000, 0 };
static const gint64 round_trip_us[] = { 5000, 10000, 20000, 50000, 100000, 150000, 200000, 300000, 500000, 1000000, 2000000, 0 };
static const gint64 jitter_us[] = { 1000, 2000, 5000, 10000, 20000, 30000, 50000, 100000, 250000, 0 };
static const gint64 loss_ppm[] = { 1000, 5000, 10000, 20000, 50000, 100000, 200000, 500000, 0 };
static const gint64 intake_us[] = { 1, 2, 5, 10, 20, 50, 100, 250, 1000, 10000, 0 };

/* What becomes of a received packet, and of each copy of one for a viewer: the room's own words (a test compares them). */
#define RECEIVED "taken|malformed|no_track|wrong_type|wrong_layer|empty"
#define FORWARDED "sent|other_source|duplicate|skipped|before_switch|late|not_carried|other_layer|awaits_keyframe|temporal_layer|paused"
#define SOURCES "microphone|camera|screen_share|screen_share_audio"
#define CODECS "opus|vp8|vp9|h264|av1"

#define PLAIN(metric_, kind_, name_, per_unit_, help_) \
	[CURIA_METRIC_##metric_] = { .name = name_, .kind = CURIA_##kind_, .per_unit = per_unit_, .help = help_ }
#define LABELLED(metric_, kind_, name_, per_unit_, help_, ...) \
	[CURIA_METRIC_##metric_] = { .name = name_, .kind = CURIA_##kind_, .per_unit = per_unit_, .help = help_, .labels = { __VA_ARGS__ } }
#define SPREAD(metric_, name_, buckets_, help_, ...) \
	[CURIA_METRIC_##metric_] = { .name = name_, .kind = CURIA_HISTOGRAM, .per_unit = MILLION, .help = help_, .buckets = buckets_, \
		.labels = { __VA_ARGS__ } }

static const CuriaMetricRow rows[CURIA_N_METRICS] = {
	/* the process and its build */
	LABELLED (BUILD_INFO, GAUGE, "curia_build_info", 1, "Always 1; its label tells the version of Curia.", { "version" }),
	PLAIN (CPUS, GAUGE, "curia_cpus", 1, "Processors that the process may use."),
	PLAIN (PROCESS_CPU_US, COUNTER, "process_cpu_seconds_total", MILLION, "CPU time that the whole Janus process used."),
	PLAIN (PROCESS_START_US, GAUGE, "process_start_time_seconds", MILLION, "When the process started, in seconds since 1970."),
	PLAIN (PROCESS_RESIDENT_BYTES, GAUGE, "process_resident_memory_bytes", 1, "Memory of the process that is in RAM."),
	PLAIN (PROCESS_VIRTUAL_BYTES, GAUGE, "process_virtual_memory_bytes", 1, "Address space of the process."),
	PLAIN (PROCESS_OPEN_FDS, GAUGE, "process_open_fds", 1, "Open file descriptors."),
	PLAIN (PROCESS_MAX_FDS, GAUGE, "process_max_fds", 1, "How many file descriptors may be open."),
	PLAIN (PROCESS_THREADS, GAUGE, "process_threads", 1, "Threads of the process."),
	PLAIN (SCRAPE_US, GAUGE, "curia_scrape_duration_seconds", MILLION, "How long it took to collect what this page shows."),
	PLAIN (SCRAPE_PARTS_UNANSWERED, COUNTER, "curia_scrape_parts_unanswered_total", 1,
		"Parts of the server that did not tell their numbers in time; what the page shows of them is from before."),

	/* the room */
	PLAIN (MEETINGS, GAUGE, "curia_meetings", 1, "Meetings that run on this node."),
	PLAIN (MEETINGS_OPENED, COUNTER, "curia_meetings_opened_total", 1, "Meetings that began on this node."),
	LABELLED (PARTICIPANTS, GAUGE, "curia_participants", 1, "Participants in meetings of this node.", { "role", "participant|viewer" }),
	PLAIN (PARTICIPANTS_AWAY, GAUGE, "curia_participants_away", 1, "Participants whose connection dropped and may come back."),
	PLAIN (PUBLISHERS, GAUGE, "curia_publishers", 1, "Participants who publish at least one track."),
	LABELLED (TRACKS, GAUGE, "curia_tracks", 1, "Published tracks.", { "source", SOURCES }, { "codec", CODECS }),
	PLAIN (SLOTS_PAUSED, GAUGE, "curia_slots_paused", 1, "Videos that viewers want and do not get, for want of bandwidth."),
	LABELLED (PACKETS_RECEIVED, COUNTER, "curia_packets_received_total", 1, "RTP packets from publishers, by what became of them.",
		{ "verdict", RECEIVED }),
	LABELLED (PACKETS_FORWARDED, COUNTER, "curia_packets_forwarded_total", 1,
		"Copies of packets for viewers, by what became of them; only sent ones went out.", { "verdict", FORWARDED }),
	LABELLED (MEDIA_BYTES, COUNTER, "curia_media_bytes_total", 1,
		"RTP payload received (in), and RTP sent with its headers (out), without retransmissions.", { "direction", "in|out" }),
	PLAIN (REPORTED_PACKETS, COUNTER, "curia_reported_packets_total", 1, "Packets to viewers that their reports (RTCP) tell of."),
	PLAIN (REPORTED_LOST, COUNTER, "curia_reported_lost_packets_total", 1, "Those of them that were lost on the way."),
	SPREAD (LOSS_PPM, "curia_loss_ratio", loss_ppm, "Share of packets lost, one observation per participant and quality interval.",
		{ "direction", "down|up" }),
	SPREAD (ROUND_TRIP_US, "curia_round_trip_seconds", round_trip_us, "Round trip, one observation per participant and quality interval."),
	SPREAD (JITTER_US, "curia_jitter_seconds", jitter_us, "Jitter, one observation per participant and quality interval.",
		{ "direction", "down|up" }),
	PLAIN (FREEZES, COUNTER, "curia_freezes_total", 1, "Times that a video froze at a viewer, as clients report."),
	PLAIN (FROZEN_US, COUNTER, "curia_frozen_seconds_total", MILLION, "How long videos were frozen at viewers, as clients report."),
	PLAIN (JOINS, COUNTER, "curia_joins_total", 1, "Joins of meetings that succeeded."),
	LABELLED (JOIN_FAILURES, COUNTER, "curia_join_failures_total", 1,
		"Joins with a valid token that were refused, by the error (docs/errors.md).", { "error" }),
	SPREAD (JOIN_US, "curia_join_seconds", join_us, "From the join request to the first media packet to or from the participant."),
	LABELLED (CONNECTION_ATTEMPTS, COUNTER, "curia_connection_attempts_total", 1, "PeerConnections that were negotiated.",
		{ "kind", "publish|view" }),
	LABELLED (CONNECTION_SUCCESSES, COUNTER, "curia_connection_successes_total", 1, "PeerConnections that came up (ICE and DTLS).",
		{ "kind", "publish|view" }),
	PLAIN (ROOM_EVENTS_DROPPED, COUNTER, "curia_room_events_dropped_total", 1,
		"Events for clients that were dropped because too many waited for one handle."),
	PLAIN (ROOM_BATCH_DROPPED, COUNTER, "curia_room_batched_packets_dropped_total", 1,
		"Packets dropped because a batch was full (room.batch_ms)."),

	/* the API */
	[CURIA_METRIC_API_REQUEST_US] = { .name = "curia_api_request_seconds", .kind = CURIA_HISTOGRAM, .per_unit = MILLION,
		.buckets = request_us,
		.help = "HTTP requests: from the time they are read until the answer can be written, by operation (docs/api.md) and class"
		        " of status.",
		.labels = { { "route" }, { "status", "1xx|2xx|3xx|4xx|5xx" } } },
	LABELLED (API_REFUSED, COUNTER, "curia_api_refused_total", 1, "Requests and sockets refused before any route saw them, by the reason.",
		{ "reason", "rate|address_connections|connections|queue|too_large|late|malformed" }),
	LABELLED (CONNECTIONS, GAUGE, "curia_connections", 1, "Open sockets: WebSockets, and all others.", { "kind", "websocket|http" }),
	PLAIN (CONNECTIONS_LIMIT, GAUGE, "curia_connections_limit", 1, "How many sockets may be open (api.max_connections)."),
	LABELLED (JANUS_SESSIONS, GAUGE, "curia_janus_sessions", 1, "Janus sessions: with a connection, and kept for one that was lost.",
		{ "state", "connected|dropped" }),
	PLAIN (API_QUEUE, GAUGE, "curia_api_queue", 1, "HTTP requests that wait for a worker."),
	PLAIN (OUTPUT_QUEUE_BYTES, GAUGE, "curia_output_queue_bytes", 1, "What is queued or kept for WebSockets."),

	/* the store */
	PLAIN (STORE_UP, GAUGE, "curia_store_up", 1, "Whether the store answers: 1 or 0."),
	SPREAD (STORE_WRITE_US, "curia_store_write_seconds", request_us, "How long a group of writes took, its commit included."),
	LABELLED (STORE_WRITES, COUNTER, "curia_store_writes_total", 1,
		"Writes: committed, failed (their own error, or the database's), and refused because too many waited.",
		{ "result", "committed|failed|refused" }),
	PLAIN (STORE_QUEUE, GAUGE, "curia_store_queue", 1, "Writes that wait."),
	PLAIN (STORE_RECONNECTS, COUNTER, "curia_store_reconnects_total", 1,
		"Connections to the database that were made, but for those of the start."),

	/* the bus and the cluster */
	PLAIN (BUS_UP, GAUGE, "curia_bus_up", 1, "Whether the bus reaches Redis: 1 or 0; always 1 when it needs none."),
	LABELLED (BUS_MESSAGES, COUNTER, "curia_bus_messages_total", 1, "Messages given to the bus.", { "kind", "publication|request" }),
	PLAIN (BUS_QUEUE, GAUGE, "curia_bus_queue", 1, "Messages that wait for delivery in this process."),
	LABELLED (BUS_REQUEST_FAILURES, COUNTER, "curia_bus_request_failures_total", 1,
		"Requests over the bus without an answer, by the error.", { "error", "timeout|not-found|unavailable|overloaded|too-large" }),
	PLAIN (BUS_RECONNECTS, COUNTER, "curia_bus_reconnects_total", 1, "Connections to Redis that were made, the first included."),
	PLAIN (CLUSTER_NODES, GAUGE, "curia_cluster_nodes", 1, "Nodes that this one knows of, itself included."),

	/* the ledger */
	PLAIN (LEDGER_UP, GAUGE, "curia_ledger_up", 1, "Whether the ledger runs: 1, or 0 when it could not start."),
	LABELLED (LEDGER_EVENTS, COUNTER, "curia_ledger_events_total", 1,
		"Events: offered by Janus; ignored, being of no interest; malformed; refused for want of room in memory, in the spool (of"
		" quality samples, of all) or by the disk; spooled; written to the store; dropped, since the store refused their content.",
		{ "result", "offered|ignored|malformed|refused_queue|refused_quality|refused_full|refused_disk|spooled|written|dropped" }),
	PLAIN (LEDGER_SKIPPED, COUNTER, "curia_ledger_skipped_total", 1, "Written events that the store had already."),
	PLAIN (LEDGER_FAILED_WRITES, COUNTER, "curia_ledger_failed_writes_total", 1,
		"Batches that the store did not take, and that were tried again."),
	PLAIN (LEDGER_QUEUE, GAUGE, "curia_ledger_queue", 1, "Events in memory that wait for the spool."),
	SPREAD (LEDGER_INTAKE_US, "curia_ledger_intake_seconds", intake_us, "How long Janus was held up by giving an event away."),
	PLAIN (LEDGER_SPOOL_BYTES, GAUGE, "curia_ledger_spool_bytes", 1, "Events on disk that are not in the store yet."),
	PLAIN (LEDGER_SPOOL_LIMIT_BYTES, GAUGE, "curia_ledger_spool_limit_bytes", 1,
		"How large the spool may become (ledger.spool_max_bytes)."),
	PLAIN (LEDGER_BAD_SEGMENTS, COUNTER, "curia_ledger_bad_segments_total", 1,
		"Files of the spool that could not be read and were put aside."),
	PLAIN (LEDGER_LAG_US, GAUGE, "curia_ledger_lag_seconds", MILLION,
		"Age of the oldest event that is not in the store yet; 0 when all are."),

	/* webhooks */
	PLAIN (WEBHOOK_QUEUE, GAUGE, "curia_webhook_queue", 1, "Deliveries that are due or wait for their next try."),
	PLAIN (WEBHOOK_DEAD, GAUGE, "curia_webhook_dead", 1, "Deliveries that were given up, until somebody replays or deletes them."),
	LABELLED (WEBHOOK_DELIVERIES, COUNTER, "curia_webhook_deliveries_total", 1,
		"Tries: delivered; failed, to be tried again; dead, given up; blocked, an address that is not allowed.",
		{ "result", "delivered|failed|dead|blocked" }),
	SPREAD (WEBHOOK_DELIVERY_US, "curia_webhook_delivery_seconds", request_us, "How long a try took."),
};

const CuriaMetricRow *
curia_metric_row (CuriaMetric metric)
{
	g_assert ((guint) metric < CURIA_N_METRICS);
	return &rows[metric];
}

const char *
curia_metric_kind_name (CuriaMetricKind kind)
{
	static const char *const names[] = { "counter", "gauge", "histogram" };

	return names[kind];
}
