#include "curia-fields.h"

#include <string.h>
#include "curia-error.h"
#include "curia-fields-private.h"
#include "curia-text.h"

#define MAX_PLAIN_NAME 40 /* longer ones are quoted and shortened, so that messages stay short */

/* Where in the JSON we are: a chain on the stack, written out only when something is wrong. */
typedef struct Place {
	const struct Place *parent;
	const char *name; /* or NULL: item `index` of an array */
	gsize index;
} Place;

typedef gboolean (*Check) (json_t *value, const CuriaField *field, const Place *place, gboolean strict, GError **error);

static gboolean check_object (
	json_t *object, const CuriaField *table, const Place *place, gboolean strict, GError **error);

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

	return length > 0 && length <= MAX_PLAIN_NAME && name[length] == '\0';
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
	g_string_append (out, is_plain_name (place->name) ? place->name : (quoted = text_quote (place->name)));
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
check_range (gint64 number, const CuriaField *field, const char *unit, const Place *place, GError **error)
{
	g_autofree char *wanted = NULL, *got = NULL;

	if (!field_is_bounded (field) || (number >= field->min && number <= field->max))
		return TRUE;
	wanted = g_strdup_printf ("%" G_GINT64_FORMAT " to %" G_GINT64_FORMAT "%s", field->min, field->max, unit);
	got = g_strdup_printf ("%" G_GINT64_FORMAT, number);
	return refuse (error, place, wanted, got);
}

/* ---- one check per type ---- */

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

		if (!text_is_control (c, lines_allowed))
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
	got = text_quote (json_string_value (value));
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

static gboolean check_array (
	json_t *value, const CuriaField *field, const Place *place, gboolean strict, GError **error);

static gboolean
check_any (json_t *value, const CuriaField *field, const Place *place, gboolean strict, GError **error)
{
	(void) value, (void) field, (void) place, (void) strict, (void) error;
	return TRUE;
}

static const Check checks[CURIA_N_FIELD_TYPES] = {
	[CURIA_FIELD_STRING] = check_text,
	[CURIA_FIELD_TEXT] = check_text,
	[CURIA_FIELD_INT] = check_int,
	[CURIA_FIELD_BOOL] = check_bool,
	[CURIA_FIELD_OBJECT] = check_fields,
	[CURIA_FIELD_ARRAY] = check_array,
	[CURIA_FIELD_ANY] = check_any,
};

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
	item = field_of_items (field->items);
	for (gsize i = 0; i < json_array_size (value); i++)
		if (!checks[item.type](json_array_get (value, i), &item, &(Place) { place, NULL, i }, strict, error))
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
			if (!checks[field->type](value, field, &here, strict, error))
				return FALSE;
		} else if (field->required) {
			g_autofree char *path = place_path (&here);

			return curia_throw (error, CURIA_ERROR_MISSING_FIELD, "%s is required", path);
		}
	}
	if (strict)
		json_object_foreach (object, name, value) if (lookup_field (table, name) == NULL) return refuse_unknown (
			table, &(Place) { place, name, 0 }, error);
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
