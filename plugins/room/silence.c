#include "config.h"
#include "plugins/room/silence.h"

gboolean silence_check (gint64 *since_us, gboolean due, gint64 heard_us, gint64 now_us, gint64 limit_us)
{
	if (!due) {
		*since_us = 0;
		return FALSE;
	}
	if (*since_us == 0)
		*since_us = now_us;
	return now_us - MAX (*since_us, heard_us) >= limit_us;
}

gboolean quiet_check (gint64 *since_us, const QuietSigns *signs, gint64 now_us)
{
	gboolean silent = signs->due && now_us - MAX (signs->due_us, signs->heard_us) >= QUIET_US;
	gboolean retry = !signs->due && now_us - *since_us >= QUIET_RETRY_US;
	if (silent && *since_us == 0)
		*since_us = now_us;
	else if (!silent && (retry || signs->heard_us > *since_us))
		*since_us = 0;
	gboolean gone = signs->dropped && now_us - signs->peer_heard_us >= QUIET_DROPPED_US;
	return !signs->up || gone || *since_us != 0;
}
