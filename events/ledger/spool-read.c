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

/* ---- which segment [drain] ---- */

static gboolean reader_failed (Spool *self)
{
	gint64 now_us = curia_clock_us ();

	if (self->reader.complained_us == 0 || now_us - self->reader.complained_us > COMPLAIN_US) {
		curia_log_error ("ledger", "spool: cannot read segment %" G_GINT64_MODIFIER "x: %s", self->reader.first,
			g_strerror (errno));
		self->reader.complained_us = now_us;
	}
	if (self->reader.fd >= 0)
		close (self->reader.fd);
	self->reader.fd = -1;
	return FALSE;
}

void reader_stop (Spool *self)
{
	if (self->reader.fd >= 0)
		close (self->reader.fd);
	self->reader.fd = -1;
	self->reader.first = 0;
}

/* The oldest segment, opened for reading. FALSE: there is none, or it cannot be read now. */
static gboolean reader_start (Spool *self)
{
	if (self->reader.fd >= 0)
		return TRUE;
	g_mutex_lock (&self->lock);
	const Segment *oldest = g_queue_peek_head (&self->segments);
	g_autofree char *path = oldest != NULL ? g_strdup (oldest->path) : NULL;
	gint64 first = oldest != NULL ? oldest->first : 0;
	g_mutex_unlock (&self->lock);
	if (path == NULL)
		return FALSE;
	if (self->reader.buffer == NULL)
		self->reader.buffer = g_malloc (BUFFER_BYTES);
	if (first != self->reader.first) { /* else it is opened again after a failure */
		self->reader.first = first;
		self->reader.last_number = first - 1;
		self->reader.offset = self->reader.end = 0;
	}
	self->reader.fd = open (path, O_RDONLY | O_CLOEXEC);
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

		if (count > 0)
			return count;
		if (self->reader.end > self->reader.offset)
			spool_advance (self);
		else if (n > 0 || !open)
			segment_remove (self);
		else
			break;
	}
	return 0;
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
