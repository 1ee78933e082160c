#include "csv.h"

#include <string.h>
#include "curia-clock.h"

/* Cells are separated by whoever adds the next one. */
static void
separate (GString *row)
{
	if (row->len > 0 && row->str[row->len - 1] != '\n')
		g_string_append_c (row, ',');
}

/* Whether it takes no place on the screen: programs that drop such characters see what comes next as the first. */
static gboolean
is_unseen (gunichar c)
{
	return g_unichar_iszerowidth (c) || g_unichar_type (c) == G_UNICODE_FORMAT || g_unichar_type (c) == G_UNICODE_CONTROL;
}

static const char *
skip_unseen (const char *text)
{
	gunichar c;

	while (*text != '\0' && (c = g_utf8_get_char_validated (text, -1)) < 0x110000 && is_unseen (c))
		text = g_utf8_next_char (text);
	return text;
}

/* What Excel, LibreOffice and Google Sheets begin a formula with, also in the full-width forms of East Asian keyboards. */
static gboolean
begins_formula (const char *text)
{
	static const char *const starts[] = { "=", "+", "-", "@", "\t", "\r", "\n", "|", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
		"\xef\xbc\xa0" };
	for (guint i = 0; i < G_N_ELEMENTS (starts); i++)
		if (g_str_has_prefix (text, starts[i]))
			return TRUE;
	return FALSE;
}

static gboolean
is_formula (const char *text)
{
	return begins_formula (text) || begins_formula (skip_unseen (text));
}

/* Where the separator is ; or a tab, a cell after the first that has one in it falls apart there, quoted or not, for the quotes
 * then stand inside a cell. So what comes behind one is looked at as a cell of its own. */
static gboolean
may_end_cell (char c)
{
	return c == ';' || c == '\t' || c == '\r' || c == '\n';
}

void
csv_text (GString *row, const char *text)
{
	gboolean guarded = is_formula (text);
	gboolean quoted = guarded || strpbrk (text, ",\"\r\n;\t") != NULL || text[0] == ' ' || g_str_has_suffix (text, " ");
	separate (row);
	if (quoted)
		g_string_append_c (row, '"');
	if (guarded)
		g_string_append_c (row, '\'');
	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '"')
			g_string_append_c (row, '"');
		g_string_append_c (row, *at);
		if (may_end_cell (*at) && is_formula (at + 1))
			g_string_append_c (row, '\'');
	}
	if (quoted)
		g_string_append_c (row, '"');
	else if (text[0] == '\0')
		g_string_append (row, "\"\""); /* so that a first cell that is empty is one */
}

void
csv_int (GString *row, gint64 number)
{
	separate (row);
	g_string_append_printf (row, "%" G_GINT64_FORMAT, number);
}

void
csv_time (GString *row, gint64 time_ms)
{
	g_autofree char *text = time_ms != 0 ? curia_clock_rfc3339 (time_ms) : g_strdup ("");
	csv_text (row, text);
}

void
csv_end (GString *row)
{
	g_string_append (row, "\r\n");
}
