#include "config.h"
#include "curia-process.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "curia-metrics.h"

#define AFTER_NAME 48 /* more fields of stat than we want */

/* Fields by their number in proc(5), of which the third is the first after the name. */
enum { UTIME = 14, STIME = 15, N_THREADS = 20, START = 22, VIRTUAL = 23, RESIDENT = 24 };

gboolean
process_parse_stat (const char *stat, gint64 ticks_per_s, gint64 page_bytes, ProcessFigures *figures)
{
	const char *end = strrchr (stat, ')'); /* the name before it may hold anything */
	g_auto (GStrv) fields = end != NULL && end[1] == ' ' ? g_strsplit (end + 2, " ", AFTER_NAME) : NULL;
	gint64 numbers[RESIDENT + 1] = { 0 };

	if (fields == NULL || g_strv_length (fields) <= RESIDENT - 3)
		return FALSE;
	for (guint i = UTIME; i <= RESIDENT; i++)
		numbers[i] = g_ascii_strtoll (fields[i - 3], NULL, 10);
	figures->cpu_us = (numbers[UTIME] + numbers[STIME]) * G_USEC_PER_SEC / ticks_per_s;
	figures->start_us = numbers[START] * G_USEC_PER_SEC / ticks_per_s;
	figures->resident_bytes = numbers[RESIDENT] * page_bytes;
	figures->virtual_bytes = numbers[VIRTUAL];
	figures->threads = numbers[N_THREADS];
	return TRUE;
}

/* When the machine started, in us since 1970. */
static gint64
boot_us (void)
{
	g_autofree char *text = NULL;
	const char *at = g_file_get_contents ("/proc/stat", &text, NULL, NULL) ? strstr (text, "\nbtime ") : NULL;

	return at != NULL ? g_ascii_strtoll (at + strlen ("\nbtime "), NULL, 10) * G_USEC_PER_SEC : 0;
}

static gint64
count_fds (void)
{
	g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
	gint64 n = 0;

	while (dir != NULL && g_dir_read_name (dir) != NULL)
		n++;
	return MAX (n - 1, 0); /* one of them is the folder itself */
}

gboolean
process_look (ProcessFigures *figures)
{
	g_autofree char *stat = NULL;
	struct rlimit limit = { 0 };

	if (!g_file_get_contents ("/proc/self/stat", &stat, NULL, NULL)
		|| !process_parse_stat (stat, sysconf (_SC_CLK_TCK), sysconf (_SC_PAGESIZE), figures))
		return FALSE;
	getrlimit (RLIMIT_NOFILE, &limit);
	figures->start_us += boot_us ();
	figures->open_fds = count_fds ();
	figures->max_fds = (gint64) MIN (limit.rlim_cur, (rlim_t) G_MAXINT64);
	figures->cpus = g_get_num_processors ();
	return TRUE;
}

static void
collect (gpointer data)
{
	ProcessFigures figures = { 0 };

	(void) data;
	if (!process_look (&figures))
		return;
	curia_metrics_set (CURIA_METRIC_CPUS, NULL, NULL, figures.cpus);
	curia_metrics_set (CURIA_METRIC_PROCESS_CPU_US, NULL, NULL, figures.cpu_us);
	curia_metrics_set (CURIA_METRIC_PROCESS_START_US, NULL, NULL, figures.start_us);
	curia_metrics_set (CURIA_METRIC_PROCESS_RESIDENT_BYTES, NULL, NULL, figures.resident_bytes);
	curia_metrics_set (CURIA_METRIC_PROCESS_VIRTUAL_BYTES, NULL, NULL, figures.virtual_bytes);
	curia_metrics_set (CURIA_METRIC_PROCESS_OPEN_FDS, NULL, NULL, figures.open_fds);
	curia_metrics_set (CURIA_METRIC_PROCESS_MAX_FDS, NULL, NULL, figures.max_fds);
	curia_metrics_set (CURIA_METRIC_PROCESS_THREADS, NULL, NULL, figures.threads);
}

guint
process_add_collector (void)
{
	curia_metrics_set (CURIA_METRIC_BUILD_INFO, PACKAGE_VERSION, NULL, 1);
	return curia_metrics_add_collector (collect, NULL);
}
