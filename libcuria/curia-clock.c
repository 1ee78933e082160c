#include "curia-clock.h"

#define MS_PER_S 1000
#define LAST_S G_GINT64_CONSTANT (253402300799) /* the end of year 9999, where RFC 3339 ends */

gint64
curia_clock_us (void)
{
	return g_get_monotonic_time ();
}

gint64
curia_clock_wall_ms (void)
{
	return g_get_real_time () / 1000;
}

char *
curia_clock_rfc3339 (gint64 wall_ms)
{
	gint64 ms = CLAMP (wall_ms, 0, LAST_S * MS_PER_S + MS_PER_S - 1);
	g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (ms / MS_PER_S);
	g_autofree char *seconds = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S");

	return g_strdup_printf ("%s.%03dZ", seconds, (int) (ms % MS_PER_S));
}
