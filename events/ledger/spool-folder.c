#include "config.h"
#include "events/ledger/spool-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-id.h"
#include "curia-log.h"

#define ID_FILE "spool"
#define SEGMENT_SUFFIX ".seg"
#define GENERATION_SHIFT 40 /* each start counts from a new million millions, so no number is ever given twice */

static gboolean fail (GError **error, const char *doing, const char *path)
{
	return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "cannot %s %s: %s", doing, path, g_strerror (errno));
}

void segment_free (Segment *self)
{
	g_free (self->path);
	g_free (self);
}

void folder_sync (const char *folder)
{
	int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync (fd);
		close (fd);
	}
}

int folder_create_file (const char *path, GError **error)
{
	int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		fail (error, "make", path);
	return fd;
}

/* ---- one process only ---- */

static gboolean lock_folder (Spool *self, GError **error)
{
	g_autofree char *path = g_build_filename (self->folder, "lock", NULL);

	self->lock_fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (self->lock_fd < 0)
		return fail (error, "make", path);
	return flock (self->lock_fd, LOCK_EX | LOCK_NB) == 0
		|| curia_throw (error, CURIA_ERROR_UNAVAILABLE, "the spool %s is another process'", self->folder);
}

/* ---- segments that are there ---- */

static gint compare_segments (gconstpointer a, gconstpointer b, gpointer data)
{
	(void) data;
	gint64 left = ((const Segment *) a)->first, right = ((const Segment *) b)->first;
	return left < right ? -1 : left > right;
}

static void add_segment (Spool *self, const char *name)
{
	char *end = NULL;
	gint64 first = (gint64) g_ascii_strtoull (name, &end, 16);
	GStatBuf about;

	if (end != name + 16 || !g_str_equal (end, SEGMENT_SUFFIX) || first <= 0)
		return;
	Segment *segment = g_new0 (Segment, 1);
	segment->first = first;
	segment->path = g_build_filename (self->folder, name, NULL);
	segment->bytes = g_stat (segment->path, &about) == 0 ? (guint64) about.st_size : 0;
	g_queue_insert_sorted (&self->segments, segment, compare_segments, NULL);
	self->total_bytes += segment->bytes;
}

static gboolean list_segments (Spool *self, GError **error)
{
	g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
	const char *name;

	if (dir == NULL)
		return fail (error, "read", self->folder);
	while ((name = g_dir_read_name (dir)) != NULL)
		add_segment (self, name);
	return TRUE;
}

guint64 segment_whole_bytes (const guint8 *bytes, guint64 n, gint64 first)
{
	gint64 last_number = first - 1;
	guint64 at = 0;

	while (at < n) {
		Record record;
		gsize length = 0;

		if (frame_look (bytes + at, n - at, &length, &record) == FRAME_WHOLE) {
			last_number = record.number;
			at += length;
			continue;
		}
		guint64 next = at + frame_search (bytes + at, n - at, last_number);
		if (next == n)
			break;
		at = next;
	}
	return at;
}

/* A process that was killed may have written half a frame. */
static void cut_tail (Spool *self, Segment *last)
{
	g_autofree char *bytes = NULL;
	gsize n = 0;

	if (!g_file_get_contents (last->path, &bytes, &n, NULL))
		return;
	guint64 whole = segment_whole_bytes ((const guint8 *) bytes, n, last->first);
	if (whole == n)
		return;
	curia_log_warning ("ledger", "spool: cut %d bytes of a half-written event off %s", (int) (n - whole), last->path);
	if (truncate (last->path, (off_t) whole) != 0)
		curia_log_error ("ledger", "spool: cannot cut %s: %s", last->path, g_strerror (errno));
	self->total_bytes -= n - whole;
	last->bytes = whole;
}

/* ---- who we are ---- */

static gboolean write_id (Spool *self, gint64 generation, GError **error)
{
	g_autofree char *path = g_build_filename (self->folder, ID_FILE, NULL), *next = g_strconcat (path, ".new", NULL),
					*text = g_strdup_printf ("%s %" G_GINT64_FORMAT "\n", self->id, generation);
	gssize length = (gssize) strlen (text);

	g_unlink (next);
	int fd = folder_create_file (next, error);
	if (fd < 0)
		return FALSE;
	gboolean ok = write (fd, text, (gsize) length) == length && fsync (fd) == 0;
	close (fd);
	ok = ok && g_rename (next, path) == 0;
	folder_sync (self->folder);
	return ok || fail (error, "write", path);
}

static gint64 read_id (Spool *self)
{
	g_autofree char *path = g_build_filename (self->folder, ID_FILE, NULL), *text = NULL;
	const char *blank = NULL;

	if (g_file_get_contents (path, &text, NULL, NULL) && g_str_has_prefix (text, "SP_"))
		blank = strchr (text, ' ');
	if (blank == NULL)
		return 0;
	self->id = g_strndup (text, (gsize) (blank - text));
	return g_ascii_strtoll (blank, NULL, 10);
}

static gboolean open_generation (Spool *self, GError **error)
{
	const Segment *newest = g_queue_peek_tail (&self->segments);
	gint64 generation = read_id (self), seen = newest != NULL ? newest->first >> GENERATION_SHIFT : 0;

	if (self->id == NULL)
		self->id = curia_id_new ("SP_");
	generation = MAX (generation, seen) + 1;
	self->next_number = generation << GENERATION_SHIFT;
	return write_id (self, generation, error);
}

gboolean folder_open (Spool *self, GError **error)
{
	if (g_mkdir_with_parents (self->folder, 0700) != 0 || chmod (self->folder, 0700) != 0)
		return fail (error, "make", self->folder);
	if (!lock_folder (self, error) || !list_segments (self, error))
		return FALSE;
	if (!g_queue_is_empty (&self->segments))
		cut_tail (self, g_queue_peek_tail (&self->segments));
	return open_generation (self, error);
}
