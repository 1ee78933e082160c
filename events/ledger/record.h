/* record.h: one event as it lies in the spool, and the frame around it. Pure: no I/O.
 * A frame is {u32 length, u32 CRC-32 of the payload, payload}, little-endian; the payload begins with the record's number,
 * by which a reader finds its way again after damage.
 * Thread: any. Ownership: texts of a decoded record lie in the payload, and live as long. */
#ifndef LEDGER_RECORD_H
#define LEDGER_RECORD_H

#include "curia-ledger-store.h"

#define RECORD_MAX_DATA_BYTES 8192
#define RECORD_MAX_ID_BYTES 64
/* All texts at their longest, with room to spare. */
#define FRAME_MAX_BYTES 16384
#define FRAME_HEADER_BYTES 8

typedef enum { RECORD_EVENT = 1, RECORD_SAMPLE = 2 } RecordKind;

typedef struct {
	RecordKind kind;
	gint64 number, time_ms;
	const char *id, *type, *node, *meeting, *code, *call, *data; /* samples have id and call */
	const char *participation;                                   /* samples only */
	gint64 values[LEDGER_N_VALUES];                              /* samples only */
} Record;

guint32 record_crc32 (const guint8 *bytes, gsize n);
/* Appends the record's frame. Texts must be within the bounds above. */
void record_append (GByteArray *out, const Record *record);
/* FALSE when the payload is none that record_append makes. */
gboolean record_decode (const guint8 *payload, gsize length, Record *record);

typedef enum {
	FRAME_WHOLE,
	FRAME_SHORT,  /* it goes on behind the end, if it is one */
	FRAME_DAMAGED
} FrameState;

/* Looks at what may be a frame. *length: of the whole frame, when it is whole. */
FrameState frame_look (const guint8 *bytes, gsize available, gsize *length, Record *record);
/* Where the next whole frame with a number within (after, after + a million] begins; `available` when there is none. */
gsize frame_search (const guint8 *bytes, gsize available, gint64 after);

#endif
