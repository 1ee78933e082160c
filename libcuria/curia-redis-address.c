#include "curia-redis-private.h"

#include <string.h>
#include "curia-error.h"

#define DEFAULT_PORT 6379
#define MAX_DB 1023
#define SHAPE "bus.url must be redis://[[user]:password@]host[:port][/db], or rediss:// for TLS"

static gboolean
is_set (const char *text)
{
	return text != NULL && *text != '\0';
}

static gboolean
read_db (RedisAddress *self, const char *path, GError **error)
{
	guint64 db = 0;

	while (*path == '/')
		path++;
	if (*path != '\0' && !g_ascii_string_to_unsigned (path, 10, 0, MAX_DB, &db, NULL))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, SHAPE "; the database is a number up to %d", MAX_DB);
	self->db = (guint) db;
	return TRUE;
}

static char *
take_if_set (char *text)
{
	if (is_set (text))
		return text;
	g_free (text);
	return NULL;
}

static gboolean
read_url (RedisAddress *self, const char *url, GError **error)
{
	g_autofree char *scheme = NULL, *path = NULL, *query = NULL, *fragment = NULL;
	int port = -1;

	if (!g_uri_split_with_user (url, G_URI_FLAGS_HAS_PASSWORD, &scheme, &self->user, &self->password, NULL, &self->host, &port,
			&path, &query, &fragment, NULL))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, SHAPE); /* GLib's message would repeat the password */
	self->tls = g_strcmp0 (scheme, "rediss") == 0;
	if ((!self->tls && g_strcmp0 (scheme, "redis") != 0) || !is_set (self->host) || query != NULL || fragment != NULL || port == 0)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, SHAPE);
	self->port = port > 0 ? (guint16) port : DEFAULT_PORT;
	self->user = take_if_set (self->user);
	self->password = take_if_set (self->password);
	if (self->user != NULL && self->password == NULL)
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, SHAPE "; a user needs a password");
	return read_db (self, path, error);
}

static gboolean
read_certificates (RedisAddress *self, const CuriaRedisSettings *settings, GError **error)
{
	g_autoptr (GError) cause = NULL;

	if (is_set (settings->certificate) != is_set (settings->private_key))
		return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "bus.certificate and bus.private_key: set both or none");
	if (is_set (settings->ca_file)) {
		self->authorities = g_tls_file_database_new (settings->ca_file, &cause);
		if (self->authorities == NULL)
			return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "bus.ca_file %s: %s", settings->ca_file, cause->message);
	}
	if (is_set (settings->certificate)) {
		self->certificate = g_tls_certificate_new_from_files (settings->certificate, settings->private_key, &cause);
		if (self->certificate == NULL)
			return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "bus.certificate %s with bus.private_key %s: %s",
				settings->certificate, settings->private_key, cause->message);
	}
	return TRUE;
}

RedisAddress *
redis_address_new (const CuriaRedisSettings *settings, GError **error)
{
	g_autoptr (RedisAddress) self = g_new0 (RedisAddress, 1);

	self->prefix = g_strdup (is_set (settings->prefix) ? settings->prefix : "curia");
	if (!read_url (self, settings->url, error) || !read_certificates (self, settings, error))
		return NULL;
	if (self->tls && !g_tls_backend_supports_tls (g_tls_backend_get_default ())) {
		curia_throw (error, CURIA_ERROR_UNAVAILABLE, "bus.url: TLS needs the package glib-networking");
		return NULL;
	}
	return g_steal_pointer (&self);
}

void
redis_address_free (RedisAddress *self)
{
	if (self == NULL)
		return;
	g_free (self->host);
	g_free (self->user);
	g_free (self->password);
	g_free (self->prefix);
	g_clear_object (&self->authorities);
	g_clear_object (&self->certificate);
	g_free (self);
}

char *
redis_address_show (const RedisAddress *self)
{
	gboolean v6 = strchr (self->host, ':') != NULL;

	return g_strdup_printf (v6 ? "redis%s://[%s]:%u/%u" : "redis%s://%s:%u/%u", self->tls ? "s" : "", self->host, self->port, self->db);
}
