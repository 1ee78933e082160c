#include "config.h"
#include "tools/load/run.h"

#include <stdio.h>
#include <unistd.h>

#include "tools/load/measure.h"
#include "tools/load/report.h"

#define KEPT_SEAT_S 15
#define PREPARE_US (25 * G_USEC_PER_SEC)
#define SETTLE_S 0.5 /* the server learns a moment later than we that a connection is up */
#define FAREWELL_US (G_USEC_PER_SEC / 2)
#define PIPE_PROGRESS_US (5 * G_USEC_PER_SEC)

volatile int run_interrupted;

typedef struct {
	Crowd *crowd;
	const Scenario *scenario;
	gint64 begun_us, progress_us, progress_apart_us;
	Look last; /* at the last line of progress */
} Run;

static void maybe_progress (Run *self, const char *phase, gint64 now_us)
{
	if (self->crowd->options->quiet || now_us < self->progress_us)
		return;
	Look now, difference;
	look_take (&now, self->crowd);
	difference = now;
	look_subtract (&difference, &self->last);
	if (self->last.at_us)
		report_progress (self->crowd, phase, (now_us - self->begun_us) / (double) G_USEC_PER_SEC, &difference);
	self->last = now;
	self->progress_us = now_us + self->progress_apart_us;
}

/* Lets things happen once; gives the time, 0 when the run is to end. */
static gint64 once (Run *self, const char *phase)
{
	if (run_interrupted || self->crowd->failure || !loop_run_once (self->crowd->loop))
		return 0;
	gint64 now_us = g_get_monotonic_time ();
	maybe_progress (self, phase, now_us);
	return now_us;
}

static void prepare (Run *self)
{
	gint64 now_us = self->begun_us;
	self->crowd->dialect->prepare (self->crowd);
	while (!self->crowd->ready && (now_us = once (self, "prepare")) != 0)
		if (now_us - self->begun_us > PREPARE_US)
			crowd_give_up (self->crowd, "no answer when a meeting was asked for");
}

/* Acts happen at the join rate; then everybody may finish. The first of all goes alone: it may make the room. */
static void join (Run *self, guint stage)
{
	const LoadOptions *o = self->crowd->options;
	guint done = 0, n = self->scenario->count (o, stage);
	gint64 next_us = g_get_monotonic_time (), now_us = next_us;
	do {
		gboolean first = stage == 0 && done == 1 && crowd_count (self->crowd, CLIENT_BUSY);
		if (first)
			next_us = now_us;
		for (; done < n && !first && now_us >= next_us; next_us += (gint64) (G_USEC_PER_SEC / o->join_rate)) {
			self->scenario->act (self->crowd, stage, done++);
			first = stage == 0 && done == 1;
		}
		now_us = once (self, stage ? "receive" : "join");
	} while (now_us && (done < n || crowd_count (self->crowd, CLIENT_BUSY)));
}

static void stay (Run *self, const char *phase, double seconds, void (*during) (Crowd *crowd, gint64 now_us))
{
	gint64 now_us = g_get_monotonic_time (), end_us = now_us + (gint64) (seconds * G_USEC_PER_SEC);
	while (now_us && now_us < end_us) {
		if (during)
			during (self->crowd, now_us);
		now_us = once (self, phase);
	}
}

static void farewell (Run *self)
{
	gint64 end_us = g_get_monotonic_time () + FAREWELL_US;
	crowd_leave (self->crowd);
	while (g_get_monotonic_time () < end_us && loop_run_once (self->crowd->loop))
		continue;
}

json_t *run_scenario (Crowd *crowd, const Scenario *scenario)
{
	Look empty, from, to;
	const LoadOptions *o = crowd->options;
	Run run = { .crowd = crowd, .scenario = scenario, .begun_us = g_get_monotonic_time (),
		.progress_apart_us = isatty (STDERR_FILENO) ? G_USEC_PER_SEC : PIPE_PROGRESS_US };
	look_take (&empty, crowd);
	crowd->spare_seats = 10 + (scenario->during ? (int) (o->join_rate * KEPT_SEAT_S) : 0);
	prepare (&run);
	if (crowd->failure)
		return NULL;
	for (guint stage = 0; stage < SCENARIO_STAGES; stage++) {
		if (scenario->count (o, stage)) {
			join (&run, stage);
			stay (&run, "settle", SETTLE_S, NULL);
		}
	}
	gboolean anybody = scenario->during || crowd_count (crowd, CLIENT_UP);
	stay (&run, "warm-up", anybody && !scenario->during ? o->warmup_s : 0, NULL);
	look_take (&from, crowd);
	stay (&run, "measure", anybody ? o->duration_s : 0, scenario->during);
	look_take (&to, crowd);
	json_t *report = measure_report (crowd, scenario->name, &empty, &from, &to);
	farewell (&run);
	return report;
}
