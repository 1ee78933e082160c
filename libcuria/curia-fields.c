#include "curia-fields.h"

#include <string.h>
#include "curia-error.h"

#define SHOWN_CHARACTERS 40 /* of a refused value, in messages */

/* Where in the JSON we are: a chain on the stack, written out only when something is wrong. */
typedef struct Place {
	const struct Place *parent;
	const char *name; /* or NULL: item `index` of an array */
	gsize index;
} Place;

typedef gboolean (*Check) (json_t *value, const CuriaField *field, const Place *place, gboolean strict, GError **error);

static gboolean check_object (json_t *object, const CuriaField *table, const Place *place, gboolean strict, GError **error);

gboolean
curia_words_contain (const char *words, const char *word)
{
	gsize length = strlen (word);

	for (const char *at = words; at != NULL; at = strchr (at, '|')) {
		at += *at == '|';
		if (strcspn (at, "|") == length && memcmp (at, word, length) == 0)
			return TRUE;
	}
	return FALSE;
}

/* ---- messages ---- */

static gboolean
is_plain_name (const char *name)
{
	gsize length = strspn (name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_-");

	return length > 0 && length <= SHOWN_CHARACTERS && name[length] == '\0';
}

/* A value from outside in quotes, shortened, safe for logs and pages. */
static char *
quote (const char *text)
{
	g_autofree char *valid = g_utf8_make_valid (text, -1);
	GString *out = g_string_new ("\"");
	int n = 0;

	for (const char *at = valid; *at; at = g_utf8_next_char (at)) {
		gunichar c = g_utf8_get_char (at);

		if (n++ == SHOWN_CHARACTERS) {
			g_string_append (out, "...");
			break;
		}
		if (c == '"' || c == '\\' || !g_unichar_isprint (c))
			g_string_append_printf (out, "\\u%04x", c);
		else
			g_string_append_unichar (out, c);
	}
	g_string_append_c (out, '"');
	return g_string_free (out, FALSE);
}

static void
place_write (const Place *place, GString *out)
{
	g_autofree char *quoted = NULL;

	if (place == NULL)
		return;
	place_write (place->parent, out);
	if (place->name == NULL) {
		g_string_append_printf (out, "[%" G_GSIZE_FORMAT "]", place->index);
		return;
	}
	if (out->len > 0)
		g_string_append_c (out, '.');
	g_string_append (out, is_plain_name (place->name) ? place->name : (quoted = quote (place->name)));
}

static char *
place_path (const Place *place)
{
	GString *out = g_string_new (NULL);

	place_write (place, out);
	return g_string_free (out, FALSE);
}

static const char *
kind_of (json_t *value)
{
	switch (json_typeof (value)) {
	case JSON_OBJECT: return "an object";
	case JSON_ARRAY: return "an array";
	case JSON_STRING: return "a string";
	case JSON_INTEGER: return "a number";
	case JSON_REAL: return "a fraction";
	case JSON_TRUE:
	case JSON_FALSE: return "a boolean";
	default: return "null";
	}
}

/* "height must be 0 to 4320, not -1" */
static gboolean
refuse (GError **error, const Place *place, const char *wanted, const char *got)
{
	g_autofree char *path = place_path (place);

	return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "%s must be %s, not %s", path, wanted, got);
}

static gboolean
is_bounded (const CuriaField *field)
{
	return field->min != 0 || field->max != 0;
}

static gboolean
check_range (gint64 number, const CuriaField *field, const char *unit, const Place *place, GError **error)
{
	g_autofree char *wanted = NULL, *got = NULL;

	if (!is_bounded (field) || (number >= field->min && number <= field->max))
		return TRUE;
	wanted = g_strdup_printf ("%" G_GINT64_FORMAT " to %" G_GINT64_FORMAT "%s", field->min, field->max, unit);
	got = g_strdup_printf ("%" G_GINT64_FORMAT, number);
	return refuse (error, place, wanted, got);
}

/* ---- one check per type ---- */

/* Line separators count as controls, and so do characters that reorder the text around them (names could pose as
 * others). The marks LRM, RLM and ALM are let through: they order only themselves, and right-to-left names need them. */
