#include "plugins/room/keyframe.h"

static void
count_as_sent (KeyframeRequests *k, gint64 now_us)
{
	k->sent_us = now_us;
	k->due_us = now_us + (k->interval_us << MIN (k->unanswered, KEYFRAME_MAX_DOUBLINGS));
	k->unanswered++;
}

static gint64
earliest_us (const KeyframeRequests *k, gint64 now_us)
{
	return k->sent_us == 0 ? now_us : MAX (now_us, k->sent_us + k->interval_us);
}

void
keyframe_init (KeyframeRequests *k, gint64 interval_us)
{
	*k = (KeyframeRequests) { .interval_us = interval_us };
}

KeyframeVerdict
keyframe_ask (KeyframeRequests *k, gint64 now_us)
{
	if (k->due_us != 0)
		return KEYFRAME_PENDING;
	k->due_us = earliest_us (k, now_us);
	return keyframe_due (k, now_us) ? KEYFRAME_SEND : KEYFRAME_SCHEDULED;
}

gboolean
keyframe_due (KeyframeRequests *k, gint64 now_us)
{
	if (now_us < keyframe_next_us (k))
		return FALSE;
	count_as_sent (k, now_us);
	return TRUE;
}

void
keyframe_arrived (KeyframeRequests *k)
{
	keyframe_cancel (k);
}

void
keyframe_resume (KeyframeRequests *k, gint64 now_us)
{
	if (k->due_us == 0)
		return;
	k->unanswered = 0;
	k->due_us = earliest_us (k, now_us);
}

void
keyframe_cancel (KeyframeRequests *k)
{
	k->due_us = 0;
	k->unanswered = 0;
}

gint64
keyframe_next_us (const KeyframeRequests *k)
{
	return k->due_us == 0 ? G_MAXINT64 : k->due_us;
}
