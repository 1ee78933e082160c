/* csv.h: tables as text (RFC 4180) that spreadsheets may open without harm.
 * Thread: any (pure). Ownership: the text is the caller's. */
#ifndef API_CSV_H
#define API_CSV_H

#include <glib.h>

/* Text from people: quoted where it has to be; what a spreadsheet would take for a formula gets a ' in front, also behind a
 * ; tab or line's end, where spreadsheets of some countries begin a cell. */
void csv_text (GString *row, const char *text);
void csv_int (GString *row, gint64 number);
/* An empty cell when the time is 0; else RFC 3339. */
void csv_time (GString *row, gint64 time_ms);
void csv_end (GString *row);

#endif
