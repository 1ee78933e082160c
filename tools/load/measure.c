#include "config.h"
#include "tools/load/measure.h"

#include <stdlib.h>
#include <sys/resource.h>

static gint64 own_cpu_us (void)
{
	struct rusage usage;
	getrusage (RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * (gint64) G_USEC_PER_SEC + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

void look_take (Look *self, const Crowd *crowd)
{
	*self = (Look) { .at_us = g_get_monotonic_time (), .server = server_process_read (crowd->options->janus_pid),
		.own_cpu_us = own_cpu_us (), .signalling_bytes = crowd->gone_bytes, .signalling_messages = crowd->gone_messages };
	network_read (crowd->network, &self->counters, &self->delay);
	for (guint i = 0; i < crowd->clients->len; i++) {
		const Client *client = g_ptr_array_index (crowd->clients, i);
		self->up += client->state == CLIENT_UP;
		self->roster_bytes += client->roster_bytes;
		self->signalling_bytes += client->janus ? janus_bytes (client->janus) : 0;
		self->signalling_messages += client->janus ? janus_messages (client->janus) : 0;
	}
}

void look_subtract (Look *to, const Look *from)
{
#define X(field, meaning) to->counters.field -= from->counters.field;
	LOAD_COUNTERS (X)
#undef X
	histogram_subtract (&to->delay, &from->delay);
	to->at_us -= from->at_us;
	to->server.cpu_us -= from->server.cpu_us;
	to->own_cpu_us -= from->own_cpu_us;
	to->signalling_bytes -= from->signalling_bytes;
	to->signalling_messages -= from->signalling_messages;
}

guint64 look_received (const Look *difference)
{
	const Counters *c = &difference->counters;
	return c->audio_packets + c->video_packets + c->repair_packets + c->dropped_packets;
}

/* ---- the report ---- */

static int by_value (const void *a, const void *b)
{
	gint64 left = *(const gint64 *) a, right = *(const gint64 *) b;
	return left < right ? -1 : left > right;
}

static double ms_at (const GArray *sorted, double share)
{
	if (sorted->len == 0)
		return 0;
	guint at = MIN ((guint) (share * sorted->len), sorted->len - 1);
	return g_array_index (sorted, gint64, at) / 1000.0;
}

static json_t *times_report (const Crowd *crowd, const GArray *forgotten, gsize offset)
{
	g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
	g_array_append_vals (times, forgotten->data, forgotten->len);
	for (guint i = 0; i < crowd->clients->len; i++) {
		const char *client = g_ptr_array_index (crowd->clients, i);
		gint64 time = *(const gint64 *) (const void *) (client + offset);
		if (time > 0)
			g_array_append_val (times, time);
	}
	qsort (times->data, times->len, sizeof (gint64), by_value);
	return json_pack ("{s:i s:f s:f s:f}", "count", (int) times->len, "p50", ms_at (times, 0.5), "p95", ms_at (times, 0.95),
		"max", ms_at (times, 1));
}

static json_t *refusals_report (const Crowd *crowd)
{
	GHashTableIter iter;
	gpointer reason, count;
	json_t *report = json_object ();
	g_hash_table_iter_init (&iter, crowd->refusals);
	while (g_hash_table_iter_next (&iter, &reason, &count))
		json_object_set_new (report, reason, json_integer (GPOINTER_TO_UINT (count)));
	return report;
}

#define FIRST_MEDIA_US G_USEC_PER_SEC /* somebody who has just come up may still wait for a first keyframe */

/* Those who should receive something and do not. */
static int count_deaf (const Crowd *crowd, gint64 now_us)
{
	int deaf = 0;
	for (guint i = 0; i < crowd->clients->len; i++) {
		const Client *client = g_ptr_array_index (crowd->clients, i);
		gint64 up_us = client->begun_us + client->join_us - client->earlier_us;
		if (client->state == CLIENT_UP && client->sides[SIDE_VIEW].running && now_us - up_us >= FIRST_MEDIA_US)
			deaf += peer_packets (client->sides[SIDE_VIEW].peer) == 0;
	}
	return deaf;
}

static json_t *received_report (const Look *d, double s, guint receivers)
{
	const Counters *c = &d->counters;
	double bps = (c->audio_bytes + c->video_bytes) * 8 / s, video = MAX (c->low_packets + c->middle_packets + c->high_packets, 1);
	return json_pack ("{s:f s:f s:f s:f s:f s:{s:f s:f s:f}}", "packets_s", look_received (d) / s, "audio_packets_s", c->audio_packets / s,
		"video_packets_s", c->video_packets / s, "bps", bps, "bps_per_participant", bps / MAX (receivers, 1),
		"video_share_pct", "low", 100 * c->low_packets / video, "middle", 100 * c->middle_packets / video,
		"high", 100 * c->high_packets / video);
}

static json_t *server_report (const Look *d, const Look *to, const Look *empty, double s)
{
	if (!to->server.known)
		return json_null ();
	double grown_kb = (double) to->server.rss_kb - (double) empty->server.rss_kb;
	return json_pack ("{s:f s:f s:I s:f s:i s:f}", "cpu_pct", d->server.cpu_us / s / 1e4,
		"us_per_packet", d->server.cpu_us / (double) MAX (look_received (d), 1), "rss_kb", (json_int_t) to->server.rss_kb,
		"rss_kb_per_participant", grown_kb / MAX (to->up, 1), "threads", (int) to->server.threads,
		"cpu_pct_per_participant", d->server.cpu_us / s / 1e4 / MAX (to->up, 1));
}

static json_t *counters_report (const Counters *c)
{
	json_t *report = json_object ();
#define X(field, meaning) json_object_set_new (report, #field, json_integer ((json_int_t) c->field));
	LOAD_COUNTERS (X)
#undef X
	return report;
}

json_t *measure_report (const Crowd *crowd, const char *scenario, const Look *empty, const Look *from, const Look *to)
{
	Look d = *to;
	look_subtract (&d, from);
	const Counters *c = &d.counters;
	double s = MAX (d.at_us, 1) / (double) G_USEC_PER_SEC;
	double expected = c->audio_packets + c->video_packets + c->missing_packets;
	guint n = MAX (to->up, 1);
	return json_pack ("{s:s s:s s:f s:i s:{s:i s:i s:i s:o s:o s:o} s:{s:f s:f} s:o s:{s:f s:f s:f} s:o s:{s:f s:f s:f} s:{s:f s:f} s:i s:o}",
		"scenario", scenario, "server_kind", crowd->dialect->name, "measured_s", s, "up", (int) to->up,
		"joins", "began", (int) crowd->began, "failed", (int) crowd->failed, "without_media", count_deaf (crowd, to->at_us),
		"join_ms", times_report (crowd, crowd->join_times, offsetof (Client, join_us)), "first_media_ms", times_report (crowd, crowd->media_times, offsetof (Client, media_us)),
		"refusals", refusals_report (crowd),
		"sent", "packets_s", c->sent_packets / s, "bps", c->sent_bytes * 8 / s,
		"received", received_report (&d, s, n),
		"delay_ms", "p50", histogram_percentile (&d.delay, 0.5) / 1000, "p90", histogram_percentile (&d.delay, 0.9) / 1000,
		"p99", histogram_percentile (&d.delay, 0.99) / 1000,
		"server", server_report (&d, to, empty, s),
		"signalling", "bytes_per_participant", to->signalling_bytes / (double) MAX (crowd->began, 1),
		"messages_per_participant", to->signalling_messages / (double) MAX (crowd->began, 1),
		"roster_bytes_per_participant", to->roster_bytes / (double) n,
		"load", "cpu_pct", d.own_cpu_us / s / 1e4, "late_ticks_pct", 100.0 * c->late_ticks / MAX (c->ticks, 1),
		"lost_ppm", (int) (1e6 * (c->missing_packets - MIN (c->missing_packets, c->recovered_packets)) / MAX (expected, 1)),
		"counters", counters_report (c));
}
