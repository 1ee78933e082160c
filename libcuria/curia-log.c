#include "curia-log.h"

#include <stdio.h>

#define LINE_MAX_BYTES 2000

static void to_stderr (CuriaLogLevel level, const char *line);

/* Both are read by any thread while a module may set them. */
static CuriaLogSink current_sink = to_stderr;
static int current_level = CURIA_LOG_INFO;

static void
to_stderr (CuriaLogLevel level, const char *line)
{
	static const char *const names[] = { "ERROR", "WARNING", "info", "debug" };

	fprintf (stderr, "[curia] %s %s\n", names[CLAMP ((int) level, 0, 3)], line);
}

void
curia_log_set_sink (CuriaLogSink sink)
{
	g_atomic_pointer_set (&current_sink, sink != NULL ? sink : to_stderr);
}

void
curia_log_set_level (CuriaLogLevel level)
{
	g_atomic_int_set (&current_level, (int) level);
}

/* What comes from outside must not forge lines or drive a terminal, so all that is not printable is escaped. */
static char *
escape_line (const char *area, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid (text, -1);
	GString *line = g_string_new (area);

	g_string_append (line, ": ");
	for (const char *at = valid; *at && line->len < LINE_MAX_BYTES; at = g_utf8_next_char (at)) {
		gunichar c = g_utf8_get_char (at);

		if (g_unichar_isprint (c))
			g_string_append_unichar (line, c);
		else
			g_string_append_printf (line, "\\u%04x", c);
	}
	return g_string_free (line, FALSE);
}

void
curia_log (CuriaLogLevel level, const char *area, const char *format, ...)
{
	g_autofree char *text = NULL, *line = NULL;
	CuriaLogSink sink;
	va_list args;

	if ((int) level > g_atomic_int_get (&current_level))
		return;
	va_start (args, format);
	text = g_strdup_vprintf (format, args);
	va_end (args);
	line = escape_line (area, text);
	sink = g_atomic_pointer_get (&current_sink);
	sink (level, line);
}
