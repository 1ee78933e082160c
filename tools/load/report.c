#include "config.h"
#include "tools/load/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "curia-error.h"

void report_progress (const Crowd *crowd, const char *phase, double elapsed_s, const Look *d)
{
	double s = MAX (d->at_us, 1) / (double) G_USEC_PER_SEC;
	const Counters *c = &d->counters;
	fprintf (stderr, "%5.0f s  %-9s %4u up %3u failed  out %7.0f/s  in %7.0f/s %7.2f Mbit/s  missing %5" G_GUINT64_FORMAT
		"  delay p50 %.2f p99 %.2f ms", elapsed_s, phase, d->up, crowd->failed, c->sent_packets / s, look_received (d) / s,
		(c->audio_bytes + c->video_bytes) * 8 / s / 1e6, c->missing_packets, histogram_percentile (&d->delay, 0.5) / 1000,
		histogram_percentile (&d->delay, 0.99) / 1000);
	if (d->server.known)
		fprintf (stderr, "  server %3.0f %%", d->server.cpu_us / s / 1e4);
	fprintf (stderr, "  load %3.0f %%\n", d->own_cpu_us / s / 1e4);
}

/* A number by its path, "joins.join_ms.p50"; 0 when it is not there. */
static double number_at (const json_t *report, const char *path)
{
	g_auto (GStrv) keys = g_strsplit (path, ".", -1);
	for (char **key = keys; *key; key++)
		report = json_object_get (report, *key);
	return json_number_value (report);
}

static const struct {
	const char *label, *format, *paths[3];
	double scale;
} rows[] = {
	{ "in, got in at all, tried", "%.0f  %.0f  %.0f", { "up", "joins.join_ms.count", "joins.began" }, 1 },
	{ "failed, without media", "%.0f  %.0f", { "joins.failed", "joins.without_media" }, 1 },
	{ "join time p50, p95, max", "%.0f  %.0f  %.0f ms", { "joins.join_ms.p50", "joins.join_ms.p95", "joins.join_ms.max" }, 1 },
	{ "first media p50, p95, max", "%.0f  %.0f  %.0f ms", { "joins.first_media_ms.p50", "joins.first_media_ms.p95", "joins.first_media_ms.max" }, 1 },
	{ "to the server", "%.0f packets/s", { "sent.packets_s" }, 1 },
	{ "", "%.2f Mbit/s", { "sent.bps" }, 1e-6 },
	{ "from the server", "%.0f packets/s (audio %.0f, video %.0f)", { "received.packets_s", "received.audio_packets_s", "received.video_packets_s" }, 1 },
	{ "", "%.2f Mbit/s, %.2f each", { "received.bps", "received.bps_per_participant" }, 1e-6 },
	{ "video: low, middle, high", "%.0f %%  %.0f %%  %.0f %%", { "received.video_share_pct.low", "received.video_share_pct.middle", "received.video_share_pct.high" }, 1 },
	{ "lost for good", "%.0f of a million packets", { "lost_ppm" }, 1 },
	{ "missing, recovered, dropped here", "%.0f  %.0f  %.0f", { "counters.missing_packets", "counters.recovered_packets", "counters.dropped_packets" }, 1 },
	{ "NACKs, PLIs sent; videos stalled", "%.0f  %.0f  %.0f", { "counters.nacks_sent", "counters.plis_sent", "counters.stalls" }, 1 },
	{ "PLIs to senders, keyframes sent", "%.0f  %.0f", { "counters.plis_received", "counters.keyframes_sent" }, 1 },
	{ "forwarding delay p50, p90, p99", "%.2f  %.2f  %.2f ms", { "delay_ms.p50", "delay_ms.p90", "delay_ms.p99" }, 1 },
	{ "server CPU, per packet, threads", "%.1f %%  %.2f us  %.0f", { "server.cpu_pct", "server.us_per_packet", "server.threads" }, 1 },
	{ "server memory, per participant", "%.0f KB  %.0f KB", { "server.rss_kb", "server.rss_kb_per_participant" }, 1 },
	{ "signalling per participant", "%.0f bytes  %.0f messages, roster %.0f bytes", { "signalling.bytes_per_participant", "signalling.messages_per_participant", "signalling.roster_bytes_per_participant" }, 1 },
	{ "this program: CPU, late rounds", "%.1f %%  %.2f %%", { "load.cpu_pct", "load.late_ticks_pct" }, 1 },
};

void report_table (const json_t *report)
{
	const char *reason;
	json_t *count;
	printf ("%s against %s, measured for %.1f s\n", json_string_value (json_object_get (report, "scenario")),
		json_string_value (json_object_get (report, "server_kind")), number_at (report, "measured_s"));
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		double values[3] = { 0 };
		if (g_str_has_prefix (rows[i].paths[0], "server.") && !json_is_object (json_object_get (report, "server")))
			continue;
		for (guint n = 0; n < 3 && rows[i].paths[n]; n++)
			values[n] = number_at (report, rows[i].paths[n]) * rows[i].scale;
		printf ("  %-34s", rows[i].label);
		printf (rows[i].format, values[0], values[1], values[2]);
		putchar ('\n');
	}
	json_object_foreach (json_object_get (json_object_get (report, "joins"), "refusals"), reason, count)
		printf ("  refused %" JSON_INTEGER_FORMAT " times: %s\n", json_integer_value (count), reason);
}

gboolean report_save (const json_t *report, const char *file, GError **error)
{
	FILE *out = g_str_equal (file, "-") ? stdout : fopen (file, "w");
	if (!out)
		return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "cannot write %s: %s", file, g_strerror (errno));
	int failed = json_dumpf (report, out, JSON_INDENT (1) | JSON_REAL_PRECISION (6));
	fputc ('\n', out);
	if (out != stdout)
		failed |= fclose (out);
	return !failed || curia_throw (error, CURIA_ERROR_UNAVAILABLE, "cannot write %s", file);
}
