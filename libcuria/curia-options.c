#include "curia-options-private.h"

#include <string.h>
#include "curia-error.h"

#define MAX_FILE_BYTES (1024 * 1024)

/* ---- the table ---- */

static guint
table_length (void)
{
	guint n = 0;

	while (curia_option_table[n].section != NULL)
		n++;
	return n;
}

int
options_lookup_row (const char *section, const char *name)
{
	for (int i = 0; curia_option_table[i].section != NULL; i++)
		if (g_str_equal (curia_option_table[i].section, section)
			&& (name == NULL || g_str_equal (curia_option_table[i].name, name)))
			return i;
	return -1;
}

/* ---- life ---- */

static void
set_fallback (OptionValue *value, const CuriaOption *row)
{
	if (row->type == CURIA_OPTION_STRING)
		value->text = g_strdup (row->fallback);
	else if (row->type == CURIA_OPTION_LIST)
		value->list = g_strsplit (row->fallback, ",", -1);
	else if (row->type == CURIA_OPTION_BOOL)
		value->number = g_str_equal (row->fallback, "true");
	else
		value->number = g_ascii_strtoll (row->fallback, NULL, 10);
}

CuriaOptions *
curia_options_parse (const char *text, const char *file, GError **error)
{
	guint n = table_length ();
	g_autoptr (CuriaOptions) self = g_malloc0 (sizeof *self + n * sizeof self->values[0]);

	self->n = n;
	self->folder = g_path_get_dirname (file);
	for (guint i = 0; i < n; i++)
		set_fallback (&self->values[i], &curia_option_table[i]);
	return options_read (self, text, file, error) ? g_steal_pointer (&self) : NULL;
}

CuriaOptions *
curia_options_load (const char *path, GError **error)
{
	g_autoptr (GError) failure = NULL;
	g_autofree char *text = NULL;
	gsize length = 0;

	if (!g_file_get_contents (path, &text, &length, &failure)
		&& !g_error_matches (failure, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
		curia_throw (error, CURIA_ERROR_UNAVAILABLE, "%s", failure->message);
		return NULL;
	}
	if (length > MAX_FILE_BYTES || (text != NULL && strlen (text) != length)) {
		curia_throw (
			error, CURIA_ERROR_INVALID_FIELD, "%s:1: the file must be text of at most %d bytes", path, MAX_FILE_BYTES);
		return NULL;
	}
	return curia_options_parse (text != NULL ? text : "", path, error);
}

void
curia_options_free (CuriaOptions *self)
{
	if (self == NULL)
		return;
	for (guint i = 0; i < self->n; i++) {
		g_free (self->values[i].text);
		g_strfreev (self->values[i].list);
	}
	g_free (self->folder);
	g_free (self);
}

/* ---- values ---- */

static const OptionValue *
lookup_value (const CuriaOptions *self, const char *path, CuriaOptionType type)
{
	g_auto (GStrv) parts = g_strsplit (path, ".", 2);
	int i = g_strv_length (parts) == 2 ? options_lookup_row (parts[0], parts[1]) : -1;

	if (i < 0 || curia_option_table[i].type != type)
		g_error ("no option %s of this type", path);
	return &self->values[i];
}

const char *
curia_options_string (const CuriaOptions *self, const char *path)
{
	return lookup_value (self, path, CURIA_OPTION_STRING)->text;
}

gint64
curia_options_int (const CuriaOptions *self, const char *path)
{
	return lookup_value (self, path, CURIA_OPTION_INT)->number;
}

gboolean
curia_options_bool (const CuriaOptions *self, const char *path)
{
	return lookup_value (self, path, CURIA_OPTION_BOOL)->number != 0;
}

const char *const *
curia_options_list (const CuriaOptions *self, const char *path)
{
	return (const char *const *) lookup_value (self, path, CURIA_OPTION_LIST)->list;
}

char *
curia_options_file (const CuriaOptions *self, const char *path)
{
	const char *name = curia_options_string (self, path);

	return *name == '\0' || g_path_is_absolute (name) ? g_strdup (name) : g_build_filename (self->folder, name, NULL);
}
