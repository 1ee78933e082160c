#include "config.h"
#include "tools/load/server-process.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Field n (from 0) after the name in parentheses, which may hold anything. */
static guint64 field (char **fields, guint n)
{
	return g_strv_length (fields) > n ? g_ascii_strtoull (fields[n], NULL, 10) : 0;
}

ServerProcess server_process_read (int pid)
{
	ServerProcess self = { 0 };
	g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid), *text = NULL;
	if (pid <= 0 || !g_file_get_contents (path, &text, NULL, NULL))
		return self;
	const char *end = strrchr (text, ')');
	if (!end)
		return self;
	g_auto (GStrv) fields = g_strsplit (end + 2, " ", -1);
	self.known = TRUE;
	self.cpu_us = (gint64) (field (fields, 11) + field (fields, 12)) * G_USEC_PER_SEC / sysconf (_SC_CLK_TCK);
	self.threads = field (fields, 17);
	self.rss_kb = field (fields, 21) * sysconf (_SC_PAGESIZE) / 1024;
	return self;
}
