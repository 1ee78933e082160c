/* curia-bus-redis-private.h: the bus between nodes: one channel for each topic, one for the replies to this node, on two
 * connections, since RESP2 gives a connection that subscribes nothing else to do. Private to libcuria.
 * Thread: remote_* from any; the rest belongs to the loop's thread. Ownership: the bus owns its remote. */
#ifndef CURIA_BUS_REDIS_PRIVATE_H
#define CURIA_BUS_REDIS_PRIVATE_H

#include "curia-bus-private.h"
#include "curia-loop.h"
#include "curia-redis-private.h"

#define REMOTE_MAX_MESSAGE (4 * 1024 * 1024)

struct Remote {
	CuriaBus *bus; /* outlives us: it frees us after its thread has ended */
	Loop *loop;
	RedisAddress *address;
	Redis *commands, *subscriber;
	char *instance;        /* random: tells our own messages from others' */
	char *topics, *replies; /* "curia:0:topic:", what topics' channels begin with; "curia:0:reply:<instance>", our channel */
	GSource *sweep;
	GMutex lock;
	GHashTable *wanted;  /* LOCK: topic -> how many subscriptions */
	GHashTable *changed; /* LOCK: topics whose count became or ceased to be 0 */
	gint connected;      /* atomic: commands may be sent, and all subscriptions are in force */
	gint64 last_serial;  /* LOCK */
	guint n_dropped;     /* atomic: publications and replies that did not leave */
	/* the loop's own: */
	GHashTable *watched; /* topics subscribed to on this connection */
	GHashTable *asked;   /* serial -> Asked */
	char *last_from;     /* the message before: one comes once for each subscription that fits */
	json_int_t last_n;
	guint n_refused;     /* messages from outside that made no sense */
};

/* Whether a topic is heard by other nodes. [any] */
gboolean remote_shares (const char *topic);
gboolean remote_is_connected (Remote *self);
/* The envelope of a publication. TOO_LARGE. [any] */
gboolean remote_write (Remote *self, json_t *message, char **text, GError **error);
/* Sends an envelope; counts it when it cannot be. [any] */
void remote_publish (Remote *self, const char *topic, char *take_text);
/* One subscription more or less. Under the bus' lock. [any] */
void remote_watch (Remote *self, const char *topic, int change);
/* Asks the other nodes; takes the handler's reference on the request. [bus] */
void remote_ask (Remote *self, const char *topic, json_t *message, CuriaBusRequest *take_request);
void remote_free (Remote *self);

/* Between the two files. [loop] */
json_t *remote_envelope (Remote *self, json_t *message); /* [any] */
char *remote_channel (Remote *self, const char *topic);  /* [any] */
void remote_send (Remote *self, char *take_channel, char *take_text); /* counts it when it cannot be [any] */
void remote_asked_free (gpointer asked);
void remote_refuse_asked (Remote *self); /* the connection went */
void remote_sweep_asked (Remote *self);  /* forgets those whose time is over */
void remote_take_request (Remote *self, const char *topic, json_t *envelope);
void remote_take_reply (Remote *self, json_t *envelope);

#endif
