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
#define GENERATION_SHIFT 40 /* each start counts from a new million millions, so that its files sort behind the older ones */
#define MAX_GENERATION ((G_GINT64_CONSTANT (1) << (63 - GENERATION_SHIFT)) - 1)
#define NUMBER_CHARS 16
#define ID_PREFIX "SP_"
#define ID_CHARS (3 + 16)

static gboolean fail (GError **error, const char *doing, const char *path)
{
	return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "cannot %s %s: %s", doing, path, g_strerror (errno));
}

void segment_free (Segment *self)
{
	g_free (self->path);
	g_free (self->id);
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
	if (left != right)
		return left < right ? -1 : 1;
	return strcmp (((const Segment *) a)->path, ((const Segment *) b)->path);
}

static gboolean is_id (const char *text, gsize n)
{
	gboolean ok = n == ID_CHARS && strncmp (text, ID_PREFIX, strlen (ID_PREFIX)) == 0;

	for (gsize i = strlen (ID_PREFIX); i < n && ok; i++)
		ok = g_ascii_isalnum (text[i]);
	return ok;
}

char *folder_segment_path (Spool *self, gint64 first, const char *id)
{
	g_autofree char *name = g_strdup_printf ("%016" G_GINT64_MODIFIER "x-%s" SEGMENT_SUFFIX, first, id);

	return g_build_filename (self->folder, name, NULL);
}

/* *id: NULL when the name has none, as once was the rule. */
static gboolean parse_name (const char *name, gint64 *first, char **id)
{
	char *end = NULL;

	*id = NULL;
	*first = (gint64) g_ascii_strtoull (name, &end, 16);
	if (end != name + NUMBER_CHARS || *first <= 0)
		return FALSE;
	if (*end == '-' && strlen (end) > ID_CHARS && is_id (end + 1, ID_CHARS)) {
		*id = g_strndup (end + 1, ID_CHARS);
		end += 1 + ID_CHARS;
	}
	return g_str_equal (end, SEGMENT_SUFFIX);
}

static void add_segment (Spool *self, const char *name)
{
	g_autofree char *path = g_build_filename (self->folder, name, NULL), *id = NULL;
	GStatBuf about;
	gint64 first;

	if (!parse_name (name, &first, &id))
		return;
	if (g_lstat (path, &about) != 0 || !S_ISREG (about.st_mode)) {
		curia_log_warning ("ledger", "spool: %s is no file: ignored", path);
		return;
	}
	Segment *segment = g_new0 (Segment, 1);
	segment->first = first;
	segment->path = g_steal_pointer (&path);
	segment->id = g_steal_pointer (&id);
	segment->bytes = (guint64) about.st_size;
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

/* A segment without an id of its own was written under the folder's, and gets it before the folder's changes. */
static void name_segments (Spool *self)
{
	for (GList *at = self->segments.head; at != NULL; at = at->next) {
		Segment *segment = at->data;

		if (segment->id != NULL)
			continue;
		segment->id = g_strdup (self->last_id != NULL ? self->last_id : self->id);
		g_autofree char *path = folder_segment_path (self, segment->first, segment->id);
		if (g_rename (segment->path, path) != 0) {
			curia_log_error ("ledger", "spool: cannot rename %s: %s", segment->path, g_strerror (errno));
			continue;
		}
		g_free (segment->path);
		segment->path = g_steal_pointer (&path);
	}
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

/* "<id> <generation>\n" */
static gboolean parse_id (char *text, gsize n, char **id, gint64 *generation)
{
	if (strlen (text) != n || n < ID_CHARS + 2 || !is_id (text, ID_CHARS) || text[ID_CHARS] != ' '
		|| !g_ascii_string_to_signed (g_strchomp (text + ID_CHARS + 1), 10, 0, MAX_GENERATION, generation, NULL))
		return FALSE;
	*id = g_strndup (text, ID_CHARS);
	return TRUE;
}

/* Returns the last generation. */
static gint64 read_id (Spool *self)
{
	g_autofree char *path = g_build_filename (self->folder, ID_FILE, NULL), *text = NULL;
	gint64 generation = 0;
	GStatBuf about;
	gsize n = 0;

	if (g_lstat (path, &about) != 0 && errno == ENOENT)
		return 0;
	if (!g_file_test (path, G_FILE_TEST_IS_REGULAR) || !g_file_get_contents (path, &text, &n, NULL)
		|| !parse_id (text, n, &self->last_id, &generation)) {
		curia_log_warning ("ledger", "spool: %s is not what the ledger writes: made anew", path);
		return 0;
	}
	return generation;
}

/* Each start has an id of its own: a folder that is older than what the store knows of it, or a copy of another's, must not
 * give numbers again that the store has seen. */
static gboolean open_generation (Spool *self, gint64 generation, GError **error)
{
	const Segment *newest = g_queue_peek_tail (&self->segments);
	gint64 seen = newest != NULL ? newest->first >> GENERATION_SHIFT : 0;

	generation = MIN (MAX (generation, seen) + 1, MAX_GENERATION);
	self->next_number = generation << GENERATION_SHIFT;
	return write_id (self, generation, error);
}

gboolean folder_open (Spool *self, GError **error)
{
	if (g_mkdir_with_parents (self->folder, 0700) != 0 || chmod (self->folder, 0700) != 0)
		return fail (error, "make", self->folder);
	if (!lock_folder (self, error) || !list_segments (self, error))
		return FALSE;
	self->id = curia_id_new (ID_PREFIX);
	gint64 generation = read_id (self);
	name_segments (self);
	if (!g_queue_is_empty (&self->segments))
		cut_tail (self, g_queue_peek_tail (&self->segments));
	return open_generation (self, generation, error);
}
