#include "curia-options-private.h"

#include <string.h>
#include <libconfig.h>
#include "curia-error.h"
#include "curia-fields.h"
#include "curia-text.h"

static const char *const type_names[] = {
	[CURIA_OPTION_STRING] = "a string in double quotes",
	[CURIA_OPTION_INT] = "an integer",
	[CURIA_OPTION_BOOL] = "true or false",
	[CURIA_OPTION_LIST] = "a list of strings: [ \"a\", \"b\" ]",
};

/* Names of the sections (`section` NULL) or of the options in one: "api|room". Caller frees. */
static char *
known_names (const char *section)
{
	GString *names = g_string_new (NULL);

	for (const CuriaOption *row = curia_option_table; row->section != NULL; row++) {
		const char *name = section == NULL ? row->section : row->name;

		if ((section == NULL || g_str_equal (row->section, section)) && !curia_words_contain (names->str, name))
			g_string_append_printf (names, "%s%s", names->len ? "|" : "", name);
	}
	return g_string_free (names, FALSE);
}

/* ---- checks: each message is "<file>:<line>: <section.name> must be <what>, not <value>" ---- */

typedef struct {
	const char *file;
	int line;
	const CuriaOption *row;
} Place;

static gboolean refuse (const Place *place, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
refuse (const Place *place, GError **error, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start (args, format);
	text = g_strdup_vprintf (format, args);
	va_end (args);
	return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "%s:%d: %s.%s must %s", place->file, place->line,
		place->row->section, place->row->name, text);
}

static gboolean
check_range (const Place *place, gint64 number, const char *of_what, GError **error)
{
	const CuriaOption *row = place->row;

	if ((row->min == 0 && row->max == 0) || (number >= row->min && number <= row->max))
		return TRUE;
	return refuse (place, error, "be %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT "%s, not %" G_GINT64_FORMAT, row->min,
		row->max, of_what, number);
}

static gboolean
check_text (const Place *place, const char *text, GError **error)
{
	const CuriaOption *row = place->row;
	g_autofree char *quoted = NULL;

	if (!g_utf8_validate (text, -1, NULL))
		return refuse (place, error, "be UTF-8");
	for (const char *at = text; *at; at = g_utf8_next_char (at))
		if (text_is_control (g_utf8_get_char (at), FALSE))
			return refuse (place, error, "have no control characters");
	if (row->prefix && *text != '\0' && !g_str_has_prefix (text, row->prefix))
		return refuse (place, error, "begin with %s", row->prefix);
	if (row->allowed == NULL || curia_words_contain (row->allowed, text))
		return TRUE;
	quoted = text_quote (text);
	return row->secret ? refuse (place, error, "be one of %s", row->allowed)
					   : refuse (place, error, "be one of %s, not %s", row->allowed, quoted);
}

static gboolean
read_string (const Place *place, config_setting_t *setting, OptionValue *value, GError **error)
{
	const char *text = config_setting_get_string (setting);

	if (!check_text (place, text, error) || !check_range (place, g_utf8_strlen (text, -1), " characters", error))
		return FALSE;
	g_free (value->text);
	value->text = g_strdup (text);
	return TRUE;
}

static gboolean
read_int (const Place *place, config_setting_t *setting, OptionValue *value, GError **error)
{
	gint64 number = config_setting_get_int64 (setting);

	if (!check_range (place, number, "", error))
		return FALSE;
	value->number = number;
	return TRUE;
}

static gboolean
read_bool (const Place *place, config_setting_t *setting, OptionValue *value, GError **error)
{
	(void) place, (void) error;
	value->number = config_setting_get_bool (setting);
	return TRUE;
}

static gboolean
read_list (const Place *place, config_setting_t *setting, OptionValue *value, GError **error)
{
	g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
	int n = config_setting_length (setting);

	if (!check_range (place, n, " items", error))
		return FALSE;
	for (int i = 0; i < n; i++) {
		const char *text = config_setting_get_string_elem (setting, i);

		if (text == NULL)
			return refuse (place, error, "be %s", type_names[CURIA_OPTION_LIST]);
		if (!check_text (place, text, error))
			return FALSE;
		g_ptr_array_add (items, g_strdup (text));
	}
	g_ptr_array_add (items, NULL);
	g_strfreev (value->list);
	value->list = (char **) g_ptr_array_steal (items, NULL);
	return TRUE;
}

typedef struct {
	gboolean (*read) (const Place *place, config_setting_t *setting, OptionValue *value, GError **error);
	guint kinds; /* bits of CONFIG_TYPE_* */
} Reader;

#define KIND(type) (1u << (type))

