/* curia-bus.h: messages between modules: publish, subscribe, request with reply. In this process, and with Redis between
 * nodes: what is published reaches the subscribers of all of them, and a request that nobody here answers goes to the
 * others. Topics "room" and "local.*" never leave the process. While Redis is away everything here goes on; what is
 * published then does not reach the others, and requests to them end with UNAVAILABLE. The bus itself publishes
 * "local.bus" {"state": "up"} or {"state": "down"} when that changes.
 * Thread: any. Callbacks run on the bus' own thread, in publish order per topic; they must not block.
 * Ownership: JSON passed in is borrowed; JSON given to callbacks is borrowed. */
#ifndef CURIA_BUS_H
#define CURIA_BUS_H

#include <glib.h>
#include <jansson.h>
#include "curia-redis.h"

typedef struct CuriaBus CuriaBus;
typedef struct CuriaBusRequest CuriaBusRequest; /* a request that waits for its reply */

/* `request` is NULL for a publication; else answer it exactly once, now or later, from any thread. */
typedef void (*CuriaBusHandler) (const char *topic, json_t *message, CuriaBusRequest *request, gpointer data);
/* Exactly once, on the bus' thread: with a reply, or with error TIMEOUT, NOT_FOUND (nobody listens), UNAVAILABLE (the
 * bus is closing) or what the handler answered. Only OVERLOADED is told at once, from within curia_bus_request. */
typedef void (*CuriaBusReply) (json_t *reply, const GError *error, gpointer data);

CuriaBus *curia_bus_new (void);
/* With other nodes behind it. Connects by itself, now or whenever Redis is there; the error is one of the settings. [any] */
CuriaBus *curia_bus_new_redis (const CuriaRedisSettings *settings, GError **error);
/* Delivers what is queued, tells the rest that the bus closes, then ends. Not from a callback. */
void curia_bus_free (CuriaBus *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaBus, curia_bus_free)

/* Whether the other nodes can be reached; always without Redis. [any] */
gboolean curia_bus_is_connected (CuriaBus *self);
/* Whether the caller is one of the bus' own callbacks. [any] */
gboolean curia_bus_is_own_thread (CuriaBus *self);

/* Topic "meeting.<code>" exactly, or a prefix ending in '*'. Returns an id > 0; 0 when 10,000 exist already. [any] */
guint curia_bus_subscribe (CuriaBus *self, const char *topic, CuriaBusHandler handler, gpointer data);
/* After it returns the handler runs no more (waits for a running call unless called from it). [any] */
void curia_bus_unsubscribe (CuriaBus *self, guint id);
/* Queues a publication; FALSE with OVERLOADED when the bounded queue (10,000) is full, or with TOO_LARGE when it has
 * more than 4 MiB and would leave the process. [any] */
gboolean curia_bus_publish (CuriaBus *self, const char *topic, json_t *message, GError **error);
/* Asks the first subscriber of the topic; with none here all other nodes that have one, of which the first to answer
 * counts. [any] */
void curia_bus_request (CuriaBus *self, const char *topic, json_t *message, guint timeout_ms, CuriaBusReply reply,
	gpointer data);
/* The same, waiting in the calling thread (workers only, never the bus, media or room threads). Caller owns it. */
json_t *curia_bus_request_sync (CuriaBus *self, const char *topic, json_t *message, guint timeout_ms, GError **error);
/* Answers, NULL meaning {}; takes neither reply nor error, consumes the request. [any] */
void curia_bus_answer (CuriaBusRequest *request, json_t *reply, const GError *error);

#endif
