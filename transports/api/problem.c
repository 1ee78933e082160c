/* Errors as RFC 9457 problem documents: the one place where an error becomes an answer. */
#include "handler.h"

/* What other libraries report may name files or statements: that goes to the log only. */
static const char *
detail_of (const GError *error)
{
	return error->domain == CURIA_ERROR ? error->message : "The server's log says more";
}

/* Messages may repeat what came in: nothing that a terminal or page could take for more than text gets through. */
static json_t *
text (const char *value)
{
	g_autofree char *valid = g_utf8_make_valid (value, -1);
	g_autoptr (GString) out = g_string_new (NULL);
	for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
		g_string_append_unichar (out, g_unichar_isprint (g_utf8_get_char (at)) ? g_utf8_get_char (at) : 0xFFFD);
	return json_string (out->str);
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
	g_autofree char *field = curia_error_field (error);
	json_decref (response->body);
	g_clear_pointer (&response->text, g_free);
	g_clear_pointer (&response->file, g_free);
	response->body = json_pack ("{s:s, s:s, s:i, s:o}", "type", type, "title", row->title, "status", row->http_status,
		"detail", text (detail_of (error)));
	if (field != NULL)
		json_object_set_new (response->body, "field", json_string (field));
	if (path != NULL)
		json_object_set_new (response->body, "instance", text (path));
	response->status = row->http_status;
	response->problem = TRUE;
	if (response->retry_after_s == 0)
		response->retry_after_s = retry_after (row->code);
	g_clear_pointer (&response->location, g_free);
}

void
api_response_clear (ApiResponse *response)
{
	json_decref (response->body);
	g_free (response->text);
	g_free (response->file);
	g_free (response->location);
	g_free (response->allow);
	for (guint i = 0; i < API_MAX_COOKIES; i++)
		g_free (response->cookies[i]);
	*response = (ApiResponse) { 0 };
}
