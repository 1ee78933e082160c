#include "config.h"
#include "events/ledger/spool-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include "curia-clock.h"
#include "curia-log.h"

#define TIGHT(bytes) ((bytes) - (bytes) / 8)
#define MAX_AGE_US G_TIME_SPAN_HOUR /* then a new file is begun: what was read should not lie about for days */
#define COMPLAIN_US (60 * G_USEC_PER_SEC)

/* ---- syncing [syncer] ---- */

/* The file may be closed meanwhile, hence a descriptor of our own. */
static void sync_open_segment (Spool *self)
{
	int fd = self->unsynced && self->fd >= 0 ? dup (self->fd) : -1;

	self->unsynced = FALSE;
	if (fd < 0)
		return;
	g_mutex_unlock (&self->lock);
	if (fdatasync (fd) != 0)
		curia_log_error ("ledger", "spool: cannot sync: %s", g_strerror (errno));
	close (fd);
	g_mutex_lock (&self->lock);
}

static gpointer run_syncer (gpointer data)
{
	Spool *self = data;

	g_mutex_lock (&self->lock);
	while (!self->stopping) {
		if (!self->unsynced)
			g_cond_wait (&self->sync_due, &self->lock);
		else
			g_cond_wait_until (&self->sync_due, &self->lock, g_get_monotonic_time () + self->sync_us);
		sync_open_segment (self);
	}
	g_mutex_unlock (&self->lock);
	return NULL;
}

/* ---- segments [intake] ---- */

static void complain (Spool *self, const char *doing)
{
	gint64 now_us = curia_clock_us ();

	if (self->complained_us != 0 && now_us - self->complained_us < COMPLAIN_US)
		return;
	self->complained_us = now_us;
	curia_log_error ("ledger", "spool: cannot %s: %s; events are lost until it can", doing, g_strerror (errno));
}

static void close_segment (Spool *self)
{
	g_mutex_lock (&self->lock);
	int fd = self->fd;
	self->fd = -1;
	self->unsynced = self->unreadable = FALSE;
	g_cond_broadcast (&self->news);
	g_mutex_unlock (&self->lock);
	if (fd >= 0) {
		fdatasync (fd);
		close (fd);
	}
}

static gboolean open_segment (Spool *self, gint64 first)
{
	Segment *segment = g_new0 (Segment, 1);

	segment->first = first;
	segment->opened_us = curia_clock_us ();
	segment->id = g_strdup (self->id);
	segment->path = folder_segment_path (self, first, self->id);
	int fd = folder_create_file (segment->path, NULL);
	if (fd < 0) {
		complain (self, "begin a file");
		segment_free (segment);
		return FALSE;
	}
	folder_sync (self->folder);
	self->n_written = 0;
	g_mutex_lock (&self->lock);
	self->fd = fd;
	g_queue_push_tail (&self->segments, segment);
	g_mutex_unlock (&self->lock);
	return TRUE;
}

static gboolean is_over (Spool *self)
{
	g_mutex_lock (&self->lock);
	const Segment *open = self->fd >= 0 ? g_queue_peek_tail (&self->segments) : NULL;
	gboolean over = open != NULL && self->n_written > 0
		&& (self->unreadable || self->n_written >= self->segment_bytes || curia_clock_us () - open->opened_us > MAX_AGE_US);
	g_mutex_unlock (&self->lock);
	return over;
}

/* ---- writing [intake] ---- */

SpoolRoom spool_room (Spool *self)
{
	guint64 bytes = spool_bytes (self) + self->pending->len;

	if (bytes >= self->max_bytes)
		return SPOOL_FULL;
	return bytes >= TIGHT (self->max_bytes) ? SPOOL_TIGHT : SPOOL_ROOM;
}

void spool_put (Spool *self, Record *record)
{
	record->number = self->next_number++;
	record_append (self->pending, record);
}

