/* bench-ledger: how many events a second go through the module into a real store, and how long the core is held up by each.
 *   bench-ledger [SECONDS [RATE]]   RATE 0: as many as it takes, by keeping some thousands waiting
 * The mix is a server's with many meetings: mostly quality samples, some joins, leaves, tracks and mutes. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include "tests/ledger/fake-core.h"
#include "tests/ledger/look.h"
#include "tests/lib/servers.h"

#define N_CALLS 100
#define PEOPLE 10
#define BACKLOG 20000 /* written and not: enough that nobody waits for the generator */

/* ---- what happens ---- */

typedef struct {
	guint64 n;       /* of events so far */
	guint calls[N_CALLS]; /* how often each was held */
	gint64 time_ms;
} Play;

/* Texts of a person and a call are made once for each life and shared: it is the ledger that is to be measured. */
static json_t *known[N_CALLS][PEOPLE][3], *ids[N_CALLS][2];

static void begin_life (guint call, guint life)
{
	for (guint who = 0; who < PEOPLE; who++) {
		json_t **texts = known[call][who];

		for (guint i = 0; i < 3; i++)
			json_decref (texts[i]);
		texts[0] = json_sprintf ("p%u", who);
		texts[1] = json_sprintf ("PA_%05u%03u%08u", call, who, life);
		texts[2] = json_sprintf ("user-%u-%u", call, who);
	}
	json_decref (ids[call][0]);
	json_decref (ids[call][1]);
	ids[call][0] = json_sprintf ("MT_%016u", call);
	ids[call][1] = json_sprintf ("CA_%08u%08u", call, life);
}

static json_t *person (guint call, guint who, guint life)
{
	json_t **texts = known[call][who];

	(void) life;
	return json_pack ("{s:O s:O s:O s:s}", "participant", texts[0], "participation", texts[1], "identity", texts[2], "name",
		"Ann Example");
}

static json_t *of_call (Play *self, const char *event, guint call, json_t *take_more)
{
	json_t *data = json_pack ("{s:s s:I s:O s:s s:O}", "event", event, "time_ms", (json_int_t) self->time_ms, "meeting",
		ids[call][0], "code", "abcd-efgh-jkmn", "call", ids[call][1]);

	json_object_update_new (data, take_more);
	return data;
}

static json_t *quality (Play *self, guint call, guint who)
{
	json_t *more = person (call, who, self->calls[call]);

	json_object_update_new (more, json_pack ("{s:i s:i s:i s:i s:i s:i s:i s:i s:i s:i s:i s:i}", "rtt_us", 23000 + who, "down_bps",
		1834000, "down_loss_ppm", 1200, "down_jitter_us", 3400, "up_bps", 734000, "up_loss_ppm", 0, "up_jitter_us", 2100,
		"estimate_bps", 4000000, "paused_slots", 0, "freezes", 0, "frozen_ms", 0, "spoke_ms", who % 4 == 0 ? 4200 : 0));
	return of_call (self, "quality", call, more);
}

static json_t *track (Play *self, const char *event, guint call, guint who, const char *source)
{
	json_t *more = person (call, who, self->calls[call]);

	json_object_update_new (more, json_pack ("{s:o s:s s:s s:s}", "track",
		json_sprintf ("TR_%c%05u%03u%08u", *source, call, who, self->calls[call]), "source", source, "kind", "video", "codec", "vp8"));
	return of_call (self, event, call, more);
}

/* The life of one call: its start, everybody's join, media and two tracks, an hour's part of samples, mutes, leaves, its end:
 * one event of nine is no sample. */
#define SAMPLES_EACH 60
#define LIFE (1 + PEOPLE * 4 + PEOPLE * SAMPLES_EACH + PEOPLE * 2 + PEOPLE + 1)

static json_t *step_of_call (Play *self, guint call, guint at)
{
	if (at == 0)
		return of_call (self, "call_started", call, json_pack ("{s:s s:i}", "title", "Weekly", "max_participants", 200));
	at--;
	if (at < PEOPLE * 4) {
		guint who = at / 4;
		json_t *more;

		if (at % 4 >= 2)
			return track (self, "track_published", call, who, at % 4 == 2 ? "microphone" : "camera");
		more = person (call, who, self->calls[call]);
		json_object_update_new (more, at % 4 == 0 ? json_pack ("{s:s s:b}", "role", "participant", "hidden", 0)
												  : json_pack ("{s:i}", "join_ms", 740));
		return of_call (self, at % 4 == 0 ? "participant_joined" : "media_connected", call, more);
	}
	at -= PEOPLE * 4;
	if (at < PEOPLE * SAMPLES_EACH)
		return quality (self, call, at % PEOPLE);
	at -= PEOPLE * SAMPLES_EACH;
	if (at < PEOPLE * 2)
		return track (self, at % 2 == 0 ? "track_muted" : "track_unmuted", call, at / 2, "microphone");
	at -= PEOPLE * 2;
	if (at < PEOPLE) {
		json_t *more = person (call, at, self->calls[call]);

		json_object_set_new (more, "reason", json_string ("left"));
		return of_call (self, "participant_left", call, more);
	}
	return of_call (self, "call_ended", call, json_pack ("{s:s}", "reason", "empty"));
}