static const Reader readers[] = {
	[CURIA_OPTION_STRING] = { read_string, KIND (CONFIG_TYPE_STRING) },
	[CURIA_OPTION_INT] = { read_int, KIND (CONFIG_TYPE_INT) | KIND (CONFIG_TYPE_INT64) },
	[CURIA_OPTION_BOOL] = { read_bool, KIND (CONFIG_TYPE_BOOL) },
	[CURIA_OPTION_LIST] = { read_list, KIND (CONFIG_TYPE_ARRAY) | KIND (CONFIG_TYPE_LIST) },
};

/* ---- a file ---- */

static gboolean
read_option (CuriaOptions *self, const char *file, const char *section, config_setting_t *setting, GError **error)
{
	const char *name = config_setting_name (setting);
	int line = (int) config_setting_source_line (setting), i = options_lookup_row (section, name);
	const Reader *reader;
	Place place;

	if (i < 0) {
		g_autofree char *known = known_names (section);

		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "%s:%d: %s.%s is not an option; options of %s are %s",
			file, line, section, name, section, known);
	}
	place = (Place) { file, line, &curia_option_table[i] };
	reader = &readers[place.row->type];
	if ((reader->kinds & KIND (config_setting_type (setting))) == 0)
		return refuse (&place, error, "be %s", type_names[place.row->type]);
	return reader->read (&place, setting, &self->values[i], error);
}

static gboolean
read_section (CuriaOptions *self, const char *file, config_setting_t *section, GError **error)
{
	const char *name = config_setting_name (section);

	if (options_lookup_row (name, NULL) < 0 || !config_setting_is_group (section)) {
		g_autofree char *known = known_names (NULL);

		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "%s:%d: %s is not a section; sections are %s", file,
			(int) config_setting_source_line (section), name, known);
	}
	for (int i = 0; i < config_setting_length (section); i++)
		if (!read_option (self, file, name, config_setting_get_elem (section, (unsigned) i), error))
			return FALSE;
	return TRUE;
}

/* libconfig would follow includes, to any file and any depth. Nobody needs them here, so they are refused before. */
static gboolean
check_no_include (const char *text, const char *file, GError **error)
{
	int line = 1;

	for (; text != NULL; text = strchr (text, '\n'), line++) {
		text += line > 1;
		text += strspn (text, " \t");
		if (g_str_has_prefix (text, "@include"))
			return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "%s:%d: @include is not supported", file, line);
	}
	return TRUE;
}

/* ---- names that are there twice: libconfig says in which line, but not which ---- */

static gboolean
has_duplicate (const char *text)
{
	gboolean has;
	config_t config;

	config_init (&config);
	has = !config_read_string (&config, text) && g_strcmp0 (config_error_text (&config), "duplicate setting name") == 0;
	config_destroy (&config);
	return has;
}

/* It is the name behind which the text may first be cut off and is still refused for it. NULL: another error. Caller frees. */
static char *
find_duplicate (const char *text, int line)
{
	static const char letters[] = G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_-*";
	const char *at = text;

	if (!has_duplicate (text))
		return NULL;
	while (--line > 0 && strchr (at, '\n') != NULL)
		at = strchr (at, '\n') + 1;
	for (gsize length; *at != '\0' && *at != '\n'; at += MAX (length, 1)) {
		g_autofree char *cut = NULL;

		length = strspn (at, letters);
		cut = g_strndup (text, (gsize) (at - text) + length);
		if (length > 0 && has_duplicate (cut))
			return g_strndup (at, length);
	}
	return NULL;
}

static gboolean
throw_syntax (const config_t *config, const char *text, const char *file, GError **error)
{
	int line = config_error_line (config);
	g_autofree char *twice = find_duplicate (text, line);

	return twice != NULL ? curia_throw (error, CURIA_ERROR_INVALID_FIELD, "%s:%d: %s is set twice", file, line, twice)
						 : curia_throw (error, CURIA_ERROR_INVALID_FIELD, "%s:%d: %s", file, line, config_error_text (config));
}

/* ---- all ---- */

gboolean
options_read (CuriaOptions *self, const char *text, const char *file, GError **error)
{
	gboolean ok = check_no_include (text, file, error);
	config_setting_t *root;
	config_t config;

	if (!ok)
		return FALSE;
	config_init (&config);
	if (!config_read_string (&config, text))
		ok = throw_syntax (&config, text, file, error);
	root = config_root_setting (&config);
	for (int i = 0; ok && i < config_setting_length (root); i++)
		ok = read_section (self, file, config_setting_get_elem (root, (unsigned) i), error);
	config_destroy (&config);
	return ok;
}
