/* store-fixture.h: an empty place for each test of the store, a file of SQLite or a database of a real PostgreSQL.
 * Thread: the test's. Ownership: a Place holds its names; what functions return is the caller's. */
#ifndef TESTS_LIBCURIA_STORE_FIXTURE_H
#define TESTS_LIBCURIA_STORE_FIXTURE_H

#include "curia-store.h"

typedef struct {
	char *folder, *path, *url; /* folder and path: SQLite's */
	void (*run_sql) (const char *where, const char *statements);
	const char *where; /* for run_sql */
} Place;

void file_set_up (Place *place, gconstpointer data);
void file_tear_down (Place *place, gconstpointer data);
void server_set_up (Place *place, gconstpointer data);
void server_tear_down (Place *place, gconstpointer data);

CuriaStore *open_store (const char *url);
void assert_same (const CuriaMeeting *a, const CuriaMeeting *b);
/* The codes of all meetings, read in pages of `limit`. */
GPtrArray *list_all (CuriaStore *store, int limit, guint *n_pages);

/* A test on SQLite, on PostgreSQL, on both. */
#define ADD_FILE(name, test) g_test_add ("/store/sqlite/" name, Place, NULL, file_set_up, test, file_tear_down)
#define ADD_SERVER(name, test) g_test_add ("/store/postgresql/" name, Place, NULL, server_set_up, test, server_tear_down)
#define ADD(name, test)                                                                                                \
	do {                                                                                                               \
		ADD_FILE (name, test);                                                                                         \
		ADD_SERVER (name, test);                                                                                       \
	} while (0)

#endif