static guint at[N_CALLS];

/* Ten steps of one call, then ten of the next: people of a meeting report together. */
static json_t *next_event (Play *self)
{
	guint call = (guint) (self->n++ / PEOPLE % N_CALLS);
	json_t *event;

	if (self->calls[call] == 0 && at[call] == 1 + PEOPLE * 4) /* so that calls come to be at all points of their lives */
		at[call] += PEOPLE * (SAMPLES_EACH * call / N_CALLS);
	if (at[call] == 0)
		begin_life (call, self->calls[call]);
	event = step_of_call (self, call, at[call]);
	if (++at[call] == LIFE) {
		at[call] = 0;
		self->calls[call]++;
	}
	return event;
}

/* ---- measuring ---- */

static gint compare_times (gconstpointer a, gconstpointer b)
{
	guint32 left = *(const guint32 *) a, right = *(const guint32 *) b;

	return left < right ? -1 : left > right;
}

static double percentile (const GArray *times_ns, double share)
{
	return g_array_index (times_ns, guint32, (guint) ((times_ns->len - 1) * share)) / 1000.0;
}

static gint64 now_ns (void)
{
	struct timespec now;

	clock_gettime (CLOCK_MONOTONIC, &now);
	return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static void offer (Play *play, GArray *times_ns)
{
	json_t *event = json_pack ("{s:s s:i s:I s:{s:s s:o}}", "emitter", "bench", "type", 64, "timestamp",
		(json_int_t) play->time_ms * 1000, "event", "plugin", "janus.plugin.curia.room", "data", next_event (play));
	gint64 start_ns = now_ns ();

	fake_call (event);
	guint32 took_ns = (guint32) (now_ns () - start_ns);
	json_decref (event);
	g_array_append_val (times_ns, took_ns);
}

static void hold_back (guint64 n, gint64 start_us, gint64 rate)
{
	if (rate > 0)
		while ((gint64) n > (g_get_monotonic_time () - start_us) * rate / G_USEC_PER_SEC)
			g_usleep (1000);
	else if (n % 100 == 0)
		while ((gint64) n - fake_stat ("written") > BACKLOG)
			g_usleep (1000);
}

static void bench (const char *what, const char *url, double seconds, gint64 rate)
{
	g_autofree char *folder = fake_folder_new ();
	g_autoptr (GArray) times_ns = g_array_new (FALSE, FALSE, sizeof (guint32));
	g_autofree char *sqlite = g_strdup_printf ("sqlite:%s/bench.db", folder);
	Play *play = g_new0 (Play, 1);

	memset (at, 0, sizeof at);
	fake_start (folder, url != NULL ? url : sqlite, "bench", "");
	gint64 start_us = g_get_monotonic_time (), until_us = start_us + (gint64) (seconds * G_USEC_PER_SEC);
	while (g_get_monotonic_time () < until_us) {
		play->time_ms = g_get_real_time () / 1000;
		offer (play, times_ns);
		hold_back (play->n, start_us, rate);
	}
	gint64 in_time = fake_stat ("written"), refused = fake_stat ("refused_queue");
	gint64 took_us = g_get_monotonic_time () - start_us;
	fake_wait_written ((gint64) play->n + 1 - refused);
	gint64 drained_us = g_get_monotonic_time () - start_us;
	g_array_sort (times_ns, compare_times);
	g_print ("%-10s %8.0f events/s offered, %8.0f/s written while it ran, %8.0f/s with what was left; refused %d;"
			 " incoming_event p50 %.1f us, p99 %.1f us, p99.9 %.1f us, max %.0f us\n",
		what, times_ns->len * 1e6 / (double) took_us, (double) in_time * 1e6 / (double) took_us,
		(double) play->n * 1e6 / (double) drained_us, (int) refused, percentile (times_ns, 0.5), percentile (times_ns, 0.99),
		percentile (times_ns, 0.999), percentile (times_ns, 1));
	g_assert_cmpint (look_number (url != NULL ? url : sqlite, "SELECT (SELECT COUNT (*) FROM events)"
		" + (SELECT COUNT (*) FROM quality_samples)"), ==, (gint64) play->n + 1 - refused);
	fake_stop ();
	fake_folder_remove (folder);
	g_free (play);
}

int main (int argc, char **argv)
{
	double seconds = argc > 1 ? atof (argv[1]) : 10;
	gint64 rate = argc > 2 ? atoll (argv[2]) : 0;
	g_autofree char *postgres = NULL;

	g_test_init (&(int) { 1 }, &(char **) { argv }, NULL);
	postgres = servers_postgres_start ();
	bench ("PostgreSQL", postgres, seconds, rate);
	bench ("SQLite", NULL, seconds, rate);
	return 0;
}