static gboolean
is_control (gunichar c, gboolean lines_allowed)
{
	if (c == '\n' || c == '\r' || c == '\t')
		return !lines_allowed;
	return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

static gboolean
check_characters (json_t *value, gboolean lines_allowed, glong *length, const Place *place, GError **error)
{
	const char *text = json_string_value (value), *end = text + json_string_length (value);

	*length = 0;
	if (!g_utf8_validate_len (text, (gsize) (end - text), NULL))
		return refuse (error, place, "UTF-8 without NUL characters", "these bytes");
	for (; text < end; text = g_utf8_next_char (text), ++*length) {
		g_autofree char *got = NULL;
		gunichar c = g_utf8_get_char (text);

		if (!is_control (c, lines_allowed))
			continue;
		got = g_strdup_printf ("with U+%04X", c);
		return refuse (error, place, "text without control characters", got);
	}
	return TRUE;
}

static gboolean
check_text (json_t *value, const CuriaField *field, const Place *place, gboolean strict, GError **error)
{
	g_autofree char *wanted = NULL, *got = NULL;
	glong length;

	(void) strict;
	if (!json_is_string (value))
		return refuse (error, place, "a string", kind_of (value));
	if (!check_characters (value, field->type == CURIA_FIELD_TEXT, &length, place, error)
	    || !check_range (length, field, " characters", place, error))
		return FALSE;
	if (field->allowed == NULL || curia_words_contain (field->allowed, json_string_value (value)))
		return TRUE;
	wanted = g_strconcat ("one of ", field->allowed, NULL);
	got = quote (json_string_value (value));
	return refuse (error, place, wanted, got);
}

static gboolean
check_int (json_t *value, const CuriaField *field, const Place *place, gboolean strict, GError **error)
{
	(void) strict;
	if (!json_is_integer (value))
		return refuse (error, place, "an integer", kind_of (value));
	return check_range (json_integer_value (value), field, "", place, error);
}

static gboolean
check_bool (json_t *value, const CuriaField *field, const Place *place, gboolean strict, GError **error)
{
	(void) field, (void) strict;
	return json_is_boolean (value) || refuse (error, place, "true or false", kind_of (value));
}

static gboolean
check_fields (json_t *value, const CuriaField *field, const Place *place, gboolean strict, GError **error)
{
	if (!json_is_object (value))
		return refuse (error, place, "an object", kind_of (value));
	return field->items == NULL || check_object (value, field->items, place, strict, error);
}

static gboolean check_array (json_t *value, const CuriaField *field, const Place *place, gboolean strict, GError **error);

static gboolean
check_any (json_t *value, const CuriaField *field, const Place *place, gboolean strict, GError **error)
{
	(void) value, (void) field, (void) place, (void) strict, (void) error;
	return TRUE;
}

static const Check checks[CURIA_N_FIELD_TYPES] = {
	[CURIA_FIELD_STRING] = check_text, [CURIA_FIELD_TEXT] = check_text,     [CURIA_FIELD_INT] = check_int,
	[CURIA_FIELD_BOOL] = check_bool,   [CURIA_FIELD_OBJECT] = check_fields, [CURIA_FIELD_ARRAY] = check_array,
	[CURIA_FIELD_ANY] = check_any,
};

/* The row that describes each item of an array: the table's unnamed row, or "an object with these fields". */
static CuriaField
item_field (const CuriaField *items)
{
	return *items->name ? (CuriaField) { .type = CURIA_FIELD_OBJECT, .items = items } : *items;
}

static gboolean
check_array (json_t *value, const CuriaField *field, const Place *place, gboolean strict, GError **error)
{
	CuriaField item;

	if (!json_is_array (value))
		return refuse (error, place, "an array", kind_of (value));
	if (!check_range ((gint64) json_array_size (value), field, " items", place, error))
		return FALSE;
	if (field->items == NULL)
		return TRUE;
	item = item_field (field->items);
	for (gsize i = 0; i < json_array_size (value); i++)
		if (!checks[item.type] (json_array_get (value, i), &item, &(Place) { place, NULL, i }, strict, error))
			return FALSE;
	return TRUE;
}

/* ---- objects ---- */

static const CuriaField *
lookup_field (const CuriaField *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (g_str_equal (table->name, name))
			return table;
	return NULL;
}

static gboolean
refuse_unknown (const CuriaField *table, const Place *place, GError **error)
{
	g_autofree char *path = place_path (place);
	g_autoptr (GString) known = g_string_new (NULL);

	for (; table->name != NULL; table++)
		g_string_append_printf (known, "%s%s", known->len ? "|" : "", table->name);
	return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "%s is not a field here; fields are %s", path,
		known->len ? known->str : "none");
}

