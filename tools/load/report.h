/* report.h: what people see: a line a second, and a table at the end.
 * Thread: the signalling thread. Ownership: borrows all. */
#ifndef LOAD_REPORT_H
#define LOAD_REPORT_H

#include <jansson.h>

#include "tools/load/measure.h"

/* What happened since the last line. */
void report_progress (const Crowd *crowd, const char *phase, double elapsed_s, const Look *difference);
void report_table (const json_t *report);
/* "-": standard output. */
gboolean report_save (const json_t *report, const char *file, GError **error);

#endif
