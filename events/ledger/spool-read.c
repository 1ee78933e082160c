#include "config.h"
#include "events/ledger/spool-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include "curia-clock.h"
#include "curia-log.h"

#define BUFFER_BYTES (2 * 1024 * 1024)

#define COMPLAIN_US (60 * G_USEC_PER_SEC)
#define RETRY_US G_USEC_PER_SEC
#define MAX_TRIES 5
#define BAD_SUFFIX ".bad"

/* ---- which segment [drain] ---- */

static gboolean reader_failed (Spool *self)
{
	gint64 now_us = curia_clock_us ();
	gboolean is_ours = errno == EMFILE || errno == ENFILE || errno == ENOMEM; /* nothing is wrong with the file */

	if (self->reader.complained_us == 0 || now_us - self->reader.complained_us > COMPLAIN_US) {
		curia_log_error ("ledger", "spool: cannot read segment %" G_GINT64_MODIFIER "x: %s", self->reader.first,
			g_strerror (errno));
		self->reader.complained_us = now_us;
	}
	if (self->reader.fd >= 0)
		close (self->reader.fd);
	self->reader.fd = -1;
	self->reader.failed_us = now_us;
	if (!is_ours)
		self->reader.n_tries++;
	return FALSE;
}

void reader_stop (Spool *self)
{
	if (self->reader.fd >= 0)
		close (self->reader.fd);
	self->reader.fd = -1;
	self->reader.first = self->reader.failed_us = 0;
	self->reader.n_tries = 0;
}

/* The oldest segment is not read any more. NULL: it is the one that is written to, which goes on in another file then. */
static Segment *take_oldest (Spool *self)
{
	Segment *oldest = NULL;

	g_mutex_lock (&self->lock);
	self->unreadable = self->fd >= 0 && self->segments.length == 1;
	if (!self->unreadable)
		oldest = g_queue_pop_head (&self->segments);
	if (oldest != NULL) {
		self->total_bytes -= oldest->bytes;
		self->n_bad++;
	}
	g_mutex_unlock (&self->lock);
	return oldest;
}

/* What cannot be read must not keep what is behind it. */
static void give_up (Spool *self)
{
	Segment *bad = take_oldest (self);

	if (bad == NULL)
		return;
	g_autofree char *path = g_strconcat (bad->path, BAD_SUFFIX, NULL);
	curia_log_error ("ledger", "spool: gave up on %s from byte %" G_GUINT64_FORMAT " on; it is kept as %s", bad->path,
		self->reader.offset, path);
	if (g_rename (bad->path, path) != 0)
		curia_log_error ("ledger", "spool: cannot rename %s: %s", bad->path, g_strerror (errno));
	segment_free (bad);
	reader_stop (self);
}

static gboolean may_try (Spool *self)
{
	if (self->reader.n_tries >= MAX_TRIES)
		give_up (self);
	return self->reader.failed_us == 0 || curia_clock_us () - self->reader.failed_us >= RETRY_US;
}

static void note_id (Spool *self, const char *id)
{
	if (g_strcmp0 (self->reader.id, id) == 0)
		return;
	g_free (self->reader.previous);
	self->reader.previous = self->reader.id;
	self->reader.id = g_strdup (id);
}

/* The oldest segment, opened for reading. FALSE: there is none, or it cannot be read now. */
static gboolean reader_start (Spool *self)
{
	if (self->reader.fd >= 0)
		return TRUE;
	if (!may_try (self))
		return FALSE;
	g_mutex_lock (&self->lock);
	const Segment *oldest = g_queue_peek_head (&self->segments); /* which only we take away */
	const char *path = oldest != NULL ? oldest->path : NULL;
	gint64 first = oldest != NULL ? oldest->first : 0;
	g_mutex_unlock (&self->lock);
	if (path == NULL)
		return FALSE;
	if (self->reader.buffer == NULL)
		self->reader.buffer = g_malloc (BUFFER_BYTES);
	if (first != self->reader.first) { /* else it is opened again after a failure */
		note_id (self, oldest->id);
		self->reader.first = first;
		self->reader.last_number = first - 1;
		self->reader.offset = self->reader.end = 0;
	}
	self->reader.fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return self->reader.fd >= 0 || reader_failed (self);
}

/* How much of the segment is there, and whether more can come. */
static guint64 segment_length (Spool *self, gboolean *open)
{
	g_mutex_lock (&self->lock);
	const Segment *segment = g_queue_peek_head (&self->segments);
	guint64 bytes = segment->bytes;
	*open = self->fd >= 0 && self->segments.length == 1;
	g_mutex_unlock (&self->lock);
	return bytes;
}

