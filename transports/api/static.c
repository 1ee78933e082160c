#include "static.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_DEPTH 12

static const struct {
	const char *ending, *type;
} types[] = {
	{ ".html", "text/html; charset=utf-8" },        { ".js", "text/javascript; charset=utf-8" },
	{ ".mjs", "text/javascript; charset=utf-8" },   { ".css", "text/css; charset=utf-8" },
	{ ".svg", "image/svg+xml" },                    { ".json", "application/json" },
	{ ".map", "application/json" },                 { ".webmanifest", "application/manifest+json" },
	{ ".png", "image/png" },                        { ".jpg", "image/jpeg" },
	{ ".jpeg", "image/jpeg" },                      { ".webp", "image/webp" },
	{ ".gif", "image/gif" },                        { ".ico", "image/x-icon" },
	{ ".woff2", "font/woff2" },                     { ".woff", "font/woff" },
	{ ".ttf", "font/ttf" },                         { ".wasm", "application/wasm" },
	{ ".mp3", "audio/mpeg" },                       { ".ogg", "audio/ogg" },
	{ ".wav", "audio/wav" },                        { ".mp4", "video/mp4" },
	{ ".webm", "video/webm" },                      { ".txt", "text/plain; charset=utf-8" },
	{ ".md", "text/markdown; charset=utf-8" },      { ".xml", "application/xml" },
	{ ".pdf", "application/pdf" },                  { ".vtt", "text/vtt; charset=utf-8" },
};

/* Paths that are pages of the client: it reads the rest of the path itself. */
static const struct {
	const char *path;
	gboolean below; /* and everything below it */
	const char *file;
} pages[] = {
	{ "/", FALSE, "index.html" },
	{ "/m/", TRUE, "meeting.html" },
	{ "/history", FALSE, "history.html" },
	{ "/sign-in", FALSE, "sign-in.html" },
	{ "/meetings", FALSE, "meetings.html" },
	{ "/account", FALSE, "account.html" },
	{ "/admin", FALSE, "admin.html" },
};

const char *
static_type_of (const char *name)
{
	const char *ending = strrchr (name, '.');

	for (guint i = 0; ending && i < G_N_ELEMENTS (types); i++)
		if (g_ascii_strcasecmp (types[i].ending, ending) == 0)
			return types[i].type;
	return "application/octet-stream";
}

static gboolean
is_plain_name (const char *name)
{
	return *name != '\0' && *name != '.' && strspn (name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_.+@~") == strlen (name);
}

char *
static_file_of (const char *path)
{
	for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
		if (strcmp (path, pages[i].path) == 0 || (pages[i].below && g_str_has_prefix (path, pages[i].path)))
			return g_strdup (pages[i].file);
	if (*path != '/')
		return NULL;
	g_auto (GStrv) names = g_strsplit (path + 1, "/", MAX_DEPTH + 1);
	if (g_strv_length (names) > MAX_DEPTH)
		return NULL;
	for (char **name = names; *name; name++)
		if (!is_plain_name (*name))
			return NULL;
	return g_strjoinv ("/", names);
}

static char *
http_date (time_t when)
{
	g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (when);
	static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

	return g_strdup_printf ("%s, %02d %s %d %02d:%02d:%02d GMT", days[g_date_time_get_day_of_week (time) - 1],
		g_date_time_get_day_of_month (time), months[g_date_time_get_month (time) - 1], g_date_time_get_year (time),
		g_date_time_get_hour (time), g_date_time_get_minute (time), g_date_time_get_second (time));
}

static gboolean
is_known_to_client (const char *etag, const char *modified, const char *if_none_match, const char *if_modified_since)
{
	if (if_none_match)
		return strcmp (if_none_match, "*") == 0 || strstr (if_none_match, etag) != NULL;
	return if_modified_since && strcmp (if_modified_since, modified) == 0;
}

static GBytes *
read_all (int fd, gsize size)
{
	g_autofree guint8 *data = g_malloc (size + 1);
	gsize got = 0;

	while (got < size) {
		gssize n = read (fd, data + got, size - got);

		if (n == 0 || (n < 0 && errno != EINTR))
			return NULL;
		got += n > 0 ? (gsize) n : 0;
	}
	return g_bytes_new_take (g_steal_pointer (&data), size);
}

static void
answer_file (int fd, const struct stat *file, const char *name, const char *if_none_match, const char *if_modified_since, Reply *reply)
{
	g_autofree char *etag = g_strdup_printf ("\"%lx-%lx-%lx\"", (long) file->st_mtim.tv_sec, (long) file->st_mtim.tv_nsec,
		(long) file->st_size);
	g_autofree char *modified = http_date (file->st_mtim.tv_sec);
	g_autofree char *age = g_strdup_printf ("max-age=%d", STATIC_MAX_AGE_S);

	reply->status = 200;
	reply->type = static_type_of (name);
	reply_header (reply, "etag:", etag);
	reply_header (reply, "last-modified:", modified);
	reply_header (reply, "cache-control:", g_str_has_suffix (name, ".html") ? "no-cache" : age);
	if (is_known_to_client (etag, modified, if_none_match, if_modified_since))
		reply->status = 304;
	else if ((reply->body = read_all (fd, (gsize) file->st_size)) == NULL)
		reply->status = 500;
}

void
static_handle (const char *folder, const char *path, const char *if_none_match, const char *if_modified_since, Reply *reply)
{
	g_autofree char *name = static_file_of (path);
	g_autofree char *full = name ? g_build_filename (folder, name, NULL) : NULL;
	int fd = full ? open (full, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	struct stat file;

	reply_clear (reply);
	if (fd >= 0 && fstat (fd, &file) == 0 && S_ISREG (file.st_mode) && file.st_size <= STATIC_MAX_BYTES)
		answer_file (fd, &file, name, if_none_match, if_modified_since, reply);
	else
		reply_fail (reply, path, CURIA_ERROR_NOT_FOUND, "There is nothing at this address");
	if (fd >= 0)
		close (fd);
}
