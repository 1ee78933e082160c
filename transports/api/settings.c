#include "settings.h"

#include <string.h>
#include "curia-error.h"

#ifndef CURIA_HTML_DIR
#define CURIA_HTML_DIR ""
#endif

static char *copy (const CuriaOptions *options, const char *path)
{
	return g_strdup (curia_options_string (options, path));
}

static gint64 duration_us (const CuriaOptions *options, const char *path)
{
	return curia_options_int (options, path) * 1000;
}

static gboolean check (const Settings *self, GError **error)
{
	if ((*self->certificate == '\0') != (*self->private_key == '\0'))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "api.certificate and api.private_key: set both or none");
	if (self->port == 0 && self->https_port == 0)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "api.port and api.https_port are both 0: nothing to serve on");
	if (self->port == self->https_port)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "api.https_port must not be api.port, %d", self->port);
	if (self->silence_us <= self->ping_us)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "api.silence_ms must be more than api.ping_ms");
	return TRUE;
}

#define LEAST_METRICS_TOKEN 16

static gboolean check_metrics (const CuriaOptions *options, GError **error)
{
	gsize length = strlen (curia_options_string (options, "api.metrics_token"));

	return length == 0 || length >= LEAST_METRICS_TOKEN || curia_throw (error, CURIA_ERROR_INVALID_FIELD,
		"api.metrics_token must be empty or have %d characters or more", LEAST_METRICS_TOKEN);
}

#define LEAST_TURN_SECRET 16

static gboolean check_turn (const CuriaOptions *options, GError **error)
{
	const char *const *urls = curia_options_list (options, "turn.urls");

	for (guint i = 0; urls[i] != NULL; i++)
		if (!g_str_has_prefix (urls[i], "turn:") && !g_str_has_prefix (urls[i], "turns:"))
			return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "turn.urls, item %u: must begin with turn: or turns:", i + 1);
	return urls[0] == NULL || strlen (curia_options_string (options, "turn.secret")) >= LEAST_TURN_SECRET
		|| curia_throw (error, CURIA_ERROR_INVALID_FIELD, "turn.secret must have %d characters or more, as turn.urls is set",
			LEAST_TURN_SECRET);
}

static void read_limits (Settings *self, const CuriaOptions *options)
{
	self->workers = (guint) curia_options_int (options, "api.workers");
	self->max_connections = (guint) curia_options_int (options, "api.max_connections");
	self->max_connections_per_address = (guint) curia_options_int (options, "api.max_connections_per_address");
	self->max_body_bytes = (gsize) curia_options_int (options, "api.max_body_bytes");
	self->max_message_bytes = (gsize) curia_options_int (options, "api.max_message_bytes");
	self->output_queue_bytes = (gsize) curia_options_int (options, "api.output_queue_bytes");
	self->output_total_bytes = (gsize) curia_options_int (options, "api.output_total_bytes");
	self->max_dropped = (guint) curia_options_int (options, "api.max_dropped");
	self->max_dropped_per_address = (guint) curia_options_int (options, "api.max_dropped_per_address");
	self->messages_per_s = (double) curia_options_int (options, "api.messages_per_s");
	self->requests_per_s = (double) curia_options_int (options, "api.requests_per_s");
	self->grace_us = duration_us (options, "api.reconnect_grace_ms");
	self->request_us = duration_us (options, "api.request_ms");
	self->ping_us = duration_us (options, "api.ping_ms");
	self->silence_us = duration_us (options, "api.silence_ms");
}

Settings *settings_new (const CuriaOptions *options, GError **error)
{
	g_autoptr (Settings) self = g_new0 (Settings, 1);

	self->port = (int) curia_options_int (options, "api.port");
	self->https_port = (int) curia_options_int (options, "api.https_port");
	self->address = copy (options, "api.address");
	self->https_address = copy (options, "api.https_address");
	self->certificate = curia_options_file (options, "api.certificate");
	self->private_key = curia_options_file (options, "api.private_key");
	self->state_folder = curia_options_file (options, "api.state_folder");
	self->html_folder = curia_options_file (options, "api.html_folder");
	if (*self->html_folder == '\0') {
		g_free (self->html_folder);
		self->html_folder = g_strdup (CURIA_HTML_DIR);
	}
	self->public_url = copy (options, "api.public_url");
	self->allowed_origins = g_strdupv ((char **) curia_options_list (options, "api.allowed_origins"));
	read_limits (self, options);
	return check (self, error) && check_metrics (options, error) && check_turn (options, error) ? g_steal_pointer (&self) : NULL;
}

void settings_free (Settings *self)
{
	g_free (self->address);
	g_free (self->https_address);
	g_free (self->certificate);
	g_free (self->private_key);
	g_free (self->state_folder);
	g_free (self->html_folder);
	g_free (self->public_url);
	g_strfreev (self->allowed_origins);
	g_free (self);
}
