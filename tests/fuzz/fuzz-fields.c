/* JSON against a table that has every kind of field. The first byte says whether unknown fields are refused. */
#include "fuzz.h"

#include <string.h>
#include "curia-error.h"
#include "curia-fields.h"

static const CuriaField inner_fields[] = {
	{ "mid", CURIA_FIELD_STRING, .required = TRUE, .min = 1, .max = 4 },
	{ "source", CURIA_FIELD_STRING, .allowed = "camera|microphone" },
	{ "height", CURIA_FIELD_INT, .max = 4320 },
	{ 0 },
};
static const CuriaField word_items[] = { { "", CURIA_FIELD_STRING, .max = 8 }, { 0 } };
static const CuriaField fields[] = {
	{ "int", CURIA_FIELD_INT, .min = -5, .max = 5 },
	{ "bool", CURIA_FIELD_BOOL },
	{ "line", CURIA_FIELD_STRING, .max = 64 },
	{ "text", CURIA_FIELD_TEXT },
	{ "object", CURIA_FIELD_OBJECT, .items = inner_fields },
	{ "array", CURIA_FIELD_ARRAY, .max = 3, .items = inner_fields },
	{ "words", CURIA_FIELD_ARRAY, .items = word_items },
	{ "any", CURIA_FIELD_ANY },
	{ 0 },
};

static void
check_accepted (json_t *object)
{
	const char *line = curia_json_string (object, "line", "");
	gint64 number = curia_json_int (object, "int", 0);

	FUZZ_EXPECT (number >= -5 && number <= 5);
	FUZZ_EXPECT (g_utf8_validate (line, -1, NULL) && g_utf8_strlen (line, -1) <= 64 && strchr (line, '\n') == NULL);
	FUZZ_EXPECT (json_array_size (json_object_get (object, "array")) <= 3);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
	json_auto_t *value =
		size > 0 ? json_loadb ((const char *) data + 1, size - 1, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
	g_autoptr (GError) error = NULL;
	g_autofree char *field = NULL;

	if (curia_fields_check (value, fields, size > 0 && data[0] % 2 == 1, &error)) {
		FUZZ_EXPECT (error == NULL);
		check_accepted (value);
		return 0;
	}
	FUZZ_EXPECT (g_error_matches (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD)
		|| g_error_matches (error, CURIA_ERROR, CURIA_ERROR_MISSING_FIELD));
	FUZZ_EXPECT (g_utf8_validate (error->message, -1, NULL) && strlen (error->message) < 1000);
	FUZZ_EXPECT (strchr (error->message, '\n') == NULL);
	field = curia_error_field (error);
	return 0;
}
