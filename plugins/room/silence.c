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
