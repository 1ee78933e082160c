/* ledger-fixture.h: an empty place for each test of the ledger, on a file and on a real PostgreSQL, and batches for its store.
 * Thread: the test's own. Ownership: the place owns its texts. */
#ifndef TESTS_LEDGER_LEDGER_FIXTURE_H
#define TESTS_LEDGER_LEDGER_FIXTURE_H

#include "curia-ledger-store.h"

typedef struct {
	char *folder, *url;
} Place;

void place_on_file (Place *place, gconstpointer data);
void place_on_server (Place *place, gconstpointer data);
void place_tear_down (Place *place, gconstpointer data);

#define ON_FILE(name, test) g_test_add ("/ledger/sqlite/" name, Place, NULL, place_on_file, test, place_tear_down)
#define ON_SERVER(name, test) g_test_add ("/ledger/postgres/" name, Place, NULL, place_on_server, test, place_tear_down)
#define ON_BOTH(name, test)                                                                                             \
	do {                                                                                                               \
		ON_FILE (name, test);                                                                                          \
		ON_SERVER (name, test);                                                                                        \
	} while (0)

/* The query's rows, as look.h writes them. */
void assert_rows (const char *url, const char *query, const char *expected);

typedef struct {
	const char *type;
	gint64 time_ms;
	const char *call, *data; /* with ' for "; a quality sample: "<participation> <spoke_ms>" */
	const char *node;        /* NULL: n1 */
} Said;

/* Writes a batch of the spool "SP_test", whose numbers begin with `first`. */
gboolean write_said (CuriaStore *store, const Said *said, guint n, guint first, gint64 *seq, GError **error);

#endif
