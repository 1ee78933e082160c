/* curia-process.h: what the kernel knows of this process: CPU time, memory, files, threads. Private to libcuria.
 * Thread: any. Ownership: none. */
#ifndef CURIA_PROCESS_H
#define CURIA_PROCESS_H

#include <glib.h>

typedef struct {
	gint64 cpu_us, start_us, resident_bytes, virtual_bytes, open_fds, max_fds, threads, cpus;
} ProcessFigures;

/* From the text of /proc/<pid>/stat: cpu_us, start_us (since the machine started), resident_bytes, virtual_bytes, threads.
 * FALSE: it is none. Pure. [any] */
gboolean process_parse_stat (const char *stat, gint64 ticks_per_s, gint64 page_bytes, ProcessFigures *figures);
/* Asks the kernel. FALSE where there is no /proc. [any] */
gboolean process_look (ProcessFigures *figures);
/* Has /metrics show it, each time anew; what the version of Curia is as well. [any] */
guint process_add_collector (void);

#endif
