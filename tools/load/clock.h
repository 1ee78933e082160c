/* clock.h: monotonic time in nanoseconds, as it is put into packets.
 * Thread: any. */
#ifndef LOAD_CLOCK_H
#define LOAD_CLOCK_H

#include <glib.h>
#include <time.h>

static inline guint64 clock_ns (void)
{
	struct timespec now;
	clock_gettime (CLOCK_MONOTONIC, &now);
	return (guint64) now.tv_sec * 1000000000u + now.tv_nsec;
}

/* What to take from the system's wall clock to get the monotonic one: what the kernel stamps is the former. */
static inline gint64 clock_wall_offset_ns (void)
{
	struct timespec wall;
	clock_gettime (CLOCK_REALTIME, &wall);
	return (gint64) wall.tv_sec * 1000000000 + wall.tv_nsec - (gint64) clock_ns ();
}

#endif
