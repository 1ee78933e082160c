/* clean-json.h: fields from outside, written as JSON text fit for the store. Pure.
 * Thread: any. Ownership: the buffer is the caller's. */
#ifndef LEDGER_CLEAN_JSON_H
#define LEDGER_CLEAN_JSON_H

#include <glib.h>
#include <jansson.h>

#define CLEAN_MAX_NAME_BYTES 256
#define CLEAN_MAX_TEXT_BYTES 1024

/* Whether a field is written. */
typedef gboolean (*CleanWants) (const char *name);

/* Sets `out` to the object's wanted fields: strings are valid UTF-8 that ends at a NUL and has at most 1,024 bytes (names,
 * titles and identities 256); nesting deeper than 4 is null. FALSE, and `out` incomplete, when it would exceed max_bytes. */
gboolean clean_json_write (GString *out, json_t *object, CleanWants wants, gsize max_bytes);
/* The same from the fields that are no objects, arrays or long texts, and "truncated": true, as far as they fit. */
void clean_json_write_short (GString *out, json_t *object, CleanWants wants, gsize max_bytes);

#endif
