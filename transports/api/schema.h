/* schema.h: short ways to write rows of CuriaField, and the tables of history.c's and participants.c's requests and answers.
 * Thread: const. Ownership: none. */
#ifndef API_SCHEMA_H
#define API_SCHEMA_H

#include "routes.h"

#define STRING(name_, required_, min_, max_, doc_) \
	{ .name = name_, .type = CURIA_FIELD_STRING, .required = required_, .min = min_, .max = max_, .doc = doc_ }
#define TEXT(name_, required_, doc_) { .name = name_, .type = CURIA_FIELD_TEXT, .required = required_, .doc = doc_ }
#define INT(name_, required_, min_, max_, doc_) \
	{ .name = name_, .type = CURIA_FIELD_INT, .required = required_, .min = min_, .max = max_, .doc = doc_ }
#define BOOL(name_, required_, doc_) { .name = name_, .type = CURIA_FIELD_BOOL, .required = required_, .doc = doc_ }
#define OBJECT(name_, required_, fields_, doc_) \
	{ .name = name_, .type = CURIA_FIELD_OBJECT, .required = required_, .items = fields_, .doc = doc_ }
#define ARRAY(name_, fields_, doc_) \
	{ .name = name_, .type = CURIA_FIELD_ARRAY, .required = TRUE, .items = fields_, .doc = doc_ }

extern const CuriaField api_calls_query[], api_attendance_query[], api_quality_query[], api_mute_fields[], api_audit_query[];
extern const ApiSchema api_calls_schema, api_call_schema, api_attendance_schema, api_quality_schema, api_participants_schema,
	api_identity_schema, api_audit_schema;

#endif
