/* JSON objects against tables of fields: every message, the schema, the readers. */
#include "curia-fields.h"

#include <string.h>
#include "curia-error.h"

static const CuriaField want_fields[] = {
	{ "participant", CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 8 },
	{ "source", CURIA_FIELD_STRING, .allowed = "camera|microphone" },
	{ 0 },
};
static const CuriaField slot_fields[] = {
	{ "mid", CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 4 },
	{ "want", CURIA_FIELD_OBJECT, .items = want_fields },
	{ 0 },
};
static const CuriaField mid_items[] = { { "", CURIA_FIELD_STRING, .min = 1, .max = 4 }, { 0 } };
static const CuriaField fields[] = {
	{ "height", CURIA_FIELD_INT, .max = 4320, .doc = "In CSS pixels" },
	{ "count", CURIA_FIELD_INT },
	{ "muted", CURIA_FIELD_BOOL },
	{ "name", CURIA_FIELD_STRING, .min = 1, .max = 8 },
	{ "note", CURIA_FIELD_TEXT },
	{ "slots", CURIA_FIELD_ARRAY, .max = 2, .items = slot_fields },
	{ "mids", CURIA_FIELD_ARRAY, .items = mid_items },
	{ "extra", CURIA_FIELD_ANY },
	{ "token", CURIA_FIELD_STRING, .required = TRUE },
	{ 0 },
};

typedef struct {
	const char *json;
	const char *message; /* NULL: fine */
} Row;

/* Each is put into {"token": "t", ...}. */
static const Row rows[] = {
	{ "\"height\":0", NULL },
	{ "\"height\":4320", NULL },
	{ "\"height\":null", NULL },
	{ "\"height\":-1", "height must be 0 to 4320, not -1" },
	{ "\"height\":4321", "height must be 0 to 4320, not 4321" },
	{ "\"height\":9223372036854775807", "height must be 0 to 4320, not 9223372036854775807" },
	{ "\"height\":1.0", "height must be an integer, not a fraction" },
	{ "\"height\":\"1\"", "height must be an integer, not a string" },
	{ "\"height\":true", "height must be an integer, not a boolean" },
	{ "\"count\":-9223372036854775808", NULL },
	{ "\"muted\":true", NULL },
	{ "\"muted\":0", "muted must be true or false, not a number" },
	{ "\"name\":\"\"", "name must be 1 to 8 characters, not 0" },
	{ "\"name\":\"12345678\"", NULL },
	{ "\"name\":\"\\u00e4\\u00e4\\u00e4\\u00e4\\u00e4\\u00e4\\u00e4\\u00e4\"", NULL },
	{ "\"name\":\"123456789\"", "name must be 1 to 8 characters, not 9" },
	{ "\"name\":[]", "name must be a string, not an array" },
	{ "\"name\":\"a\\nb\"", "name must be text without control characters, not with U+000A" },
	{ "\"name\":\"a\\u007f\"", "name must be text without control characters, not with U+007F" },
	{ "\"name\":\"a\\u0085\"", "name must be text without control characters, not with U+0085" },
	{ "\"name\":\"a\\u2028\"", "name must be text without control characters, not with U+2028" },
	{ "\"name\":\"a\\u202e\"", "name must be text without control characters, not with U+202E" },
	{ "\"name\":\"a\\u2066\"", "name must be text without control characters, not with U+2066" },
	{ "\"name\":\"a\\ufeff\"", "name must be text without control characters, not with U+FEFF" },
	{ "\"name\":\"\\u05d0\\u200f\"", NULL },
	{ "\"name\":\"\\ud83d\\udc69\\u200d\\ud83d\\udcbb\"", NULL },
	{ "\"note\":\"a\\nb\\tc\"", NULL },
	{ "\"note\":\"a\\u001bc\"", "note must be text without control characters, not with U+001B" },
	{ "\"slots\":{}", "slots must be an array, not an object" },
	{ "\"slots\":[]", NULL },
	{ "\"slots\":[{\"mid\":\"1\"},{\"mid\":\"2\"},{\"mid\":\"3\"}]", "slots must be 0 to 2 items, not 3" },
	{ "\"slots\":[{\"mid\":\"1\"},7]", "slots[1] must be an object, not a number" },
	{ "\"slots\":[{}]", "slots[0].mid is required" },
	{ "\"slots\":[{\"mid\":\"1\",\"want\":{\"participant\":\"p1\",\"source\":\"x\"}}]",
		"slots[0].want.source must be one of camera|microphone, not \"x\"" },
	{ "\"slots\":[{\"mid\":\"1\",\"want\":{\"participant\":\"p1\",\"source\":\"camera|microphone\"}}]",
		"slots[0].want.source must be one of camera|microphone, not \"camera|microphone\"" },
	{ "\"slots\":[{\"mid\":\"1\",\"want\":{\"participant\":\"p1\",\"source\":\"\"}}]",
		"slots[0].want.source must be one of camera|microphone, not \"\"" },
	{ "\"slots\":[{\"mid\":\"1\",\"want\":{}}]", "slots[0].want.participant is required" },
	{ "\"slots\":[{\"mid\":\"1\",\"wants\":1}]", "slots[0].wants is not a field here; fields are mid|want" },
	{ "\"mids\":[\"1\",\"2\"]", NULL },
	{ "\"mids\":[\"1\",2]", "mids[1] must be a string, not a number" },
	{ "\"mids\":[\"12345\"]", "mids[0] must be 1 to 4 characters, not 5" },
	{ "\"extra\":[{\"a\":1}]", NULL },
	{ "\"a b\":1", "\"a b\" is not a field here; fields are height|count|muted|name|note|slots|mids|extra|token" },
	{ "\"token\":null", "token is required" },
};

