/* spool.h: what waits for the database, on disk: segment files in a folder that is ours alone. What was put and flushed
 * survives the end of the process; a group of it is synced every few ms, so that all but that survives a power cut.
 * Thread: open, put, flush, close on one (intake); read and advance on another (drain); the rest on any.
 * Lock: one leaf lock, held for a few loads and stores. Ownership: records that were read lie in the spool's buffer and
 * live until the next read. */
#ifndef LEDGER_SPOOL_H
#define LEDGER_SPOOL_H

#include "events/ledger/record.h"

typedef struct Spool Spool;

typedef enum {
	SPOOL_ROOM,
	SPOOL_TIGHT, /* only what is not quality should come in */
	SPOOL_FULL
} SpoolRoom;

/* Makes the folder when it is missing; cuts off what a killed process left half-written. UNAVAILABLE when another process
 * has it or the disk refuses. `segment_bytes`: when a new file is begun. */
Spool *spool_open (const char *folder, guint64 max_bytes, guint64 segment_bytes, guint sync_ms, GError **error);
/* Syncs what is there; removes the files when all was read. */
void spool_close (Spool *self);

/* Of all segments together. [any] */
guint64 spool_bytes (Spool *self);
/* Segments that could not be read and were put aside as "<name>.bad". [any] */
guint spool_bad (Spool *self);

/* ---- [intake] ---- */
SpoolRoom spool_room (Spool *self);
/* Gives the record its number and keeps it for the next flush. */
void spool_put (Spool *self, Record *record);
/* FALSE: the disk refused, and what was put since the last flush is lost; it is logged once a minute. */
gboolean spool_flush (Spool *self);

/* ---- [drain] ---- */
/* Up to `max` records after those that were advanced over, all written by one start. 0: none is there, or none can be read
 * now. */
guint spool_read (Spool *self, Record *records, guint max);
/* "SP_" + 16 letters: of the start that wrote what the last read gave. Each has a new one, in which numbers only grow. Until
 * the next read. */
const char *spool_id (Spool *self);
/* Of the start before that in this folder, or "". Until the next read. */
const char *spool_previous (Spool *self);
/* What the last read gave is done with. */
void spool_advance (Spool *self);
/* Whether something may be there to read; waits so long for it. Returns early after spool_wake. */
gboolean spool_wait (Spool *self, gint64 timeout_us);
/* Waits so long whatever comes, but for spool_wake. */
void spool_rest (Spool *self, gint64 timeout_us);
void spool_wake (Spool *self); /* [any] */

#endif
