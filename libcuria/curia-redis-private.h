/* curia-redis-private.h: one connection to Redis that comes back by itself. Speaks RESP2: hiredis formats and parses, GIO
 * carries it over TCP or TLS. Private to libcuria.
 * Thread: all of a connection belongs to the thread that runs its context; nothing blocks it.
 * Ownership: replies and errors given to callbacks are borrowed. Every command's callback is called exactly once. */
#ifndef CURIA_REDIS_PRIVATE_H
#define CURIA_REDIS_PRIVATE_H

#include <hiredis/hiredis.h>
#include <gio/gio.h>
#include "curia-redis.h"

#define REDIS_MAX_OUTPUT (8 * 1024 * 1024) /* bytes that wait to be sent */
#define REDIS_MAX_INPUT (32 * 1024 * 1024) /* bytes of one reply: more ends the connection */
#define REDIS_MAX_WAITING 20000            /* commands that wait for their reply */

/* A url and its settings, taken apart and checked. */
typedef struct {
	char *host, *user, *password; /* user, password: NULL when there is none */
	guint16 port;
	guint db;
	gboolean tls;
	char *prefix;
	GTlsDatabase *authorities;    /* NULL: the system's */
	GTlsCertificate *certificate; /* NULL: none */
} RedisAddress;

/* INVALID_FIELD names url, ca_file, certificate or private_key; passwords are in no message. [any; reads files] */
RedisAddress *redis_address_new (const CuriaRedisSettings *settings, GError **error);
void redis_address_free (RedisAddress *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RedisAddress, redis_address_free)
/* "redis://host:port/db", for logs. Caller frees. */
char *redis_address_show (const RedisAddress *self);

typedef struct Redis Redis;
/* With a reply (which may be a Redis error, see redis_reply_error), or with UNAVAILABLE when the connection went. */
typedef void (*RedisDone) (const redisReply *reply, const GError *error, gpointer data);

typedef struct {
	void (*up) (gpointer data);   /* logged in: commands may be sent */
	void (*down) (gpointer data); /* after each `up` once; commands that waited have been told */
	/* With it, this is a connection of subscriptions: all that comes while it is up goes here, and commands have no reply
	 * of their own. */
	void (*push) (const redisReply *reply, gpointer data);
} RedisEvents;

/* Connects, and again whenever the connection goes, after 0.1 to 2 s. `label` tells connections apart in the log. */
Redis *redis_new (GMainContext *context, const RedisAddress *address, const char *label, const RedisEvents *events,
	gpointer data);
/* Tells those who wait, then waits for what GIO still holds; calls neither `down` nor `push`. Where the context's loop
 * has ended, by who may iterate it. */
void redis_free (Redis *self);
/* Waits up to half a second for the replies to what was sent. By who may iterate the context, as above. */
void redis_flush (Redis *self);
gboolean redis_is_up (Redis *self);
/* Sends a command of `argc` words. FALSE, without calling done, when the connection is away or its output is full. */
gboolean redis_send (Redis *self, RedisDone done, gpointer data, guint argc, const char *const *argv);
/* The same with the words as arguments. */
#define redis_command(self, done, data, ...)                                                                           \
	redis_send (self, done, data, G_N_ELEMENTS (((const char *[]) { __VA_ARGS__ })), (const char *const[]) { __VA_ARGS__ })
/* The text of a reply that is an error, or NULL. */
const char *redis_reply_error (const redisReply *reply);

#endif
