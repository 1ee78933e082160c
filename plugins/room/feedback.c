#include "config.h"
#include "plugins/room/feedback.h"

#define TYPE_OLD_FIR 192
#define TYPE_PSFB 206
#define FORMAT_PLI 1
#define FORMAT_FIR 4

gboolean feedback_wants_keyframe (const guint8 *rtcp, gsize bytes)
{
	while (bytes >= 4 && rtcp[0] >> 6 == 2) {
		guint format = rtcp[0] & 0x1f, type = rtcp[1];
		gsize length = ((gsize) rtcp[2] << 8 | rtcp[3]) * 4 + 4;
		if (length > bytes)
			return FALSE;
		if (type == TYPE_OLD_FIR || (type == TYPE_PSFB && (format == FORMAT_PLI || format == FORMAT_FIR)))
			return TRUE;
		rtcp += length;
		bytes -= length;
	}
	return FALSE;
}
