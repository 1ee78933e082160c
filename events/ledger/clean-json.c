#include "config.h"
#include "events/ledger/clean-json.h"

#include <math.h>
#include <string.h>

#define MAX_DEPTH 4

/* ---- texts ---- */

static gsize max_bytes_of (const char *name)
{
	static const char *const names[] = { "name", "identity", "title" };

	for (guint i = 0; i < G_N_ELEMENTS (names); i++)
		if (name != NULL && strcmp (name, names[i]) == 0)
			return CLEAN_MAX_NAME_BYTES;
	return CLEAN_MAX_TEXT_BYTES;
}

/* Not within a character. */
static gsize cut (const char *text, gsize length, gsize max)
{
	if (length <= max)
		return length;
	while (max > 0 && ((guchar) text[max] & 0xC0) == 0x80)
		max--;
	return max;
}

static void append_escaped (GString *out, const char *text, gsize n)
{
	const char *end = text + n;

	g_string_append_c (out, '"');
	while (text < end) {
		const char *from = text;

		while (text < end && (guchar) *text >= 0x20 && *text != '"' && *text != '\\')
			text++;
		g_string_append_len (out, from, text - from);
		if (text == end)
			break;
		if (*text == '"' || *text == '\\')
			g_string_append_printf (out, "\\%c", *text);
		else
			g_string_append_printf (out, "\\u%04x", (guchar) *text);
		text++;
	}
	g_string_append_c (out, '"');
}

/* Up to the first NUL; what is not UTF-8 becomes U+FFFD. */
static void append_text (GString *out, const char *text, gsize max)
{
	gsize length = strlen (text);

	if (g_utf8_validate_len (text, length, NULL)) {
		append_escaped (out, text, cut (text, length, max));
		return;
	}
	g_autofree char *valid = g_utf8_make_valid (text, (gssize) MIN (length, max));
	append_escaped (out, valid, cut (valid, strlen (valid), max));
}

/* ---- values ---- */

static void append_value (GString *out, const char *name, json_t *value, int depth, gsize max_bytes);

static void append_array (GString *out, json_t *array, int depth, gsize max_bytes)
{
	gsize i;
	json_t *item;

	g_string_append_c (out, '[');
	json_array_foreach (array, i, item) {
		if (out->len > max_bytes)
			break;
		if (i > 0)
			g_string_append_c (out, ',');
		append_value (out, NULL, item, depth + 1, max_bytes);
	}
	g_string_append_c (out, ']');
}

static void append_field (GString *out, const char *name, json_t *value, int depth, gsize max_bytes)
{
	if (out->str[out->len - 1] != '{')
		g_string_append_c (out, ',');
	append_text (out, name, CLEAN_MAX_NAME_BYTES);
	g_string_append_c (out, ':');
	append_value (out, name, value, depth, max_bytes);
}

static void append_object (GString *out, json_t *object, int depth, gsize max_bytes)
{
	const char *name;
	json_t *value;

	g_string_append_c (out, '{');
	json_object_foreach (object, name, value) {
		if (out->len > max_bytes)
			break;
		append_field (out, name, value, depth + 1, max_bytes);
	}
	g_string_append_c (out, '}');
}

static void append_real (GString *out, double value)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append (out, isfinite (value) ? g_ascii_dtostr (text, sizeof text, value) : "null");
}

static void append_value (GString *out, const char *name, json_t *value, int depth, gsize max_bytes)
{
	switch (json_typeof (value)) {
	case JSON_STRING: append_text (out, json_string_value (value), max_bytes_of (name)); break;
	case JSON_INTEGER: g_string_append_printf (out, "%" JSON_INTEGER_FORMAT, json_integer_value (value)); break;
	case JSON_REAL: append_real (out, json_real_value (value)); break;
	case JSON_TRUE: g_string_append (out, "true"); break;
	case JSON_FALSE: g_string_append (out, "false"); break;
	case JSON_NULL: g_string_append (out, "null"); break;
	case JSON_OBJECT:
	case JSON_ARRAY:
		if (depth >= MAX_DEPTH)
			g_string_append (out, "null");
		else if (json_is_array (value))
			append_array (out, value, depth, max_bytes);
		else
			append_object (out, value, depth, max_bytes);
	}
}

/* ---- the interface ---- */

gboolean clean_json_write (GString *out, json_t *object, CleanWants wants, gsize max_bytes)
{
	const char *name;
	json_t *value;

	g_string_assign (out, "{");
	json_object_foreach (object, name, value) {
		if (wants (name))
			append_field (out, name, value, 1, max_bytes);
		if (out->len > max_bytes)
			return FALSE;
	}
	g_string_append_c (out, '}');
	return out->len <= max_bytes;
}

static gboolean is_short (const char *name, json_t *value)
{
	return strlen (name) <= 64 && !json_is_object (value) && !json_is_array (value)
		&& (!json_is_string (value) || json_string_length (value) <= CLEAN_MAX_NAME_BYTES
			|| max_bytes_of (name) == CLEAN_MAX_NAME_BYTES);
}

void clean_json_write_short (GString *out, json_t *object, CleanWants wants, gsize max_bytes)
{
	const char *name;
	json_t *value;

	g_string_assign (out, "{\"truncated\":true");
	json_object_foreach (object, name, value) {
		gsize before = out->len;

		if (wants (name) && is_short (name, value))
			append_field (out, name, value, 1, max_bytes);
		if (out->len + 1 > max_bytes)
			g_string_truncate (out, before);
	}
	g_string_append_c (out, '}');
}