static void
test_rows (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *text = g_strdup_printf ("{\"token\":\"t\",%s}", rows[i].json);
		json_auto_t *object = json_loads (text, 0, NULL);
		g_autoptr (GError) error = NULL;

		g_assert_nonnull (object);
		g_assert_cmpint (curia_fields_check (object, fields, TRUE, &error), ==, rows[i].message == NULL);
		g_assert_cmpstr (error != NULL ? error->message : NULL, ==, rows[i].message);
		/* a refusal is one of two codes, and names its field to programs as well */
		if (error != NULL)
			g_assert_true (g_error_matches (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD)
				|| g_error_matches (error, CURIA_ERROR, CURIA_ERROR_MISSING_FIELD));
	}
}

static void
test_not_objects (void)
{
	static const Row others[] = {
		{ "[]", "body must be an object, not an array" },
		{ "\"x\"", "body must be an object, not a string" },
		{ "null", "body must be an object, not null" },
	};
	g_autoptr (GError) none = NULL;

	for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
		json_auto_t *value = json_loads (others[i].json, JSON_DECODE_ANY, NULL);
		g_autoptr (GError) error = NULL;

		g_assert_false (curia_fields_check (value, fields, FALSE, &error));
		g_assert_cmpstr (error->message, ==, others[i].message);
	}
	g_assert_false (curia_fields_check (NULL, fields, FALSE, &none));
	g_assert_cmpstr (none->message, ==, "body must be an object, not nothing");
}

static void
test_lenient (void)
{
	json_auto_t *object = json_loads ("{\"token\":\"t\",\"later\":1,\"slots\":[{\"mid\":\"1\",\"later\":2}]}", 0, NULL);
	g_autoptr (GError) error = NULL;

	g_assert_true (curia_fields_check (object, fields, FALSE, &error));
	g_assert_no_error (error);
}

/* Values that jansson's parser would not give, but programs can. */
static void
test_raw_strings (void)
{
	static const struct {
		const char *bytes;
		gsize length;
	} raw[] = { { "a\0b", 3 }, { "\xff\xfe", 2 }, { "\xed\xa0\x80", 3 }, { "\xc0\x80", 2 } };

	for (guint i = 0; i < G_N_ELEMENTS (raw); i++) {
		json_auto_t *object =
			json_pack ("{s:s, s:o}", "token", "t", "name", json_stringn_nocheck (raw[i].bytes, raw[i].length));
		g_autoptr (GError) error = NULL;

		g_assert_false (curia_fields_check (object, fields, TRUE, &error));
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
	}
}

