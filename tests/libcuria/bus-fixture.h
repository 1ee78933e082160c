/* bus-fixture.h: one bus, or two that a real Redis joins; a log of what was heard; somebody who answers.
 * Thread: the tests' own; on_* run on the bus' thread. Ownership: a Pair holds its buses, a Log its text. */
#ifndef TESTS_LIBCURIA_BUS_FIXTURE_H
#define TESTS_LIBCURIA_BUS_FIXTURE_H

#include "curia-bus.h"

typedef struct {
	CuriaBus *speaks, *listens; /* the same one when there is one node */
} Pair;

extern guint redis_port; /* set it first: servers_redis_start */

CuriaBus *node_new (void);
void await_connected (CuriaBus *bus, gboolean connected);
void pair_open (Pair *pair, gboolean nodes);
void pair_close (Pair *pair);
/* What Redis answers to an inline command; caller frees. */
char *redis_says (const char *command);
/* A subscription reaches Redis a little later than it is made. Waits until Redis knows of n on the topic. */
void await_subscribers (const char *topic, guint n);
guint subscribe (const Pair *pair, const char *topic, CuriaBusHandler handler, gpointer data);
void publish (CuriaBus *bus, const char *topic, const char *text);

/* A log that several threads write: words with a space between them. */
typedef struct {
	GMutex lock;
	GCond changed;
	GString *text;
	guint n;
} Log;

void log_init (Log *log);
void log_clear (Log *log);
void log_add (Log *log, const char *text);
/* Waits until there are n words. */
void log_wait (Log *log, guint n);
/* Logs the message's "t"; `data` is the Log. */
void on_message (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data);

/* Answers what "t" asks for: "refuse", "nothing", anything else "now"; `data` > 0: "later", after so many ms. */
void on_request (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data);
extern GThread *late_thread; /* which does so, of the last request */

#endif
