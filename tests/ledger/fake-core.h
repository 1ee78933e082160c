/* fake-core.h: the built module between a fake core and a real store.
 * Thread: start and stop on one; offer on any. Ownership: returned texts are the caller's. */
#ifndef TESTS_LEDGER_FAKE_CORE_H
#define TESTS_LEDGER_FAKE_CORE_H

#include <glib.h>
#include <jansson.h>

/* An empty folder for the options, the spool and, with "sqlite", the database. */
char *fake_folder_new (void);
void fake_folder_remove (const char *folder);

/* Loads the module into a node of this name; `options` are further lines of curia.jcfg, such as "ledger: {...}". */
void fake_start (const char *folder, const char *store_url, const char *node, const char *options);
/* As the core ends: destroy. */
void fake_stop (void);
/* FALSE when the module refuses to start. */
gboolean fake_try_start (const char *folder, const char *store_url, const char *node, const char *options);

/* One event of the room, as the core wraps it; takes the data. */
void fake_offer (json_t *take_data);
/* Any event at all. */
void fake_offer_raw (json_t *take_event);
/* The bare call, borrowing the event. */
void fake_call (json_t *event);
/* A counter of the module. */
gint64 fake_stat (const char *name);
/* Waits until so many were written; aborts after a while. */
void fake_wait_written (gint64 n);
void fake_wait_stat (const char *name, gint64 n, gint64 timeout_us);

/* The room's event of this name; `more` are further fields, taken. */
json_t *fake_event (const char *event, gint64 time_ms, const char *call, json_t *take_more);

#endif
