/* The description describes every row, and is itself well formed. */
#include "transports/api/openapi.h"

#include <string.h>

static const char *
text (json_t *object, const char *name)
{
	return json_string_value (json_object_get (object, name));
}

/* ---- structure, by the OpenAPI 3.1 specification's fixed fields ---- */

/* Every $ref leads somewhere inside the document. */
static void
check_refs (json_t *document, json_t *value)
{
	const char *name;
	json_t *member;
	size_t i;
	if (json_is_array (value))
		json_array_foreach (value, i, member)
			check_refs (document, member);
	if (!json_is_object (value))
		return;
	const char *ref = text (value, "$ref");
	if (ref != NULL) {
		g_auto (GStrv) steps = g_strsplit (ref, "/", -1);
		json_t *target = document;
		g_assert_cmpstr (steps[0], ==, "#");
		for (guint k = 1; steps[k] != NULL; k++)
			target = json_object_get (target, steps[k]);
		g_test_message ("%s", ref);
		g_assert_nonnull (target);
	}
	json_object_foreach (value, name, member)
		check_refs (document, member);
}

static void
check_schema (json_t *schema)
{
	static const char types[] = "|string|integer|boolean|object|array|null|number|";
	const char *name;
	json_t *member, *type = json_object_get (schema, "type");
	size_t i;
	g_assert_true (json_is_object (schema));
	if (json_is_string (type)) {
		g_autofree char *word = g_strdup_printf ("|%s|", json_string_value (type));
		g_assert_nonnull (strstr (types, word));
	} else if (type != NULL) {
		g_assert_cmpuint (json_array_size (type), ==, 2);
		g_assert_cmpstr (json_string_value (json_array_get (type, 1)), ==, "null");
	}
	json_object_foreach (json_object_get (schema, "properties"), name, member)
		check_schema (member);
	json_array_foreach (json_object_get (schema, "required"), i, member)
		g_assert_nonnull (json_object_get (json_object_get (schema, "properties"), json_string_value (member)));
	if (json_object_get (schema, "items") != NULL)
		check_schema (json_object_get (schema, "items"));
}

static void
check_content (json_t *content)
{
	const char *type;
	json_t *media;
	g_assert_cmpuint (json_object_size (content), >, 0);
	json_object_foreach (content, type, media) {
		g_assert_nonnull (strchr (type, '/'));
		check_schema (json_object_get (media, "schema"));
	}
}

static void
check_responses (json_t *responses)
{
	const char *status;
	json_t *response;
	json_object_foreach (responses, status, response) {
		g_assert_cmpuint (strlen (status), ==, 3);
		g_assert_nonnull (text (response, "description"));
		check_content (json_object_get (response, "content"));
		if (status[0] >= '4')
			g_assert_nonnull (json_object_get (json_object_get (response, "content"), "application/problem+json"));
	}
}

static void
check_parameters (json_t *parameters, const char *path)
{
	guint in_paths = 0;
	json_t *parameter;
	size_t i;
	json_array_foreach (parameters, i, parameter) {
		gboolean in_path = strcmp (text (parameter, "in"), "path") == 0;
		g_assert_nonnull (strstr ("path query header", text (parameter, "in")));
		g_assert_cmpint (json_is_true (json_object_get (parameter, "required")), ==, in_path);
		check_schema (json_object_get (parameter, "schema"));
		if (!in_path)
			continue;
		g_autofree char *name = g_strdup_printf ("{%s}", text (parameter, "name"));
		g_assert_nonnull (strstr (path, name));
		g_assert_nonnull (text (parameter, "description"));
		in_paths++;
	}
	g_auto (GStrv) pieces = g_strsplit (path, "{", -1);
	g_assert_cmpuint (in_paths, ==, g_strv_length (pieces) - 1);
}

