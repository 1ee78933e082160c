#include "input.h"

#include <string.h>

#define QUERY_FIELDS_MAX 32

static const CuriaField no_fields[] = { { 0 } };

static const CuriaField *
find (const CuriaField *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (strcmp (table->name, name) == 0)
			return table;
	return NULL;
}

/* The text as the JSON type its field wants; text that has no such form stays text and fails the check after. */
static json_t *
typed (const CuriaField *field, const char *text)
{
	gint64 number = 0;
	if (field != NULL && field->type == CURIA_FIELD_INT &&
		g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL))
		return json_integer (number);
	if (field != NULL && field->type == CURIA_FIELD_BOOL && (!strcmp (text, "true") || !strcmp (text, "false")))
		return json_boolean (text[0] == 't');
	return json_string (text);
}

static char *
decode (const char *text, gsize length)
{
	g_autofree char *copy = g_strndup (text, length);
	g_strdelimit (copy, "+", ' ');
	char *decoded = g_uri_unescape_string (copy, NULL);
	if (decoded != NULL && !g_utf8_validate (decoded, -1, NULL))
		g_clear_pointer (&decoded, g_free);
	return decoded;
}

/* Takes one "name=value". An empty value means: not given. */
static gboolean
add_pair (json_t *object, const char *pair, const CuriaField *table, GError **error)
{
	gsize name_bytes = strcspn (pair, "=");
	const char *raw = pair[name_bytes] == '=' ? pair + name_bytes + 1 : "";
	g_autofree char *name = decode (pair, name_bytes);
	g_autofree char *value = decode (raw, strlen (raw));
	if (name == NULL || value == NULL)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "query must be percent-encoded UTF-8");
	if (json_object_get (object, name) != NULL)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "%s must be given once, not twice", name);
	if (value[0] != '\0' || find (table, name) == NULL)
		json_object_set_new (object, name, typed (find (table, name), value));
	return TRUE;
}

json_t *
api_input_query (const char *query, const CuriaField *table, GError **error)
{
	json_auto_t *object = json_object ();
	if (table == NULL || query == NULL || query[0] == '\0')
		return g_steal_pointer (&object);
	g_auto (GStrv) pairs = g_strsplit (query, "&", QUERY_FIELDS_MAX + 1);
	for (guint i = 0; pairs[i] != NULL; i++) {
		if (i == QUERY_FIELDS_MAX) {
			curia_throw (error, CURIA_ERROR_INVALID_FIELD, "query must have at most %d fields", QUERY_FIELDS_MAX);
			return NULL;
		}
		if (pairs[i][0] != '\0' && !add_pair (object, pairs[i], table, error))
			return NULL;
	}
	if (!curia_fields_check (object, table, TRUE, error))
		return NULL;
	return g_steal_pointer (&object);
}

static gboolean
type_is_json (const char *content_type)
{
	static const char *const types[] = { "application/json", "application/merge-patch+json" };
	if (content_type == NULL)
		return FALSE;
	gsize length = strcspn (content_type, "; \t");
	for (guint i = 0; i < G_N_ELEMENTS (types); i++)
		if (length == strlen (types[i]) && g_ascii_strncasecmp (content_type, types[i], length) == 0)
			return TRUE;
	return FALSE;
}

static json_t *
parse (const ApiRequest *request, GError **error)
{
	if (request->body == NULL || request->body_bytes == 0)
		return json_object ();
	if (!type_is_json (request->content_type)) {
		curia_throw (error, CURIA_ERROR_MEDIA_TYPE, "Content-Type must be application/json");
		return NULL;
	}
	json_error_t where;
	json_auto_t *body = json_loadb (request->body, request->body_bytes, JSON_REJECT_DUPLICATES, &where);
	if (body == NULL) {
		curia_throw (error, CURIA_ERROR_INVALID_JSON, "Line %d, column %d: %s", where.line, where.column, where.text);
		return NULL;
	}
	if (!json_is_object (body)) {
		curia_throw (error, CURIA_ERROR_INVALID_JSON, "The body must be a JSON object");
		return NULL;
	}
	return g_steal_pointer (&body);
}

json_t *
api_input_body (const ApiRequest *request, const CuriaField *table, GError **error)
{
	json_auto_t *body = parse (request, error);
	if (body == NULL || !curia_fields_check (body, table != NULL ? table : no_fields, TRUE, error))
		return NULL;
	return g_steal_pointer (&body);
}