/* However long the input, messages stay short. */
static void
test_bounded_messages (void)
{
	g_autofree char *long_text = g_strnfill (60000, 'x');
	json_auto_t *unknown = json_pack ("{s:s, s:i}", "token", "t", long_text, 1);
	json_auto_t *value = json_pack ("{s:s, s:[{s:s, s:{s:s, s:s}}]}", "token", "t", "slots", "mid", "1", "want",
		"participant", "p", "source", long_text);
	json_t *objects[] = { unknown, value };

	for (guint i = 0; i < G_N_ELEMENTS (objects); i++) {
		g_autoptr (GError) error = NULL;

		g_assert_false (curia_fields_check (objects[i], fields, TRUE, &error));
		g_assert_cmpuint (strlen (error->message), <, 200);
	}
}

static void
test_schema (void)
{
	json_auto_t *schema = curia_fields_schema (fields);
	json_auto_t *required = json_pack ("[s]", "token");
	json_auto_t *height = json_pack (
		"{s:s, s:s, s:i, s:i}", "type", "integer", "description", "In CSS pixels", "minimum", 0, "maximum", 4320);
	json_auto_t *mids = json_pack (
		"{s:s, s:{s:s, s:i, s:i}}", "type", "array", "items", "type", "string", "minLength", 1, "maxLength", 4);
	json_t *properties = json_object_get (schema, "properties");
	json_t *slot = json_object_get (json_object_get (properties, "slots"), "items");
	json_t *source = json_object_get (
		json_object_get (
			json_object_get (json_object_get (json_object_get (slot, "properties"), "want"), "properties"), "source"),
		"enum");

	g_assert_cmpuint (json_object_size (properties), ==, 9);
	g_assert_true (json_equal (json_object_get (schema, "required"), required));
	g_assert_true (json_equal (json_object_get (properties, "height"), height));
	g_assert_true (json_equal (json_object_get (properties, "mids"), mids));
	g_assert_cmpuint (json_array_size (source), ==, 2);
	g_assert_cmpuint (json_object_size (json_object_get (properties, "extra")), ==, 0);
}

static void
test_readers (void)
{
	json_auto_t *object = json_loads ("{\"s\":\"x\",\"i\":7,\"b\":true,\"n\":null}", 0, NULL);

	g_assert_cmpstr (curia_json_string (object, "s", "f"), ==, "x");
	g_assert_cmpstr (curia_json_string (object, "n", "f"), ==, "f");
	g_assert_cmpstr (curia_json_string (object, "none", NULL), ==, NULL);
	g_assert_cmpint (curia_json_int (object, "i", 1), ==, 7);
	g_assert_cmpint (curia_json_int (object, "n", 1), ==, 1);
	g_assert_true (curia_json_bool (object, "b", FALSE));
	g_assert_true (curia_json_bool (object, "n", TRUE));
	g_assert_cmpint (curia_json_int (NULL, "i", 3), ==, 3);
}

static void
test_words (void)
{
	static const struct {
		const char *words, *word;
		gboolean contained;
	} cases[] = {
		{ "a|bc|d", "a", TRUE },
		{ "a|bc|d", "bc", TRUE },
		{ "a|bc|d", "d", TRUE },
		{ "a|bc|d", "b", FALSE },
		{ "a|bc|d", "", FALSE },
		{ "a|bc", "a|bc", FALSE },
		{ "abc", "abc", TRUE },
		{ "", "a", FALSE },
		{ "a|bc|d", "c", FALSE },
		{ "camera", "cam", FALSE },
		{ "cam|camera", "camera", TRUE },
	};

	for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
		g_assert_cmpint (curia_words_contain (cases[i].words, cases[i].word), ==, cases[i].contained);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/fields/rows", test_rows);
	g_test_add_func ("/fields/not-objects", test_not_objects);
	g_test_add_func ("/fields/lenient", test_lenient);
	g_test_add_func ("/fields/raw-strings", test_raw_strings);
	g_test_add_func ("/fields/bounded-messages", test_bounded_messages);
	g_test_add_func ("/fields/schema", test_schema);
	g_test_add_func ("/fields/readers", test_readers);
	g_test_add_func ("/fields/words", test_words);
	return g_test_run ();
}
