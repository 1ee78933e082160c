/* curia-fields.h: checks a JSON object against a table of fields, and reads it in one go.
 * Thread: any (tables are const). Ownership: values borrowed from the object stay the object's.
 * A request's table is also the source of its documentation and of its OpenAPI schema. */
#ifndef CURIA_FIELDS_H
#define CURIA_FIELDS_H

#include <glib.h>
#include <jansson.h>

typedef enum {
	CURIA_FIELD_STRING, /* one line of text */
	CURIA_FIELD_INT,
	CURIA_FIELD_BOOL,
	CURIA_FIELD_OBJECT,
	CURIA_FIELD_ARRAY,
	CURIA_FIELD_ANY,  /* whatever it is, its user checks it */
	CURIA_FIELD_TEXT, /* a string that may have line breaks and tabs */
	CURIA_N_FIELD_TYPES
} CuriaFieldType;

typedef struct CuriaField {
	const char *name;
	CuriaFieldType type;
	gboolean required;
	gint64 min, max;           /* INT: range; STRING: length in characters; ARRAY: items. Both 0: no bound */
	const char *allowed;       /* STRING: "vp8|h264|vp9", or NULL */
	/* OBJECT: its fields. ARRAY: the fields of each item; or, when the first row's name is "", that row describes each
	 * item itself: { "", CURIA_FIELD_STRING, .max = 16 }. NULL: not looked into. */
	const struct CuriaField *items;
	const char *doc;           /* one sentence, for documentation and OpenAPI */
} CuriaField;
/* A table ends with a row of all zeros: { 0 }. */

/* Whether `word` is one of "a|b|c". [any] */
gboolean curia_words_contain (const char *words, const char *word);

/* Checks `object` against `table`. Unknown fields are refused when `strict`, else ignored. Strings must be valid
 * UTF-8 without control characters (C0, C1, bidi overrides); null counts as absent. On failure sets
 * MISSING_FIELD or INVALID_FIELD with a message that begins with the field's path ("tracks[2].source") and names the
 * allowed values. [any] */
gboolean curia_fields_check (json_t *object, const CuriaField *table, gboolean strict, GError **error);

/* A JSON Schema (2020-12 subset) of the table, for OpenAPI. Caller owns. [any] */
json_t *curia_fields_schema (const CuriaField *table);

/* Readers for checked objects: the fallback when absent or null. [any] */
const char *curia_json_string (json_t *object, const char *name, const char *fallback);
gint64 curia_json_int (json_t *object, const char *name, gint64 fallback);
gboolean curia_json_bool (json_t *object, const char *name, gboolean fallback);

#endif
