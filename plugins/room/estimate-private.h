/* estimate-private.h: what the files of the estimate share.
 * Thread, ownership: as estimate.h.
 *
 * estimate.c takes the reports, comes down and ticks; estimate-signs.c says what the reports mean; estimate-probe.c goes up. */
#ifndef ROOM_ESTIMATE_PRIVATE_H
#define ROOM_ESTIMATE_PRIVATE_H

#include "plugins/room/estimate.h"

#define MS(n) ((gint64) (n) * G_TIME_SPAN_MILLISECOND)

/* Time constants. GCC: draft-ietf-rmcat-gcc-02; what Chromium's receiver does is read from libwebrtc's AIMD rate control. */
#define REMB_STALE_US MS (5000)		/* Chromium sends one each second at least */
#define RTT_STALE_US MS (5000)		/* the core sends a report each second, browsers answer with theirs */
#define RTT_SLACK_US MS (15)		/* longer than the shortest by this and a quarter: packets wait, be it for each other */
#define RTT_QUEUE_US MS (100)		/* longer by so much more, and it is a queue */
#define SETTLE_US MS (1200)		/* after coming down, reports still tell of before */
#define QUIET_US MS (1500)		/* before a first probe */

/* Rates, in per cent unless said otherwise. */
#define REMB_FOLLOW_PCT 95		/* so much of it is used without a trial */
#define LOSSLESS_FLOOR_BPS 300000	/* voices and a few pictures */
#define BACK_OFF_PCT 85			/* GCC section 5.5, beta */
#define SENT_PCT 90			/* of what was sent, when it was too much */
#define DRAIN_PCT 85			/* then its queue is full, and must run empty */
#define PROBED_PCT 105			/* of what went before: what a probe tries at least */

static inline guint64 percent (guint64 bps, guint pct)
{
	return bps / 100 * pct + bps % 100 * pct / 100;
}

/* What was really sent of what we allowed. */
static inline guint64 in_use_bps (const Estimate *e)
{
	return MIN (e->sent_bps, e->budget_bps);
}

/* What the last probe tried at least, whether it has gone out yet or not. */
static inline guint64 probed_bps (const Estimate *e)
{
	return MAX (in_use_bps (e), percent (e->probe.before_bps, PROBED_PCT));
}

static inline gboolean remb_is_fresh (const Estimate *e, gint64 now_us)
{
	return e->remb_us != 0 && now_us - e->remb_us < REMB_STALE_US;
}

/* Packets come as soon as they ever did. */
static inline gboolean rtt_is_short (const Estimate *e)
{
	return e->rtt_us != 0 && e->rtt_us < e->least_rtt_us * 5 / 4 + RTT_SLACK_US;
}

/* Packets wait in a queue, unless the link is one of those whose delay leaps by itself. */
static inline gboolean rtt_is_long (const Estimate *e)
{
	return e->rtt_us > e->least_rtt_us * 5 / 4 + RTT_QUEUE_US;
}

static inline gboolean rtt_is_fresh (const Estimate *e, gint64 now_us)
{
	return e->rtt_us != 0 && now_us - e->rtt_began_us < RTT_STALE_US;
}

static inline gboolean sees_no_queue (const Estimate *e, gint64 now_us)
{
	return rtt_is_short (e) && rtt_is_fresh (e, now_us);
}

static inline gboolean sees_queue (const Estimate *e, gint64 now_us)
{
	return rtt_is_long (e) && rtt_is_fresh (e, now_us);
}

/* Browsers leave audio out of their estimate (libwebrtc's receive side): what arrives of it comes on top. */
static inline guint64 with_audio (const Estimate *e, guint64 remb_bps)
{
	return MIN (remb_bps, G_MAXUINT32) + e->audio_bps;
}

/* ---- estimate-signs.c ---- */

/* What to come down to, or 0. Takes the signs: asked once a tick. */
guint64 estimate_trouble_bps (Estimate *e, gint64 now_us);
/* Whether nothing speaks against sending so much. */
gboolean estimate_may_grow (const Estimate *e, guint64 wanted, gint64 now_us);
guint estimate_last_jitter_us (const Estimate *e);

/* ---- estimate-probe.c ---- */

/* Whether what goes wrong now is the doing of a probe. */
gboolean estimate_is_on_trial (const Estimate *e, gint64 now_us);
void estimate_run_probe (Estimate *e, gint64 now_us);
void estimate_maybe_start_probe (Estimate *e, guint64 wanted, gint64 now_us);
/* The receiver says itself that there is more: no trial needed. TRUE: the budget rose. */
gboolean estimate_follow_remb (Estimate *e, guint64 wanted, gint64 now_us);
/* So much was too much. */
void estimate_note_failure (Estimate *e, guint64 bps, gint64 now_us);
/* The link is another one: what it failed at and its jitter are forgotten. */
void estimate_new_link (Estimate *e);
/* One failure less after a while. */
void estimate_forget (Estimate *e, gint64 now_us);

/* ---- estimate.c ---- */

void estimate_set_budget (Estimate *e, guint64 bps, EstimateState state, gint64 now_us);
/* On trial: below where the probe began, whatever the target. */
void estimate_come_down (Estimate *e, guint64 target, gint64 now_us);

#endif
