/* servers.h: real PostgreSQL and Redis for tests, in a temporary folder and on free ports of 127.0.0.1.
 * They stop when the process ends, however it does; what an aborted test left in /tmp goes with the next one's start.
 * Thread: the main thread only (the kernel ends a server together with the thread that started it).
 * Ownership: callers free the URLs. Whatever goes wrong here aborts the test with the servers' log: there is no skipping. */
#ifndef TESTS_SERVERS_H
#define TESTS_SERVERS_H

#include <glib.h>

/* Starts PostgreSQL at the first call. Returns the URL of a fresh, empty database, whose user may do everything. [blocks] */
char *servers_postgres_start (void);
/* Another empty database of the same server; one of that name from before is dropped. [blocks] */
char *servers_postgres_database (const char *name);
/* Ends it at once, as a crash would: no connection is told goodbye, and the next start recovers from the log. [blocks] */
void servers_postgres_stop (void);
/* Stops it in that way if it runs; starts it on the same port with the same data, and waits until it takes connections. [blocks] */
void servers_postgres_restart (void);

/* Starts Redis at the first call, with lines for redis.conf (NULL: none) behind the fixture's own; nothing is kept on disk.
 * Returns its port. [blocks] */
guint servers_redis_start (const char *extra_config);
/* Kills it. [blocks] */
void servers_redis_stop (void);
/* Kills it if it runs; starts it on the same port, empty. [blocks] */
void servers_redis_restart (void);

#endif
