/* spool-private.h: the spool's insides, for its three files: folder (spool-folder.c), writing (spool.c), reading
 * (spool-read.c). Thread and ownership: see the fields. */
#ifndef LEDGER_SPOOL_PRIVATE_H
#define LEDGER_SPOOL_PRIVATE_H

#include "events/ledger/spool.h"

typedef struct {
	gint64 first; /* RO. The number that its first record has or would have */
	char *path;   /* RO */
	char *id;     /* RO. Of the start that wrote it */
	guint64 bytes; /* LOCK: lock. Whole frames */
	gint64 opened_us; /* RO */
} Segment;

struct Spool {
	char *folder;         /* RO */
	char *id;             /* RO. Of this start */
	char *last_id;        /* RO. Of the one before, or NULL */
	int lock_fd;          /* RO */
	guint64 max_bytes, segment_bytes; /* RO */
	gint64 sync_us;       /* RO */
	GThread *syncer;      /* RO */

	GMutex lock;
	GCond news, sync_due;  /* with lock: something to read; stopping */
	GQueue segments;      /* LOCK: lock. Oldest first; the newest may be the one written to */
	guint64 total_bytes;  /* LOCK: lock */
	gboolean unsynced, stopping, woken; /* LOCK: lock */
	gboolean unreadable;  /* LOCK: lock. The open segment: begin another */
	guint n_bad;          /* LOCK: lock */
	gboolean fresh;       /* LOCK: lock. Something was flushed since the last wait */
	int fd;               /* LOCK: lock to change; -1: no segment is open for writing */

	/* [intake] */
	GByteArray *pending;
	gint64 next_number;
	guint64 n_written; /* bytes in the open segment */
	gint64 complained_us;

	/* [drain] */
	struct {
		gint64 first; /* of the segment; 0: none */
		int fd;
		guint64 offset, end; /* where the next read begins; where the last one stopped */
		gint64 last_number, complained_us;
		gint64 failed_us; /* 0: the last read went well */
		guint n_tries;    /* that failed in a row */
		char *id, *previous;
		guint8 *buffer;
	} reader;
};

/* Makes the id, finds the generation and the segments that are left. [open] */
gboolean folder_open (Spool *self, GError **error);
/* "<number>-<id>.seg" */
char *folder_segment_path (Spool *self, gint64 first, const char *id);
int folder_create_file (const char *path, GError **error);
void folder_sync (const char *folder);
void segment_free (Segment *self);

/* Where whole frames end in the file; what is damaged in the middle counts as frames. */
guint64 segment_whole_bytes (const guint8 *bytes, guint64 n, gint64 first);

void reader_stop (Spool *self);

#endif
