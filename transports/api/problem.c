/* Errors as RFC 9457 problem documents: the one place where an error becomes an answer. */
#include "problem.h"

#include <string.h>

/* Messages about a field begin with its path: "slots[0].height must be ...". */
char *
api_problem_field (const GError *error)
{
	if (!g_error_matches (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD) &&
		!g_error_matches (error, CURIA_ERROR, CURIA_ERROR_MISSING_FIELD))
		return NULL;
	gsize length = strcspn (error->message, " ");
	for (gsize i = 0; i < length; i++)
		if (!g_ascii_isalnum (error->message[i]) && strchr ("_-.[]", error->message[i]) == NULL)
			return NULL;
	return length > 0 ? g_strndup (error->message, length) : NULL;
}

/* What other libraries report may name files or statements: that goes to the log only. */
static const char *
detail_of (const GError *error)
{
	return error->domain == CURIA_ERROR ? error->message : "The server's log says more";
}

static json_t *
text (const char *value)
{
	g_autofree char *valid = g_utf8_make_valid (value, -1);
	return json_string (valid);
}

static int
retry_after (CuriaErrorCode code)
{
	switch (code) {
	case CURIA_ERROR_TOO_MANY:
	case CURIA_ERROR_OVERLOADED:
		return 1;
	case CURIA_ERROR_UNAVAILABLE:
		return 5;
	default:
		return 0;
	}
}

void
api_response_fail (ApiResponse *response, const GError *error, const char *path)
{
	const CuriaErrorRow *row = curia_error_row (error);
	g_autofree char *type = g_strconcat ("/docs/errors#", row->slug, NULL);
	g_autofree char *field = api_problem_field (error);
	json_decref (response->body);
	response->body = json_pack ("{s:s, s:s, s:i, s:o}", "type", type, "title", row->title, "status", row->http_status,
		"detail", text (detail_of (error)));
	if (field != NULL)
		json_object_set_new (response->body, "field", json_string (field));
	if (path != NULL)
		json_object_set_new (response->body, "instance", text (path));
	response->status = row->http_status;
	response->problem = TRUE;
	response->retry_after_s = retry_after (row->code);
	g_clear_pointer (&response->location, g_free);
}

void
api_response_clear (ApiResponse *response)
{
	json_decref (response->body);
	g_free (response->location);
	g_free (response->allow);
	*response = (ApiResponse) { 0 };
}
