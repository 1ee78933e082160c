#include "reply.h"

#include <stdarg.h>
#include <string.h>

#define JSON_TYPE "application/json"
#define PROBLEM_TYPE "application/problem+json"

void
reply_clear (Reply *self)
{
	g_clear_pointer (&self->body, g_bytes_unref);
	for (guint i = 0; i < self->n_headers; i++)
		g_free (self->headers[i].value);
	memset (self, 0, sizeof *self);
}

void
reply_header (Reply *self, const char *name, const char *value)
{
	g_assert (self->n_headers < REPLY_MAX_HEADERS);
	for (const char *at = value; *at; at++)
		if ((guchar) *at < 0x20 || *at == 0x7f)
			return;
	self->headers[self->n_headers].name = name;
	self->headers[self->n_headers++].value = g_strdup (value);
}

static void
header_int (Reply *self, const char *name, int value)
{
	char text[16];

	g_snprintf (text, sizeof text, "%d", value);
	reply_header (self, name, text);
}

/* The name is ours: letters, digits, dots and dashes. */
static void
header_file (Reply *self, const char *name)
{
	g_autofree char *value = g_strdup_printf ("attachment; filename=\"%s\"", name);

	reply_header (self, "content-disposition:", value);
}

void
reply_take_response (Reply *self, ApiResponse *response)
{
	reply_clear (self);
	self->status = response->status ? response->status : 200;
	if (response->body) {
		char *text = json_dumps (response->body, JSON_COMPACT | JSON_ENCODE_ANY);

		self->body = g_bytes_new_with_free_func (text, strlen (text), free, text);
		self->type = response->problem ? PROBLEM_TYPE : JSON_TYPE;
	} else if (response->text) {
		gsize bytes = strlen (response->text);

		self->body = g_bytes_new_take (g_steal_pointer (&response->text), bytes);
		self->type = response->type;
	}
	reply_header (self, "cache-control:", "no-store");
	if (response->file)
		header_file (self, response->file);
	if (response->location)
		reply_header (self, "location:", response->location);
	for (guint i = 0; i < API_MAX_COOKIES && response->cookies[i]; i++)
		reply_header (self, "set-cookie:", response->cookies[i]);
	if (response->allow)
		reply_header (self, "allow:", response->allow);
	if (response->retry_after_s)
		header_int (self, "retry-after:", response->retry_after_s);
	if (self->status == 401)
		reply_header (self, "www-authenticate:", "Bearer");
	api_response_clear (response);
}

void
reply_fail (Reply *self, const char *path, CuriaErrorCode code, const char *format, ...)
{
	g_autoptr (GError) error = NULL;
	ApiResponse response = { 0 };
	va_list args;

	va_start (args, format);
	error = g_error_new_valist (CURIA_ERROR, code, format, args);
	va_end (args);
	api_response_fail (&response, error, path);
	if (response.retry_after_s == 0 && (response.status == 429 || response.status == 503))
		response.retry_after_s = 1;
	reply_take_response (self, &response);
}

static int
add (struct lws *wsi, const char *name, const char *value, guint8 **at, guint8 *end)
{
	return lws_add_http_header_by_name (wsi, (const guint8 *) name, (const guint8 *) value, (int) strlen (value), at, end);
}

int
reply_write_head (const Reply *self, struct lws *wsi, gboolean close, guint8 **at, guint8 *end)
{
	gboolean bodiless = self->status == 204 || self->status == 304;

	if (lws_add_http_header_status (wsi, (unsigned) self->status, at, end))
		return 1;
	for (guint i = 0; i < self->n_headers; i++)
		if (add (wsi, self->headers[i].name, self->headers[i].value, at, end))
			return 1;
	if (self->body && self->type && add (wsi, "content-type:", self->type, at, end))
		return 1;
	if (close && add (wsi, "connection:", "close", at, end))
		return 1;
	if (!bodiless && lws_add_http_header_content_length (wsi, self->body ? g_bytes_get_size (self->body) : 0, at, end))
		return 1;
	return lws_finalize_http_header (wsi, at, end);
}
