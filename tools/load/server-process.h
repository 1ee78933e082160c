/* server-process.h: what the kernel says of a process on this machine.
 * Thread: any. Ownership: plain values. */
#ifndef LOAD_SERVER_PROCESS_H
#define LOAD_SERVER_PROCESS_H

#include <glib.h>

typedef struct {
	gboolean known;
	gint64 cpu_us; /* user and system, all threads, in steps of 10 ms */
	guint64 rss_kb;
	guint threads;
} ServerProcess;

/* known is FALSE when pid is 0 or there is no such process. */
ServerProcess server_process_read (int pid);

#endif