static void
test_structure (void)
{
	json_auto_t *document = api_openapi_document ();
	const char *name, *method;
	json_t *item, *operation, *schema;
	g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);
	g_assert_nonnull (document);
	g_assert_cmpstr (text (document, "openapi"), ==, "3.1.0");
	g_assert_nonnull (text (json_object_get (document, "info"), "title"));
	g_assert_nonnull (text (json_object_get (document, "info"), "version"));
	json_object_foreach (json_object_get (document, "paths"), name, item) {
		g_assert_cmpint (name[0], ==, '/');
		json_object_foreach (item, method, operation) {
			g_assert_nonnull (strstr ("get put post patch delete", method));
			g_assert_true (g_hash_table_add (ids, (gpointer) text (operation, "operationId")));
			check_parameters (json_object_get (operation, "parameters"), name);
			check_responses (json_object_get (operation, "responses"));
			if (json_object_get (operation, "requestBody") != NULL)
				check_content (json_object_get (json_object_get (operation, "requestBody"), "content"));
		}
	}
	json_object_foreach (json_object_get (json_object_get (document, "components"), "schemas"), name, schema)
		check_schema (schema);
	check_refs (document, document);
}

/* ---- every row is there ---- */

static void
check_fields (json_t *schema, const CuriaField *table)
{
	json_t *properties = json_object_get (schema, "properties");
	guint n = 0;
	for (; table->name != NULL; table++, n++)
		g_assert_nonnull (json_object_get (properties, table->name));
	g_assert_cmpuint (json_object_size (properties), ==, n);
}

static void
check_row (json_t *document, const ApiRoute *route)
{
	g_autofree char *method = g_ascii_strdown (api_method_name (route->method), -1);
	g_autofree char *status = g_strdup_printf ("%d", route->status);
	json_t *operation = json_object_get (json_object_get (json_object_get (document, "paths"), route->path), method);
	json_t *security = json_object_get (operation, "security"), *responses = json_object_get (operation, "responses");
	g_test_message ("%s %s", method, route->path);
	g_assert_cmpstr (text (operation, "operationId"), ==, route->operation);
	g_assert_nonnull (json_object_get (responses, status));
	g_assert_cmpint (json_array_size (security) > 0, ==, route->need != API_NEED_NOTHING);
	for (guint code = 0; code < CURIA_N_ERRORS; code++) {
		g_autofree char *failure = g_strdup_printf ("%d", curia_error_row_of (code)->http_status);
		if (api_route_fails (route) & (G_GUINT64_CONSTANT (1) << code))
			g_assert_nonnull (strstr (text (json_object_get (responses, failure), "description"),
				curia_error_row_of (code)->title));
	}
	g_assert_cmpint (json_object_get (operation, "requestBody") != NULL, ==, route->body != NULL);
	if (route->body != NULL)
		check_fields (json_object_get (json_object_get (json_object_get (json_object_get (operation, "requestBody"),
			"content"), "application/json"), "schema"), route->body);
}

static void
test_rows (void)
{
	json_auto_t *document = api_openapi_document ();
	guint n = 0, described = 0;
	const char *path;
	json_t *item;
	for (const ApiRoute *route = api_route_table; route->path != NULL; route++, n++)
		check_row (document, route);
	json_object_foreach (json_object_get (document, "paths"), path, item)
		described += json_object_size (item);
	g_assert_cmpuint (described, ==, n);
	for (const ApiSchema *const *schema = api_schemas; *schema != NULL; schema++)
		check_fields (json_object_get (json_object_get (json_object_get (document, "components"), "schemas"),
			(*schema)->name), (*schema)->fields);
}

static void
test_null (void)
{
	json_auto_t *document = api_openapi_document ();
	json_t *meeting = json_object_get (json_object_get (json_object_get (document, "components"), "schemas"), "MeetingLive");
	json_t *ended = json_object_get (json_object_get (json_object_get (meeting, "properties"), "ended_at"), "type");
	json_auto_t *wanted = json_pack ("[s, s]", "string", "null");
	g_assert_true (json_equal (ended, wanted));
}

/* Writes the document where other tools can check it too. */
static void
test_dump (void)
{
	const char *path = g_getenv ("CURIA_OPENAPI_OUT");
	json_auto_t *document = api_openapi_document ();
	if (path == NULL)
		g_test_skip ("set CURIA_OPENAPI_OUT to a file's name to have the document written there");
	else
		g_assert_cmpint (json_dump_file (document, path, JSON_INDENT (2)), ==, 0);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/openapi/structure", test_structure);
	g_test_add_func ("/openapi/rows", test_rows);
	g_test_add_func ("/openapi/null", test_null);
	g_test_add_func ("/openapi/dump", test_dump);
	return g_test_run ();
}
