#include "config.h"
#include "openapi.h"

#include <string.h>

#define REF "#/components/schemas/"

static json_t *
schema_ref (const char *name)
{
	return json_pack ("{s:s+}", "$ref", REF, name);
}

static json_t *
content (const char *type, json_t *schema)
{
	return json_pack ("{s:{s:o}}", type, "schema", schema);
}

/* ---- parameters ---- */

static json_t *
parameter (const char *in, const char *name, gboolean required, const char *doc, json_t *schema)
{
	return json_pack ("{s:s, s:s, s:b, s:s*, s:o}", "name", name, "in", in, "required", required, "description", doc,
		"schema", schema);
}

/* The schema of one field, taken from the schema of the table it stands in. */
static void
add_query (json_t *list, const CuriaField *table)
{
	json_auto_t *schema = curia_fields_schema (table);
	json_t *properties = json_object_get (schema, "properties");
	for (; table->name != NULL; table++)
		json_array_append_new (list, parameter ("query", table->name, table->required, table->doc,
			json_incref (json_object_get (properties, table->name))));
}

static const struct {
	const char *name, *doc;
} path_docs[] = {
	{ "code", "The meeting's code. Upper case and missing dashes do no harm." },
	{ "identity", "Of the participant, as its token or join gave it; percent-encoded." },
	{ "id", "The id, as lists show it." },
	{ "name", "The name of a provider, as their list shows it." },
	{ "account", "The id of an account." },
};

static const char *
path_doc (const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS (path_docs); i++)
		if (strcmp (path_docs[i].name, name) == 0)
			return path_docs[i].doc;
	return NULL;
}

static json_t *
parameters (const ApiRoute *route)
{
	json_t *list = json_array ();
	g_auto (GStrv) names = api_route_parameters (route);
	for (char **name = names; *name != NULL; name++)
		json_array_append_new (list, parameter ("path", *name, TRUE, path_doc (*name), json_pack ("{s:s}", "type", "string")));
	if (route->query != NULL)
		add_query (list, route->query);
	if (route->idempotent)
		json_array_append_new (list, parameter ("header", "Idempotency-Key", FALSE,
			"A UUID of your own: a request sent again with it within 24 hours is carried out once.",
			json_pack ("{s:s, s:i, s:i}", "type", "string", "minLength", 16, "maxLength", 128)));
	return list;
}

static json_t *
request_body (const CuriaField *table)
{
	gboolean required = FALSE;
	for (const CuriaField *field = table; field->name != NULL; field++)
		required |= field->required;
	json_t *schema = curia_fields_schema (table);
	json_object_set_new (schema, "additionalProperties", json_false ());
	return json_pack ("{s:b, s:o}", "required", required, "content", content ("application/json", schema));
}

/* ---- answers ---- */

static json_t *
success_content (const ApiRoute *route)
{
	json_t *object = json_object ();
	if (route->answer != NULL || route->type == NULL)
		json_object_update_new (object, content ("application/json",
			route->answer != NULL ? schema_ref (route->answer->name) : json_pack ("{s:s}", "type", "object")));
	if (route->type == NULL)
		return object;
	g_auto (GStrv) parts = g_strsplit (route->type, ";", 2);
	json_object_update_new (object, content (parts[0], json_pack ("{s:s}", "type", "string")));
	return object;
}

static json_t *
success (const ApiRoute *route)
{
	json_t *object = json_pack ("{s:s, s:o}", "description", route->answer != NULL ? route->answer->doc : route->summary,
		"content", success_content (route));
	if (route->status == 201)
		json_object_set_new (object, "headers", json_pack ("{s:{s:s, s:{s:s}}}", "Location", "description",
			"Where the new thing is.", "schema", "type", "string"));
	return object;
}

/* Errors that share an HTTP status share a response; its description names them all. */
static void
add_failure (json_t *responses, const CuriaErrorRow *row)
{
	g_autofree char *status = g_strdup_printf ("%d", row->http_status);
	json_t *known = json_object_get (responses, status);
	if (known == NULL) {
		json_object_set_new (responses, status, json_pack ("{s:s, s:o}", "description", row->title, "content",
			content ("application/problem+json", schema_ref (API_PROBLEM_SCHEMA))));
		return;
	}
	g_autofree char *both = g_strjoin ("; ", json_string_value (json_object_get (known, "description")), row->title, NULL);
	json_object_set_new (known, "description", json_string (both));
}

static json_t *
responses_of (const ApiRoute *route)
{
	g_autofree char *status = g_strdup_printf ("%d", route->status);
	json_t *responses = json_pack ("{s:o}", status, success (route));
	guint64 fails = api_route_fails (route);
	for (guint code = 0; code < CURIA_N_ERRORS; code++)
		if (fails & (G_GUINT64_CONSTANT (1) << code))
			add_failure (responses, curia_error_row_of (code));
	return responses;
}

