/* intake.h: what an event of Janus' core means to the ledger: a record for the spool, nothing, or that it is malformed.
 * Pure, and never changes the event, which others may share.
 * Thread: one (intake). Ownership: the record's texts lie in the event and in `scratch`. */
#ifndef LEDGER_INTAKE_H
#define LEDGER_INTAKE_H

#include <jansson.h>
#include "events/ledger/record.h"

#define INTAKE_ID_BYTES 24 /* "EV_", 8 letters of the time, 12 of a number, NUL */

typedef enum {
	INTAKE_TAKEN,
	INTAKE_IGNORED,  /* nothing that is kept */
	INTAKE_MALFORMED /* would be kept, were it whole */
} IntakeVerdict;

typedef struct {
	char id[INTAKE_ID_BYTES];
	guint64 number; /* of the last id */
	GString *type, *data;
} IntakeScratch;

void intake_scratch_init (IntakeScratch *self);
void intake_scratch_clear (IntakeScratch *self);

IntakeVerdict intake_read (json_t *event, gint64 now_ms, const char *node, IntakeScratch *scratch, Record *record);
/* An event of the ledger's own: type and data are kept as they are. */
void intake_own (const char *type, const char *data, gint64 now_ms, const char *node, IntakeScratch *scratch, Record *record);
/* Whether it is a quality sample: the first to go when it is tight. [any] */
gboolean intake_is_quality (json_t *event);

#endif
