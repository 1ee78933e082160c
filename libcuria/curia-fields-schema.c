#include "curia-fields-private.h"

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
	json_t *schema =
		field->type == CURIA_FIELD_OBJECT && field->items ? curia_fields_schema (field->items) : json_object ();

	if (row->type != NULL)
		json_object_set_new (schema, "type", json_string (row->type));
	if (field->doc != NULL)
		json_object_set_new (schema, "description", json_string (field->doc));
	if (row->min != NULL && field_is_bounded (field)) {
		json_object_set_new (schema, row->min, json_integer (field->min));
		json_object_set_new (schema, row->max, json_integer (field->max));
	}
	if (field->allowed != NULL)
		json_object_set_new (schema, "enum", words_to_json (field->allowed));
	if (field->type == CURIA_FIELD_ARRAY && field->items != NULL) {
		CuriaField item = field_of_items (field->items);

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