/* ---- the document ---- */

static json_t *
security (const ApiRoute *route)
{
	json_t *list = json_array ();
	if (route->need == API_NEED_NOTHING)
		return list;
	if (api_need_guest_option (route->need) != NULL)
		json_array_append_new (list, json_object ());
	json_array_append_new (list, json_pack ("{s:[]}", "token"));
	return list;
}

static char *
description (const ApiRoute *route)
{
	GString *text = g_string_new (route->doc);
	const char *grant = api_need_grant (route->need), *option = api_need_guest_option (route->need);
	if (route->need == API_NEED_ACTION) {
		g_string_append_printf (text, "%sNeeds a token, of an application, a seat or an account, whose role in the meeting may %s.",
			text->len > 0 ? " " : "", curia_action_name (route->action));
		return g_string_free (text, FALSE);
	}
	if (grant == NULL)
		return g_string_free (text, FALSE);
	g_string_append_printf (text, "%sNeeds a token that grants %s", text->len > 0 ? " " : "", grant);
	if (option != NULL)
		g_string_append_printf (text, ", or none when the option %s is on", option);
	g_string_append_c (text, '.');
	return g_string_free (text, FALSE);
}

static const char *
tag_of (const char *path)
{
	return strstr (path, "/meetings") ? "Meetings" : strstr (path, "/calls") ? "Calls" :
		strstr (path, "/webhooks") ? "Webhooks" : "Server";
}

static json_t *
operation (const ApiRoute *route)
{
	g_autofree char *doc = description (route);
	json_t *object = json_pack ("{s:s, s:s, s:[s], s:o, s:o, s:o}", "operationId", route->operation, "summary",
		route->summary, "tags", tag_of (route->path), "security", security (route),
		"parameters", parameters (route), "responses", responses_of (route));
	if (doc[0] != '\0')
		json_object_set_new (object, "description", json_string (doc));
	if (route->body != NULL)
		json_object_set_new (object, "requestBody", request_body (route->body));
	return object;
}

static json_t *
paths (void)
{
	json_t *object = json_object ();
	for (const ApiRoute *route = api_route_table; route->path != NULL; route++) {
		g_autofree char *method = g_ascii_strdown (api_method_name (route->method), -1);
		if (json_object_get (object, route->path) == NULL)
			json_object_set_new (object, route->path, json_object ());
		json_object_set_new (json_object_get (object, route->path), method, operation (route));
	}
	return object;
}

/* In an answer, a field that is not required may be null. */
static void
allow_null (json_t *schema, const CuriaField *table)
{
	json_t *properties = json_object_get (schema, "properties");
	for (; table->name != NULL; table++) {
		json_t *property = json_object_get (properties, table->name);
		json_t *type = json_object_get (property, "type");
		if (!table->required && json_is_string (type))
			json_object_set_new (property, "type", json_pack ("[O, s]", type, "null"));
		if (table->items != NULL && table->items->name[0] != '\0')
			allow_null (table->type == CURIA_FIELD_ARRAY ? json_object_get (property, "items") : property, table->items);
	}
}

static json_t *
schemas (void)
{
	json_t *object = json_object ();
	for (const ApiSchema *const *schema = api_schemas; *schema != NULL; schema++) {
		json_t *made = curia_fields_schema ((*schema)->fields);
		allow_null (made, (*schema)->fields);
		json_object_set_new (made, "description", json_string ((*schema)->doc));
		json_object_set_new (object, (*schema)->name, made);
	}
	return object;
}

static json_t *
info (void)
{
	return json_pack ("{s:s, s:s, s:s, s:{s:s, s:s}}", "title", "Curia", "version", PACKAGE_VERSION, "description",
		"Make, join and end meetings. Errors are RFC 9457 problem documents; times are RFC 3339 in UTC.", "license", "name",
		"GPL-3.0-or-later", "identifier", "GPL-3.0-or-later");
}

json_t *
api_openapi_document (void)
{
	json_t *token = json_pack ("{s:s, s:s, s:s, s:s}", "type", "http", "scheme", "bearer", "bearerFormat", "JWT",
		"description", "Claims as LiveKit's server SDKs mint them, signed (HS256) with an API key's secret.");
	return json_pack ("{s:s, s:o, s:[{s:s}], s:[{s:s}, {s:s}, {s:s}, {s:s}], s:o, s:{s:o, s:{s:o}}}", "openapi", "3.1.0", "info", info (),
		"servers", "url", "/", "tags", "name", "Meetings", "name", "Calls", "name", "Webhooks", "name", "Server",
		"paths", paths (), "components", "schemas", schemas (), "securitySchemes", "token", token);
}

gboolean
api_openapi_answer (ApiCall *call, GError **error)
{
	(void) error;
	call->response->body = api_openapi_document ();
	return TRUE;
}