static gboolean
check_object (json_t *object, const CuriaField *table, const Place *place, gboolean strict, GError **error)
{
	const char *name;
	json_t *value;

	for (const CuriaField *field = table; field->name != NULL; field++) {
		Place here = { place, field->name, 0 };

		value = json_object_get (object, field->name);
		if (value != NULL && !json_is_null (value)) {
			if (!checks[field->type] (value, field, &here, strict, error))
				return FALSE;
		} else if (field->required) {
			g_autofree char *path = place_path (&here);

			return curia_throw (error, CURIA_ERROR_MISSING_FIELD, "%s is required", path);
		}
	}
	if (strict)
		json_object_foreach (object, name, value)
			if (lookup_field (table, name) == NULL)
				return refuse_unknown (table, &(Place) { place, name, 0 }, error);
	return TRUE;
}

gboolean
curia_fields_check (json_t *object, const CuriaField *table, gboolean strict, GError **error)
{
	if (!json_is_object (object))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "body must be an object, not %s",
			object != NULL ? kind_of (object) : "nothing");
	return check_object (object, table, NULL, strict, error);
}

/* ---- schema ---- */

typedef struct {
	const char *type, *min, *max; /* JSON Schema's keywords */
} SchemaRow;

static const SchemaRow schema_rows[CURIA_N_FIELD_TYPES] = {
	[CURIA_FIELD_STRING] = { "string", "minLength", "maxLength" },
	[CURIA_FIELD_TEXT] = { "string", "minLength", "maxLength" },
	[CURIA_FIELD_INT] = { "integer", "minimum", "maximum" },
	[CURIA_FIELD_BOOL] = { "boolean", NULL, NULL },
	[CURIA_FIELD_OBJECT] = { "object", NULL, NULL },
	[CURIA_FIELD_ARRAY] = { "array", "minItems", "maxItems" },
	[CURIA_FIELD_ANY] = { NULL, NULL, NULL },
};

static json_t *
words_to_json (const char *words)
{
	g_auto (GStrv) list = g_strsplit (words, "|", -1);
	json_t *array = json_array ();

	for (guint i = 0; list[i] != NULL; i++)
		json_array_append_new (array, json_string (list[i]));
	return array;
}

static json_t *
field_schema (const CuriaField *field)
{
	const SchemaRow *row = &schema_rows[field->type];
	json_t *schema = field->type == CURIA_FIELD_OBJECT && field->items ? curia_fields_schema (field->items) : json_object ();

	if (row->type != NULL)
		json_object_set_new (schema, "type", json_string (row->type));
	if (field->doc != NULL)
		json_object_set_new (schema, "description", json_string (field->doc));
	if (row->min != NULL && is_bounded (field)) {
		json_object_set_new (schema, row->min, json_integer (field->min));
		json_object_set_new (schema, row->max, json_integer (field->max));
	}
	if (field->allowed != NULL)
		json_object_set_new (schema, "enum", words_to_json (field->allowed));
	if (field->type == CURIA_FIELD_ARRAY && field->items != NULL) {
		CuriaField item = item_field (field->items);

		json_object_set_new (schema, "items", field_schema (&item));
	}
	return schema;
}

json_t *
curia_fields_schema (const CuriaField *table)
{
	json_t *properties = json_object (), *required = json_array ();
	json_t *schema = json_pack ("{s:s, s:o}", "type", "object", "properties", properties);

	for (; table->name != NULL; table++) {
		json_object_set_new (properties, table->name, field_schema (table));
		if (table->required)
			json_array_append_new (required, json_string (table->name));
	}
	if (json_array_size (required) > 0)
		json_object_set (schema, "required", required);
	json_decref (required);
	return schema;
}

/* ---- readers ---- */

const char *
curia_json_string (json_t *object, const char *name, const char *fallback)
{
	const char *text = json_string_value (json_object_get (object, name));

	return text != NULL ? text : fallback;
}

gint64
curia_json_int (json_t *object, const char *name, gint64 fallback)
{
	json_t *value = json_object_get (object, name);

	return json_is_integer (value) ? json_integer_value (value) : fallback;
}

gboolean
curia_json_bool (json_t *object, const char *name, gboolean fallback)
{
	json_t *value = json_object_get (object, name);

	return json_is_boolean (value) ? json_is_true (value) : fallback;
}
