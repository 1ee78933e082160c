/* storm: participants come all the time and vanish at any step of the way in, or a while after, without a word. */
#include "config.h"
#include "tools/load/scenario.h"

#define STEPS 9 /* on the way from the first request to both connections */

static guint count (const LoadOptions *options G_GNUC_UNUSED, guint stage G_GNUC_UNUSED)
{
	return 0;
}

static void act (Crowd *crowd G_GNUC_UNUSED, guint stage G_GNUC_UNUSED, guint nth G_GNUC_UNUSED)
{
}

/* Half of them do not get in; the others stay for a while. */
static void come (Crowd *crowd, gint64 now_us)
{
	gboolean viewer = g_random_int_range (0, 4) == 0;
	Client *client = crowd_add (crowd, crowd->began, !viewer, TRUE);
	if (client->state == CLIENT_GONE)
		return;
	if (g_random_boolean ())
		client->last_step = client->steps + g_random_int_range (1, STEPS);
	client->vanish_us = now_us + (gint64) (g_random_double () * crowd->options->lifetime_s * G_USEC_PER_SEC);
}

static void during (Crowd *crowd, gint64 now_us)
{
	static gint64 next_us;
	crowd_forget_gone (crowd);
	next_us = MAX (next_us, now_us - G_USEC_PER_SEC);
	for (; next_us <= now_us; next_us += (gint64) (G_USEC_PER_SEC / crowd->options->join_rate))
		if (crowd->clients->len < (guint) crowd->options->participants)
			come (crowd, now_us);
}

const Scenario scenario_storm = { "storm", "participants come and vanish at any step", count, act, during };
