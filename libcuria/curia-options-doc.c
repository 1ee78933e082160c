#include "curia-options.h"

#include <string.h>

typedef struct {
	const char *section, *doc;
} Section;

static const Section sections[] = {
	{ "general", "What concerns all modules." },
	{ "store", "Where data is kept that survives a restart." },
	{ "bus", "How several servers talk to each other." },
	{ "cluster", "Which of several servers this one is, and how it is reached." },
	{ "token", "Keys that sign and verify tokens." },
	{ "accounts", "People who sign in." },
	{ "oidc", "A provider of OpenID Connect whose people may sign in." },
	{ "api", "The web server: client pages, REST and WebSocket." },
	{ "turn", "Servers that media goes through where it cannot go straight." },
	{ "room", "The meeting rooms: what media is forwarded." },
	{ "ledger", "What is kept of meetings: calls, who was in them, how well it worked." },
	{ "webhooks", "How applications are told what happens in meetings." },
};

static const char *section_doc (const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS (sections); i++)
		if (g_str_equal (sections[i].section, name))
			return sections[i].doc;
	g_return_val_if_reached ("");
}

static gboolean starts_section (const CuriaOption *row)
{
	return row == curia_option_table || !g_str_equal (row->section, row[-1].section);
}

/* "60 to 604800 s", "error, warning, info, debug", "at most 64 items"; "" when anything goes. Caller frees. */
static char *describe_values (const CuriaOption *row)
{
	g_auto (GStrv) words = g_strsplit (row->allowed != NULL ? row->allowed : "", "|", -1);

	if (row->allowed != NULL) {
		g_autofree char *joined = g_strjoinv (", ", words);

		return row->type == CURIA_OPTION_LIST ? g_strconcat ("a list of ", joined, NULL) : g_steal_pointer (&joined);
	}
	if (row->type == CURIA_OPTION_BOOL)
		return g_strdup ("true, false");
	if (row->type == CURIA_OPTION_INT)
		return g_strdup_printf ("%" G_GINT64_FORMAT " to %" G_GINT64_FORMAT "%s%s", row->min, row->max,
			row->unit != NULL ? " " : "", row->unit != NULL ? row->unit : "");
	if (row->type == CURIA_OPTION_LIST)
		return g_strdup_printf ("a list of at most %" G_GINT64_FORMAT, row->max);
	return g_strdup_printf ("text of %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT " characters", row->min, row->max);
}

/* The default as it is written in a file. Caller frees. */
static char *fallback_text (const CuriaOption *row)
{
	g_auto (GStrv) items = NULL;
	g_autofree char *joined = NULL;

	if (row->type == CURIA_OPTION_STRING)
		return g_strdup_printf ("\"%s\"", row->fallback);
	if (row->type != CURIA_OPTION_LIST)
		return g_strdup (row->fallback);
	if (*row->fallback == '\0')
		return g_strdup ("[ ]");
	items = g_strsplit (row->fallback, ",", -1);
	joined = g_strjoinv ("\", \"", items);
	return g_strdup_printf ("[ \"%s\" ]", joined);
}

/* Appends words, breaking lines before `width`; each begins with `indent`. */
static void append_wrapped (GString *out, const char *indent, const char *text, gsize width)
{
	g_auto (GStrv) words = g_strsplit (text, " ", -1);
	gsize column = 0;

	for (guint i = 0; words[i] != NULL; i++) {
		if (column == 0 || column + 1 + strlen (words[i]) > width) {
			g_string_append_printf (out, "%s%s", column ? "\n" : "", indent);
			column = strlen (indent);
		} else {
			g_string_append_c (out, ' ');
			column++;
		}
		g_string_append (out, words[i]);
		column += strlen (words[i]);
	}
	g_string_append_c (out, '\n');
}

char *curia_options_sample (void)
{
	GString *out =
		g_string_new ("# Options of Curia. All are optional but token.keys; what is commented out shows the default.\n"
					  "# File names are relative to the folder of this file.\n");

	for (const CuriaOption *row = curia_option_table; row->section != NULL; row++) {
		g_autofree char *values = describe_values (row), *fallback = fallback_text (row);
		g_autofree char *text = g_strdup_printf ("%s (%s)", row->doc, values);

		if (starts_section (row))
			g_string_append_printf (out, "\n# %s\n%s: {\n", section_doc (row->section), row->section);
		append_wrapped (out, "\t# ", text, 110);
		g_string_append_printf (out, "\t#%s = %s\n", row->name, fallback);
		if (row[1].section == NULL || starts_section (row + 1))
			g_string_append (out, "}\n");
	}
	return g_string_free (out, FALSE);
}

static void append_cell (GString *out, const char *text)
{
	g_string_append (out, " ");
	for (; *text; text++)
		g_string_append_printf (out, *text == '|' || *text == '<' ? "\\%c" : "%c", *text);
	g_string_append (out, " |");
}

char *curia_options_markdown (void)
{
	GString *out = g_string_new ("# Options\n\n"
								 "All modules read `curia.jcfg` in Janus' configuration folder when Janus starts; "
	                             "`conf/curia.jcfg.sample` shows the\n"
								 "syntax. Whatever is not known, of the wrong type or out of range stops the start "
	                             "with a message that names the file,\n"
								 "the line and what is allowed. File names are relative to the folder of `curia.jcfg`. "
	                             "This page and the sample are made\n"
								 "from `libcuria/curia-options-table.c` by `make options-docs`.\n");

	for (const CuriaOption *row = curia_option_table; row->section != NULL; row++) {
		g_autofree char *values = describe_values (row), *fallback = fallback_text (row);

		if (starts_section (row))
			g_string_append_printf (out,
				"\n## %s\n\n%s\n\n| option | default | allowed | meaning |\n|---|---|---|---|\n", row->section,
				section_doc (row->section));
		g_string_append_printf (out, "| `%s` | `%s` |", row->name, fallback);
		append_cell (out, values);
		append_cell (out, row->doc);
		g_string_append (out, "\n");
	}
	return g_string_free (out, FALSE);
}
