/* curia-bus-private.h: the bus seen from inside: a queue that one thread empties, and requests that wait.
 * Private to libcuria.
 * Thread: any; functions that end in _locked want the bus' lock. Ownership: requests count their holders. */
#ifndef CURIA_BUS_PRIVATE_H
#define CURIA_BUS_PRIVATE_H

#include "curia-bus.h"

#define MAX_QUEUE 10000   /* publications and requests that wait for delivery */
#define MAX_PENDING 10000 /* requests that wait for their answer */

/* Kept by the bus until it is settled, and by the handler until it has answered: whoever is last frees it. */
struct CuriaBusRequest {
	gint references;
	CuriaBus *bus; /* a reference: an answer may come after the bus was closed */
	CuriaBusReply reply;
	gpointer data;
	guint64 serial;
	gint64 deadline_us;
	gboolean local;   /* it came from another node: asked here only */
	gboolean settled; /* LOCK: bus */
};

/* What waits for the bus' thread: a message to deliver, or the outcome of a request. */
typedef struct {
	char *topic; /* NULL: an outcome */
	json_t *message;
	GError *error;
	CuriaBusRequest *request; /* NULL: a publication */
} Item;

typedef struct Remote Remote; /* the other nodes: curia-bus-redis-private.h */

struct CuriaBus {
	gint references;
	GThread *thread;
	Remote *remote; /* NULL: there are none */
	GMutex lock; /* a leaf: no callback runs under it; all below belongs to it */
	GCond work, idle;
	GPtrArray *subscriptions; /* by id, which only grows */
	GQueue items;
	guint n_deliveries; /* how many of `items` count against MAX_QUEUE */
	GTree *pending;     /* unsettled requests by deadline */
	guint last_id, running_id;
	guint64 last_serial;
	gboolean stopping;
};

void bus_unref (CuriaBus *self);
/* Messages that wait for delivery. [any] */
guint bus_waiting (CuriaBus *self);
/* Takes what it is given. `topic` NULL: the outcome of a request. */
void bus_push_locked (CuriaBus *self, char *topic, json_t *message, GError *error, CuriaBusRequest *request);

/* A publication that came from another node, for the subscribers here. Takes the message. FALSE: no place for it. */
gboolean bus_deliver (CuriaBus *self, const char *topic, json_t *take_message);
/* A request that came from another node. */
void bus_request_here (CuriaBus *self, const char *topic, json_t *message, guint timeout_ms, CuriaBusReply reply,
	gpointer data);

void request_unref (CuriaBusRequest *request);
/* Queues the outcome of a request, unless it has one already. Takes reply and error. */
void request_settle (CuriaBusRequest *request, json_t *reply, GError *error);
gboolean request_is_settled (CuriaBusRequest *request);
/* Order of the tree of pending requests: by deadline. */
gint requests_compare (gconstpointer a, gconstpointer b, gpointer data);
CuriaBusRequest *requests_earliest_locked (CuriaBus *self);
/* Settles those whose time is over; all of them when the bus is closing. */
void requests_expire_locked (CuriaBus *self, gint64 now_us);

#endif