/* All of it was read: the file goes. */
static void segment_remove (Spool *self)
{
	g_mutex_lock (&self->lock);
	Segment *done = g_queue_pop_head (&self->segments);
	self->total_bytes -= done->bytes;
	g_mutex_unlock (&self->lock);
	if (g_unlink (done->path) != 0)
		curia_log_error ("ledger", "spool: cannot remove %s: %s", done->path, g_strerror (errno));
	segment_free (done);
	reader_stop (self);
}

/* ---- records [drain] ---- */

static gsize read_bytes (Spool *self, guint64 length)
{
	gsize want = (gsize) MIN (length - self->reader.offset, BUFFER_BYTES), got = 0;

	while (got < want) {
		gssize n = pread (self->reader.fd, self->reader.buffer + got, want - got, (off_t) (self->reader.offset + got));

		if (n == 0)
			errno = EIO; /* shorter than it was written */
		if (n == 0 || (n < 0 && errno != EINTR))
			break;
		if (n > 0)
			got += (gsize) n;
	}
	return got;
}

/* Skips what is damaged. Returns how many bytes. */
static gsize skip_damage (Spool *self, gsize at, gsize n)
{
	gsize skipped = frame_search (self->reader.buffer + at, n - at, self->reader.last_number);

	curia_log_error ("ledger", "spool: %d bytes of segment %" G_GINT64_MODIFIER "x are damaged; their events are lost",
		(int) skipped, self->reader.first);
	return skipped;
}

/* `last`: no more of the segment comes behind these bytes. */
static guint decode (Spool *self, gsize n, gboolean last, Record *records, guint max)
{
	guint count = 0;
	gsize at = 0;

	while (at < n && count < max) {
		gsize length = 0;
		FrameState state = frame_look (self->reader.buffer + at, n - at, &length, &records[count]);

		if (state == FRAME_WHOLE) {
			self->reader.last_number = records[count++].number;
			at += length;
		} else if (state == FRAME_SHORT && !last && n - at < FRAME_MAX_BYTES)
			break; /* the rest of it is in the next piece */
		else
			at += skip_damage (self, at, n);
	}
	self->reader.end = self->reader.offset + at;
	return count;
}

guint spool_read (Spool *self, Record *records, guint max)
{
	while (reader_start (self)) {
		gboolean open;
		guint64 length = segment_length (self, &open);
		gsize n = length > self->reader.offset ? read_bytes (self, length) : 0;
		if (n == 0 && length > self->reader.offset)
			return reader_failed (self);
		guint count = decode (self, n, self->reader.offset + n >= length, records, max);

		if (self->reader.end > self->reader.offset) {
			self->reader.failed_us = 0;
			self->reader.n_tries = 0;
		}
		if (count > 0)
			return count;
		if (self->reader.end > self->reader.offset)
			spool_advance (self);
		else if (n > 0) { /* a piece of a frame, and the file is shorter than what was written to it */
			errno = EIO;
			return reader_failed (self);
		} else if (!open)
			segment_remove (self);
		else
			break;
	}
	return 0;
}

const char *spool_id (Spool *self)
{
	return self->reader.id;
}

const char *spool_previous (Spool *self)
{
	return self->reader.previous != NULL ? self->reader.previous : "";
}

void spool_advance (Spool *self)
{
	self->reader.offset = self->reader.end;
}

/* ---- waiting ---- */

static gboolean wait_for (Spool *self, const gboolean *what, gint64 timeout_us)
{
	gint64 until_us = g_get_monotonic_time () + timeout_us;

	g_mutex_lock (&self->lock);
	while (!self->woken && !(what != NULL && *what) && g_cond_wait_until (&self->news, &self->lock, until_us))
		;
	gboolean fresh = self->fresh;
	self->woken = FALSE;
	if (what != NULL)
		self->fresh = FALSE;
	g_mutex_unlock (&self->lock);
	return fresh;
}

gboolean spool_wait (Spool *self, gint64 timeout_us)
{
	return wait_for (self, &self->fresh, timeout_us);
}

void spool_rest (Spool *self, gint64 timeout_us)
{
	wait_for (self, NULL, timeout_us);
}

void spool_wake (Spool *self)
{
	g_mutex_lock (&self->lock);
	self->woken = TRUE;
	g_cond_broadcast (&self->news);
	g_mutex_unlock (&self->lock);
}