static gboolean write_all (int fd, const guint8 *bytes, gsize n)
{
	while (n > 0) {
		gssize written = write (fd, bytes, n);

		if (written < 0 && errno != EINTR)
			return FALSE;
		if (written > 0) {
			bytes += written;
			n -= (gsize) written;
		}
	}
	return TRUE;
}

static void publish (Spool *self, guint n_bytes)
{
	self->n_written += n_bytes;
	g_mutex_lock (&self->lock);
	Segment *open = g_queue_peek_tail (&self->segments);
	open->bytes = self->n_written;
	self->total_bytes += n_bytes;
	if (!self->unsynced)
		g_cond_signal (&self->sync_due);
	self->unsynced = self->fresh = TRUE;
	g_cond_broadcast (&self->news);
	g_mutex_unlock (&self->lock);
}

/* Half a frame must not stay before the next. */
static void take_back (Spool *self)
{
	complain (self, "write");
	if (ftruncate (self->fd, (off_t) self->n_written) != 0
		|| lseek (self->fd, (off_t) self->n_written, SEEK_SET) != (off_t) self->n_written)
		close_segment (self);
}

gboolean spool_flush (Spool *self)
{
	guint n = self->pending->len;

	if (n == 0)
		return TRUE;
	if (is_over (self))
		close_segment (self);
	gint64 first;
	gboolean ok = TRUE;
	if (self->fd < 0) {
		memcpy (&first, self->pending->data + FRAME_HEADER_BYTES, sizeof first);
		ok = open_segment (self, GINT64_FROM_LE (first));
	}
	if (ok && !write_all (self->fd, self->pending->data, n)) {
		take_back (self);
		ok = FALSE;
	}
	if (ok)
		publish (self, n);
	g_byte_array_set_size (self->pending, 0);
	return ok;
}

/* ---- life ---- */

guint64 spool_bytes (Spool *self)
{
	g_mutex_lock (&self->lock);
	guint64 bytes = self->total_bytes;
	g_mutex_unlock (&self->lock);
	return bytes;
}

guint spool_bad (Spool *self)
{
	g_mutex_lock (&self->lock);
	guint n = self->n_bad;
	g_mutex_unlock (&self->lock);
	return n;
}

static void spool_free (Spool *self)
{
	g_queue_clear_full (&self->segments, (GDestroyNotify) segment_free);
	if (self->lock_fd >= 0)
		close (self->lock_fd);
	g_byte_array_unref (self->pending);
	g_free (self->reader.buffer);
	g_mutex_clear (&self->lock);
	g_cond_clear (&self->news);
	g_cond_clear (&self->sync_due);
	g_free (self->folder);
	g_free (self->id);
	g_free (self->last_id);
	g_free (self->reader.id);
	g_free (self->reader.previous);
	g_free (self);
}

Spool *spool_open (const char *folder, guint64 max_bytes, guint64 segment_bytes, guint sync_ms, GError **error)
{
	Spool *self = g_new0 (Spool, 1);

	self->folder = g_strdup (folder);
	self->max_bytes = max_bytes;
	self->segment_bytes = segment_bytes;
	self->sync_us = sync_ms * (gint64) 1000;
	self->lock_fd = self->fd = self->reader.fd = -1;
	self->pending = g_byte_array_new ();
	g_mutex_init (&self->lock);
	g_cond_init (&self->news);
	g_cond_init (&self->sync_due);
	g_queue_init (&self->segments);
	if (!folder_open (self, error)) {
		spool_free (self);
		return NULL;
	}
	self->reader.id = g_strdup (self->last_id);
	self->fresh = !g_queue_is_empty (&self->segments);
	self->syncer = g_thread_new ("curia-spool", run_syncer, self);
	return self;
}

void spool_close (Spool *self)
{
	Record record;

	g_mutex_lock (&self->lock);
	self->stopping = TRUE;
	g_cond_signal (&self->sync_due);
	g_mutex_unlock (&self->lock);
	g_thread_join (self->syncer);
	close_segment (self);
	spool_read (self, &record, 1); /* with nothing to read, this removes the files that were read */
	reader_stop (self);
	spool_free (self);
}
